"""The builders' walks step by step, over a recorded tree: for patterns that fail only when they are used.

Some patterns pass Docker's check when the ignore file is read and fail when they are first compared with
a path. Whether that happens depends on every single comparison, so here each path is decided by itself,
pattern by pattern, in the builders' own order. The tests hold the fast walk against these functions.
"""

from collections.abc import Iterator

from ctxopt.core.context.tree import KEPT, Directory, Kind, View
from ctxopt.core.dockerignore.patterns import Carried, PatternSet
from ctxopt.errors import CtxoptError, PatternError


def decide_late(top: Directory, buildkit: PatternSet, classic: PatternSet) -> dict[int, CtxoptError]:
    """Set the flags of all entries of a recorded tree; returns why a builder would fail, where it would."""
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
    """fsutil's filtered walk: entries that pass both sets, and the directories they are in.

    Raises PatternError where a pattern fails.
    """
    stack: list[tuple[Directory, Carried | None, Carried | None]] = [(top, None, None)]
    while stack:
        directory, carried_in, carried_out = stack.pop()
        below = []
        for place, path, subdirectory in _entries(directory):
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
                if subdirectory is not None and not excludes.keeps_open(path, trim_globs=True):
                    continue
                skip = True
            if not skip:
                directory.flags[place] |= view | (KEPT if view == View.BUILDKIT else 0)
                directory.mark_with_parents(view)
            if subdirectory is not None:
                below.append((subdirectory, inner_in, inner_out))
        stack.extend(reversed(below))


def _validate_classic(top: Directory, patterns: PatternSet) -> None:
    """docker/cli's check of the context before it is sent; raises PatternError where a pattern fails."""
    given = patterns.without_added()
    stack = [top]
    while stack:
        below = []
        for _, path, subdirectory in _entries(stack.pop()):
            if not given.matches_or_parent_matches(path) and subdirectory is not None:
                below.append(subdirectory)
        stack.extend(reversed(below))


def _tar_classic(top: Directory, patterns: PatternSet) -> None:
    """go-archive's walk. A pattern that fails ends the walk quietly: nothing after it is sent."""
    stack: list[tuple[Iterator[tuple[int, str, Directory | None]], Directory, Carried | None]]
    stack = [(_entries(top), top, None)]
    while stack:
        rows, directory, carried = stack[-1]
        row = next(rows, None)
        if row is None:
            stack.pop()
            continue
        place, path, subdirectory = row
        try:
            left_out, inner = patterns.decide(path, carried)
        except PatternError:
            return
        if not left_out and directory.kinds[place] != Kind.SOCKET:
            directory.flags[place] |= View.CLASSIC
        if subdirectory is not None and (not left_out or patterns.keeps_open(path, trim_globs=False)):
            stack.append((_entries(subdirectory), subdirectory, inner))


def _entries(directory: Directory) -> Iterator[tuple[int, str, Directory | None]]:
    for place, name in enumerate(directory.names):
        yield place, directory.child_path(name), directory.subdirectories.get(name)
