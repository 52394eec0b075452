"""The rebuilds that the history would have caused, as text and as JSON."""

from typing import Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

from ctxopt.display import plural, printable
from ctxopt.rebuilds.model import Advice, Saving
from ctxopt.render.dumps import dumps
from ctxopt.render.json import totals
from ctxopt.render.prose import Prose, put
from ctxopt.reports.rebuilds import CacheReport, Row
from ctxopt.reports.report import VERSION

#: Below this width the table omits its least important columns.
_NARROW = 76
#: Maximum number of paths for an instruction, in the table and in JSON.
_SHOWN = 3
_MOST = 20
#: Maximum number of instructions, changes and notes each.
_ROWS = 200
#: Maximum length of an instruction, in characters.
_LONGEST = 70
#: Maximum number of lines of a change.
_LINES = 12


def text(report: CacheReport, console: Console, *, quiet: bool = False) -> None:
    """Print a table of the instructions, and what would have saved rebuilds."""
    console.print(Prose(printable(f"{report.dockerfile}, target {report.target}"), style="bold"), soft_wrap=True)
    console.print(Prose(_summary(report)), soft_wrap=True)
    console.print(_table(report, narrow=console.width < _NARROW))
    _more(console, len(report.rows), "instruction")
    if quiet:
        return
    caused = [row for row in report.rows if row.instruction.own]
    if caused:
        console.print()
        put(console, Prose("Changed most often", style="bold underline"))
        for row in caused[:_ROWS]:
            console.print(_causes(row), soft_wrap=True)
        _more(console, len(caused), "instruction")
    if report.advice:
        console.print()
        put(console, Prose("Changes that save rebuilds", style="bold underline"))
        for advice in report.advice[:_ROWS]:
            _advice(advice, console)
        _more(console, len(report.advice), "change")
    if report.notes:
        console.print()
    for note in report.notes[:_ROWS]:
        put(console, Prose("note: ", style="dim").append(printable(note)))
    _more(console, len(report.notes), "note")


def _more(console: Console, count: int, what: str) -> None:
    """Say how many there are that are not shown."""
    if count > _ROWS:
        put(console, Prose(f"and {plural(count - _ROWS, f'more {what}')}; --json lists all", style="dim"))


def _summary(report: CacheReport) -> str:
    count = len(report.commits)
    if not count:
        return "No commit with a parent to replay."
    newest = report.commits[0].commit[:12]
    return f"{report.rebuilding:,} of {plural(count, 'commit')} up to {newest} rebuild something."


def _table(report: CacheReport, *, narrow: bool) -> Table:
    table = Table(box=None, padding=(0, 2, 0, 0), header_style="dim")
    table.add_column("line", justify="right")
    if not narrow:
        table.add_column("stage", max_width=16, overflow="ellipsis", no_wrap=True)
    table.add_column("instruction", overflow="fold", ratio=1)
    table.add_column("rebuilds", justify="right", no_wrap=True)
    if not narrow:
        table.add_column("direct", justify="right", no_wrap=True)
        table.add_column("trigger", justify="right", no_wrap=True)
        table.add_column("rank", justify="right", no_wrap=True)
    for row in report.rows[:_ROWS]:
        table.add_row(*_cells(row, narrow=narrow))
    return table


def _cells(row: Row, *, narrow: bool) -> list[Text]:
    instruction = row.instruction
    style = "" if instruction.rebuilds else "dim"
    line = Prose(str(instruction.step.line), style)
    between = [] if narrow else [Prose(printable(row.stage), style)]
    figures = [Prose(f"{instruction.rebuilds:,}", "yellow" if instruction.rebuilds else "dim")]
    if not narrow:
        figures += [
            Prose(f"{instruction.own:,}", style),
            Prose(f"{instruction.first:,}", style),
            Prose(f"#{row.rank}", style),
        ]
    return [line, *between, Prose(_short(row), style), *figures]


