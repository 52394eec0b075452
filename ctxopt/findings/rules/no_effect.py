"""A pattern that has no effect on this context."""

from collections.abc import Iterator
from typing import Final

from ctxopt.core.context.tree import View
from ctxopt.evidence.idle_patterns import Cause, IdlePattern, idle_patterns
from ctxopt.evidence.own_block import block_lines
from ctxopt.findings.context import RuleContext
from ctxopt.findings.model import Finding, Severity
from ctxopt.findings.rule import Rule
from ctxopt.findings.rules import root_only, trailing_comment

_SEVERITIES: Final = {
    Cause.OVERRULED: Severity.WARNING,
    Cause.REDUNDANT: Severity.NOTE,
    Cause.UNMATCHED: Severity.INFO,
}


def check(context: RuleContext) -> Iterator[Finding]:
    """Find patterns that decide about no entry, each with the reason.

    Those that match entries below the root only, and comments, are found by the rules for that. The block that
    `generate` keeps up to date has patterns for files yet to come: there only an exception that does not work is a
    finding.
    """
    idle_lines = list(idle_patterns(context.build))
    file = context.build.ignore_file(View.BUILDKIT)
    kept_up_to_date = block_lines(file.data) if idle_lines and file is not None else range(0)
    below = root_only.lines(context) if idle_lines and context.settings.runs(root_only.RULE.id) else frozenset()
    found = idle_lines and context.settings.runs(trailing_comment.RULE.id)
    comments = trailing_comment.lines(context) if found else frozenset()
    for idle in idle_lines:
        if idle.line.line.number in comments or (idle.cause is Cause.UNMATCHED and idle.line.line.number in below):
            continue
        if idle.cause is not Cause.OVERRULED and idle.line.line.number in kept_up_to_date:
            continue
        yield Finding(
            RULE.id,
            _SEVERITIES[idle.cause],
            idle.line.file,
            idle.line.line.number,
            idle.reason,
            _fix(idle),
        )


RULE = Rule(
    id="CTX004",
    name="ignore-no-effect",
    title="Pattern without effect",
    help=(
        "The pattern matches no files here, or another line decides about them. Move an exception "
        "below the line that excludes its path. Remove a pattern only if no other checkout or machine "
        "needs it."
    ),
    check=check,
    summary="{count} patterns have no effect in this checkout",
)


def _fix(idle: IdlePattern) -> str:
    if idle.cause is Cause.UNMATCHED:
        # It may well match on another machine, where there are secrets, dependencies or build output.
        return "check the spelling; keep it if other checkouts or machines have such files"
    if idle.cause is Cause.REDUNDANT:
        return "remove it if it is redundant in other checkouts, too"
    return f"move it below line {idle.below}" if idle.below is not None else "add exceptions for its parent directories"
