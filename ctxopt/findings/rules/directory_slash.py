"""A pattern with a slash at the end that matches files: git would match directories only, Docker drops the slash."""

from collections.abc import Iterator, Sequence
from itertools import islice
from typing import Final

from ctxopt.core.build_context import BuildContext
from ctxopt.core.context.tree import Directory, EntryKind, View
from ctxopt.core.dockerignore import pattern
from ctxopt.core.dockerignore.quote import literal
from ctxopt.core.dockerignore.spec import DockerIgnore
from ctxopt.core.golang.match import has_wildcards
from ctxopt.core.golang.text import trim_space
from ctxopt.evidence.excluded import first_excluded
from ctxopt.evidence.ignore_lines import IgnoreLine, ignore_lines
from ctxopt.findings.context import RuleContext
from ctxopt.findings.model import Finding, Severity
from ctxopt.findings.rule import Rule

#: Maximum number of patterns with wildcards to search for in the context.
_LOOKED_FOR: Final = 20
#: Maximum number of files to compare with exceptions.
_MOST_COMPARED: Final = 20_000


def check(context: RuleContext) -> Iterator[Finding]:
    """Find patterns with a slash at the end that exclude a file or a link, and exceptions that keep one."""
    lines = [line for line in ignore_lines(context.build) if line.effective and _has_slash(line)]
    yield from _excluding(context.build, [line for line in lines if not line.pattern.exception])
    yield from _keeping(context.build, [line for line in lines if line.pattern.exception])


def _excluding(build: BuildContext, lines: Sequence[IgnoreLine]) -> Iterator[Finding]:
    if not lines:
        return
    own = set(build.build_files)
    others = [line for line in ignore_lines(build) if not _has_slash(line)][::-1]

    def is_hidden_file(directory: Directory, index: int) -> bool:
        if directory.kinds[index] == EntryKind.DIRECTORY or directory.flags[index] & View.BUILDKIT:
            return False
        path = directory.child_path(directory.names[index])
        return path not in own and not _is_meant(path, others)

    # What the wildcards of a name match besides directories is seldom meant, and no loss: CTX012 finds what is needed.
    lines = [line for line in lines if not has_wildcards(line.pattern.cleaned.rpartition("/")[2])]
    wild = [line.pattern.cleaned for line in lines if line.pattern.kind is not pattern.PatternKind.EXACT]
    excluded = first_excluded(build.tree, wild[:_LOOKED_FOR], is_hidden_file).paths
    for line in lines:
        text = line.pattern.cleaned
        if line.pattern.kind is pattern.PatternKind.EXACT:
            index = build.locate(text)
            if index is not None and is_hidden_file(*index):
                yield _finding(line, text)
        elif text in excluded:
            yield _finding(line, excluded[text])


def _is_meant(path: str, others: Sequence[IgnoreLine]) -> bool:
    """Whether other lines, the last one first, exclude a path all the same: then nobody wants it."""
    last = next((line for line in others if line.pattern.matches(path)), None)
    return last is not None and not last.pattern.exception


def _keeping(build: BuildContext, lines: Sequence[IgnoreLine]) -> Iterator[Finding]:
    """Exceptions with wildcards, which name no file, that bring back one that a pattern above excludes."""
    wild = [line for line in lines if line.pattern.kind is not pattern.PatternKind.EXACT][:_LOOKED_FOR]
    if not wild:
        return
    ignore = DockerIgnore(build.patterns(View.BUILDKIT))
    for path in islice(_kept_files(build), _MOST_COMPARED):
        for line in [line for line in wild if line.pattern.matches(path)]:
            touches = ignore.explain(path).touches
            if len(touches) > 1 and touches[-1].pattern is line.pattern:
                wild.remove(line)
                yield _kept(line, path)
        if not wild:
            return


def _kept_files(build: BuildContext) -> Iterator[str]:
    for directory in build.tree.directories():
        for name, kind, flags in zip(directory.names, directory.kinds, directory.flags, strict=True):
            if kind != EntryKind.DIRECTORY and flags & View.BUILDKIT:
                yield directory.child_path(name)


RULE = Rule(
    id="CTX002",
    name="ignore-directory-slash",
    title="Pattern with a trailing slash matches a file",
    help=(
        "Docker drops a trailing slash, so the pattern matches files as well as directories. If the "
        "file is needed, add an exception (`!NAME`) below the pattern. In place of an exception with "
        "wildcards, name each directory."
    ),
    check=check,
)


def _has_slash(line: IgnoreLine) -> bool:
    return trim_space(line.line.text).endswith("/")


def _kept(line: IgnoreLine, path: str) -> Finding:
    return Finding(
        RULE.id,
        Severity.WARNING,
        line.file,
        line.line.number,
        f"`{trim_space(line.line.text)}` also keeps {path}, which is not a directory: Docker drops the trailing slash",
        f"name each directory in an exception of its own, or exclude {literal(path)} below it",
    )


def _finding(line: IgnoreLine, path: str) -> Finding:
    return Finding(
        RULE.id,
        Severity.NOTE,
        line.file,
        line.line.number,
        f"`{trim_space(line.line.text)}` also excludes {path}, which is not a directory: Docker drops "
        "the trailing slash",
        f"if it is needed, add !{literal(path)} below the pattern",
    )
