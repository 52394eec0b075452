"""Which limits one build exceeds."""

from collections.abc import Callable, Iterator, Sequence, Set
from typing import TYPE_CHECKING

from ctxopt.checks.limits import Breach, Culprit, Limits
from ctxopt.core.build_context import BuildContext
from ctxopt.core.context.tree import Directory, EntryKind, Totals, View
from ctxopt.core.ids import ReadId
from ctxopt.core.usage.readers import is_unused
from ctxopt.evidence.not_here import not_here

if TYPE_CHECKING:
    from ctxopt.checks.pointers import Full
    from ctxopt.reports.compare.changes import Change

#: Maximum number of files and directories that are named for one breach.
_NAMED = 5
#: If one entry makes up this share of a directory, the entry is named in place of the directory.
_DOMINANT = 0.8

#: Whether a file counts, from its View bits and its readers.
_Counts = Callable[[int, Set[ReadId]], bool]
_Weight = Callable[[Totals], int]
#: An entry of a directory: its path, the sum of what counts in it, and the directory that it is, or None.
_Part = tuple[str, Totals, Directory | None]


def evaluate(
    limits: Limits, context: BuildContext, base: BuildContext | None = None, alike: Sequence[str] = ()
) -> tuple[Breach, ...]:
    """The limits that a build exceeds; `base` is the same build before, for growth and for what is new.

    A pointer of Git LFS counts as the file that it stands for. `alike` are files whose content differs there though
    their size does not.

    Raises CtxoptError where the builder whose view counts would refuse the context.
    """
    return tuple(_Evaluation(limits, context, base, alike).breaches())


