"""Checks as text and as JSON."""

from typing import Any

from rich.console import Console
from rich.text import Text

from ctxopt.annotations.report import failures
from ctxopt.checks.check import BuildCheck
from ctxopt.checks.describe import culprits, notes, sentence
from ctxopt.checks.limits import Breach
from ctxopt.checks.outcome import Outcome
from ctxopt.core.context.tree import Totals, View
from ctxopt.display import amount, printable
from ctxopt.findings.model import Finding, Severity
from ctxopt.render import findings
from ctxopt.render.dumps import dumps
from ctxopt.render.json import finding, totals
from ctxopt.render.outcome import last_line, unchecked_json, unchecked_lines
from ctxopt.render.prose import Prose, put
from ctxopt.reports.report import VERSION


def text(outcome: Outcome, console: Console, *, quiet: bool = False, verbose: bool = False) -> None:
    """Print checks: what fails, and the files that account for it. If `quiet`, only what fails.

    If `verbose`, every finding is listed, with its code.
    """
    for check in outcome.results:
        if not (quiet and check.passed):
            _one(check, console, quiet, verbose)
    for line in unchecked_lines(outcome, quiet=quiet):
        console.print(line, soft_wrap=True)
    for note in () if quiet else outcome.gone:
        _note(console, note)
    if not (quiet and outcome.passed):
        console.print(last_line(outcome), soft_wrap=True)


def as_json(outcome: Outcome) -> str:
    """Checks as JSON; docs/json.md describes it."""
    return dumps(
        {
            "version": VERSION,
            "passed": outcome.passed,
            "builds": [_one_json(check) for check in outcome.results],
            "unchecked": unchecked_json(outcome),
            "gone": list(outcome.gone),
            "excluded": list(outcome.excluded),
        }
    )


def _one(check: BuildCheck, console: Console, quiet: bool, verbose: bool) -> None:
    console.print(_head(check), soft_wrap=True)
    report = check.report
    failing = (*(_of_breach(breach, report.dockerfile) for breach in check.breaches), *failures(report), *check.failing)
    findings.show(console, failing, report.sources.get, report.rules, verbose=verbose, quiet=quiet)
    for note in () if quiet else notes(check):
        _note(console, note)


def _note(console: Console, text: str) -> None:
    put(console, Prose("note: ", style="dim").append(printable(text), style="default"))


def _of_breach(breach: Breach, dockerfile: str) -> Finding:
    """A limit that is exceeded, as a finding."""
    return Finding(
        breach.rule, Severity.ERROR, dockerfile, None, sentence(breach), fix="", evidence=tuple(culprits(breach))
    )


def _one_json(check: BuildCheck) -> dict[str, Any]:
    report = check.report
    return {
        "name": check.name,
        "context": report.root,
        "dockerfile": report.dockerfile,
        "target": report.target,
        "base": check.base,
        "passed": check.passed,
        "builder": "classic" if check.limits.view == View.CLASSIC else "buildkit",
        "sizes": {
            "transfer": totals(report.transfer),
            "classic": totals(report.classic) if isinstance(report.classic, Totals) else None,
            "used": totals(report.used),
            "unused": totals(report.unused),
        },
        "named_contexts": [
            {"name": one.name, "transfer": totals(one.report.transfer)}
            for one in report.named
            if one.report is not None
        ],
        "breaches": [_breach_json(breach) for breach in check.breaches],
        "failing": [finding(one) for one in check.failing],
        "errors": [str(error) for error in report.errors],
        "notes": notes(check),
    }


def _head(check: BuildCheck) -> Text:
    report = check.report
    name = f"{check.name}: " if check.name is not None else ""
    text = Prose(printable(f"{name}{report.dockerfile}, target {report.target}"), style="bold")
    text.append(f": {_sent(check)}")
    if check.base is not None:
        text.append(printable(f", compared with {check.base}"), style="dim")
    return text


def _sent(check: BuildCheck) -> str:
    """What the builder is sent that the build is checked for."""
    classic = check.report.classic
    if check.limits.view == View.CLASSIC and isinstance(classic, Totals):
        return f"the legacy builder sends {amount(classic.size, classic.files)}"
    sent = check.report.transfer
    return f"BuildKit transfers {amount(sent.size, sent.files)}"


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
