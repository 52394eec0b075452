"""The largest directories and files of a context, used or not, each with what becomes of it."""

from collections.abc import Iterator
from heapq import heapify, heappop, heappush, nsmallest

from ctxopt.core.build_context import BuildContext
from ctxopt.core.context.tree import Directory, Totals, Tree
from ctxopt.evidence.junk_names import is_generated
from ctxopt.reports.large_entry import LargeEntry, Largest
from ctxopt.reports.use_sums import Sums, UseSums, by_size
from ctxopt.reports.uses import Use, Uses

#: Maximum number of entries that the ignore file excludes: they cost nothing, and serve as orientation.
_EXCLUDED = 3
#: A directory is replaced by its parts if those of at least the first share of its bytes total the second one:
#: if one or two of them are most of it.
_PART = 0.34
_PARTS = 0.75
#: What is below this share of all bytes is not looked into, and below the second one is not shown.
_WORTH = 0.05
_SHOWN = 0.0002


def largest(context: BuildContext, room: int) -> Largest:
    """At most `room` entries that the ignore file keeps, the largest, and a few that it excludes.

    A directory gives way to what is in it where few parts make up most of it, unless all of it is unused or
    excluded, or its name is known, as that of installed packages is: it can be excluded as a whole. Takes time
    that is linear in the entries of the context.
    """
    uses = Uses(context)
    sums = UseSums(context, uses)
    tree = context.transferred
    kept = _Descent(tree, sums, excluded=False).entries(room)
    excluded = _Descent(tree, sums, excluded=True).entries(_EXCLUDED)
    return Largest(tuple(sorted((*kept, *excluded), key=_order)), by_size(sums.below(tree.root)), uses.indirect)


def unlisted(context: BuildContext) -> Largest:
    """No entries, only the instructions that get files into the image by way of another stage."""
    return Largest(indirect=Uses(context).indirect)


def _total(uses: tuple[tuple[Use, Totals], ...]) -> Totals:
    return sum((totals for _, totals in uses), Totals())


class _Descent:
    """The way from the root to the largest entries, of what the ignore file excludes or of what it keeps."""

    def __init__(self, tree: Tree, sums: UseSums, *, excluded: bool) -> None:
        self._directories = tree.by_path
        self._sums = sums
        self._excluded = excluded

    def entries(self, room: int) -> Iterator[LargeEntry]:
        """At most `room` entries, the largest first."""
        parts = self._parts("", room)
        whole = sum(part.totals.size for part in parts)
        waiting = [(_order(part), part) for part in parts]
        heapify(waiting)
        while waiting and room:
            _, entry = heappop(waiting)
            if entry.totals.size < _SHOWN * whole:
                return
            parts = (
                self._parts(entry.path.rstrip("/"), room)
                if entry.totals.size > _WORTH * whole and self._is_open(entry)
                else []
            )
            if _are_most(parts, entry):
                for part in parts:
                    heappush(waiting, (_order(part), part))
            else:
                room -= 1
                yield entry

    def _is_open(self, entry: LargeEntry) -> bool:
        """Whether an entry may give way to its parts."""
        path = entry.path.rstrip("/")
        directory = self._directories.get(path)
        if directory is None or path == entry.path:
            return False
        parent, _, name = path.rpartition("/")
        if is_generated(name, self._directories[parent].names):
            return False
        return len(self._sums.below(directory)) > 1 or entry.use not in (Use.UNUSED, Use.IGNORED)

    def _parts(self, path: str, room: int) -> list[LargeEntry]:
        """The largest entries directly in a directory."""
        return nsmallest(room, self._inside(self._directories[path]), key=_order)

    def _inside(self, directory: Directory) -> Iterator[LargeEntry]:
        for child in directory.subdirectories.values():
            yield from self._entry(child.path + "/", self._sums.below(child))
        for path, totals in self._sums.measured.get(directory.path, {}).items():
            yield from self._entry(path + "/", {Use.IGNORED: totals} if totals.files else {})
        for index, size in enumerate(directory.sizes):
            if size:
                path = directory.child_path(directory.names[index])
                yield from self._entry(path, {self._sums.of(directory, index): Totals(1, size)})

    def _entry(self, path: str, sums: Sums) -> Iterator[LargeEntry]:
        """An entry with what it contains of the wanted uses, unless that is nothing."""
        uses = by_size({use: totals for use, totals in sums.items() if (use is Use.IGNORED) is self._excluded})
        totals = _total(uses)
        if totals.size:
            yield LargeEntry(path, totals, uses)


def _are_most(parts: list[LargeEntry], entry: LargeEntry) -> bool:
    """Whether few parts make up most of an entry."""
    size = entry.totals.size
    return sum(part.totals.size for part in parts if part.totals.size >= _PART * size) >= _PARTS * size


def _order(entry: LargeEntry) -> tuple[int, str]:
    return -entry.totals.size, entry.path
