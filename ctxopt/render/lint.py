"""The findings of builds, as in the report of a build, and as JSON."""

from typing import Any

from rich.console import Console

from ctxopt.checks.check import BuildCheck
from ctxopt.checks.describe import notes
from ctxopt.checks.outcome import Outcome
from ctxopt.display import printable
from ctxopt.render import findings
from ctxopt.render.dumps import dumps
from ctxopt.render.json import finding
from ctxopt.render.outcome import last_line, unchecked_json, unchecked_lines
from ctxopt.render.prose import Prose, put
from ctxopt.reports.report import VERSION

#: Maximum number of errors of a build to list.
_MOST_ERRORS = 10


def text(outcome: Outcome, console: Console, *, quiet: bool = False, verbose: bool = False) -> None:
    """Print the findings of each build as `analyze` does; without code, fixes, counts and notes if `quiet`."""
    for check in outcome.results:
        if len(outcome.results) > 1:
            console.print(Prose(printable(check.name or check.report.dockerfile), style="bold"), soft_wrap=True)
        errors = check.report.errors
        for error in errors if verbose else errors[:_MOST_ERRORS]:
            put(console, Prose("error  ", style="bold red").append(str(error), style="default"))
        if len(errors) > _MOST_ERRORS and not verbose:
            put(console, Prose(f"error  and {len(errors) - _MOST_ERRORS:,} more (-v lists them)", style="bold red"))
        report = check.report
        findings.show(console, report.findings, report.sources.get, report.rules, verbose=verbose, quiet=quiet)
        if not (report.findings or errors or outcome.incomplete or quiet):
            put(console, findings.found(()))
        for note in () if quiet else notes(check):
            put(console, Prose("note: ", style="dim").append(printable(note)))
    for line in unchecked_lines(outcome, quiet=quiet):
        console.print(line, soft_wrap=True)
    if outcome.incomplete:
        console.print(last_line(outcome), soft_wrap=True)


def as_json(outcome: Outcome) -> str:
    """The findings as JSON; docs/json.md describes it."""
    return dumps(
        {
            "version": VERSION,
            "passed": outcome.passed,
            "builds": [_one_json(check) for check in outcome.results],
            "unchecked": unchecked_json(outcome),
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
        "notes": notes(check),
    }
