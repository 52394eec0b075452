"""A file that the ignore file excludes, and that a manifest names: the command that reads the manifest fails."""

from collections.abc import Iterator

from ctxopt.core.context.tree import View
from ctxopt.edits.ignore_file import with_exceptions
from ctxopt.edits.lines import Lines
from ctxopt.findings.context import RuleContext
from ctxopt.findings.model import Finding, Severity
from ctxopt.findings.rule import Rule


def check(context: RuleContext) -> Iterator[Finding]:
    """Find excluded files that manifests need, and directories of version control that are sent in part."""
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
        number = hidden.pattern.line
        edits = (with_exceptions(Lines(file.name, file.data), number, [hidden.exception]),) if hidden.exception else ()
        yield Finding(RULE.id, Severity.WARNING, file.name, number, hidden.reason, fix, edits=edits)


RULE = Rule(
    id="CTX012",
    name="ignore-needed-by-file",
    title="Excluded file that a manifest needs",
    help=(
        "A manifest that is sent names a file that is not, and a command fails without it; or a repository is sent in "
        "part. Add an exception (`!PATH`) below the pattern, or exclude the repository as a whole."
    ),
    check=check,
)
