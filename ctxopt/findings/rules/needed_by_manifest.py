"""A file that the ignore file excludes, and that a manifest, a command or the text of a file that is sent names."""

from collections.abc import Iterator

from ctxopt.core.context.tree import View
from ctxopt.edits.ignore_file import with_exceptions
from ctxopt.edits.lines import Lines
from ctxopt.findings.context import RuleContext
from ctxopt.findings.model import Confidence, Finding, Severity
from ctxopt.findings.rule import Rule


def check(context: RuleContext) -> Iterator[Finding]:
    """Find excluded files that others name which are sent, and directories of version control that are sent in part."""
    file = context.build.ignore_file(View.BUILDKIT)
    if file is None:
        return
    # Imported here because it loads what is known of all ecosystems.
    from ctxopt.evidence.hidden_needs import hidden_needs

    for hidden in hidden_needs(context.build):
        fix = (
            f"add !{hidden.exception} below the pattern"
            if hidden.exception
            else f"exclude {hidden.whole}, or no part of it"
        )
        severity = Severity.WARNING if hidden.certain else Severity.NOTE
        confidence = Confidence.HIGH if hidden.certain else Confidence.MEDIUM
        number = hidden.pattern.line
        # What only a text names may not be needed, which is for people to decide.
        safe = hidden.certain and hidden.exception
        edits = (with_exceptions(Lines(file.name, file.data), number, [hidden.exception]),) if safe else ()
        yield Finding(RULE.id, severity, file.name, number, hidden.reason, fix, confidence=confidence, edits=edits)


RULE = Rule(
    id="CTX012",
    name="ignore-needed-by-file",
    title="Excluded file that the build or the program names",
    help=(
        "A manifest, a command or the text of a file that is sent names a file that is not; or a repository is sent in "
        "part. Add an exception (`!PATH`) below the pattern, or exclude the repository as a whole."
    ),
    check=check,
)
