"""A report as annotations: instructions that fail, findings, and problems with the context."""

from collections.abc import Iterator

from ctxopt.annotations.model import Annotation, Annotations, Descriptor, Level, placed
from ctxopt.display import amount, printable
from ctxopt.errors import CtxoptError
from ctxopt.findings.model import Finding, RuleInfo, Severity
from ctxopt.reports.report import Report

BUILD_FAILS = Descriptor(
    "build-fails",
    "Instruction that fails",
    "Correct the instruction, or add an exception to the ignore file. `ctxopt explain PATH` shows "
    "which pattern excludes a path.",
    Level.ERROR,
)
CONTEXT_PROBLEM = Descriptor(
    "context-problem",
    "Unreadable file or directory in the context",
    "Make it readable for the user who builds, or exclude it.",
    Level.NOTE,
)
_LEVELS = {
    Severity.ERROR: Level.ERROR,
    Severity.WARNING: Level.WARNING,
    Severity.NOTE: Level.NOTE,
    Severity.INFO: Level.NOTE,
}


def of_report(report: Report, prefix: str = "", title: str = "ctxopt analyze") -> Annotations:
    """The annotations of a report, with its sizes as the summary.

    `prefix` is the path of the context in the repository, which names of files are relative to.
    """
    return Annotations(
        title,
        tuple(_summary(report)),
        (BUILD_FAILS, *map(_descriptor, report.rules), CONTEXT_PROBLEM),
        (
            *(_of_finding(finding, prefix) for finding in (*failures(report), *report.findings)),
            *(Annotation(CONTEXT_PROBLEM.id, Level.NOTE, problem, None) for problem in report.problems),
        ),
    )


def _descriptor(rule: RuleInfo) -> Descriptor:
    return Descriptor(rule.id, rule.title, rule.help, page=rule.page)


def _summary(report: Report) -> Iterator[tuple[str, str]]:
    yield "BuildKit transfers", amount(report.transfer.size, report.transfer.files)
    classic = report.classic
    yield (
        "Legacy builder sends",
        f"fails: {classic.text}" if isinstance(classic, CtxoptError) else amount(classic.size, classic.files),
    )
    yield "Used by the Dockerfile", amount(report.used.size, report.used.files)
    yield "Unused", amount(report.unused.size, report.unused.files)
    yield "Excluded by the ignore file", amount(report.ignored.size, report.ignored.files)
    for one in report.named:
        if one.report is not None:
            sent = one.report.transfer
            yield f"BuildKit transfers of context {one.name}", amount(sent.size, sent.files)
    if report.cost is not None:
        # Imported here because few reports have a cost.
        from ctxopt.reports.cost.describe import summary

        yield from summary(report.cost)


def failures(report: Report) -> Iterator[Finding]:
    """The instructions that fail, as findings."""
    for _, result in report.all_reads:
        error = result.error
        if error is not None:
            line = error.line or result.read.line
            yield Finding(
                BUILD_FAILS.id,
                Severity.ERROR,
                error.file or report.dockerfile,
                line,
                error.problem,
                error.hint,
                end_line=max(line, result.read.end_line),
            )


def _of_finding(finding: Finding, prefix: str) -> Annotation:
    held = "" if finding.totals is None else f" ({amount(finding.totals.size, finding.totals.files)})"
    message = f"{finding.message}{held}; {finding.fix}" if finding.fix else finding.message + held
    # A line end in a name does not end the line of the message.
    lines = "\n".join(map(printable, (message, *finding.evidence)))
    file = placed(prefix, finding.file)
    return Annotation(finding.rule, _LEVELS[finding.severity], lines, file, finding.line, finding.end_line)
