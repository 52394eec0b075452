"""The names of scripts and lists in a text are those that an expression finds, which takes longer."""

import re
from typing import Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ctxopt.catalogue.texts import texts
from ctxopt.evidence.script_names import script_names
from tests.support.steps import assert_linear

_ENDS: Final = tuple(name.removeprefix("*") for name in (*texts().scripts, *texts().lists))
_ANY_END: Final = "|".join(map(re.escape, _ENDS)).encode()
_NAMED: Final = re.compile(rb"(?<![\w.@+-])[\w.@+-]+(?:%s)\b" % _ANY_END)
_OPEN: Final = re.compile(rb"(?:[*})\]\\]|\$\w{1,60}|\+ {0,4}[\"'])(%s)\b" % _ANY_END)
_PIECES: Final = st.sampled_from(
    [*_ENDS, "a", "run", "$", "$x", "${y}", "*", ")", "\\", '+ "', "+'", "/", " ", "\n", ".", "-", "@", "é", "_", "s"]
)


@pytest.mark.parametrize(
    ("text", "names", "ends"),
    [
        ("sh ./run.sh now", {"run.sh"}, set()),
        ("cat words.txt.sql", {"words.txt.sql"}, set()),
        ("run.shell .sh", set(), set()),
        ("sh *.sh; sh $name.bash", {"name.bash"}, {".sh", ".bash"}),
        ('open(name + ".sql")', set(), {".sql"}),
        ("a.sh.sh", {"a.sh.sh"}, set()),
    ],
)
def test_names_and_ends(text: str, names: set[str], ends: set[str]) -> None:
    found, opened = script_names(text.encode())
    assert {name.decode() for name in found} == names
    assert {end.decode() for end in opened} == ends


@given(pieces=st.lists(_PIECES, max_size=12))
def test_as_an_expression_finds_them(pieces: list[str]) -> None:
    data = "".join(pieces).encode()
    names, opened = script_names(data)
    assert set(names) == set(_NAMED.findall(data))
    assert set(opened) == set(_OPEN.findall(data))


def test_a_long_run_of_ends_is_looked_at_once() -> None:
    assert_linear(lambda count: lambda: script_names(b".sh" * count), 500)
