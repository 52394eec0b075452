"""Wrapped text: no figure, command or name is broken that fits on a line."""

import io

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console
from rich.text import Text

from ctxopt.display import printable
from ctxopt.render.prose import Prose, put


def _lines(text: str, width: int) -> list[str]:
    file = io.StringIO()
    put(Console(file=file, width=width, highlight=False, markup=False, emoji=False), Prose(text))
    return file.getvalue().splitlines()


@pytest.mark.parametrize("width", range(12, 40))
@pytest.mark.parametrize("kept", ["29.1 MB", "1,234 files", "(-72.1 %)", "`ctxopt ls`", "+12 more", "7 days"])
def test_what_belongs_together_is_on_one_line(kept: str, width: int) -> None:
    for before in range(width):
        (line,) = [line for line in _lines(f"{'x' * before} {kept} then", width) if kept[-2:] in line]
        assert kept in line


@pytest.mark.parametrize(
    ("width", "lines"),
    [
        (20, ["packages/legacy/", "node_modules/a.js"]),
        (12, ["packages/", "legacy/", "node_modules", "/a.js"]),
        (40, ["packages/legacy/node_modules/a.js"]),
    ],
)
def test_paths_are_broken_after_a_slash(width: int, lines: list[str]) -> None:
    assert _lines("packages/legacy/node_modules/a.js", width) == lines


def test_code_that_is_longer_than_a_line_is_broken_at_blanks() -> None:
    assert _lines("type `ctxopt generate --level likely`", 20) == ["type `ctxopt", "generate --level", "likely`"]


@given(st.text().map(printable), st.integers(5, 60))
def test_nothing_but_blanks_is_lost(text: str, width: int) -> None:
    assert "".join("".join(_lines(text, width)).split()) == "".join(text.split())


def test_styles_stay_where_they_are() -> None:
    file = io.StringIO()
    console = Console(file=file, width=10, color_system="standard", force_terminal=True, no_color=False)
    put(console, Prose("12 files ").append("in red", style="red").append(" or not"))
    assert Text.from_ansi(file.getvalue()).plain.split() == ["12", "files", "in", "red", "or", "not"]
    assert "\x1b[31min red\x1b[0m" in file.getvalue()