def _causes(row: Row) -> Text:
    one = row.instruction
    named = [f"{printable(path)} ({count:,})" for path, count in one.own_causes[:_SHOWN]]
    further = [plural(len(one.own_causes) - _SHOWN, "other path")] if len(one.own_causes) > _SHOWN else []
    return Prose(f"  line {one.step.line}, {_short(row)}: {', '.join(named + further) or 'source added or removed'}")


def _short(row: Row) -> str:
    """The instruction with `--from` alone of its flags, at most _LONGEST characters."""
    step = row.instruction.step
    flags = [flag for flag in step.flags if flag.startswith("--from=")]
    text = printable(" ".join((step.kind, *flags, *step.text.split())))
    return text if len(text) <= _LONGEST else text[: _LONGEST - 1] + "…"


def _advice(advice: Advice, console: Console) -> None:
    location = advice.file if advice.line is None else f"{advice.file}:{advice.line}"
    head = Prose(f"  {plural(advice.saved, 'rebuild')} fewer", style="green")
    head.append(f"  {printable(location)}: {printable(advice.text)}", style="default")
    console.print(head, soft_wrap=True)
    for saving in advice.savings:
        console.print(Prose(f"    {_saving(saving)}", style="dim"), soft_wrap=True)
    for line in advice.lines[:_LINES]:
        console.print(Prose(f"    + {printable(line)}"), soft_wrap=True)
    if len(advice.lines) > _LINES:
        put(console, Prose(f"    and {plural(len(advice.lines) - _LINES, 'more line', 'more lines')}", style="dim"))
    if advice.caution:
        console.print(Prose(f"    {printable(advice.caution)}", style="dim"), soft_wrap=True)


def _saving(saving: Saving) -> str:
    instruction = printable(" ".join(saving.instruction.split()))
    return f"line {saving.line}, {instruction}: {saving.before:,} before, {saving.after:,} after"


def as_json(report: CacheReport) -> str:
    """The same as JSON; docs/json.md describes it."""
    lines = {row.instruction.number: row.instruction.step.line for row in report.rows}
    return dumps(
        {
            "version": VERSION,
            "context": report.root,
            "dockerfile": report.dockerfile,
            "target": report.target,
            "asked": report.asked,
            "shallow": report.shallow,
            "rebuilding": report.rebuilding,
            "commits": [
                {"commit": one.commit, "rebuilds": [lines[number] for number in one.steps]} for one in report.commits
            ],
            "instructions": [_row(row) for row in report.rows],
            "advice": [_change(advice) for advice in report.advice],
            "notes": list(report.notes),
            "errors": [str(error) for error in report.errors],
        }
    )


def _row(row: Row) -> dict[str, Any]:
    instruction = row.instruction
    return {
        "instruction": instruction.step.kind,
        "text": row.text,
        "line": instruction.step.line,
        "end_line": instruction.step.end_line,
        "stage": {"number": instruction.step.stage, "name": row.stage},
        "rebuilds": instruction.rebuilds,
        "own": instruction.own,
        "first": instruction.first,
        "failing": instruction.failing,
        "rank": row.rank,
        "takes": None if row.takes is None else totals(row.takes),
        "causes": _paths(instruction.causes),
        "further_causes": max(len(instruction.causes) - _MOST, 0),
        "own_causes": _paths(instruction.own_causes),
    }


def _paths(causes: tuple[tuple[str, int], ...]) -> list[dict[str, Any]]:
    return [{"path": path, "rebuilds": count} for path, count in causes[:_MOST]]


def _change(advice: Advice) -> dict[str, Any]:
    return {
        "kind": advice.kind.value,
        "text": advice.text,
        "file": advice.file,
        "line": advice.line,
        "lines": list(advice.lines),
        "saved": advice.saved,
        "savings": [
            {"line": one.line, "instruction": one.instruction, "before": one.before, "after": one.after}
            for one in advice.savings
        ],
        "caution": advice.caution,
    }
