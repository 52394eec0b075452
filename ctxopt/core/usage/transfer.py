"""Which entries BuildKit transfers for one build."""

from collections.abc import Iterator
from itertools import compress
from typing import Final

from ctxopt.core.context.stepwise import filter_buildkit
from ctxopt.core.context.tree import KEPT, Directory, EntryKind, Tree, View
from ctxopt.core.dockerignore.patterns import PatternSet
from ctxopt.core.dockerignore.scope import Scope, scope, scope_by_path
from ctxopt.core.usage.masks import both, only

#: Adds View.TRANSFER to the flags of all that is in BuildKit's view, and to those of what the ignore file keeps.
_ALL_SENT = bytes(flags | View.TRANSFER if flags & View.BUILDKIT else flags for flags in range(256))
#: What the last sets of wanted paths say of names: each is applied to a tree of every ignore file that is tried.
_SCOPES: dict[tuple[object, ...], Scope] = {}
_MOST_SCOPES: Final = 4
_IS_SENT = bytes(bool(flags & View.TRANSFER) for flags in range(256))
_NOT_SENT = bytes(flags & ~View.TRANSFER for flags in range(256))
_KEPT_SENT = bytes(flags | View.TRANSFER if flags & KEPT else flags for flags in range(256))


def decide_transfer(tree: Tree, excludes: PatternSet, includes: PatternSet | None) -> None:
    """Set View.TRANSFER on what passes the ignore file and, if there is one, the set of wanted paths.

    `tree` was just decided for BuildKit, and nobody else holds it yet. Raises PatternError where a pattern fails on
    use.
    """
    if includes is not None and (excludes.fails_on_use or includes.fails_on_use):
        filter_buildkit(tree.root, excludes, includes, View.TRANSFER)
    elif includes is not None:
        _mark_included(tree.root, includes)
    else:
        for directory in tree.directories():
            directory.flags = directory.flags.translate(_ALL_SENT)


def transferred_alone(tree: Tree, excludes: PatternSet, includes: PatternSet | None) -> Tree:
    """A decided tree with View.TRANSFER on what is sent for some wanted paths alone, or on everything. See above."""
    alone = tree.with_own_flags()
    for directory in alone.directories():
        directory.flags = directory.flags.translate(_NOT_SENT)
    decide_transfer(alone, excludes, includes)
    return alone


def with_included(tree: Tree, includes: PatternSet) -> Directory:
    """The root of a copy with View.TRANSFER on what passes the set of wanted paths, none of which fails on use.

    Directories in which no wanted path can be are shared with `tree`, which does not change.
    """
    top = tree.root.decided_copy()
    _mark_included(top, includes, shared=True)
    return top


def emptied(tree: Tree, excludes: PatternSet) -> Iterator[str]:
    """The regular files that arrive empty: the client (fsutil) lists them and then refuses to open them.

    It lists what its walk keeps, with what it decided for the directories above, and opens what it keeps when the
    path is decided by itself. Only with exceptions can the two differ.
    """
    if not excludes.exceptions or excludes.fails_on_use:
        return
    stack: list[tuple[Directory, Scope]] = [(tree.root, scope_by_path(excludes))]
    while stack:
        directory, inside = stack.pop()
        excluded = inside.matched(directory.names)
        if excluded is True or (excluded and any(excluded)):
            sent = both(directory.kinds.translate(only(EntryKind.FILE)), directory.flags.translate(_IS_SENT))
            empty = sent if excluded is True else both(sent, excluded)
            yield from map(directory.child_path, compress(directory.names, empty))
        # A directory is sent for what is in it, so there is nothing in one that is not.
        stack += [
            (below, inside.enter(name)[1])
            for name, below in directory.subdirectories.items()
            if directory.flags[below.index] & View.TRANSFER
        ]


def _mark_included(top: Directory, includes: PatternSet, *, shared: bool = False) -> None:
    """Follow the walk of the client (fsutil), which looks into a directory only where a wanted path may be.

    With `shared`, a directory is copied before it is changed; `top` is a copy already.
    """
    stack: list[tuple[Directory, Scope]] = [(top, _scope_of(includes))]
    while stack:
        directory, inside = stack.pop()
        _mark(directory, inside.matched(directory.names))
        for name, below in tuple(directory.subdirectories.items()):
            wanted, within = inside.enter(name)
            if wanted or (includes.may_match_inside(below.path) and within.settled is not False):
                stack.append((below.decided_copy(directory) if shared else below, within))


def _scope_of(includes: PatternSet) -> Scope:
    """The scope of the root directory, with what it says of names already."""
    found = _SCOPES.get(includes.sources)
    if found is None:
        if len(_SCOPES) == _MOST_SCOPES:
            _SCOPES.clear()
        found = _SCOPES[includes.sources] = scope(includes)
    return found


def _mark(directory: Directory, wanted: bool | bytes) -> None:
    if wanted is False:
        return
    before = directory.flags
    after = before.translate(_KEPT_SENT)
    if wanted is not True:
        for index, is_wanted in enumerate(wanted):
            if not is_wanted:
                after[index] = before[index]
    if after != before:
        directory.flags = after
        directory.mark_with_parents(View.TRANSFER)
