"""A difference as text and as JSON."""

from typing import Any

from rich.console import Console, Group
from rich.table import Table
from rich.text import Text

from ctxopt.core.context.tree import Totals
from ctxopt.display import plural, printable, signed_size, size
from ctxopt.render.dumps import dumps
from ctxopt.render.glyphs import glyphs
from ctxopt.render.json import totals
from ctxopt.render.prose import Prose
from ctxopt.reports.compare.changes import Change, Changes
from ctxopt.reports.compare.difference import Difference, ReadChange
from ctxopt.reports.report import VERSION

#: Maximum number of changes to show.
_ROWS = 20


def text(difference: Difference, console: Console, *, quiet: bool = False) -> None:
    """Print a difference. If `quiet`, only the sums."""
    arrow = glyphs(console).arrow
    head = Prose(f"{printable(difference.before)} {arrow} {printable(difference.after)}", style="bold")
    parts: list[Text | Table] = [head, _sums(difference, arrow), Prose()]
    if quiet:
        console.print(Group(*parts[:2]))
        return
    same = not difference.context.items
    parts.append(Prose("No file in the context changed.") if same else _changes(difference.context))
    if difference.reads:
        parts += [Prose(), Prose("Used by the Dockerfile", style="bold underline"), _reads(difference.reads)]
    console.print(Group(*parts))


def as_json(difference: Difference) -> str:
    """A difference as JSON; docs/json.md describes it."""
    return dumps(
        {
            "version": VERSION,
            "before": difference.before,
            "after": difference.after,
            "context": _changes_json(difference.totals_before, difference.totals_after, difference.context),
            "transfer": _changes_json(difference.transfer_before, difference.transfer_after, difference.transfer),
            "instructions": [_read_json(change) for change in difference.reads],
        }
    )


def _sums(difference: Difference, arrow: str) -> Table:
    table = Table(box=None, show_header=False, padding=(0, 2, 0, 0))
    rows = (
        ("Context", difference.totals_before, difference.totals_after, difference.context),
        ("BuildKit transfers", difference.transfer_before, difference.transfer_after, difference.transfer),
    )
    for label, before, after, changes in rows:
        table.add_row(
            label,
            f"{size(before.size)} {arrow} {size(after.size)}",
            f"{before.files:,} {arrow} {plural(after.files, 'file')}",
            Prose(f"+{size(changes.added.size)} -{size(changes.removed.size)}", style="dim"),
        )
    return table


def _changes(found: Changes) -> Table:
    table = Table(box=None, show_header=False, padding=(0, 2, 0, 0))
    table.add_column(justify="right", no_wrap=True)
    table.add_column(overflow="fold")
    shown = found.ends(_ROWS)
    for change in shown:
        table.add_row(signed_size(change.growth), Prose(printable(change.path)).append(_kind(change), style="dim"))
    if len(found.items) > len(shown):
        table.add_row("", Prose(f"and {len(found.items) - len(shown):,} more", style="dim"))
    return table


def _kind(change: Change) -> str:
    if not change.before.files:
        return f"  new, {plural(change.after.files, 'file')}" if change.path.endswith("/") else "  new"
    return "  gone" if not change.after.files else ""


def _reads(reads: tuple[ReadChange, ...]) -> Table:
    table = Table(box=None, show_header=False, padding=(0, 2, 0, 0))
    table.add_column(justify="right", no_wrap=True)
    table.add_column(overflow="fold")
    for change in reads:
        result = change.after or change.before
        assert result is not None
        text = Prose(f"{result.read.kind} ", style="cyan").append(
            printable(" ".join(result.shown_sources)), style="default"
        )
        text.append("" if change.before and change.after else "  new" if change.after else "  gone", style="dim")
        table.add_row(signed_size(change.growth), text)
    return table


def _changes_json(before: Totals, after: Totals, found: Changes) -> dict[str, Any]:
    return {
        "before": totals(before),
        "after": totals(after),
        "added": totals(found.added),
        "removed": totals(found.removed),
        "changes": [
            {"path": change.path, "before": totals(change.before), "after": totals(change.after)}
            for change in found.items
        ],
    }


def _read_json(change: ReadChange) -> dict[str, Any]:
    result = change.after or change.before
    assert result is not None
    return {
        "instruction": result.read.kind,
        "sources": list(result.shown_sources),
        "destination": result.read.shown_destination,
        "line": {
            "before": None if change.before is None else change.before.read.line,
            "after": None if change.after is None else change.after.read.line,
        },
        "before": None if change.before is None else totals(change.before.totals),
        "after": None if change.after is None else totals(change.after.totals),
    }
