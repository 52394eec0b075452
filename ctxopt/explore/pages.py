"""The further screens as lines of styled text: the help, the change that would be written, and the findings."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from rich.console import Console
from rich.text import Text as Line

from ctxopt.display import printable
from ctxopt.explore.drawing import LETTERS, wrapped
from ctxopt.findings.model import Finding
from ctxopt.render.diff import colored, unified
from ctxopt.render.findings import blocks
from ctxopt.render.glyphs import STYLES
from ctxopt.reports.report import Report
from ctxopt.reports.uses import Use

_HELP: Final = (
    (
        "Move",
        (
            ("Up Down k j", "one row"),
            ("PgUp PgDn Home End g G", "a page, to the first or the last row"),
            ("Right l Enter", "open the directory"),
            ("Left h", "close it, or go to the directory above"),
            ("Backspace", "go to the directory above"),
            ("Tab", "between the tree and the details"),
        ),
    ),
    (
        "Show",
        (
            ("/", "filter by a part of the name, a path or a pattern; Esc shows everything again"),
            ("s", "sort by size, name or number of files"),
            ("u", "only what is unused, or everything"),
            ("b", "BuildKit or the legacy builder"),
            ("p", "the ignore file as it is, or as `ctxopt generate` proposes it"),
            ("f", "findings; there f applies the fix of a finding"),
            ("o", "another build, of those of --all, --compose, --bake or --build"),
        ),
    ),
    (
        "Choose",
        (
            ("i", "exclude the entry, or take that back; what a build needs is refused"),
            ("e", "keep the entry by an exception, or take that back"),
            ("z", "undo"),
            ("w", "show what would be written, and write it"),
            ("v", "build with and without it (runs the code of the Dockerfile)"),
            ("q", "quit"),
        ),
    ),
)
_MEANINGS: Final = {
    Use.IMAGE: "in the final image",
    Use.BUILD: "read by a build stage only",
    Use.UNKNOWN: "a variable without a value decides",
    Use.BUILDER: "Dockerfile and ignore file",
    Use.UNUSED: "unused: no instruction reads it",
    Use.IGNORED: "excluded by the ignore file",
    Use.SECRET: "likely contains a secret",
}


def help_page(width: int) -> list[Line]:
    """The keys and the letters."""
    lines: list[Line] = []
    for heading, keys in _HELP:
        lines.append(Line(heading, "bold"))
        for key, what in keys:
            lines += _pair(key, what, width)
        lines.append(Line())
    lines.append(Line("Letters (small: most of a directory)", "bold"))
    for use, meaning in _MEANINGS.items():
        lines.append(Line().append(f"  {LETTERS[use]}", STYLES[use]).append(f"  {meaning}"))
    lines.append(Line("  -  excluded here   +  kept here   !  a secret in it", ""))
    return lines


def _pair(key: str, what: str, width: int) -> Iterator[Line]:
    indent = 25
    first, *rest = wrapped([Line(what)], max(10, width - indent))
    yield Line().append(f"  {key}".ljust(indent), "bold").append_text(first)
    yield from (Line(" " * indent + line.plain.strip()) for line in rest)


def diff_lines(name: str, old: bytes | None, new: bytes, notes: Sequence[str] = ()) -> list[Line]:
    """What would be written to a file, as a diff, below notes."""
    lines = [Line(printable(note)) for note in notes]
    lines += [Line()] if notes else []
    return [*lines, *map(colored, unified(name, old, new))]


def finding_blocks(report: Report, width: int, console: Console) -> list[tuple[Finding, list[Line]]]:
    """The findings, each with its lines: the code that it is about, evidence and the fix."""
    console = Console(file=console.file, width=max(width, 20), color_system=None)
    lines = blocks(console, report.findings, report.sources.get, report.rules)
    return list(zip(report.findings, lines, strict=True))


def text_page(texts: Iterable[str], width: int) -> list[Line]:
    """Plain lines, escaped."""
    return wrapped((Line(printable(text)) for text in texts), width)
