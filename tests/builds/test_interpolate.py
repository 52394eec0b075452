"""Variables in values, as Compose replaces them."""

import time

import pytest

from ctxopt.builds.interpolate import InvalidTemplateError, MissingVariableError, interpolate

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


def test_a_variable_without_a_value_is_empty_and_told() -> None:
    assert _interpolate("a$UNSET${OTHER}b") == ("ab", ["UNSET", "OTHER"])


@pytest.mark.parametrize("text", ["${UNSET:?why}", "${UNSET?}", "${EMPTY:?why}", "${UNSET:-${OTHER?}}"])
def test_a_variable_that_is_demanded(text: str) -> None:
    with pytest.raises(MissingVariableError, match=r"UNSET|EMPTY|OTHER"):
        _interpolate(text)


@pytest.mark.parametrize(
    "text", ["$", "a$ b", "$1", "${}", "${", "${1}", "${SET", "${SET:-", "${SET!x}", "${SET:0:1}", "${ SET}", "${${${"]
)
def test_what_is_no_variable(text: str) -> None:
    with pytest.raises(InvalidTemplateError):
        _interpolate(text)


@pytest.mark.parametrize(
    "text",
    [
        "${A:-" * 100_000,
        "${A:-" * 100 + "}" * 100,
        "$" * 100_001,
        "$BIG" * 2000,
        "${A:-$BIG$BIG}" * 2000,
    ],
)
def test_hostile_templates_fail_soon(text: str) -> None:
    start = time.monotonic()
    with pytest.raises(InvalidTemplateError):
        interpolate(text, {"BIG": "x" * 1000}.get, lambda _: None)
    assert time.monotonic() - start < 5


def test_many_defaults_take_little_time() -> None:
    start = time.monotonic()
    assert interpolate("${A-x}" * 200_000, _VALUES.get, lambda _: None) == "x" * 200_000
    assert time.monotonic() - start < 10