class _Evaluation:
    def __init__(self, limits: Limits, context: BuildContext, base: BuildContext | None, alike: Sequence[str]) -> None:
        self._limits = limits
        self._context = context
        self._base = base
        self._tree = context.transferred
        self._tree.check(limits.view & ~View.TRANSFER or View.BUILDKIT)
        #: The bytes that files lack here which are in Git LFS, with the flags and the readers of each.
        self._lacking = {path: (count, *self._of(path)) for path, count in not_here(context).pointers.items()}
        self._totals = self._in_full(context.sent(limits.view), lambda flags, _: bool(flags & limits.view))
        self._full: Full | None = None
        if base is not None:
            base.transferred.check(limits.view & ~View.TRANSFER or View.BUILDKIT)
            from ctxopt.checks.pointers import in_full
            from ctxopt.reports.compare.changes import changes

            found = changes(base.transferred, self._tree, limits.view)
            self._full = in_full(found.items, alike, base, context, limits.view)

    def _of(self, path: str) -> tuple[int, Set[ReadId]]:
        """The flags and the readers of a file."""
        directory, index = self._tree.find(path) or (self._tree.root, 0)
        usage = self._context.usage
        return directory.flags[index], usage.reader_sets[usage.numbers(directory)[index]]

    def _in_full(self, totals: Totals, counts: _Counts) -> Totals:
        """The totals of what counts, with the bytes that files in it lack here."""
        more = (count for count, flags, readers in self._lacking.values() if counts(flags, readers))
        return Totals(totals.files, totals.size + sum(more))

    def _pointers(self, counts: _Counts) -> int:
        """How many files of what counts are pointers of Git LFS."""
        return sum(counts(flags, readers) for _, flags, readers in self._lacking.values())

    def breaches(self) -> Iterator[Breach]:
        limits = self._limits
        name = " (legacy builder)" if limits.view == View.CLASSIC else ""
        if limits.max_size is not None and self._totals.size > limits.max_size:
            culprits = self._largest(self._is_sent, lambda totals: totals.size)
            pointers = self._pointers(self._is_sent)
            yield Breach("limit-size", f"max-size{name}", self._totals.size, limits.max_size, True, culprits, pointers)
        if limits.max_files is not None and self._totals.files > limits.max_files:
            culprits = self._largest(self._is_sent, lambda totals: totals.files)
            yield Breach("limit-files", f"max-files{name}", self._totals.files, limits.max_files, False, culprits)
        yield from self._unused()
        if limits.max_file_size is not None:
            yield from self._files(limits.max_file_size)
        yield from self._growth(name)

    def _is_sent(self, flags: int, _: Set[ReadId]) -> bool:
        return bool(flags & self._limits.view)

    def _unused(self) -> Iterator[Breach]:
        share = self._limits.max_unused
        if share is None:
            return

        def kept(flags: int, _: Set[ReadId]) -> bool:
            return bool(flags & View.BUILDKIT)

        def idle(flags: int, readers: Set[ReadId]) -> bool:
            return bool(flags & View.BUILDKIT) and is_unused(readers)

        sent, unused = (self._in_full(self._context.usage.totals(counts), counts) for counts in (kept, idle))
        allowed = share.of(sent.size)
        if unused.size > allowed:
            culprits, pointers = self._largest(idle, lambda totals: totals.size), self._pointers(idle)
            yield Breach("limit-unused", "max-unused", unused.size, allowed, True, culprits, pointers)

    def _files(self, allowed: int) -> Iterator[Breach]:
        large = {
            directory.child_path(name): size
            for directory in self._tree.directories()
            for name, kind, flags, size in zip(
                directory.names, directory.kinds, directory.flags, directory.sizes, strict=True
            )
            if size > allowed and kind != EntryKind.DIRECTORY and flags & self._limits.view
        }
        pointers = {path: self._size_of(path) for path, lacks in self._lacking.items() if self._is_sent(*lacks[1:])}
        large |= {path: size for path, size in pointers.items() if size > allowed}
        found = [Culprit(path, Totals(1, size), self._is_new(path)) for path, size in large.items()]
        if found:
            found.sort(key=lambda culprit: (not culprit.new, -culprit.totals.size, culprit.path))
            largest, named = max(large.values()), tuple(found[:_NAMED])
            number = len(pointers.keys() & large.keys())
            yield Breach("limit-file-size", "max-file-size", largest, allowed, True, named, number)

    def _size_of(self, path: str) -> int:
        """The bytes that a pointer and what it lacks have together."""
        directory, index = self._tree.find(path) or (self._tree.root, 0)
        return directory.sizes[index] + self._lacking[path][0]

    def _growth(self, name: str) -> Iterator[Breach]:
        share = self._limits.max_growth
        if share is None or self._base is None or self._full is None:
            return
        from ctxopt.reports.compare.changes import whole

        before = whole(self._base.transferred, self._limits.view)
        allowed = share.of(before.size)
        growth = whole(self._tree, self._limits.view).size - before.size + self._full.more
        if growth > allowed:
            below = self._sums(self._is_sent)
            culprits = tuple(self._grown(self._is_sent, lambda totals: totals.size, below, _more, self._full.items))
            yield Breach("limit-growth", f"max-growth{name}", growth, allowed, True, culprits, self._full.pointers)

    # -- culprits -------------------------------------------------------------------------------

    def _largest(self, counts: _Counts, weight: _Weight) -> tuple[Culprit, ...]:
        """What was added since the base, if there is one, and then the largest files and directories."""
        below = self._sums(counts)
        changed = () if self._full is None else self._full.items
        found = self._grown(counts, weight, below, lambda change: change.after, changed)
        parts = sorted(self._parts(self._tree.root, counts, below), key=lambda part: (-weight(part[1]), part[0]))
        for part in parts[:_NAMED]:
            path, totals = self._narrowed(part, counts, weight, below)
            if all(path != culprit.path for culprit in found):
                found.append(Culprit(path, totals))
        return tuple(found[:_NAMED])

    def _grown(
        self,
        counts: _Counts,
        weight: _Weight,
        below: dict[str, Totals],
        of: "Callable[[Change], Totals]",
        items: "Sequence[Change]",
    ) -> list[Culprit]:
        """The files and directories that were added since the base or grew, the largest growth of `items` first."""
        grown = [change for change in items if change.growth > 0]
        found = []
        for change in grown[:_NAMED]:
            path, totals = change.path, of(change)
            entry = self._tree.find(path.rstrip("/")) if not change.before.files else None
            inside = None if entry is None else entry[0].subdirectories.get(entry[0].names[entry[1]])
            if inside is not None and inside.path in below:
                path, totals = self._narrowed((path, totals, inside), counts, weight, below, files=False)
            found.append(Culprit(path, totals, not change.before.files))
        return found

    def _narrowed(
        self, part: _Part, counts: _Counts, weight: _Weight, below: dict[str, Totals], *, files: bool = True
    ) -> tuple[str, Totals]:
        """The entry that makes up most of a directory, at any depth; with `files` it may be a file."""
        path, totals, inside = part
        while inside is not None:
            heaviest = max(self._parts(inside, counts, below), key=lambda part: weight(part[1]))
            if weight(heaviest[1]) < _DOMINANT * weight(totals) or not (files or heaviest[2]):
                break
            path, totals, inside = heaviest
        return path, totals

    def _parts(self, directory: Directory, counts: _Counts, below: dict[str, Totals]) -> list[_Part]:
        """The entries of a directory that count."""
        used = self._context.usage.numbers(directory)
        sets = self._context.usage.reader_sets
        rows = zip(directory.names, directory.kinds, directory.flags, directory.sizes, used, strict=True)
        found: list[_Part] = [
            (path := directory.child_path(name), Totals(1, size + self._lacks(path)), None)
            for name, kind, flags, size, number in rows
            if kind != EntryKind.DIRECTORY and counts(flags, sets[number])
        ]
        for child in directory.subdirectories.values():
            if below.get(child.path, Totals()).files:
                found.append((child.path + "/", below[child.path], child))
        return found

    def _lacks(self, path: str) -> int:
        """The bytes that a file lacks here."""
        lacks = self._lacking.get(path)
        return 0 if lacks is None else lacks[0]

    def _sums(self, counts: _Counts) -> dict[str, Totals]:
        below: dict[str, Totals] = {}
        for directory in reversed(self._tree.directories()):
            parts = [totals for _, totals, _ in self._parts(directory, counts, below)]
            if parts:
                below[directory.path] = sum(parts, Totals())
        return below

    def _is_new(self, path: str) -> bool:
        if self._base is None:
            return False
        found = self._base.locate(path)
        return found is None or not found[0].flags[found[1]] & self._limits.view


def _more(change: "Change") -> Totals:
    """The files and bytes that a change adds."""
    return Totals(change.after.files, change.growth)
