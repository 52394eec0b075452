"""The one walk of a build context: names, kinds and sizes, decided for both builders at once.

BuildKit's side follows tonistiigi/fsutil (`NewFilterFS`), the classic client's docker/cli and
moby/go-archive (`TarWithOptions`). Symbolic links are never followed.
"""

import os
import stat
from array import array
from collections.abc import Callable
from dataclasses import dataclass, replace
from enum import Enum
from functools import cache
from operator import or_

from ctxopt.context.tree import KEPT, Directory, Kind, Problem, Totals, Tree, View
from ctxopt.dockerignore.patterns import PatternSet
from ctxopt.dockerignore.scope import Effects, Scope, scope
from ctxopt.errors import ContextError, CtxoptError


class LeftOut(Enum):
    """What the walk does with directories that are in no view."""

    SKIP = "not looked into"
    MEASURE = "looked into for their size only"
    RECORD = "recorded like all others"


#: Told about progress: the number of entries seen since the last call.
Progress = Callable[[int], None]


@dataclass(frozen=True, slots=True)
class _Side:
    """The patterns that one or both builders apply."""

    views: int
    patterns: PatternSet
    top: Scope

    def looking(self, path: str, entered: int) -> int:
        """Which of its builders look into a directory all the same that the patterns leave out."""
        views = self.views & entered
        for view in (View.BUILDKIT, View.CLASSIC):
            if views & view and not self.patterns.keeps_open(path, trim_globs=view == View.BUILDKIT):
                views &= ~view
        return views


#: Fills the rows of a directory, told which builders look into it; returns the places of its subdirectories.
_Fill = Callable[[Directory, int], list[int]]


def _decide(sides: tuple[_Side, ...], fill: _Fill, left_out: Callable[[str], bool]) -> Directory:
    """Go down from the root and put every entry into the views that keep it.

    `left_out` is asked about directories that no builder looks into: whether they are recorded.
    """
    top = Directory("")
    # Inside of each directory there is a scope for each side.
    stack = [(top, tuple(side.top for side in sides), View.BUILDKIT | View.CLASSIC if sides else 0)]
    while stack:
        directory, scopes, entered = stack.pop()
        places = fill(directory, entered)
        if entered:
            for side, inside in zip(sides, scopes, strict=True):
                _keep(directory, inside.matched(directory.names), side.views & entered)
        below = []
        for place in places:
            name = directory.names[place]
            path = directory.child_path(name)
            looking = 0
            within: tuple[Scope, ...] = ()
            if entered:
                for side, inside in zip(sides, scopes, strict=True):
                    out, inside = inside.enter(name)
                    looking |= side.looking(path, entered) if out else side.views & entered
                    within = (*within, inside)
            if looking or left_out(path):
                child = Directory(path, directory, place)
                directory.subdirectories[name] = child
                below.append((child, within, looking))
        if below:
            below.reverse()
            stack += below
    return top


