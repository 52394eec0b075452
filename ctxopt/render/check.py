"""Checks as text and as JSON."""

from collections.abc import Sequence
from typing import Any

from rich.console import Console
from rich.text import Text

from ctxopt.checks.check import BuildCheck
from ctxopt.checks.describe import sentence
from ctxopt.checks.limits import Breach
from ctxopt.display import amount, plural, printable, size
from ctxopt.render.json import dumps, finding, totals
from ctxopt.reports.report import VERSION


def text(checks: Sequence[BuildCheck], console: Console, *, quiet: bool = False) -> None:
    """Print checks: what fails, and the files that account for it. If `quiet`, only checks that fail."""
    for check in checks:
        if not (quiet and check.passed):
            _one(check, console, quiet)
    passed = all(check.passed for check in checks)
    if quiet and passed:
        return
    console.print(Text("passed", style="green") if passed else Text("failed", style="bold red"))


def as_json(checks: Sequence[BuildCheck]) -> str:
    """Checks as JSON; docs/json.md describes it."""
    return dumps(
        {
            "version": VERSION,
            "passed": all(check.passed for check in checks),
            "builds": [_one_json(check) for check in checks],
        }
    )


def _one(check: BuildCheck, console: Console, quiet: bool) -> None:
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
    for note in () if quiet else check.notes:
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
    text.append(f": BuildKit transfers {amount(report.transfer.size, report.transfer.files)}")
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
