"""Which entries BuildKit transfers for one build."""

from ctxopt.context.late import filter_buildkit
from ctxopt.context.tree import KEPT, Directory, Tree, View
from ctxopt.dockerignore.patterns import PatternSet
from ctxopt.dockerignore.scope import Scope, scope


def mark_transfer(tree: Tree, excludes: PatternSet, includes: PatternSet | None) -> None:
    """Set View.TRANSFER on what passes the ignore file and, if there is one, the set of wanted paths.

    Raises PatternError where a pattern fails on use, and what BuildKit fails with if it would refuse
    the context.
    """
    if includes is not None and (excludes.fails_late or includes.fails_late):
        filter_buildkit(tree.root, excludes, includes, View.TRANSFER)
        return
    tree.check(View.BUILDKIT)
    if includes is None:
        sent = bytes(flags | View.TRANSFER if flags & View.BUILDKIT else flags for flags in range(256))
        for directory in tree.directories():
            directory.flags = directory.flags.translate(sent)
        return
    stack: list[tuple[Directory, Scope]] = [(tree.root, scope(includes))]
    while stack:
        directory, inside = stack.pop()
        _mark(directory, inside.matched(directory.names))
        for name, subdirectory in directory.subdirectories.items():
            wanted, within = inside.enter(name)
            if wanted or (includes.may_match_inside(subdirectory.path) and within.settled is not False):
                stack.append((subdirectory, within))


def _mark(directory: Directory, wanted: bool | list[bool]) -> None:
    flags = directory.flags
    places = range(len(flags)) if wanted is True else [] if wanted is False else [i for i, w in enumerate(wanted) if w]
    marked = False
    for place in places:
        if flags[place] & KEPT:
            flags[place] |= View.TRANSFER
            marked = True
    if marked:
        directory.mark_with_parents(View.TRANSFER)
