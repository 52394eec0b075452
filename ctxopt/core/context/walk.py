"""The one walk of a build context: names, kinds and sizes, decided for both builders at once.

BuildKit's side follows tonistiigi/fsutil (`NewFilterFS`), the classic client's docker/cli and
moby/go-archive (`TarWithOptions`). Symbolic links are never followed.
"""

from array import array
from collections import deque
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import replace
from enum import Enum
from functools import cache
from itertools import islice
from operator import or_

from ctxopt.core.context.disk import Disk, Progress
from ctxopt.core.context.fork import MOST_TASKS, can_share, share
from ctxopt.core.context.tree import KEPT, Directory, EntryKind, Problem, Totals, Tree, View
from ctxopt.core.dockerignore.patterns import PatternSet
from ctxopt.core.dockerignore.scope import Effects, Scope, scope
from ctxopt.core.lazy_dataclass import dataclass
from ctxopt.errors import ContextError, CtxoptError


class IgnoredPolicy(Enum):
    """What the walk does with directories that no builder descends into."""

    SKIP = "not listed"
    MEASURE = "listed for their totals only"
    RECORD = "recorded like all others"


@dataclass(frozen=True, slots=True)
class _Side:
    """The patterns that one or both builders apply."""

    views: int
    patterns: PatternSet
    top: Scope

    def looking(self, path: str, entered: int) -> int:
        """Which of the builders `entered` descend into a directory although the patterns exclude it."""
        views = self.views & entered
        for view in (View.BUILDKIT, View.CLASSIC):
            if views & view and not self.patterns.descends_into_excluded(path, trim_globs=view == View.BUILDKIT):
                views &= ~view
        return views


#: Fills the rows of a directory that these builders descend into; returns the indexes of its subdirectories.
_Fill = Callable[[Directory, int], list[int]]
#: A directory to decide, the scope inside it for each side, and the builders that descend into it.
_Work = tuple[Directory, Sequence[Scope], int]


@dataclass(frozen=True, slots=True)
class _Decider:
    """Walks down from the root and puts every entry into the views that keep it.

    `is_recorded` tells for directories that no builder descends into whether they are recorded.
    """

    sides: tuple[_Side, ...]
    fill: _Fill
    is_recorded: Callable[[str], bool]

    def start(self) -> _Work:
        """The root, to begin with."""
        entered = View.BUILDKIT | View.CLASSIC if self.sides else 0
        return Directory(""), tuple(side.top for side in self.sides), entered

    def all_from(self, *work: _Work) -> Directory:
        """Decide directories with everything below them; returns the first."""
        stack = list(work)
        while stack:
            stack += self.step(stack.pop())
        return work[0][0]

    def step(self, work: _Work) -> list[_Work]:
        """Decide the entries of one directory; returns the directories in it."""
        directory, scopes, entered = work
        indexes = self.fill(directory, entered)
        self.keep(work)
        names = directory.names
        below: list[_Work] = []
        prefix = directory.path + "/" if directory.path else ""
        for index in indexes:
            name = names[index]
            path = prefix + name
            within, looking = self.enter(path, name, scopes, entered)
            if looking or self.is_recorded(path):
                directory.subdirectories[name] = child = Directory(path, directory, index)
                below.append((child, within, looking))
        return below

    def keep(self, work: _Work) -> None:
        """Put the entries of a directory into the views that keep them."""
        directory, scopes, entered = work
        if entered:
            for side, inside in zip(self.sides, scopes, strict=True):
                _keep(directory, inside.matched(directory.names), side.views & entered)

    def enter(self, path: str, name: str, scopes: Sequence[Scope], entered: int) -> tuple[Sequence[Scope], int]:
        """The scopes inside a directory at a path, and the builders that descend into it."""
        looking = 0
        within = []
        if entered:
            for side, inside in zip(self.sides, scopes, strict=True):
                out, inside = inside.enter(name)
                looking |= side.looking(path, entered) if out else side.views & entered
                within.append(inside)
        return within, looking


#: Entries to list before the rest of the walk is shared with a forked child; below this, forking costs more than
#: it saves.
_LARGE = 4_000

#: A directory and those below it, as the child sends them: for each, in an order known to both
#: processes, its names, kinds, sizes and flags, and the indexes of the directories in it that are recorded.
_Rows = tuple[list[str], bytes, bytes, bytes, list[int]]