class _Disk:
    """Fills directories from the file system, one `lstat` an entry."""

    def __init__(self, root: str, left_out: LeftOut, progress: Progress | None) -> None:
        self.root = root
        self._left_out = left_out
        self._progress = progress
        self.problems: list[Problem] = []
        self.pruned: dict[str, Totals] = {}

    def fill(self, directory: Directory, entered: int) -> list[int]:
        """List a directory; returns the places of its subdirectories."""
        found = self._scan(directory.path, entered)
        if self._progress is not None:
            self._progress(len(found))
        if not found:
            return []
        directory.names = names = sorted(found)
        directory.sizes = sizes = array("q", map(found.__getitem__, names))
        directory.kinds = kinds = bytearray(len(names))
        directory.flags = bytearray(len(names))
        if min(sizes) >= 0:
            return []
        others = [place for place, size in enumerate(sizes) if size < 0]
        for place in others:
            kinds[place] = -sizes[place]
            # Links and the like are sent without any data: their size is 0 in Docker's tar.
            sizes[place] = 0
        return [place for place in others if kinds[place] == Kind.DIRECTORY]

    def left_out(self, path: str) -> bool:
        """Whether a directory that no builder looks into is recorded; it is measured if that is wanted."""
        if self._left_out is LeftOut.MEASURE:
            self.pruned[path] = self._measure(path)
        return self._left_out is LeftOut.RECORD

    def _scan(self, path: str, entered: int) -> dict[str, int]:
        """For each name the size of the file, or the kind of anything else as a negative number."""
        found: dict[str, int] = {}
        try:
            with os.scandir(f"{self.root}/{path}") as listing:
                for entry in listing:
                    try:
                        if entry.is_file(follow_symlinks=False):
                            found[entry.name] = entry.stat(follow_symlinks=False).st_size
                        elif entry.is_dir(follow_symlinks=False):
                            found[entry.name] = -Kind.DIRECTORY
                        else:
                            found[entry.name] = -_special(entry.stat(follow_symlinks=False).st_mode)
                    except OSError as error:
                        self._problem(f"{path}/{entry.name}" if path else entry.name, error, 0)
        except FileNotFoundError as error:
            self._problem(path, error, 0)
        except OSError as error:
            self._problem(path, error, entered)
        return found

    def _measure(self, path: str) -> Totals:
        """The files below a directory that no builder looks into."""
        files = size = 0
        stack = [path]
        while stack:
            here = stack.pop()
            found = self._scan(here, 0)
            if self._progress is not None:
                self._progress(len(found))
            for name, count in found.items():
                if count == -Kind.DIRECTORY:
                    stack.append(f"{here}/{name}")
                else:
                    files += 1
                    size += max(count, 0)
        return Totals(files, size)

    def check_readable(self, top: Directory) -> None:
        """Report files that the user may not read: the classic client refuses them, BuildKit sends them empty."""
        if _reads_everything():
            return
        stack = [top]
        while stack:
            directory = stack.pop()
            stack.extend(reversed(directory.subdirectories.values()))
            for place, kind in enumerate(directory.kinds):
                if kind == Kind.FILE and directory.flags[place] & View.CLASSIC:
                    path = directory.child_path(directory.names[place])
                    if not os.access(os.path.join(self.root, path), os.R_OK):
                        self.problems.append(
                            Problem(path, "no permission to read it; BuildKit would send it empty", View.CLASSIC)
                        )

    def _problem(self, path: str, error: OSError, fatal_for: int) -> None:
        self.problems.append(Problem(path, error.strerror or str(error), fatal_for))


def walk(
    root: str,
    buildkit: PatternSet,
    classic: PatternSet,
    *,
    left_out: LeftOut = LeftOut.SKIP,
    progress: Progress | None = None,
) -> Tree:
    """Walk the directory `root` and decide every entry for both builders.

    `buildkit` and `classic` are the ignore patterns that each of them applies. Unreadable and vanished
    entries are reported in the tree's `problems`. Raises ContextError if the root cannot be read.
    """
    disk = _Disk(root, left_out, progress)
    if buildkit.fails_late or classic.fails_late:
        top = _decide((), disk.fill, lambda _: True)
        from ctxopt.context.late import decide_late

        effective = None
        refusals = decide_late(top, buildkit, classic)
    else:
        effects = Effects()
        top = _decide(_sides(buildkit, classic, effects), disk.fill, disk.left_out)
        effective = effects.places()
        refusals = {}
    disk.check_readable(top)
    for problem in disk.problems:
        if problem.path == "":
            raise ContextError(f"cannot read the build context: {problem.message}", file=root)
        _refuse(refusals, problem)
    return Tree(top, tuple(disk.problems), disk.pruned, refusals, effective)


