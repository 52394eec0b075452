"""A check for people and as JSON."""

import io
from collections.abc import Sequence
from typing import Any

from rich.console import Console
from rich.text import Text

from ctxopt.checks.check import BuildCheck
from ctxopt.display import plural, printable, size
from ctxopt.limits.describe import sentence
from ctxopt.limits.model import Breach
from ctxopt.render.json import dumps, finding, totals
from ctxopt.report import VERSION


def text(checks: Sequence[BuildCheck], console: Console) -> None:
    """Print checks: what holds, what fails, and what accounts for it."""
    for check in checks:
        _one(check, console)
    passed = all(check.passed for check in checks)
    console.print(Text("passed", style="green") if passed else Text("failed", style="bold red"))


def plain(checks: Sequence[BuildCheck]) -> str:
    """The same as text without colours, for a file."""
    console = Console(
        file=io.StringIO(), width=120, highlight=False, markup=False, emoji=False, force_terminal=False, no_color=True
    )
    text(checks, console)
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue()


def as_json(checks: Sequence[BuildCheck]) -> str:
    """Checks as JSON; docs/json.md describes it."""
    return dumps(
        {
            "version": VERSION,
            "passed": all(check.passed for check in checks),
            "builds": [_one_json(check) for check in checks],
        }
    )


def _one(check: BuildCheck, console: Console) -> None:
    console.print(_head(check), soft_wrap=True)
    for breach in check.breaches:
        console.print(_breach(breach))
        for culprit in breach.culprits:
            line = Text(f"  {size(culprit.totals.size):>8}  {printable(culprit.path)}")
            line.append(f"  {plural(culprit.totals.files, 'file')}", style="dim")
            if culprit.new:
                line.append("  new", style="yellow")
            console.print(line, soft_wrap=True)
    for one in check.failing:
        place = f"{one.file}:{one.line}" if one.line else one.file
        console.print(Text("FAILS  ", style="red").append(printable(f"{place}: {one.message}; {one.fix}")))
    for error in check.report.errors:
        console.print(Text("FAILS  ", style="red").append(str(error)))
    for note in check.notes:
        console.print(Text("note: ", style="dim").append(printable(note)))


def _one_json(check: BuildCheck) -> dict[str, Any]:
    report = check.report
    return {
        "name": check.name,
        "context": report.root,
        "dockerfile": report.dockerfile,
        "target": report.target,
        "base": check.base,
        "passed": check.passed,
        "sizes": {
            "transfer": totals(report.transfer),
            "used": totals(report.used),
            "unused": totals(report.unused),
        },
        "breaches": [_breach_json(breach) for breach in check.breaches],
        "failing": [finding(one) for one in check.failing],
        "errors": [str(error) for error in report.errors],
        "notes": list(check.notes),
    }


def _head(check: BuildCheck) -> Text:
    report = check.report
    name = f"{check.name}: " if check.name is not None else ""
    text = Text(printable(f"{name}{report.dockerfile}, target {report.target}"), style="bold")
    text.append(f": BuildKit transfers {size(report.transfer.size)} in {plural(report.transfer.files, 'file')}")
    if check.base is not None:
        text.append(printable(f", compared with {check.base}"), style="dim")
    return text


def _breach(breach: Breach) -> Text:
    return Text("FAILS  ", style="red").append(sentence(breach), style="default")


def _breach_json(breach: Breach) -> dict[str, Any]:
    return {
        "rule": breach.rule,
        "message": sentence(breach),
        "measured": breach.measured,
        "allowed": breach.allowed,
        "unit": "bytes" if breach.in_bytes else "files",
        "culprits": [
            {"path": culprit.path, **totals(culprit.totals), "new": culprit.new} for culprit in breach.culprits
        ],
    }
