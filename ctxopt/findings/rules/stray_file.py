"""An ignore file below the root of the context: no builder reads it there."""

from collections.abc import Iterator

from ctxopt.build_context import BuildContext
from ctxopt.context.tree import KEPT, Kind
from ctxopt.findings.model import Finding, Severity

RULE = "ignore-file-not-read"


def check(context: BuildContext) -> Iterator[Finding]:
    """Find files named .dockerignore in directories below the root."""
    for directory in context.tree.directories():
        place = directory.find(".dockerignore")
        if directory.parent is None or place < 0:
            continue
        if directory.kinds[place] != Kind.DIRECTORY and directory.flags[place] & KEPT:
            yield Finding(
                RULE,
                Severity.NOTE,
                directory.child_path(".dockerignore"),
                None,
                "it is not read in a build with this context",
                "move its patterns to the root, if they are meant for this build",
            )
