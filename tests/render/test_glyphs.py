"""Bars and their characters."""

import io

import pytest
from rich.console import Console

from ctxopt.render.glyphs import STYLES, bar, glyphs
from ctxopt.reports.uses import Use


def _console(encoding: str) -> Console:
    return Console(file=io.TextIOWrapper(io.BytesIO(), encoding=encoding))


@pytest.mark.parametrize(
    ("encoding", "ascii_only"), [("utf-8", False), ("latin-1", True), ("ascii", True), ("cp437", True)]
)
def test_characters_are_those_that_can_be_written(encoding: str, ascii_only: bool) -> None:
    drawn = glyphs(_console(encoding))
    texts = (drawn.steps, drawn.fork, drawn.last, drawn.bar, drawn.arrow, drawn.dots)
    text = "".join((*texts, *drawn.fills.values(), *drawn.marks.values()))
    assert text.isascii() == ascii_only
    text.encode(encoding)


@pytest.mark.parametrize("encoding", ["utf-8", "ascii"])
def test_uses_differ_without_colors(encoding: str) -> None:
    drawn = glyphs(_console(encoding))
    assert len(set(drawn.marks.values())) == len(Use) == len(STYLES)
    assert len(set(drawn.fills.values())) == len(drawn.fills) == 5


@pytest.mark.parametrize(
    ("part", "whole", "expected"),
    [(0, 9, "    "), (0, 0, "    "), (1, 10**9, "▏   "), (1, 2, "██  "), (9, 9, "████"), (5, 8, "██▌ ")],
)
def test_bars(part: int, whole: int, expected: str) -> None:
    assert bar(part, whole, 4, glyphs(_console("utf-8"))) == expected
    assert len(bar(part, whole, 4, glyphs(_console("ascii")))) == 4