class _Walk:
    """One walk of the file system; the totals of directories that are measured only go to `pruned`."""

    def __init__(
        self, disk: Disk, sides: tuple[_Side, ...], ignored: IgnoredPolicy, effects: Effects, pruned: dict[str, Totals]
    ) -> None:
        self._disk = disk
        self._ignored = ignored
        self._effects = effects
        self._pruned = pruned
        self._decider = _Decider(sides, disk.fill, self._is_recorded)

    def top(self) -> Directory:
        """Walk the file system; returns the root."""
        first = self._decider.start()
        waiting = deque([first])
        # Level by level, so that there are soon many independent directories.
        while waiting and (self._disk.entries < _LARGE or len(waiting) < MOST_TASKS):
            waiting += self._decider.step(waiting.popleft())
        if waiting:
            self._rest(list(waiting))
        return first[0]

    def _rest(self, waiting: list[_Work]) -> None:
        if not can_share():
            self._decider.all_from(*waiting)
            return
        parts = [waiting[number::MOST_TASKS] for number in range(min(len(waiting), MOST_TASKS))]
        disk = self._disk
        entries, problems, doubtful, pruned = disk.entries, len(disk.problems), len(disk.doubtful), len(self._pruned)

        def found(numbers: list[int]) -> object:
            return (
                [row for number in numbers for work in parts[number] for row in _rows(work[0])],
                disk.entries - entries,
                [(one.path, one.message, one.fatal_for) for one in disk.problems[problems:]],
                disk.doubtful[doubtful:],
                [(path, one.files, one.size) for path, one in islice(self._pruned.items(), pruned, None)],
                self._effects.bits,
            )

        def do(number: int) -> None:
            self._decider.all_from(*parts[number])

        numbers, theirs = share(len(parts), do, found)
        if not numbers:
            return
        rows = theirs[0]
        rows.reverse()
        for number in numbers:
            for directory, _, _ in parts[number]:
                _take_rows(directory, rows)
        disk.seen(theirs[1])
        disk.problems += [Problem(*one) for one in theirs[2]]
        disk.doubtful += theirs[3]
        self._pruned.update((path, Totals(*totals)) for path, *totals in theirs[4])
        self._effects.bits |= theirs[5]

    def _is_recorded(self, path: str) -> bool:
        """Whether a directory that no builder descends into is recorded; measures it if the policy says so."""
        if self._ignored is IgnoredPolicy.MEASURE:
            self._pruned[path] = self._disk.measure(path)
        return self._ignored is IgnoredPolicy.RECORD


def _rows(top: Directory) -> Iterator[_Rows]:
    stack = [top]
    while stack:
        directory = stack.pop()
        below = directory.subdirectories.values()
        stack += below
        yield (
            directory.names,
            directory.kinds,
            directory.sizes.tobytes(),
            bytes(directory.flags),
            [one.index for one in below],
        )


def _take_rows(top: Directory, rows: list[_Rows]) -> None:
    """Take the rows of a directory and of those below it from the end of a list, so that none is in memory twice."""
    stack = [top]
    while stack:
        directory = stack.pop()
        names, kinds, sizes, flags, below = rows.pop()
        directory.names = names
        directory.kinds = kinds
        directory.sizes = array("q", sizes)
        directory.flags = bytearray(flags)
        for index in below:
            name = names[index]
            directory.subdirectories[name] = Directory(directory.child_path(name), directory, index)
        stack += directory.subdirectories.values()
    if any(flags & View.BUILDKIT for flags in top.flags):
        # The child has marked its own copies of the directories above.
        top.mark_with_parents(View.BUILDKIT)


def walk(
    root: str,
    buildkit: PatternSet,
    classic: PatternSet,
    *,
    ignored: IgnoredPolicy = IgnoredPolicy.SKIP,
    progress: Progress | None = None,
) -> Tree:
    """Walk the directory `root` and decide every entry for both builders.

    `buildkit` and `classic` are the ignore patterns that each of them applies. Unreadable and vanished
    entries are in the tree's `problems`. Raises ContextError if the root cannot be read.
    """
    disk = Disk(root, progress)
    effects = Effects()
    pruned: dict[str, Totals] = {}
    if buildkit.fails_on_use or classic.fails_on_use:
        decider = _Decider((), disk.fill, lambda _: True)
        top = decider.all_from(decider.start())
        from ctxopt.core.context.stepwise import decide_stepwise

        effective = None
        refusals = decide_stepwise(top, buildkit, classic)
    else:
        top = _Walk(disk, _sides(buildkit, classic, effects), ignored, effects, pruned).top()
        effective = effects.indexes()
        refusals = {}
    for path in disk.unreadable():
        found = top.locate(path)
        if found is not None and found[0].flags[found[1]] & View.CLASSIC:
            disk.problems.append(Problem(path, "permission denied; BuildKit would send it empty", View.CLASSIC))
    # In the order in which the builders, which go by names, would meet them.
    disk.problems.sort(key=lambda problem: problem.path.split("/"))
    for problem in disk.problems:
        if problem.path == "":
            raise ContextError(f"cannot read the build context: {problem.message}", file=root)
        _refuse(refusals, problem)
    return Tree(top, tuple(disk.problems), pruned, refusals, effective)


