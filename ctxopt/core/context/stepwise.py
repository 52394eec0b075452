"""The builders' walks entry by entry over an unfiltered tree, for patterns that fail only when they are used.

Some patterns pass Docker's check when the ignore file is read and fail when they are first compared with
a path. Whether that happens depends on every single comparison, so here each path is decided by itself,
pattern by pattern, in the builders' own order. Tests compare the fast walk with these functions.
"""

from collections.abc import Iterator

from ctxopt.core.context.tree import KEPT, Directory, EntryKind, View
from ctxopt.core.dockerignore.patterns import Carried, PatternSet
from ctxopt.errors import CtxoptError, PatternError


def decide_stepwise(top: Directory, buildkit: PatternSet, classic: PatternSet) -> dict[int, CtxoptError]:
    """Set the flags of all entries of an unfiltered tree; returns the errors of builders that would fail, by View."""
    refusals: dict[int, CtxoptError] = {}
    try:
        filter_buildkit(top, buildkit, None, View.BUILDKIT)
    except PatternError as error:
        refusals[View.BUILDKIT] = error
    try:
        _validate_classic(top, classic)
        _tar_classic(top, classic)
    except PatternError as error:
        refusals[View.CLASSIC] = error
    return refusals


def filter_buildkit(top: Directory, excludes: PatternSet, includes: PatternSet | None, view: int) -> None:
    """Mark as fsutil's filtered walk does: entries that pass both sets, and the directories that contain them.

    Raises PatternError where a pattern fails.
    """
    stack: list[tuple[Directory, Carried | None, Carried | None]] = [(top, None, None)]
    while stack:
        directory, carried_in, carried_out = stack.pop()
        below = []
        for index, path, subdirectory in _entries(directory):
            skip = False
            inner_in = inner_out = None
            if includes is not None:
                included, inner_in = includes.decide(path, carried_in)
                if not included:
                    if subdirectory is not None and not includes.may_match_inside(path):
                        continue
                    skip = True
            excluded, inner_out = excludes.decide(path, carried_out)
            if excluded:
                if subdirectory is not None and not excludes.descends_into_excluded(path, trim_globs=True):
                    continue
                skip = True
            if not skip:
                directory.flags[index] |= view | (KEPT if view == View.BUILDKIT else 0)
                directory.mark_with_parents(view)
            if subdirectory is not None:
                below.append((subdirectory, inner_in, inner_out))
        stack.extend(reversed(below))


def _validate_classic(top: Directory, patterns: PatternSet) -> None:
    """Compare patterns as docker/cli's check of the context does. Raises PatternError where a pattern fails."""
    given = patterns.without_added()
    stack = [top]
    while stack:
        below = []
        for _, path, subdirectory in _entries(stack.pop()):
            if not given.matches_or_parent_matches(path) and subdirectory is not None:
                below.append(subdirectory)
        stack.extend(reversed(below))


def _tar_classic(top: Directory, patterns: PatternSet) -> None:
    """Mark as go-archive's walk does. A pattern that fails ends that walk silently: nothing after it is sent."""
    stack: list[tuple[Iterator[tuple[int, str, Directory | None]], Directory, Carried | None]]
    stack = [(_entries(top), top, None)]
    while stack:
        rows, directory, carried = stack[-1]
        row = next(rows, None)
        if row is None:
            stack.pop()
            continue
        index, path, subdirectory = row
        try:
            excluded, inner = patterns.decide(path, carried)
        except PatternError:
            return
        if not excluded and directory.kinds[index] != EntryKind.SOCKET:
            directory.flags[index] |= View.CLASSIC
        if subdirectory is not None and (not excluded or patterns.descends_into_excluded(path, trim_globs=False)):
            stack.append((_entries(subdirectory), subdirectory, inner))


def _entries(directory: Directory) -> Iterator[tuple[int, str, Directory | None]]:
    for index, name in enumerate(directory.names):
        yield index, directory.child_path(name), directory.subdirectories.get(name)
