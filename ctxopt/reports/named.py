"""What is said of the named contexts of a build beside that of its main context."""

import os
from collections.abc import Iterable
from dataclasses import replace

from ctxopt.core.named_context import entry_of
from ctxopt.findings.model import Finding
from ctxopt.reports.report import NamedReport, Report


def with_named(report: Report, named: Iterable[NamedReport]) -> Report:
    """A report with those of named contexts, and with what was found in them: each says which context it is about.

    What is found by the Dockerfile alone is in all of these reports, and is said once.
    """
    named = tuple(named)
    findings, notes, problems, secrets = [*report.findings], [*report.notes], [*report.problems], [*report.secrets]
    sources = dict(report.sources)
    for one in named:
        if one.report is None:
            continue
        said = set(map(_told, report.findings))
        findings += [_of(one.name, one.report, found) for found in one.report.findings if _told(found) not in said]
        notes += [note for note in one.report.notes if note not in report.notes]
        problems += [f"context {one.name}: {problem}" for problem in one.report.problems]
        secrets += [replace(secret, path=entry_of(one.name, secret.path)) for secret in one.report.secrets]
        sources |= {_placed(one.report, name): data for name, data in one.report.sources.items()}
    findings.sort(key=lambda finding: finding.severity.rank)
    return replace(
        report,
        named=named,
        findings=tuple(findings),
        notes=tuple(notes),
        problems=tuple(problems),
        secrets=tuple(secrets),
        sources=sources,
    )


def _told(finding: Finding) -> tuple[object, ...]:
    """What a reader sees of a finding; its edits may name the same file from another directory."""
    return finding.rule, finding.file, finding.line, finding.message, finding.subject, finding.totals


def _of(name: str, report: Report, finding: Finding) -> Finding:
    return replace(
        finding,
        file=_placed(report, finding.file),
        subject=None if finding.subject is None else entry_of(name, finding.subject),
        message=f"context {name}: {finding.message}",
        fix=finding.fix.replace(" .dockerignore", f" .dockerignore of context {name}"),
        edits=tuple(replace(edit, file=_placed(report, edit.file)) for edit in finding.edits),
    )


def _placed(report: Report, file: str) -> str:
    """A file of a named context by its absolute path; the Dockerfile as it is."""
    return file if file == report.dockerfile else os.path.join(report.root, file)
