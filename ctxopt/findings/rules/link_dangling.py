"""A link to nothing in a directory that a COPY with wildcards or filters takes: older BuildKits fail on it."""

from collections.abc import Iterator

from ctxopt.core.context.tree import View
from ctxopt.findings.context import RuleContext
from ctxopt.findings.model import Finding, Severity
from ctxopt.findings.rule import Rule

#: Maximum number of links of an instruction that are named.
_NAMED = 3


def check(context: RuleContext) -> Iterator[Finding]:
    """Find such links, one finding for each instruction."""
    build = context.build
    if View.TRANSFER in build.tree.refusals:
        return
    for result in build.usage.results:
        links = result.dangling
        if not links or result.error is not None:
            continue
        more = f" and {len(links) - _NAMED:,} more" if len(links) > _NAMED else ""
        named = ", ".join(links[:_NAMED]) + more
        message = f"Docker before version 29 fails on links whose targets are not sent: {named}"
        fix = "remove the links, keep their targets, or copy the directory by its name"
        yield Finding(RULE.id, Severity.WARNING, build.plan.file, result.read.line, message, fix)


RULE = Rule(
    id="CTX009",
    name="copy-dangling-link",
    title="Link to nothing below a COPY with wildcards",
    help=(
        "Where a source has wildcards, or the instruction has `--parents` or `--exclude`, BuildKit before version 0.25 "
        "(Docker before 29) follows every link in what it copies, and fails if the target is not there."
    ),
    check=check,
)
