"""Unified diffs of files, plain for `patch` and colored for a terminal."""

import difflib

from rich.text import Text

from ctxopt.display import printable
from ctxopt.render.prose import Prose

_STYLES = {"+": "green", "-": "red", "@": "cyan"}


def unified(name: str, old: bytes | None, new: bytes) -> list[str]:
    """A unified diff of one file, line by line without line ends; `old` is None for a file that is new."""
    shown = printable(name)
    before = shown if old is not None else "/dev/null"
    lines = []
    for line in difflib.unified_diff(_lines(old or b""), _lines(new), before, shown, lineterm=""):
        body, end, _ = line.partition("\n")
        lines.append(body)
        if not end and line[:1] in "+- " and not line.startswith(("--- ", "+++ ")):
            lines.append("\\ No newline at end of file")
    return lines


def colored(line: str) -> Text:
    """One line of a diff for a terminal."""
    return Prose(printable(line), style=_STYLES.get(line[:1], "dim"))


def _lines(data: bytes) -> list[str]:
    lines = data.decode("utf-8", "surrogateescape").split("\n")
    return [line + "\n" for line in lines[:-1]] + ([lines[-1]] if lines[-1] else [])
