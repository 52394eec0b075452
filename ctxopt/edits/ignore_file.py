"""Edits of an ignore file by its lines."""

import re
from collections.abc import Collection, Sequence
from typing import Final

from ctxopt.core.lazy_re import lazy_re
from ctxopt.edits.lines import Lines
from ctxopt.edits.model import Edit, applied

#: What of a line is around its pattern: space, the mark of an exception, and what means the root anyway.
_AROUND: Final = lazy_re(rb"([ \t\f\v]*!?[ \t\f\v]*)(.*?)([ \t\f\v]*)", re.DOTALL)


def without_lines(data: bytes, numbers: Collection[int]) -> bytes:
    """The file without these lines, counted from 1 as `core/dockerignore/reader.py` does; a byte order mark stays."""
    return applied(data, Lines("", data).removed(numbers))


def with_pattern(lines: Lines, number: int, pattern: str) -> Edit:
    """The edit that gives a line another pattern; an exception stays one, and space around the pattern stays."""
    found = _AROUND.fullmatch(lines.text(number))
    assert found is not None
    return lines.replaced(number, found[1] + pattern.encode("utf-8", "surrogateescape") + found[3])


def with_exceptions(lines: Lines, number: int, patterns: Sequence[str]) -> Edit:
    """The edit that adds exceptions for some patterns below a line."""
    return lines.inserted(number + 1, [b"!" + pattern.encode("utf-8", "surrogateescape") for pattern in patterns])


def with_comment_above(lines: Lines, number: int, at: int) -> Edit:
    """The edit that makes what follows an offset in a line a comment above that line."""
    text = lines.text(number)
    pattern, comment = text[:at].rstrip(b" \t"), text[at:].strip(b" \t")
    start = lines.start_of(number)
    new = comment + lines.end + pattern
    return Edit(lines.file, start, start + len(text), new)
