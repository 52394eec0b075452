"""Entries drawn as a tree on a terminal."""

from bisect import bisect
from collections.abc import Iterator

from rich.console import Console, ConsoleOptions
from rich.segment import Segment
from rich.style import Style
from rich.text import Text

from ctxopt.display import printable, size
from ctxopt.render.glyphs import STYLES, Glyphs, bar, glyphs
from ctxopt.render.listing import readers, total
from ctxopt.reports.listing import Branch
from ctxopt.reports.uses import Use

#: Widths of terminals, and the lengths of bars below the first, between them, and above the last.
_WIDTHS = (76, 120)
_BARS = (6, 12, 24)


class _Drawing:
    """The entries as a tree with sizes, bars and marks of their use; lines are not wrapped.

    Yields segments itself, since a tree may have very many lines.
    """

    def __init__(self, branches: list[Branch], *, long: bool) -> None:
        self._branches = branches
        self._long = long

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> Iterator[Segment]:
        drawn = glyphs(console)
        width = _BARS[bisect(_WIDTHS, options.max_width)]
        styles = {use: Style.parse(style) for use, style in STYLES.items()}
        bold, dim, end = Style(bold=True), Style(dim=True), Segment.line()
        whole = self._branches[0].totals.size
        for branch in self._branches:
            style = Style.null() if branch.use is None else styles[branch.use]
            mark = " " if branch.use is None else drawn.marks[branch.use]
            yield Segment(f"{size(branch.totals.size):>8} ")
            yield Segment(f" {bar(branch.totals.size, whole, width, drawn)} {mark} ", style)
            yield Segment(_guide(branch.lasts, drawn), dim)
            if branch.more:
                yield Segment(f"({branch.more:,} more)", dim)
            elif branch.directory:
                yield Segment(printable(branch.name) + "/" if branch.lasts else ".", bold)
            else:
                yield Segment(printable(branch.name), style)
            if self._long and branch.row is not None and branch.row.size is not None:
                yield Segment(f"  {readers(branch.row)}", dim)
            yield end


def tree(branches: list[Branch], console: Console, *, long: bool, quiet: bool = False) -> None:
    """Print the entries as a tree, the readers beside them if `long`.

    Unless `quiet`, a key to the marks comes first, and the totals last.
    """
    if not quiet:
        there = {branch.use for branch in branches}
        drawn = glyphs(console)
        key = Text("  ").join(Text(f"{drawn.marks[use]} {use.value}", style=STYLES[use]) for use in Use if use in there)
        console.print(key)
    console.print(_Drawing(branches, long=long), soft_wrap=True, end="")
    if not quiet:
        console.print(total(branches[0].totals))


def _guide(lasts: tuple[bool, ...], drawn: Glyphs) -> str:
    if not lasts:
        return ""
    return "".join("    " if last else drawn.bar for last in lasts[:-1]) + (drawn.last if lasts[-1] else drawn.fork)
