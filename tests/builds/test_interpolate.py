"""Variables in values, as Compose replaces them."""

import pytest

from ctxopt.builds.interpolate import InvalidTemplateError, MissingVariableError, interpolate
from tests.support.steps import assert_linear, lines_run

_VALUES = {"SET": "value", "EMPTY": "", "_u1": "under"}


def _interpolate(text: str) -> tuple[str, list[str]]:
    unset: list[str] = []
    return interpolate(text, _VALUES.get, unset.append), unset


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("plain", "plain"),
        ("$SET", "value"),
        ("a-$SET-b", "a-value-b"),
        ("${SET}s", "values"),
        ("$_u1.x", "under.x"),
        ("$$SET", "$SET"),
        ("$${SET}", "${SET}"),
        ("$$$SET", "$value"),
        ("${SET:-d}", "value"),
        ("${EMPTY:-d}", "d"),
        ("${UNSET:-d}", "d"),
        ("${EMPTY-d}", ""),
        ("${UNSET-d}", "d"),
        ("${UNSET-}", ""),
        ("${UNSET:-a:-b}", "a:-b"),
        ("${SET:+alt}", "alt"),
        ("${EMPTY:+alt}", ""),
        ("${UNSET:+alt}", ""),
        ("${EMPTY+alt}", "alt"),
        ("${UNSET+alt}", ""),
        ("${SET:?why}", "value"),
        ("${EMPTY?why}", ""),
        ("${UNSET:-${SET}}", "value"),
        ("${UNSET:-${EMPTY:-${SET}x}y}", "valuexy"),
        ("${UNSET-$SET}/$SET", "value/value"),
        ("${UNSET:-a}${UNSET:-b}", "ab"),
    ],
)
def test_values(text: str, expected: str) -> None:
    assert _interpolate(text) == (expected, [])


@pytest.mark.parametrize("text", ["$", "a$ b", "$1", "^v[0-9]+$", "$-", "$ $SET$"])
def test_a_lone_dollar_is_text(text: str) -> None:
    assert _interpolate(text) == (text.replace("$SET", "value"), [])


def test_a_variable_without_a_value_is_empty_and_told() -> None:
    assert _interpolate("a$UNSET${OTHER}b") == ("ab", ["UNSET", "OTHER"])


@pytest.mark.parametrize("text", ["${UNSET:?why}", "${UNSET?}", "${EMPTY:?why}", "${UNSET:-${OTHER?}}"])
def test_a_variable_that_is_demanded(text: str) -> None:
    with pytest.raises(MissingVariableError, match=r"UNSET|EMPTY|OTHER"):
        _interpolate(text)


@pytest.mark.parametrize(
    "text", ["${}", "${", "${1}", "${SET", "${SET:-", "${SET!x}", "${SET:0:1}", "${ SET}", "${${${", "${SET:-\n}"]
)
def test_what_is_no_variable(text: str) -> None:
    with pytest.raises(InvalidTemplateError):
        _interpolate(text)


@pytest.mark.parametrize(
    ("text", "at_most"),
    [
        ("${A:-" * 100_000, 500_000),
        ("${A:-" * 100 + "}" * 100, 100_000),
        ("$BIG" * 2000, 50_000),
        ("${A:-$BIG$BIG}" * 2000, 100_000),
    ],
)
def test_hostile_templates_fail_after_little_work(text: str, at_most: int) -> None:
    def call() -> None:
        with pytest.raises(InvalidTemplateError):
            interpolate(text, {"BIG": "x" * 1000}.get, lambda _: None)

    lines_run(call, at_most)


@pytest.mark.parametrize("text", ["$", "${A-x}", "${A-$SET}", "${SET+${A-x}}", "$SET", "$$"])
def test_many_variables_are_linear_work(text: str) -> None:
    assert_linear(lambda count: lambda: interpolate(text * count, _VALUES.get, lambda _: None), 1000)
