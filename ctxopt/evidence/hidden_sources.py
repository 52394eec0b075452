"""Sources of instructions that are in the context and that the ignore file excludes."""

from collections.abc import Iterator

from ctxopt.core.build_context import BuildContext
from ctxopt.core.context.tree import Directory, EntryKind, View
from ctxopt.core.dockerfile.model import ContextRead
from ctxopt.core.dockerignore.pattern import Pattern
from ctxopt.core.dockerignore.quote import glob, literal
from ctxopt.core.dockerignore.spec import DockerIgnore
from ctxopt.core.golang import match as gomatch
from ctxopt.core.golang import paths
from ctxopt.core.ids import ReadId
from ctxopt.core.lazy_dataclass import dataclass


@dataclass(frozen=True, slots=True)
class HiddenSource:
    """What one source of an instruction names and BuildKit does not send.

    `pattern` is the one that excludes the first such path; `exception`, with a `!`, would bring it back.
    `paths` are all of them. `is_partial` tells that something else which the source matches is sent. `reason` is one
    sentence.
    """

    pattern: Pattern
    exception: str
    is_partial: bool
    reason: str
    #: The number of the instruction among the plan's reads.
    read: ReadId
    paths: tuple[str, ...]


def hidden_sources(build: BuildContext) -> Iterator[HiddenSource]:
    """The sources of COPY, ADD and bind mounts that BuildKit's ignore file excludes, in the order of the build.

    A path that several sources name is told once.
    """
    if build.ignore_file(View.BUILDKIT) is None:
        return
    ignore = DockerIgnore(build.patterns(View.BUILDKIT))
    named: set[str] = set()
    for read in build.instructions:
        for source in () if read.unresolved else read.sources:
            hidden = _hidden(build, read, source)
            if hidden is None or hidden.paths[0] in named:
                continue
            named.add(hidden.paths[0])
            touches = ignore.explain(hidden.paths[0]).touches
            if touches:
                pattern = touches[-1].pattern
                reason = _reason(build, read, hidden, pattern)
                yield HiddenSource(pattern, hidden.exception, hidden.is_partial, reason, read.number, hidden.paths)


@dataclass(frozen=True, slots=True)
class _Hidden:
    """The hidden paths of one source; the other fields are those of HiddenSource."""

    paths: tuple[str, ...]
    exception: str
    is_partial: bool = False


def _reason(build: BuildContext, read: ContextRead, hidden: _Hidden, pattern: Pattern) -> str:
    first, *others = hidden.paths
    what = f"{first} and {len(others):,} more" if others else first
    reader = f"{read.kind} in line {read.line} of {build.plan.file}"
    return f"`{pattern.cleaned}` excludes {what}, needed by {reader}"


def _hidden(build: BuildContext, read: ContextRead, source: str) -> _Hidden | None:
    """What is hidden of a source, if anything is."""
    text = source.replace("/./", "/", 1) if read.parents else source
    parts = paths.join("/", text).split("/")[1:]
    if read.kind == "RUN" or not gomatch.has_wildcards(text):
        path = "/".join(parts)
        return _Hidden((path,), literal(path)) if path and is_hidden(build, path) else None
    if read.parents or all(part.strip("*") == "" for part in parts):
        # The former is a pattern for all levels, the latter may stand for anything.
        return None
    wild = next(index for index, part in enumerate(parts) if gomatch.has_wildcards(part))
    base = "/".join(parts[:wild])
    if base and is_hidden(build, base):
        return _Hidden((base,), glob("/".join(parts)))
    try:
        return _matches(build, parts)
    except gomatch.BadPattern:
        return None


def is_hidden(build: BuildContext, path: str) -> bool:
    """Whether there is such an entry and BuildKit sends nothing of it; what is behind a link counts as unknown."""
    directory = build.tree.root
    for name in path.split("/"):
        index = directory.find(name)
        if index < 0:
            return False
        if not directory.flags[index] & View.BUILDKIT:
            return build.exists(path)
        inside = directory.subdirectories.get(name)
        if inside is None:
            return False
        directory = inside
    return False


def _matches(build: BuildContext, parts: list[str]) -> _Hidden | None:
    """What is hidden of the entries that a source with wildcards matches."""
    hidden: list[str] = []
    is_partial = False
    level: list[Directory] = [build.tree.root]
    for depth, part in enumerate(parts):
        below: list[Directory] = []
        rest = parts[depth + 1 :]
        for directory in level:
            for name in _names(directory, part):
                index = directory.find(name)
                path = "/".join((directory.child_path(name), *rest))
                if not directory.flags[index] & View.BUILDKIT:
                    if not rest or (not gomatch.has_wildcards("/".join(rest)) and build.exists(path)):
                        hidden.append(path)
                elif not rest:
                    is_partial = True
                elif directory.kinds[index] == EntryKind.DIRECTORY and name in directory.subdirectories:
                    below.append(directory.subdirectories[name])
        level = below
    return _Hidden(tuple(hidden), literal(hidden[0]), is_partial) if hidden else None


def _names(directory: Directory, part: str) -> list[str]:
    if not gomatch.has_wildcards(part) and "\\" not in part:
        return [part] if directory.find(part) >= 0 else []
    return [name for name in directory.names if gomatch.match(part, name)]
