"""A check for people and as JSON."""

import io
from typing import Any

from rich.console import Console
from rich.text import Text

from ctxopt.display import plural, printable, size
from ctxopt.limits.check import BuildCheck
from ctxopt.limits.describe import sentence
from ctxopt.limits.model import Breach
from ctxopt.render.json import dumps, finding, totals
from ctxopt.report import VERSION


def text(check: BuildCheck, console: Console) -> None:
    """Print a check: what holds, what fails, and what accounts for it."""
    report = check.report
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
    for error in report.errors:
        console.print(Text("FAILS  ", style="red").append(str(error)))
    console.print(Text("passed", style="green") if check.passed else Text("failed", style="bold red"))


def plain(check: BuildCheck) -> str:
    """The same as text without colours, for a file."""
    console = Console(
        file=io.StringIO(), width=120, highlight=False, markup=False, emoji=False, force_terminal=False, no_color=True
    )
    text(check, console)
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue()


def as_json(check: BuildCheck) -> str:
    """A check as JSON; docs/json.md describes it."""
    report = check.report
    return dumps(
        {
            "version": VERSION,
            "context": report.root,
            "dockerfile": report.dockerfile,
            "target": report.target,
            "passed": check.passed,
            "sizes": {
                "transfer": totals(report.transfer),
                "used": totals(report.used),
                "unused": totals(report.unused),
            },
            "breaches": [_breach_json(breach) for breach in check.breaches],
            "failing": [finding(one) for one in check.failing],
            "errors": [str(error) for error in report.errors],
        }
    )


def _head(check: BuildCheck) -> Text:
    report = check.report
    text = Text(printable(f"{report.dockerfile}, target {report.target}"), style="bold")
    text.append(f": BuildKit transfers {size(report.transfer.size)} in {plural(report.transfer.files, 'file')}")
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
