"""Which pattern excludes each entry, for whole directories at once."""

from collections.abc import Sequence
from itertools import compress

from ctxopt.core.context.tree import Directory, View
from ctxopt.core.dockerignore.patterns import PatternSet
from ctxopt.core.dockerignore.scope import Scope, scope
from ctxopt.errors import PatternError

#: The index of a pattern for all entries of a directory, or one for each of them; -1 where none excludes it.
Deciders = int | Sequence[int]


def deciders(root: Directory, patterns: PatternSet, view: int) -> dict[str, Deciders]:
    """By the paths of directories, which pattern makes a builder exclude their entries.

    `root` is a tree in which nothing is excluded. The entries of a directory that the builder does not descend
    into are excluded by the pattern that decides about that directory.
    """
    found: dict[str, Deciders] = {}
    # Below a directory that the builder does not descend into, the index of the deciding pattern replaces the scope.
    stack: list[tuple[Directory, Scope | int]] = [(root, scope(patterns))]
    while stack:
        directory, inside = stack.pop()
        if isinstance(inside, int):
            found[directory.path] = inside
            stack += [(child, inside) for child in directory.subdirectories.values()]
            continue
        try:
            here = _in(directory, inside)
            below: list[tuple[Directory, Scope | int]] = []
            for name, child in directory.subdirectories.items():
                out, within = inside.within(name)
                shut = out and not patterns.descends_into_excluded(child.path, trim_globs=view == View.BUILDKIT)
                below.append((child, inside.deciders((name,))[0] if shut else within))
        except PatternError:
            # A pattern fails on some name here: Docker either never gets to it, or refuses the context.
            here, below = -1, [(child, -1) for child in directory.subdirectories.values()]
        found[directory.path] = here
        stack += below
    return found


def _in(directory: Directory, inside: Scope) -> Deciders:
    matched = inside.matched(directory.names)
    if matched is False or not directory.names:
        return -1
    if matched is True:
        return inside.deciders(directory.names)
    decided = iter(inside.deciders(list(compress(directory.names, matched))))
    return [next(decided) if out else -1 for out in matched]
