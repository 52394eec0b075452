"""A pattern with a slash at the end that excludes files: git would match directories only, Docker drops the slash."""

from collections.abc import Iterator

from ctxopt.core.context.tree import Directory, EntryKind, View
from ctxopt.core.dockerignore import pattern
from ctxopt.core.dockerignore.quote import literal
from ctxopt.core.golang.text import trim_space
from ctxopt.evidence.excluded import first_excluded
from ctxopt.evidence.ignore_lines import IgnoreLine, ignore_lines
from ctxopt.findings.context import RuleContext
from ctxopt.findings.model import Finding, Severity
from ctxopt.findings.rule import Rule

#: Maximum number of patterns with wildcards to search for in the context.
_LOOKED_FOR = 20


def check(context: RuleContext) -> Iterator[Finding]:
    """Find patterns with a slash at the end that exclude a file or a link."""
    build = context.build
    lines = [line for line in ignore_lines(build) if line.effective and _is_for_directories(line)]
    if not lines:
        return
    own = set(build.build_files)

    def is_hidden_file(directory: Directory, place: int) -> bool:
        if directory.kinds[place] == EntryKind.DIRECTORY or directory.flags[place] & View.BUILDKIT:
            return False
        return directory.child_path(directory.names[place]) not in own

    wild = [line.pattern.cleaned for line in lines if line.pattern.kind is not pattern.PatternKind.EXACT]
    excluded = first_excluded(build.tree, wild[:_LOOKED_FOR], is_hidden_file).paths
    for line in lines:
        text = line.pattern.cleaned
        if line.pattern.kind is pattern.PatternKind.EXACT:
            place = build.locate(text)
            if place is not None and is_hidden_file(*place):
                yield _finding(line, text)
        elif text in excluded:
            yield _finding(line, excluded[text])


RULE = Rule(
    id="CTX002",
    name="ignore-directory-slash",
    title="A pattern with a slash at the end that leaves a file out",
    help=(
        "Docker drops the slash at the end of a pattern, so it matches files as well as directories. Add an exception "
        "with `!` below it if the file is needed."
    ),
    check=check,
)


def _is_for_directories(line: IgnoreLine) -> bool:
    return not line.pattern.exception and trim_space(line.line.text).endswith("/")


def _finding(line: IgnoreLine, path: str) -> Finding:
    return Finding(
        RULE.id,
        Severity.NOTE,
        line.file,
        line.line.number,
        f'"{trim_space(line.line.text)}" leaves {path} out too, which is no directory: the slash changes nothing',
        f"add !{literal(path)} below it, if that is needed",
    )
