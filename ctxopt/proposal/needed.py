"""Exceptions for what the user's lines exclude although an instruction fails without it, or what a manifest needs."""

from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import Final

from ctxopt.core.build_context import BuildContext
from ctxopt.core.context.tree import Tree, View
from ctxopt.core.dockerignore import quote
from ctxopt.core.dockerignore.spec import DockerIgnore
from ctxopt.evidence.hidden_needs import HiddenNeed, hidden_needs
from ctxopt.evidence.hidden_sources import hidden_sources

#: Maximum number of exceptions, and of entries below the directories that they are for.
_MOST: Final = 5
_MOST_BELOW: Final = 2_000


def needed_paths(contexts: Sequence[BuildContext], tree: Tree) -> dict[str, tuple[str, ...]]:
    """The paths to write exceptions for, each with all that these bring back; `tree` is walked with no patterns.

    An exception would overrule all lines above it, so a directory has one only if nothing in it is excluded by another
    line than the directory itself.
    """
    return dict(islice(_needed(contexts, tree), _MOST))


def _needed(contexts: Sequence[BuildContext], tree: Tree) -> Iterator[tuple[str, tuple[str, ...]]]:
    """The same without a limit, each path once."""
    seen: set[str] = set()
    for context in contexts:
        ignore = DockerIgnore(context.patterns(View.BUILDKIT))
        for path in _hidden(context):
            below = _below(tree, path) if path not in seen else None
            if below is not None and _is_one_line(ignore, below):
                seen.add(path)
                yield path, below


def exception(path: str) -> str:
    """The line that brings a path back."""
    return "!" + quote.literal(path)


def _hidden(context: BuildContext) -> Iterator[str]:
    failing = {result.read.number for result in context.usage.results if result.error is not None}
    for source in hidden_sources(context) if failing else ():
        if source.read in failing:
            yield from source.paths
    for need in hidden_needs(context):
        if need.exception and (need.certain or not _is_deliberate(need)):
            yield need.path


def _is_deliberate(need: HiddenNeed) -> bool:
    """Whether a line excludes a path by its own name, or everything: a text alone does not overrule that."""
    return need.pattern.cleaned in (need.path, "*", "**")


def _below(tree: Tree, path: str) -> tuple[str, ...] | None:
    """A path and all that is below it; None if that is too much, or if there is no such entry."""
    entry = tree.find(path)
    if entry is None:
        return None
    inside = entry[0].subdirectories.get(entry[0].names[entry[1]])
    entries, stack = [path], [] if inside is None else [inside]
    while stack:
        directory = stack.pop()
        entries += map(directory.child_path, directory.names)
        stack += directory.subdirectories.values()
        if len(entries) > _MOST_BELOW:
            return None
    return tuple(entries)


def _is_one_line(ignore: DockerIgnore, entries: Iterable[str]) -> bool:
    """Whether one line alone excludes all of the entries."""
    return len({touch.pattern.line for entry in entries for touch in ignore.explain(entry).touches}) == 1
