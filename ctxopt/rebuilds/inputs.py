"""What each commit of a history changed in the inputs of a build's instructions.

An input is an entry that an instruction reads: its path, its type, whether its owner may execute it, and its
content or the target of the link. BuildKit's cache keys of COPY, ADD and bind mounts are made of the same, and
contain no times. Two simplifications, both on the safe side: a link on the way to a source counts as an input,
where BuildKit looks at its target; and of an instruction that fails only the failure is an input.
"""

from collections.abc import Iterator
from typing import Final

from ctxopt.core.build_context import BuildContext
from ctxopt.core.context.tree import EntryKind, Tree, View
from ctxopt.core.dockerfile.model import Plan
from ctxopt.core.golang import paths
from ctxopt.core.golang.match import matches
from ctxopt.core.ids import ReadId
from ctxopt.core.lazy_dataclass import dataclass
from ctxopt.core.usage.by_name import source_parts
from ctxopt.errors import CtxoptError
from ctxopt.rebuilds.epochs import Epoch, Timeline
from ctxopt.rebuilds.live import Differences, Live, differences

#: Git's own directory, which every commit changes.
GIT: Final = ".git"


@dataclass(frozen=True, slots=True)
class Changed:
    """What a commit changed in the inputs of instructions, by the numbers of the plan's reads.

    Each has the sorted paths that changed, directories with a slash at the end. `failing` are the reads that fail
    at the commit because what they name is missing.
    """

    commit: str
    paths: Differences
    failing: frozenset[ReadId]


def changed_inputs(context: BuildContext, timeline: Timeline) -> Iterator[Changed]:
    """For each commit of the history, the newest first, what it changed for a build as it is configured now.

    A read of git's own directory is changed by every commit.
    """
    always = reads_of_git(context)
    for changed in _changes(context, timeline):
        paths = changed.paths
        if always:
            # Reads with the same paths keep having the same object.
            added: dict[int, tuple[str, ...]] = {}
            for number in always:
                given = paths.get(number, ())
                if id(given) not in added:
                    added[id(given)] = tuple(sorted({*given, GIT}))
            both = {number: added[id(paths.get(number, ()))] for number in always}
            paths = dict(sorted({**paths, **both}.items()))
        yield Changed(changed.commit, paths, changed.failing)


def reads_of_git(context: BuildContext) -> frozenset[ReadId]:
    """The reads that take something of git's own directory, by what is there today."""
    directory = context.tree.root.subdirectories.get(GIT)
    numbers: set[ReadId] = set()
    stack = [directory] if directory is not None and context.plan.reads else []
    while stack:
        inside = stack.pop()
        stack += inside.subdirectories.values()
        for index, kind in enumerate(inside.kinds):
            if kind == EntryKind.FILE:
                numbers |= context.usage.readers(inside, index)
    return frozenset(number for number in numbers if number >= 0)


def _changes(context: BuildContext, timeline: Timeline) -> Iterator[Changed]:
    before: Live | None = None
    failing: frozenset[ReadId] = frozenset()
    for epoch, everything, build in _steady(context, timeline):
        live = Live(build, everything, epoch, timeline.history.gitlinks)
        if before is not None and epoch.entry is not None:
            yield Changed(epoch.entry.name, differences(before.inputs(), live.inputs()), failing)
        failing = live.failing
        for commit in epoch.commits:
            paths = live.undo(commit)
            yield Changed(commit.name, paths, failing)
            failing = live.failing
        before = live


def _steady(context: BuildContext, timeline: Timeline) -> Iterator[tuple[Epoch, Tree, BuildContext]]:
    """The epochs, each with its tree and the build over all of it.

    An epoch in which names decide whether a pattern fails becomes one for each of its states.
    """
    followed = any(_may_be_followed(context.plan, path) for path in timeline.history.links)
    for epoch, together in timeline.epochs(links_are_files=not followed):
        build = context.with_unfiltered(together.tree, together.files)
        if not epoch.commits or _is_steady(build):
            yield epoch, together.tree, build
        else:
            for single in epoch.single():
                alone = timeline.together(single)
                yield single, alone.tree, context.with_unfiltered(alone.tree, alone.files)


def _may_be_followed(plan: Plan, link: str) -> bool:
    """Whether a link may be on the way to what an instruction reads, rather than be read itself, by its path."""
    if any(read.parents for read in plan.reads):
        # Its patterns are those of ignore files, which see more in a name than a source does.
        return True
    names = link.split("/")
    sources = [(source_parts(read, source), read) for read in plan.reads for source in read.sources]
    followed = [(_parts(path), None) for path in plan.follow_paths]
    for parts, read in (*sources, *followed):
        if any("[" in part or "**" in part for part in parts):
            # These match across directories.
            return True
        if len(names) <= len(parts) and all(map(matches, parts, names)):
            return True
        # Beside the root of a source with patterns, links are looked at as well.
        if read is not None and read.excludes and not parts and len(names) == 1:
            return True
    return False


def _parts(path: str) -> tuple[str, ...]:
    return tuple(part for part in paths.join("/", path).split("/") if part)


def _is_steady(build: BuildContext) -> bool:
    """Whether no pattern and no source fails depending on the names that it meets."""
    try:
        if build.patterns(View.BUILDKIT).fails_on_use or (build.includes is not None and build.includes.fails_on_use):
            return False
        errors = [result.error for result in build.usage.results]
    except CtxoptError:
        return False
    return all(error is None or error.kind != "bad_pattern" for error in errors)