def redecide(recorded: Tree, buildkit: PatternSet, classic: PatternSet, *, left_out: LeftOut = LeftOut.SKIP) -> Tree:
    """The tree that `walk` would find with other patterns, from one that was walked with none.

    Names, kinds and sizes are shared with `recorded`, flags are not.
    """
    known = {directory.path: directory for directory in recorded.directories()}
    unreadable = {problem.path: problem for problem in recorded.problems if problem.fatal_for}
    entered_at: dict[str, int] = {}
    pruned: dict[str, Totals] = {}

    def is_recorded(path: str) -> bool:
        if left_out is LeftOut.MEASURE:
            pruned[path] = _files_below(known[path])
        return left_out is LeftOut.RECORD

    def fill(directory: Directory, entered: int) -> list[int]:
        model = known[directory.path]
        directory.names, directory.kinds, directory.sizes = model.names, model.kinds, model.sizes
        directory.flags = bytearray(len(model.names))
        if directory.path in unreadable:
            entered_at[directory.path] = entered
        return [model.find(name) for name in model.subdirectories]

    effective = None
    if buildkit.fails_late or classic.fails_late:
        from ctxopt.context.late import decide_late

        tree = Tree(_decide((), fill, lambda _: True), recorded.problems)
        refusals = decide_late(tree.root, buildkit, classic)
    else:
        effects = Effects()
        tree = Tree(_decide(_sides(buildkit, classic, effects), fill, is_recorded), recorded.problems, pruned)
        effective = effects.places()
        refusals = {}
    for path, problem in unreadable.items():
        found = tree.find(path)
        touched = entered_at.get(path, found[0].flags[found[1]] & View.CLASSIC if found is not None else 0)
        _refuse(refusals, replace(problem, fatal_for=problem.fatal_for & touched))
    return replace(tree, refusals=refusals, effective=effective)


def _files_below(top: Directory) -> Totals:
    files = size = 0
    stack = [top]
    while stack:
        directory = stack.pop()
        stack += directory.subdirectories.values()
        files += len(directory.names) - directory.kinds.count(Kind.DIRECTORY)
        size += sum(directory.sizes)
    return Totals(files, size)


def _refuse(refusals: dict[int, CtxoptError], problem: Problem) -> None:
    """Note why the builders for which a problem is fatal would fail, if they do not fail already."""
    for view in (View.BUILDKIT, View.CLASSIC):
        if problem.fatal_for & view and view not in refusals:
            refusals[view] = ContextError(problem.message, file=problem.path, hint="make it readable, or ignore it")


def _sides(buildkit: PatternSet, classic: PatternSet, effects: Effects) -> tuple[_Side, ...]:
    if buildkit.sources == classic.sources:
        return (_Side(View.BUILDKIT | View.CLASSIC, buildkit, scope(buildkit, effects)),)
    return (
        _Side(View.BUILDKIT, buildkit, scope(buildkit, effects)),
        _Side(View.CLASSIC, classic, scope(classic)),
    )


def _keep(directory: Directory, left_out: bool | bytes, views: int) -> None:
    """Put the entries that are not left out into these views."""
    if left_out is True or not views or not directory.names:
        return
    bits = views | (KEPT if views & View.BUILDKIT else 0)
    if left_out is False:
        directory.flags = directory.flags.translate(_setting(bits))
        kept = True
    else:
        directory.flags = bytearray(map(or_, directory.flags, left_out.translate(_where_clear(bits))))
        kept = 0 in left_out
    if views & View.CLASSIC and Kind.SOCKET in directory.kinds:
        for place, kind in enumerate(directory.kinds):
            if kind == Kind.SOCKET:
                # A tar cannot hold a socket; the client skips it with a message.
                directory.flags[place] &= ~View.CLASSIC
    if kept and views & View.BUILDKIT:
        directory.mark_with_parents(View.BUILDKIT)


@cache
def _setting(bits: int) -> bytes:
    """A translation table that sets these bits in each byte."""
    return bytes(byte | bits for byte in range(256))


@cache
def _where_clear(bits: int) -> bytes:
    """A translation table that gives these bits for a byte that is 0, and none for any other."""
    return bytes([bits]) + bytes(255)


def _special(mode: int) -> int:
    if stat.S_ISLNK(mode):
        return Kind.SYMLINK
    return Kind.SOCKET if stat.S_ISSOCK(mode) else Kind.SPECIAL


def _reads_everything() -> bool:
    geteuid = getattr(os, "geteuid", None)
    return geteuid is not None and geteuid() == 0
