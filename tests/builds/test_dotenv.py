"""The .env file of a Compose project."""

import re

import pytest

from ctxopt.builds import dotenv
from ctxopt.builds.dotenv import parse
from ctxopt.builds.reading import Budget
from ctxopt.errors import CtxoptError
from tests.support.steps import assert_linear


def _parse(text: str, **environment: str) -> dict[str, str]:
    return parse(text, environment, Budget(".env"))


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("A=1", "1"),
        ("A = 1 ", "1"),
        ("  export A=1", "1"),
        ("A: 1", "1"),
        ("A=", ""),
        ("A=a b", "a b"),
        ("A=a # comment", "a"),
        ("A=a#b", "a#b"),
        ("A=# comment", ""),
        ("A='a # b' # c", "a # b"),
        ('A="a # b" # c', "a # b"),
        ('A="a\\nb"', "a\nb"),
        ('A="a\\"b"', 'a"b'),
        ("A='a\\nb'", "a\\nb"),
        ('A="one\ntwo"', "one\ntwo"),
        ("B=x\nA=$B${B}", "xx"),
        ('B=x\nA="${B:-y}"', "x"),
        ("B=x\nA='$B'", "$B"),
        ('A="\\$B"', "$B"),
        ("A=1\r\nB=2\r\n", "1"),
        ("A=1\nA=2", "2"),
        ("A=${C:-d}", "d"),
    ],
)
def test_values(line: str, expected: str) -> None:
    assert _parse(line)["A"] == expected


def test_the_environment_is_above_the_file() -> None:
    assert _parse("A=file\nB=$A", A="given") == {"A": "given", "B": "given"}


@pytest.mark.parametrize("line", ["no value", "=x", "a b=c", "A=${", 'A="open', "A='open", "\x00=\x01", "A=${X?}"])
def test_a_broken_line_is_skipped(line: str) -> None:
    assert _parse(f"{line}\nGOOD=1")["GOOD"] == "1"
    assert "A" not in _parse(f"{line}\nGOOD=1")


def test_values_that_double_come_to_an_end() -> None:
    lines = ["A0=xxxxxxxx", *(f"A{number + 1}=$A{number}$A{number}" for number in range(60))]
    values = _parse("\n".join(lines))
    assert max(map(len, values.values())) <= 1 << 20


def test_many_long_values_are_refused() -> None:
    with pytest.raises(CtxoptError, match="unfolds"):
        _parse("A=" + "x" * 1_000_000 + "\n" + "".join(f"B{number}=$A\n" for number in range(1000)))


class _Quoted:
    """One of the patterns of quoted values, which counts the characters that it is matched against."""

    def __init__(self, pattern: re.Pattern[str]) -> None:
        self._pattern = pattern
        self.characters = 0

    def match(self, text: str, start: int) -> re.Match[str] | None:
        found = self._pattern.match(text, start)
        self.characters += (found.end() if found else len(text)) - start
        return found


_QUOTES = pytest.mark.parametrize(
    "lines", ["A=\"\\\nB='\\\n", "A='\n", 'A="\n', 'A="\\"\n', "A='x' y\n", "A=\"'\nB='\"\n"]
)


@_QUOTES
def test_many_quotes_are_linear_work(lines: str) -> None:
    assert_linear(lambda count: lambda: _parse(lines * count), 500)


@_QUOTES
def test_a_quoted_value_is_looked_for_once(monkeypatch: pytest.MonkeyPatch, lines: str) -> None:
    patterns = {quote: _Quoted(pattern) for quote, pattern in dotenv._QUOTED.items()}
    monkeypatch.setattr(dotenv, "_QUOTED", patterns)
    _parse(lines * 1000)
    # Each character once, and the rest of the text once more for a last quote of each kind that is not closed.
    assert sum(pattern.characters for pattern in patterns.values()) <= 3 * len(lines * 1000)
