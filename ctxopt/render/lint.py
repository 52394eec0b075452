"""The findings of builds, one a line, and as JSON."""

from collections import Counter
from collections.abc import Sequence
from typing import Any

from rich.console import Console
from rich.text import Text

from ctxopt.checks.check import BuildCheck
from ctxopt.display import plural, printable, size
from ctxopt.findings.model import Finding, Severity
from ctxopt.render.json import dumps, finding
from ctxopt.reports.report import VERSION

_INDENT = "  "
_STYLES = {Severity.ERROR: "bold red", Severity.WARNING: "yellow", Severity.NOTE: "cyan", Severity.INFO: "dim"}


def text(checks: Sequence[BuildCheck], console: Console, *, quiet: bool = False) -> None:
    """Print the findings, each with its fix, and their number. If `quiet`, the findings only."""
    for check in checks:
        if len(checks) > 1:
            console.print(Text(printable(check.name or check.report.dockerfile), style="bold"), soft_wrap=True)
        for error in check.report.errors:
            console.print(Text("error  ", style="bold red").append(str(error), style="default"))
        for one in sorted(check.report.findings, key=lambda one: one.file):
            _finding(one, console, quiet)
        for note in () if quiet else check.notes:
            console.print(Text("note: ", style="dim").append(printable(note)))
    if not quiet:
        console.print(_total([one for check in checks for one in check.report.findings]))


def as_json(checks: Sequence[BuildCheck]) -> str:
    """The findings as JSON; docs/json.md describes it."""
    return dumps(
        {
            "version": VERSION,
            "passed": all(check.passed for check in checks),
            "builds": [_one_json(check) for check in checks],
        }
    )


def _finding(one: Finding, console: Console, quiet: bool) -> None:
    place = f"{one.file}:{one.line}" if one.line else one.file
    line = Text(printable(place), style="bold").append(f" {one.rule} ", style="default")
    line.append(one.severity.value, style=_STYLES[one.severity]).append(f"  {printable(one.message)}", style="default")
    if one.totals is not None and one.totals.size:
        line.append(f"  {size(one.totals.size)}", style="dim")
    console.print(line)
    if not quiet:
        for part in Text(f"fix: {printable(one.fix)}", style="dim").wrap(console, console.width - len(_INDENT)):
            part.rstrip()
            console.print(Text(_INDENT).append_text(part), soft_wrap=True)


def _total(findings: Sequence[Finding]) -> Text:
    counts = Counter(one.severity for one in findings)
    named = [plural(counts[severity], severity.value) for severity in Severity if counts[severity]]
    return Text(f"Found {', '.join(named)}" if named else "No findings.")


def _one_json(check: BuildCheck) -> dict[str, Any]:
    report = check.report
    return {
        "name": check.name,
        "context": report.root,
        "dockerfile": report.dockerfile,
        "target": report.target,
        "passed": check.passed,
        "findings": [finding(one) for one in report.findings],
        "errors": [str(error) for error in report.errors],
        "notes": list(check.notes),
    }
