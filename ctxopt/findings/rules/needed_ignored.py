"""Something that an instruction names and the ignore file leaves out: the build fails, or copies less than it seems."""

from collections.abc import Iterator
from dataclasses import dataclass

from ctxopt.core.build_context import BuildContext
from ctxopt.core.context.tree import Directory, Kind, View
from ctxopt.core.dockerfile.model import ContextRead
from ctxopt.core.dockerignore.pattern import Pattern
from ctxopt.core.dockerignore.quote import glob, literal
from ctxopt.core.dockerignore.spec import DockerIgnore
from ctxopt.core.golang import match as gomatch
from ctxopt.core.golang import paths
from ctxopt.findings.model import Finding, Severity
from ctxopt.findings.settings import Settings

RULE = "CTX003"
NAME = "ignore-needed"
TITLE = "Something that an instruction names is left out"
HELP = (
    "The build fails, or copies less than it seems to. Add an exception with `!` below the pattern, or correct the "
    "instruction."
)


@dataclass(frozen=True, slots=True)
class _Hidden:
    """What one source names and BuildKit does not send.

    `exception` is the pattern that would bring back the first of `paths`; `kept` tells whether something
    else that the source matches is sent.
    """

    paths: tuple[str, ...]
    exception: str
    kept: bool = False


def check(context: BuildContext, _settings: Settings) -> Iterator[Finding]:
    """Find sources of COPY, ADD and bind mounts that are there but left out, for each the pattern that does it.

    A source with wildcards that still finds something may well be meant that way: then it is a note.
    """
    file = context.ignore_file(View.BUILDKIT)
    if file is None:
        return
    ignore = DockerIgnore(context.patterns(View.BUILDKIT))
    named: set[str] = set()
    for read in context.instructions:
        for source in () if read.unresolved else read.sources:
            hidden = _hidden(context, read, source)
            if hidden is None or hidden.paths[0] in named:
                continue
            named.add(hidden.paths[0])
            touches = ignore.explain(hidden.paths[0]).touches
            if touches:
                reader = f"{read.kind} in line {read.line} of {context.plan.file}"
                yield _finding(file.name, touches[-1].pattern, hidden, reader)


def _hidden(context: BuildContext, read: ContextRead, source: str) -> _Hidden | None:
    """What is hidden of a source, if anything is."""
    text = source.replace("/./", "/", 1) if read.parents else source
    parts = paths.join("/", text).split("/")[1:]
    if read.kind == "RUN" or not gomatch.has_wildcards(text):
        path = "/".join(parts)
        return _Hidden((path,), literal(path)) if path and _is_hidden(context, path) else None
    if read.parents or all(part.strip("*") == "" for part in parts):
        # The former is a pattern for all levels, the latter may stand for anything.
        return None
    wild = next(place for place, part in enumerate(parts) if gomatch.has_wildcards(part))
    base = "/".join(parts[:wild])
    if base and _is_hidden(context, base):
        return _Hidden((base,), glob("/".join(parts)))
    try:
        return _matches(context, parts)
    except gomatch.BadPattern:
        return None


def _is_hidden(context: BuildContext, path: str) -> bool:
    """Whether there is such an entry and BuildKit sends nothing of it; what lies behind a link counts as unknown."""
    directory = context.tree.root
    for name in path.split("/"):
        place = directory.find(name)
        if place < 0:
            return False
        if not directory.flags[place] & View.BUILDKIT:
            return context.exists(path)
        inside = directory.subdirectories.get(name)
        if inside is None:
            return False
        directory = inside
    return False


def _matches(context: BuildContext, parts: list[str]) -> _Hidden | None:
    """What is hidden of the entries that a source with wildcards matches."""
    hidden: list[str] = []
    kept = False
    level: list[Directory] = [context.tree.root]
    for depth, part in enumerate(parts):
        below: list[Directory] = []
        rest = parts[depth + 1 :]
        for directory in level:
            for name in _names(directory, part):
                place = directory.find(name)
                path = "/".join((directory.child_path(name), *rest))
                if not directory.flags[place] & View.BUILDKIT:
                    if not rest or (not gomatch.has_wildcards("/".join(rest)) and context.exists(path)):
                        hidden.append(path)
                elif not rest:
                    kept = True
                elif directory.kinds[place] == Kind.DIRECTORY and name in directory.subdirectories:
                    below.append(directory.subdirectories[name])
        level = below
    return _Hidden(tuple(hidden), literal(hidden[0]), kept) if hidden else None


def _names(directory: Directory, part: str) -> list[str]:
    if not gomatch.has_wildcards(part) and "\\" not in part:
        return [part] if directory.find(part) >= 0 else []
    return [name for name in directory.names if gomatch.match(part, name)]


def _finding(file: str, pattern: Pattern, hidden: _Hidden, reader: str) -> Finding:
    first, *others = hidden.paths
    what = f"{first} and {len(others):,} more" if others else first
    return Finding(
        RULE,
        Severity.NOTE if hidden.kept else Severity.WARNING,
        file,
        pattern.line,
        f'"{pattern.cleaned}" leaves {what} out, which {reader} names',
        f"add !{hidden.exception} below it",
    )
