"""The lines of the keys of a TOML text, which its parser does not report."""

from collections.abc import Mapping

from ctxopt.core.lazy_re import lazy_re

#: The names down to a key; a number counts the tables of an array from 0.
Path = tuple[str | int, ...]

_PART = r"""(?:[A-Za-z0-9_-]++|"[^"\n]*+"|'[^'\n]*+')"""
_DOTTED = rf"{_PART}(?:[ \t]*+\.[ \t]*+{_PART})*+"
_HEADER = lazy_re(rf"[ \t]*+(\[\[?)[ \t]*+({_DOTTED})[ \t]*+\]")
_KEY = lazy_re(rf"[ \t]*+({_DOTTED})[ \t]*+=")
_PARTS = lazy_re(_PART)

#: Maximum depth of a key of a configuration; deeper ones would only take up memory.
_DEEPEST = 6


def key_lines(text: str) -> Mapping[Path, int]:
    """The line of each key and table header, counted from 1.

    Each line is read by itself: keys of inline tables are not found, and text that looks like a key may be
    counted as one.
    """
    lines: dict[Path, int] = {}
    arrays: dict[Path, int] = {}
    table: Path = ()
    quotes = None
    for number, line in enumerate(text.split("\n"), 1):
        if quotes is not None:
            # Inside a multi-line string.
            quotes = None if line.count(quotes) % 2 else quotes
            continue
        header = _HEADER.match(line)
        key = None if header else _KEY.match(line)
        if header:
            table = _entered(_names(header[2]), header[1] == "[[", arrays)
            # A header also creates the tables that contain this one, unless they exist.
            for end in range(1, len(table) + 1):
                _note(lines, table[:end], number)
        elif key:
            _note(lines, (*table, *_names(key[1])), number)
        if not line.lstrip().startswith("#"):
            quotes = next((mark for mark in ('"""', "'''") if line.count(mark) % 2), None)
    return lines


def line_of(path: Path, lines: Mapping[Path, int]) -> int | None:
    """The line of a key or, if that is unknown, of the nearest table that contains it; None if no line is known."""
    return next((lines[path[:end]] for end in range(len(path), 0, -1) if path[:end] in lines), None)


def _note(lines: dict[Path, int], path: Path, number: int) -> None:
    if len(path) <= _DEEPEST:
        lines.setdefault(path, number)


def _names(dotted: str) -> list[str]:
    return [part[1:-1] if part[0] in "\"'" else part for part in _PARTS.findall(dotted)]


def _entered(names: list[str], is_array: bool, arrays: dict[Path, int]) -> Path:
    """The path of a table from its header; below an array it is in the last table so far."""
    path: Path = ()
    for index, name in enumerate(names[: _DEEPEST + 1]):
        path = (*path, name)
        if is_array and index == len(names) - 1:
            arrays[path] = arrays.get(path, -1) + 1
        if path in arrays:
            path = (*path, arrays[path])
    return path
