"""The disk usage of a Docker engine for people and as JSON."""

from collections.abc import Iterable
from typing import Any

from rich.console import Console
from rich.table import Table

from ctxopt.daemon.describe import SYSTEM, Prune, Row, missing, reclaimable, rows
from ctxopt.daemon.model import EngineReport, Figures
from ctxopt.display import printable, size
from ctxopt.render.prose import Prose, put


def text(report: EngineReport, console: Console, *, quiet: bool = False) -> None:
    """Print the rows of `docker system df` and how to prune those with something reclaimable.

    Where there are none, print one line that says why; if `quiet`, print nothing about pruning.
    """
    if report.disk is None:
        console.print(Prose(printable(missing(report))), soft_wrap=True)
        return
    found = rows(report.disk, report.api)
    title = Prose("Disk usage of the Docker engine", style="bold underline")
    console.print(title.append(f" at {printable(report.endpoint)}", style="not bold not underline"), soft_wrap=True)
    console.print(_table(found))
    prunes = [row.prune for row in found if row.figures is not None and row.figures.reclaimable]
    if prunes and not quiet:
        console.print()
        put(console, Prose("Pruning deletes", style="bold underline"))
        console.print(_prunes([*prunes, SYSTEM]))


def _table(found: Iterable[Row]) -> Table:
    table = Table(box=None, padding=(0, 2, 0, 0), header_style="dim")
    table.add_column("Type", no_wrap=True)
    for heading in ("Total", "Active", "Size", "Reclaimable"):
        table.add_column(heading, justify="right", no_wrap=True)
    for row in found:
        table.add_row(row.label, *_cells(row.figures))
    return table


def _cells(figures: Figures | None) -> tuple[str, ...]:
    if figures is None:
        return ("unknown",)
    return f"{figures.count:,}", f"{figures.in_use:,}", size(figures.size), reclaimable(figures)


def _prunes(prunes: Iterable[Prune]) -> Table:
    table = Table(box=None, show_header=False, padding=(0, 2, 0, 0))
    table.add_column(no_wrap=True)
    table.add_column(overflow="fold")
    for prune in prunes:
        table.add_row(prune.command, prune.deletes)
    return table


def as_json(report: EngineReport) -> dict[str, Any]:
    """The same as JSON; docs/json.md describes it."""
    found = () if report.disk is None else rows(report.disk, report.api)
    return {
        "endpoint": report.endpoint or None,
        "problem": report.problem or None,
        **dict.fromkeys(("images", "containers", "volumes", "build_cache")),
        **{row.key: _figures(row) for row in found},
    }


def _figures(row: Row) -> dict[str, Any] | None:
    figures = row.figures
    if figures is None:
        return None
    return {
        "count": figures.count,
        "in_use": figures.in_use,
        "bytes": figures.size,
        "reclaimable_bytes": figures.reclaimable,
        "prune": row.prune.command,
    }
