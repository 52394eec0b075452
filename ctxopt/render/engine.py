"""The figures of a Docker engine for people and as JSON."""

from typing import Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

from ctxopt.daemon.describe import ADVICE, missing, rows
from ctxopt.daemon.model import EngineReport, Figures
from ctxopt.display import printable


def text(report: EngineReport, console: Console, *, quiet: bool = False) -> None:
    """Print the figures and how to prune, or one line on why there are none."""
    if report.disk is None:
        console.print(Text(printable(missing(report))), soft_wrap=True)
        return
    table = Table(box=None, show_header=False, padding=(0, 2, 0, 0))
    table.add_column()
    table.add_column(overflow="fold")
    for label, value in rows(report):
        table.add_row(label, value)
    console.print(table)
    if not quiet:
        console.print(Text(f"Asked at {printable(report.endpoint)}. {ADVICE}"), style="dim")


def as_json(report: EngineReport) -> dict[str, Any]:
    """The same as JSON; docs/json.md describes it."""
    disk = report.disk
    return {
        "endpoint": report.endpoint or None,
        "problem": report.problem or None,
        "images": None if disk is None else _figures(disk.images),
        "build_cache": None if disk is None else _figures(disk.build_cache),
    }


def _figures(figures: Figures | None) -> dict[str, int] | None:
    if figures is None:
        return None
    return {
        "count": figures.count,
        "in_use": figures.in_use,
        "bytes": figures.size,
        "reclaimable_bytes": figures.reclaimable,
    }
