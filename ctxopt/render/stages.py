"""The stages of a build as text and as JSON."""

from collections.abc import Sequence
from typing import Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

from ctxopt.core.context.tree import Totals
from ctxopt.display import amount, printable, size
from ctxopt.render.dumps import dumps
from ctxopt.render.json import totals
from ctxopt.render.prose import Prose, put
from ctxopt.reports.report import VERSION
from ctxopt.reports.stages import StageRow, StagesReport

#: Maximum number of files of the image to name.
_SHOWN = 10
#: Maximum number of stages that all tables together show; JSON has all of them.
_STAGES = 1_000


def texts(reports: Sequence[StagesReport], console: Console, left: int = 0, *, quiet: bool = False) -> None:
    """Print reports one after the other, in all of them at most _STAGES stages; `left` targets have none."""
    room = _STAGES
    for number, report in enumerate(reports):
        if number:
            console.print()
        if room <= 0:
            put(console, Prose(f"and {len(reports) - number:,} more targets; --json lists all", style="dim"))
            break
        text(report, console, room, quiet=quiet)
        room -= len(report.rows)
    if left:
        put(console, Prose(f"{left:,} targets are not shown; --target NAME shows one", style="dim"))


def text(report: StagesReport, console: Console, room: int = _STAGES, *, quiet: bool = False) -> None:
    """Print a table of the stages, at most `room`, and the largest files that get into the image."""
    console.print(Prose(printable(f"{report.dockerfile}, target {report.target}"), style="bold"), soft_wrap=True)
    table = Table(box=None, padding=(0, 2, 0, 0), header_style="dim")
    table.add_column("line", justify="right")
    table.add_column("stage", overflow="fold")
    table.add_column("from", overflow="fold")
    for heading in ("context", "total", "in image"):
        table.add_column(heading, justify="right", no_wrap=True)
    for row in report.rows[:room]:
        table.add_row(*_cells(row))
    console.print(table)
    if len(report.rows) > room:
        put(console, Prose(f"and {len(report.rows) - room:,} more stages; --json lists all", style="dim"))
    if quiet:
        return
    console.print()
    image = report.image
    held = amount(image.size, image.files) if image.files else "no file"
    put(console, Prose(f"{held} of the context in the image" + (":" if image.files else ".")))
    for path, count in report.files[:_SHOWN]:
        console.print(Prose(f"  {size(count):>8}  {printable(path)}"), soft_wrap=True)
    if len(report.files) > _SHOWN:
        put(console, Prose(f"  and {len(report.files) - _SHOWN:,} more", style="dim"))
    for note in report.notes:
        put(console, Prose("note: ", style="dim").append(printable(note)))


def as_json(report: StagesReport) -> str:
    """The same as JSON; docs/json.md describes it."""
    return dumps({"version": VERSION, **_report(report)})


def each_as_json(reports: Sequence[StagesReport], left: int) -> str:
    """The same for each target; `left` targets have no report."""
    return dumps({"version": VERSION, "targets": [_report(report) for report in reports], "omitted": left})


def _report(report: StagesReport) -> dict[str, Any]:
    return {
        "context": report.root,
        "dockerfile": report.dockerfile,
        "target": report.target,
        "stages": [_row(row) for row in report.rows],
        "image": totals(report.image),
        "files": [{"path": path, "bytes": count} for path, count in report.files],
        "notes": list(report.notes),
        "errors": [str(error) for error in report.errors],
    }


def _cells(row: StageRow) -> list[Text]:
    stage = row.stage
    style = "" if stage.needed else "dim"
    name = Prose(printable(stage.label), "bold" if stage.exported else style)
    cells = [Prose(str(stage.line), style), name, Prose(printable(stage.base), style)]
    if not stage.needed:
        return [*cells, Prose("not needed", "dim"), *(_cell(None) for _ in range(2))]
    return [*cells, _cell(row.takes), _cell(row.holds), _cell(row.reaches)]


def _cell(found: Totals | None) -> Text:
    return Prose("-", "dim") if found is None or not found.files else Prose(size(found.size))


def _row(row: StageRow) -> dict[str, Any]:
    stage = row.stage
    return {
        "number": stage.number,
        "name": stage.name,
        "base": stage.base,
        "line": stage.line,
        "needed": stage.needed,
        "exported": stage.exported,
        "takes": None if row.takes is None else totals(row.takes),
        "holds": None if row.holds is None else totals(row.holds),
        "reaches_image": None if row.reaches is None else totals(row.reaches),
    }
