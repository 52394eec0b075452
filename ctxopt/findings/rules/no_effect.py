"""A pattern that changes nothing in this context."""

from collections.abc import Iterator

from ctxopt.build_context import BuildContext
from ctxopt.context.tree import View
from ctxopt.dockerignore.spec import DockerIgnore
from ctxopt.findings.model import Finding, IgnoreLine, Severity, ignore_lines
from ctxopt.golang import match as gomatch

RULE = "ignore-no-effect"


def check(context: BuildContext) -> Iterator[Finding]:
    """Find patterns that decide about nothing, and say what decides in their place where that is plain."""
    for line in ignore_lines(context):
        if line.effective is False:
            yield _finding(context, line)


def _finding(context: BuildContext, line: IgnoreLine) -> Finding:
    text = line.pattern.cleaned
    shown = f'"!{text}"' if line.pattern.exception else f'"{text}"'
    path = "" if gomatch.has_wildcards(text) else text.strip("/")
    if not path or not context.exists(path):
        return _note(line, f"{shown} matches nothing here that is not decided already")
    verdict = DockerIgnore(context.patterns(View.BUILDKIT)).explain(path)
    closed = f"{verdict.closed_at} is not looked into" if verdict.closed_at else ""
    other = verdict.touches[-1].pattern.line if verdict.touches else None
    if line.pattern.exception and other is not None and verdict.left_out:
        message = f"{shown} has no effect: {closed or f'line {other} leaves {path} out'}"
        return Finding(RULE, Severity.WARNING, line.file, line.line.number, message, _fix(line, other))
    if line.pattern.exception:
        return _note(line, f"{shown} has no effect: nothing leaves {path} out")
    by = f": line {other} decides about {path}" if other is not None else ""
    return _note(line, f"{shown} has no effect{by}")


def _fix(line: IgnoreLine, other: int) -> str:
    return f"move it below line {other}" if other > line.line.number else "except the directories above it as well"


def _note(line: IgnoreLine, message: str) -> Finding:
    return Finding(
        RULE, Severity.NOTE, line.file, line.line.number, message, "remove it, if it is not there for others"
    )
