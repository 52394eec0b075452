"""A source of an instruction that the ignore file excludes: the build fails, or copies less than it seems."""

from collections.abc import Iterator
from typing import Final

from ctxopt.core.context.tree import View
from ctxopt.core.dockerignore.quote import literal
from ctxopt.edits import Edit
from ctxopt.edits.ignore_file import with_exceptions
from ctxopt.edits.lines import Lines
from ctxopt.evidence.hidden_sources import HiddenSource, hidden_sources
from ctxopt.findings.context import RuleContext
from ctxopt.findings.model import Finding, Severity
from ctxopt.findings.rule import Rule

#: Maximum number of exceptions to write.
_MOST: Final = 10


def check(context: RuleContext) -> Iterator[Finding]:
    """Find sources of COPY, ADD and bind mounts that are excluded, each with the pattern that does it.

    A source with wildcards that still matches something may be meant that way: then it is a note.
    """
    file = context.build.ignore_file(View.BUILDKIT)
    if file is None:
        return
    lines = Lines(file.name, file.data)
    for hidden in hidden_sources(context.build):
        yield Finding(
            RULE.id,
            Severity.NOTE if hidden.is_partial else Severity.WARNING,
            file.name,
            hidden.pattern.line,
            hidden.reason,
            f"add !{hidden.exception} below the pattern",
            edits=_edits(lines, hidden),
        )


def _edits(lines: Lines, hidden: HiddenSource) -> tuple[Edit, ...]:
    """The edits that except what is hidden; () where something else still matches, which may be meant that way."""
    if hidden.is_partial or len(hidden.paths) > _MOST:
        return ()
    return (with_exceptions(lines, hidden.pattern.line, [literal(path) for path in hidden.paths]),)


RULE = Rule(
    id="CTX003",
    name="ignore-needed",
    title="Source of an instruction is excluded",
    help=(
        "The build fails, or copies fewer files than expected. Add an exception (`!PATH`) below the "
        "pattern, or correct the instruction."
    ),
    check=check,
)
