"""Which pattern excludes each entry, for whole directories at once."""

from collections.abc import Sequence
from itertools import compress

from ctxopt.core.context.tree import Directory, View
from ctxopt.core.dockerignore.patterns import PatternSet
from ctxopt.core.dockerignore.scope import Scope, scope
from ctxopt.errors import PatternError

#: The index of a pattern for all entries of a directory, or one for each of them; -1 where none excludes it.
Deciders = int | Sequence[int]


def deciders(root: Directory, patterns: PatternSet, views: Sequence[int]) -> list[dict[str, Deciders]]:
    """For each builder, by the paths of directories, which pattern makes it exclude their entries.

    `root` is a tree in which nothing is excluded, and `views` are the builders' View bits. The entries of a directory
    that a builder does not descend into are excluded by the pattern that decides about that directory.
    """
    found: list[dict[str, Deciders]] = [{} for _ in views]
    # Below a directory that a builder does not descend into, the index of the deciding pattern; None elsewhere. Once
    # nobody descends, the scope is not asked any more.
    stack: list[tuple[Directory, Scope, tuple[int | None, ...]]] = [(root, scope(patterns), (None,) * len(views))]
    while stack:
        directory, inside, shut = stack.pop()
        here: Deciders = -1
        below = [(child, inside, shut) for child in directory.subdirectories.values()]
        if None in shut:
            try:
                here = _in(directory, inside)
                below = [
                    _entered(child, name, inside, shut, patterns, views)
                    for name, child in directory.subdirectories.items()
                ]
            except PatternError:
                # A pattern fails on some name here: Docker either never gets to it, or refuses the context.
                given_up = tuple(-1 if index is None else index for index in shut)
                here, below = -1, [(child, inside, given_up) for child in directory.subdirectories.values()]
        for by_path, index in zip(found, shut, strict=True):
            by_path[directory.path] = here if index is None else index
        stack += below
    return found


def _entered(
    child: Directory,
    name: str,
    inside: Scope,
    shut: tuple[int | None, ...],
    patterns: PatternSet,
    views: Sequence[int],
) -> tuple[Directory, Scope, tuple[int | None, ...]]:
    """A directory with the scope inside it, and who does not descend into it."""
    out, within = inside.within(name)
    if out:
        (index,) = inside.deciders((name,))
        shut = tuple(
            index
            if known is None and not patterns.descends_into_excluded(child.path, trim_globs=view == View.BUILDKIT)
            else known
            for known, view in zip(shut, views, strict=True)
        )
    return child, within, shut


def _in(directory: Directory, inside: Scope) -> Deciders:
    matched = inside.matched(directory.names)
    if matched is False or not directory.names:
        return -1
    if matched is True:
        return inside.deciders(directory.names)
    decided = iter(inside.deciders(list(compress(directory.names, matched))))
    return [next(decided) if out else -1 for out in matched]
