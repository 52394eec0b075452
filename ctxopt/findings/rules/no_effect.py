"""A pattern that has no effect on this context."""

from collections.abc import Iterator

from ctxopt.evidence.idle_patterns import Cause, IdlePattern, idle_patterns
from ctxopt.findings.context import RuleContext
from ctxopt.findings.model import Finding, Severity
from ctxopt.findings.rule import Rule


def check(context: RuleContext) -> Iterator[Finding]:
    """Find patterns that decide about no entry, each with the reason."""
    for idle in idle_patterns(context.build):
        overruled = idle.cause is Cause.OVERRULED
        yield Finding(
            RULE.id,
            Severity.WARNING if overruled else Severity.NOTE,
            idle.line.file,
            idle.line.line.number,
            idle.reason,
            _move(idle) if overruled else "remove it, if it is not there for others",
        )


RULE = Rule(
    id="CTX004",
    name="ignore-no-effect",
    title="A pattern that has no effect",
    help=(
        "The pattern matches nothing here, or another line decides in its place. Remove it if it is not there for "
        "others, or move an exception below the line that leaves its path out."
    ),
    check=check,
    summary="{count} patterns change nothing here",
)


def _move(idle: IdlePattern) -> str:
    return f"move it below line {idle.below}" if idle.below is not None else "except the directories above it as well"
