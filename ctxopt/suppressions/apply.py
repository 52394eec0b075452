"""A report without the findings that are suppressed."""

from collections.abc import Sequence
from dataclasses import replace

from ctxopt.build_context import BuildContext
from ctxopt.config.model import Suppression
from ctxopt.display import plural
from ctxopt.findings import canonical, rule_names
from ctxopt.findings.model import Finding
from ctxopt.report import Report
from ctxopt.suppressions.inline import Inline, inline_suppressions


def without_suppressed(
    report: Report, context: BuildContext, configured: Sequence[Suppression] = ()
) -> tuple[Report, tuple[str, ...]]:
    """A report of a context without what the configuration and the Dockerfile suppress, and notes about that."""
    dockerfile = context.located.dockerfile
    inline = inline_suppressions(dockerfile.data, dockerfile.name, rule_names())
    configured = [
        replace(one, rule=rule) for one, rule in zip(configured, canonical(one.rule for one in configured), strict=True)
    ]
    why = [_why(finding, report.dockerfile, configured, inline) for finding in report.findings]
    kept = tuple(finding for finding, reason in zip(report.findings, why, strict=True) if reason is None)
    notes = [
        f"{plural(why.count(reason), 'finding')} not reported, as {reason}"
        for reason in dict.fromkeys(why)
        if reason is not None
    ]
    return replace(report, findings=kept), (*inline.notes, *notes)


def _why(finding: Finding, dockerfile: str, configured: Sequence[Suppression], inline: Inline) -> str | None:
    """What suppresses a finding, in words."""
    in_dockerfile = finding.file == dockerfile
    for comment in inline.suppressions:
        if comment.covers(finding.rule, finding.line, in_dockerfile=in_dockerfile):
            return f"{dockerfile}:{comment.line} says: {comment.reason}"
    for one in configured:
        if one.covers(finding.rule, finding.file):
            return f"{one.origin} says: {one.reason}"
    return None
