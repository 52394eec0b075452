"""A file that the ignore file excludes, and that a manifest or a command names."""

from collections.abc import Iterator
from typing import Final

from ctxopt.core.context.tree import View
from ctxopt.edits.ignore_file import with_exceptions
from ctxopt.edits.lines import Lines
from ctxopt.findings.context import RuleContext
from ctxopt.findings.model import Finding, Severity
from ctxopt.findings.rule import Rule

#: Commands that write the commit into a program without being told to, and fail if git does.
_STAMPING: Final = ("go build !-buildvcs=false", "go install !-buildvcs=false !*@", "xx-go build !-buildvcs=false")


def check(context: RuleContext) -> Iterator[Finding]:
    """Find excluded files that a manifest or a command names, and repositories that are sent in part and asked.

    What only the text of a file names is kept by `generate`, and no finding: the program may do without it, and whoever
    wrote the pattern knows that it is excluded.
    """
    file = context.build.ignore_file(View.BUILDKIT)
    if file is None or not _takes_something(context):
        return
    # Imported here because it loads what is known of all ecosystems.
    from ctxopt.evidence.hidden_needs import certain_needs

    for hidden in certain_needs(context.build):
        if hidden.whole and not _asks(context):
            continue
        fix = (
            f"add !{hidden.exception} below the pattern"
            if hidden.exception
            else f"exclude {hidden.whole}, or no part of it"
        )
        number = hidden.pattern.line
        lines = Lines(file.name, file.data)
        edits = (with_exceptions(lines, number, [hidden.exception]),) if hidden.exception else ()
        yield Finding(RULE.id, Severity.WARNING, file.name, number, hidden.reason, fix, edits=edits)


def _takes_something(context: RuleContext) -> bool:
    """Whether a COPY of everything takes a file: otherwise one more is not all that is missing."""
    results = [result for result in context.build.usage.results if result.read.broad]
    return not results or any(result.totals.files for result in results)


def _asks(context: RuleContext) -> bool:
    """Whether a command asks the repository, which fails where only a part of it is there."""
    evidence = context.evidence
    return context.history is not None or (evidence is not None and evidence.first(_STAMPING) is not None)


RULE = Rule(
    id="CTX012",
    name="ignore-needed-by-file",
    title="Excluded file that the build names",
    help=(
        "A manifest or a command names a file that is not sent; or a repository is sent in part, and a command asks "
        "it. Add an exception (`!PATH`) below the pattern, or exclude the repository as a whole."
    ),
    check=check,
)