def redecide(
    unfiltered: Tree, buildkit: PatternSet, classic: PatternSet, *, ignored: IgnoredPolicy = IgnoredPolicy.SKIP
) -> Tree:
    """The tree that `walk` would find with other patterns, from one that was walked with none.

    Names, kinds and sizes are shared with `unfiltered`, flags are not.
    """
    unreadable = {problem.path: problem for problem in unfiltered.problems if problem.fatal_for}
    pruned: dict[str, Totals] = {}
    effects = Effects()
    by_steps = buildkit.fails_on_use or classic.fails_on_use
    policy = IgnoredPolicy.RECORD if by_steps else ignored
    sides = () if by_steps else _sides(buildkit, classic, effects)
    listed, entered_at = _decided_again(unfiltered, sides, policy, pruned, unreadable)
    tree = Tree(listed[0], unfiltered.problems, pruned, listed=listed)
    effective = None
    if by_steps:
        from ctxopt.core.context.stepwise import decide_stepwise

        refusals = decide_stepwise(tree.root, buildkit, classic)
    else:
        effective = effects.indexes()
        refusals = {}
    for path, problem in unreadable.items():
        found = tree.find(path)
        touched = entered_at.get(path, found[0].flags[found[1]] & View.CLASSIC if found is not None else 0)
        _refuse(refusals, replace(problem, fatal_for=problem.fatal_for & touched))
    return replace(tree, refusals=refusals, effective=effective, unfiltered=unfiltered)


def _decided_again(
    unfiltered: Tree,
    sides: tuple[_Side, ...],
    ignored: IgnoredPolicy,
    pruned: dict[str, Totals],
    wanted: Collection[str],
) -> tuple[tuple[Directory, ...], dict[str, int]]:
    """All directories, parents before their contents, and the builders that descend into those at the wanted paths.

    What is not recorded is measured if the policy says so; its totals go to `pruned`.
    """
    decider = _Decider(sides, lambda *_: [], lambda _: False)
    top = unfiltered.root
    _, scopes, entered = decider.start()
    waiting: dict[Directory, _Work] = {top: (Directory("", None, -1, *_shared_rows(top)), scopes, entered)}
    listed: list[Directory] = []
    entered_at: dict[str, int] = {}
    # In the order of the walk: what is not waiting by now is in something that is not recorded.
    for model in unfiltered.directories():
        if model not in waiting:
            continue
        work = waiting.pop(model)
        directory, scopes, entered = work
        listed.append(directory)
        if wanted and model.path in wanted:
            entered_at[model.path] = entered
        decider.keep(work)
        for name, below in model.subdirectories.items():
            within, looking = decider.enter(below.path, name, scopes, entered)
            if looking or ignored is IgnoredPolicy.RECORD:
                index = _index_of(name, below, model)
                child = Directory(below.path, directory, index, *_shared_rows(below))
                directory.subdirectories[name] = child
                waiting[below] = child, within, looking
            elif ignored is IgnoredPolicy.MEASURE:
                pruned[below.path] = unfiltered.below(below)
    return tuple(listed), entered_at


def _shared_rows(
    model: Directory,
) -> tuple[list[str], bytes, "array[int]", bytearray, dict[str, Directory]]:
    """The rows of a directory with no flags, and without subdirectories, for a copy."""
    return model.names, model.kinds, model.sizes, bytearray(len(model.names)), {}


def _index_of(name: str, below: Directory, directory: Directory) -> int:
    """The index of a subdirectory, which a file that was added may have moved."""
    index, names = below.index, directory.names
    return index if 0 <= index < len(names) and names[index] == name else directory.find(name)


def _refuse(refusals: dict[int, CtxoptError], problem: Problem) -> None:
    """Add the errors of builders for which a problem is fatal, if they do not fail already."""
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


def _keep(directory: Directory, excluded: bool | bytes, views: int) -> None:
    """Put the entries that are not excluded into these views."""
    if excluded is True or not views or not directory.names:
        return
    bits = views | (KEPT if views & View.BUILDKIT else 0)
    if excluded is False:
        directory.flags = directory.flags.translate(_setting(bits))
        kept = True
    else:
        kept = 0 in excluded
        if kept:
            added = excluded.translate(_where_clear(bits))
            # For the first of two builders no flags are set yet.
            directory.flags = bytearray(map(or_, directory.flags, added) if any(directory.flags) else added)
    if views & View.CLASSIC and EntryKind.SOCKET in directory.kinds:
        for index, kind in enumerate(directory.kinds):
            if kind == EntryKind.SOCKET:
                # A tar cannot contain a socket; the client skips it with a message.
                directory.flags[index] &= ~View.CLASSIC
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
