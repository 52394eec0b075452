"""Which entries BuildKit transfers for one build."""

from ctxopt.core.context.late import filter_buildkit
from ctxopt.core.context.tree import KEPT, Directory, Tree, View
from ctxopt.core.dockerignore.patterns import PatternSet
from ctxopt.core.dockerignore.scope import Scope, scope


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


#: What becomes of the flags of an entry that is wanted.
_SENT = bytes(flags | View.TRANSFER if flags & KEPT else flags for flags in range(256))


def _mark(directory: Directory, wanted: bool | bytes) -> None:
    if wanted is False:
        return
    before = directory.flags
    after = before.translate(_SENT)
    if wanted is not True:
        for place, is_wanted in enumerate(wanted):
            if not is_wanted:
                after[place] = before[place]
    if after != before:
        directory.flags = after
        directory.mark_with_parents(View.TRANSFER)
