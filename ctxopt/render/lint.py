"""The findings of builds, as in the report of a build, and as JSON."""

from collections.abc import Sequence
from typing import Any

from rich.console import Console

from ctxopt.checks.check import BuildCheck
from ctxopt.display import printable
from ctxopt.render import findings
from ctxopt.render.dumps import dumps
from ctxopt.render.json import finding
from ctxopt.render.prose import Prose, put
from ctxopt.reports.report import VERSION


def text(checks: Sequence[BuildCheck], console: Console, *, quiet: bool = False, verbose: bool = False) -> None:
    """Print the findings of each build as `analyze` does; without code, fixes, counts and notes if `quiet`."""
    for check in checks:
        if len(checks) > 1:
            console.print(Prose(printable(check.name or check.report.dockerfile), style="bold"), soft_wrap=True)
        for error in check.report.errors:
            put(console, Prose("error  ", style="bold red").append(str(error), style="default"))
        report = check.report
        findings.show(console, report.findings, report.sources.get, report.rules, verbose=verbose, quiet=quiet)
        if not (report.findings or quiet):
            put(console, findings.found(()))
        for note in () if quiet else check.notes:
            put(console, Prose("note: ", style="dim").append(printable(note)))


def as_json(checks: Sequence[BuildCheck]) -> str:
    """The findings as JSON; docs/json.md describes it."""
    return dumps(
        {
            "version": VERSION,
            "passed": all(check.passed for check in checks),
            "builds": [_one_json(check) for check in checks],
        }
    )


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
