"""A report without the findings that are suppressed."""

import os
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from ctxopt.core.build_context import BuildContext
from ctxopt.display import plural
from ctxopt.errors import DockerfileError
from ctxopt.findings import canonical, limited, rule_names
from ctxopt.findings.model import Finding
from ctxopt.findings.rules import secret_by_name
from ctxopt.findings.settings import DEFAULT, Settings
from ctxopt.reports.report import LARGEST, Report, full_report

if TYPE_CHECKING:
    from ctxopt.checks.inline import InlinePolicy, InlineSuppression
    from ctxopt.checks.suppressed_before import SuppressedBefore
    from ctxopt.checks.suppression import Suppression

#: Maximum size of a file whose comments are compared with those at a revision, in bytes.
_LARGEST_TEXT = 1 << 20


def report_without_suppressed(
    context: BuildContext,
    settings: Settings,
    configured: "Sequence[Suppression]" = (),
    entries: int = LARGEST,
    inline: "InlinePolicy | None" = None,
) -> Report:
    """The report of a build without its suppressed findings, with the notes about these.

    At most `entries` of the largest entries are in it. `inline` says which comments count, all by default.

    Raises CtxoptError where BuildKit would refuse the build.
    """
    reported, notes = without_suppressed(full_report(context, settings, entries), context, configured, inline, settings)
    return replace(reported, notes=(*reported.notes, *notes))


def without_suppressed(
    report: Report,
    context: BuildContext,
    configured: "Sequence[Suppression]" = (),
    inline: "InlinePolicy | None" = None,
    settings: Settings = DEFAULT,
) -> tuple[Report, tuple[str, ...]]:
    """A full report without the findings that the configuration and the Dockerfile suppress, and notes about these.

    `inline` says which comments of the Dockerfile count, all by default; `settings` are those of the report.
    """
    comments, before, notes = _comments(context, settings, inline)
    if not comments and not configured and not any(finding.allowed_in for finding in report.findings):
        return replace(report, findings=limited(report.findings)), notes
    configured = [
        replace(one, rule=rule) for one, rule in zip(configured, canonical(one.rule for one in configured), strict=True)
    ]
    why = [
        _why(finding, report.dockerfile, configured, comments, before) or _allowed(finding, context, inline)
        for finding in report.findings
    ]
    kept = tuple(finding for finding, reason in zip(report.findings, why, strict=True) if reason is None)
    said = (
        f"{plural(why.count(reason), 'finding')} suppressed: {reason}"
        for reason in dict.fromkeys(why)
        if reason is not None
    )
    gone = [finding for finding, reason in zip(report.findings, why, strict=True) if reason is not None]
    about = secret_by_name.About(gone)
    secrets = tuple(secret for secret in report.secrets if not about.covers(secret.path, secret.line))
    return replace(report, findings=limited(kept), secrets=secrets), (*notes, *said)


def _comments(
    context: BuildContext, settings: Settings, policy: "InlinePolicy | None"
) -> "tuple[Sequence[InlineSuppression], SuppressedBefore | None, tuple[str, ...]]":
    """The suppressions in the comments of the Dockerfile that count, what they hid before, and notes about others."""
    dockerfile = context.located.dockerfile
    if b"ctxopt" not in dockerfile.data or (policy is not None and not policy.allowed):
        return (), None, ()
    from ctxopt.checks.inline import Inline, as_in, inline_suppressions
    from ctxopt.checks.suppressed_before import SuppressedBefore, build_before, with_same_meaning

    rules = rule_names()
    found = inline_suppressions(dockerfile.data, dockerfile.name, rules)
    if policy is None or policy.at_revision is None:
        return found.suppressions, None, found.notes
    path = os.path.normpath(os.path.join(context.root, dockerfile.name))
    earlier = None if context.located.inline else policy.at_revision(path)
    try:
        before = Inline() if earlier is None else inline_suppressions(earlier, dockerfile.name, rules)
    except DockerfileError:
        # What Docker would refuse has suppressed nothing.
        before = Inline()
    found = as_in(found, dockerfile.data, before, earlier or b"", policy.revision, dockerfile.name)
    if not found.suppressions or earlier is None:
        return found.suppressions, None, found.notes
    build = build_before(context, policy, earlier)
    found = with_same_meaning(found, context, build, policy.revision)
    return found.suppressions, SuppressedBefore(build, settings), found.notes


def _allowed(finding: Finding, context: BuildContext, policy: "InlinePolicy | None") -> str | None:
    """What comments of another tool or patterns allow of a finding, in words; None where they do not count."""
    if not finding.allowed_in or (policy is not None and not policy.allowed):
        return None
    reason = f"{finding.file}:{finding.allowed_in[0]} says: {finding.allowed_by}"
    if policy is None or policy.at_revision is None:
        return reason
    earlier = policy.at_revision(os.path.normpath(os.path.join(context.root, finding.file)))
    now = context.read(finding.file, _LARGEST_TEXT)
    if earlier is None or now is None:
        return None
    lines, known = now.split(b"\n"), set(earlier.split(b"\n"))
    return reason if all(lines[number - 1] in known for number in finding.allowed_in) else None


def _why(
    finding: Finding,
    dockerfile: str,
    configured: "Sequence[Suppression]",
    comments: "Sequence[InlineSuppression]",
    before: "SuppressedBefore | None",
) -> str | None:
    """What suppresses a finding, in words; None if nothing does."""
    in_dockerfile = finding.file == dockerfile
    for comment in comments:
        if not comment.covers(finding.rule, finding.line, in_dockerfile=in_dockerfile):
            continue
        if before is None or before.hid(comment, finding):
            return f"{dockerfile}:{comment.line} says: {comment.reason}"
    for one in configured:
        if one.covers(finding.rule, finding.file) or (finding.subject and one.covers(finding.rule, finding.subject)):
            return f"{one.origin} says: {one.reason}"
    return None
