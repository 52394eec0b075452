"""An exception with a wildcard, because of which BuildKit lists all that is in excluded directories."""

from collections.abc import Iterator
from typing import Final

from ctxopt.core.context.tree import KEPT, Directory, View
from ctxopt.display import plural
from ctxopt.evidence.ignore_lines import IgnoreLine, ignore_lines
from ctxopt.findings.context import RuleContext
from ctxopt.findings.model import Finding, Severity
from ctxopt.findings.rule import Rule

#: Minimum number of entries in excluded directories: listing so many takes a fraction of a second in each build.
_FEWEST: Final = 5_000
#: Maximum number of directories to name.
_NAMED: Final = 3
_WILD: Final = frozenset("*[]?^\\")
#: A path that no exception without wildcards is below.
_NOWHERE: Final = "\0"


def check(context: RuleContext) -> Iterator[Finding]:
    """Find the first such exception, with the number of entries that are listed for it."""
    build = context.build
    patterns = build.patterns(View.BUILDKIT)
    if not patterns.exceptions or not patterns.descends_into_excluded(_NOWHERE, trim_globs=True):
        return
    line = next((line for line in ignore_lines(build) if line.pattern.exception and _is_wild(line)), None)
    if line is None:
        return
    found = {directory.path: entries for directory, entries in _excluded(build.tree.root)}
    total = sum(found.values())
    if total < _FEWEST:
        return
    largest = sorted(found, key=lambda path: (-found[path], path))
    yield Finding(
        RULE.id,
        Severity.NOTE,
        line.file,
        line.line.number,
        f"because of the wildcard in {line.shown}, BuildKit lists all excluded directories: "
        f"{plural(total, 'entry', 'entries')}, most of them in {largest[0]}/",
        "name directories in exceptions, as in !docs or !docs/**, with wildcards only at the end",
        evidence=tuple(f"{path}/: {plural(found[path], 'entry', 'entries')}" for path in largest[:_NAMED]),
    )


RULE = Rule(
    id="CTX017",
    name="ignore-exception-walk",
    title="Exception makes BuildKit walk excluded directories",
    help=(
        "After an exception with a wildcard before its end, such as `!**/*.md`, BuildKit lists everything that other "
        "patterns exclude, in each build. Name the directories that the exception is for."
    ),
    check=check,
)


def _is_wild(line: IgnoreLine) -> bool:
    """Whether an exception has a wildcard before its end, in any form that BuildKit takes for one."""
    return not _WILD.isdisjoint(line.pattern.cleaned.removesuffix("/**").removesuffix("/*"))


def _excluded(root: Directory) -> Iterator[tuple[Directory, int]]:
    """The topmost excluded directories that are walked, each with the number of all entries in it."""
    stack = [root]
    while stack:
        directory = stack.pop()
        for name, inside in directory.subdirectories.items():
            if directory.flags[directory.find(name)] & KEPT:
                stack.append(inside)
            else:
                yield inside, sum(len(below.names) for below in inside.with_all_below())
