"""The files of the context that run because of where they get to in the image, without a command that names them."""

from collections.abc import Iterator, Sequence
from functools import cache
from itertools import islice
from typing import Final

from ctxopt.catalogue.system import system
from ctxopt.core.context.tree import Directory, Tree
from ctxopt.core.dockerfile.model import Plan
from ctxopt.core.golang import paths
from ctxopt.core.ids import StepId
from ctxopt.core.lazy_dataclass import dataclass
from ctxopt.core.lazy_re import lazy_re
from ctxopt.evidence.image import ImageLocation
from ctxopt.image.places import resolved, same_part
from ctxopt.image.sources import Sources

#: Maximum number of files that one instruction puts there.
_MOST: Final = 100
#: A line of a table of cron: when, and then what runs, with or without the user that does.
_ENTRY: Final = lazy_re(r"[ \t]*(?:@\w+|(?:[^\s#=]+[ \t]+){4}[^\s#=]+)[ \t]+(\S.*)")


@dataclass(frozen=True, slots=True)
class Started:
    """A file that runs, by its path in the context; `step` puts it there, which `origin` says for people.

    `scheduled`: it is a table of cron.
    """

    path: str
    step: StepId
    origin: str
    scheduled: bool


def started_files(plan: Plan, locations: Sequence[ImageLocation], sources: Sources, tree: Tree) -> Iterator[Started]:
    """The files that instructions put where the system, or the program of an image, runs what is there."""
    there = (one.subdirectories.get(one.names[index]) for one, index in tree.named(_names()))
    named = list(islice((inside for inside in there if inside is not None), _MOST))
    for location in locations:
        read = location.read
        for target, found in _taken(location, named, tree):
            origin = f"{read.kind} to {target} ({plan.file}:{read.line})"
            yield from (Started(path, read.step, origin, _is_scheduled(target)) for path in islice(found, _MOST))
    for copy in plan.copies:
        to = resolved(copy.workdir, copy.destination)
        if to is not None and _runs(to):
            places = (sources.find(copy.source, paths.join("/", source)).paths for source in copy.sources)
            files = (file for found in places for place in found for file in _files(tree, place))
            origin = f"COPY to {to} ({plan.file}:{copy.line})"
            yield from (Started(file, copy.step, origin, _is_scheduled(to)) for file in islice(files, _MOST))
    last = StepId(len(plan.steps) - 1)
    for file in system().run_files if plan.steps else ():
        for path in sources.find(plan.steps[last].stage, file).paths:
            if tree.find(path) is not None:
                yield Started(path, last, f"{file} in the image", scheduled=False)


def _taken(location: ImageLocation, named: Sequence[Directory], tree: Tree) -> Iterator[tuple[str, Iterator[str]]]:
    """Where a read puts files that run there, with these; `named` are directories that have such a name already."""
    base = location.base
    if base is not None and _runs(base):
        yield base, (path for source in location.read.sources for path in _files(tree, paths.join("/", source)[1:]))
    for directory in named:
        place = location.image_path(directory.path) if location.takes(directory.path) else None
        if place is not None and _runs(place):
            yield place, _below(directory)


def scheduled_lines(text: str) -> Iterator[str]:
    """The commands of a table of cron, each also without its first word, which may be a user."""
    for line in text.splitlines():
        found = _ENTRY.fullmatch(line)
        if found is not None:
            yield found[1]
            yield found[1].partition(" ")[2]


def runs_there(path: str) -> bool:
    """Whether what is at a path in the image runs, or is read to be run."""
    return not set(path.split("/")).isdisjoint(system().run_there)


@cache
def _names() -> frozenset[str]:
    return frozenset((*system().run_there, *system().scheduled))


def _is_scheduled(path: str) -> bool:
    return not set(path.split("/")).isdisjoint(system().scheduled)


def _runs(path: str) -> bool:
    return runs_there(path) or _is_scheduled(path)


def _files(tree: Tree, pattern: str) -> Iterator[str]:
    """The files that a path with wildcards matches, and those in the directories that it matches."""
    level: list[Directory] = [tree.root]
    parts = pattern.split("/") if pattern else []
    for part in parts[:-1]:
        level = [below for one in level for name, below in one.subdirectories.items() if same_part(part, name)]
    for one in level:
        for name in one.names if parts else ():
            if same_part(parts[-1], name):
                inside = one.subdirectories.get(name)
                yield from [one.child_path(name)] if inside is None else _below(inside)
    if not parts:
        yield from _below(tree.root)


def _below(directory: Directory) -> Iterator[str]:
    """The files in a directory and below it."""
    stack: list[Directory] = [directory]
    while stack:
        one = stack.pop()
        yield from (one.child_path(name) for name in one.names if name not in one.subdirectories)
        stack += one.subdirectories.values()
