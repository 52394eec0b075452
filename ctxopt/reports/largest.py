"""The largest directories and files of a context, used or not, each with what becomes of it."""

from collections.abc import Iterator
from dataclasses import dataclass
from heapq import heapify, heappop, heappush, nsmallest

from ctxopt.core.build_context import BuildContext
from ctxopt.core.context.tree import Directory, EntryKind, Totals, View
from ctxopt.core.ids import ReadId
from ctxopt.core.usage.index import Usage
from ctxopt.core.usage.masks import is_uniform
from ctxopt.core.usage.readers import BUILDER, ReaderRow
from ctxopt.evidence.junk_names import is_generated
from ctxopt.reports.listing import Use
from ctxopt.reports.stages import image_files, is_single_stage

#: Maximum number of entries that the ignore file excludes: they cost nothing, and serve as orientation.
_EXCLUDED = 3
#: A directory is replaced by its parts if those of at least the first share of its bytes total the second one:
#: if one or two of them are most of it.
_PART = 0.34
_PARTS = 0.75
#: What is below this share of all bytes is not looked into, and below the second one is not shown.
_WORTH = 0.05
_SHOWN = 0.0002


@dataclass(frozen=True, slots=True)
class LargeEntry:
    """A directory (its path ends in a slash) or a file, and the files in it by their use, most bytes first."""

    path: str
    totals: Totals
    uses: tuple[tuple[Use, Totals], ...]

    @property
    def use(self) -> Use:
        """What becomes of most of its bytes."""
        return self.uses[0][0]


@dataclass(frozen=True, slots=True)
class Largest:
    """The largest entries, none in another, and all files of the context by their use, most bytes first."""

    entries: tuple[LargeEntry, ...] = ()
    uses: tuple[tuple[Use, Totals], ...] = ()


def largest(context: BuildContext, room: int) -> Largest:
    """At most `room` entries that the ignore file keeps, the largest, and a few that it excludes.

    A directory gives way to what is in it where few parts make up most of it, unless all of it is unused or
    excluded, or its name is known, as that of installed packages is: it can be excluded as a whole. Takes time
    that is linear in the entries of the context.
    """
    uses = _Uses(context)
    nodes = _nodes(context, uses)
    kept = _Descent(nodes, uses, context.usage, excluded=False).entries(room)
    excluded = _Descent(nodes, uses, context.usage, excluded=True).entries(_EXCLUDED)
    return Largest(tuple(sorted((*kept, *excluded), key=_order)), _by_size(nodes[""].sums))


#: The files of a directory, with everything below it, by their use.
_Sums = dict[Use, Totals]


@dataclass(frozen=True, slots=True)
class _Node:
    """A directory with its sums, and those in it that the walk only measured."""

    directory: Directory
    sums: _Sums
    measured: dict[str, Totals]


class _Uses:
    """What becomes of the files of one context."""

    def __init__(self, context: BuildContext) -> None:
        #: By the numbers of the sets of readers, what becomes of a file in a single stage.
        self._by_readers: list[Use] = []
        for readers in context.usage.reader_sets:
            # Each set comes after its rest, so that no reader is looked at twice.
            rest = Use.UNUSED if readers.rest is None else self._by_readers[readers.rest.number]
            self._by_readers.append(rest if readers.rest is None else _with_reader(context, rest, readers.last))
        #: The files in the image where that depends on other stages as well; None if the readers decide.
        self._image = None if is_single_stage(context.plan) else image_files(context)

    def of(self, directory: Directory, index: int, readers: int) -> Use:
        """What becomes of one file, given the number of the set of its readers."""
        if not directory.flags[index] & View.BUILDKIT:
            return Use.IGNORED
        use = self._by_readers[readers]
        if self._image is None or use in (Use.UNUSED, Use.BUILDER):
            return use
        return Use.IMAGE if directory.child_path(directory.names[index]) in self._image else Use.BUILD

    def of_all(self, directory: Directory, numbers: "bytes | ReaderRow") -> Use | None:
        """What becomes of all files in a directory; None if that is not the same, or not seen at one look."""
        flags, kinds = directory.flags, directory.kinds
        if EntryKind.DIRECTORY in kinds or not is_uniform(flags) or numbers.count(numbers[0]) < len(numbers):
            return None
        use = self.of(directory, 0, numbers[0])
        return None if self._image is not None and use in (Use.IMAGE, Use.BUILD) else use


def _with_reader(context: BuildContext, use: Use, reader: ReadId) -> Use:
    """What becomes of a file with one more reader."""
    if reader == BUILDER:
        return Use.BUILDER if use is Use.UNUSED else use
    return Use.IMAGE if use is Use.IMAGE or context.plan.reads[reader].reaches_image else Use.BUILD


def _nodes(context: BuildContext, uses: _Uses) -> dict[str, _Node]:
    """All directories that the walk recorded, by their paths."""
    tree = context.transferred
    measured: dict[str, dict[str, Totals]] = {}
    for path, totals in tree.pruned.items():
        measured.setdefault(path.rpartition("/")[0], {})[path] = totals
    nodes: dict[str, _Node] = {}
    # Children before parents, without recursion: a context may be very deep.
    for directory in reversed(tree.directories()):
        sums = _direct(directory, context.usage.numbers(directory), uses)
        inside = measured.get(directory.path, {})
        for child in directory.subdirectories.values():
            _add(sums, nodes[child.path].sums)
        for totals in inside.values():
            _add(sums, {Use.IGNORED: totals})
        nodes[directory.path] = _Node(directory, sums, inside)
    return nodes


def _direct(directory: Directory, numbers: "bytes | ReaderRow", uses: _Uses) -> _Sums:
    """The files directly in a directory."""
    if not directory.names:
        return {}
    use = uses.of_all(directory, numbers)
    if use is not None:
        return {use: Totals(len(directory.names), sum(directory.sizes))}
    sums: _Sums = {}
    for index, kind in enumerate(directory.kinds):
        if kind != EntryKind.DIRECTORY:
            _add(sums, {uses.of(directory, index, numbers[index]): Totals(1, directory.sizes[index])})
    return sums


def _add(sums: _Sums, more: _Sums) -> None:
    for use, totals in more.items():
        if totals.files:
            sums[use] = sums.get(use, Totals()) + totals


def _by_size(sums: _Sums) -> tuple[tuple[Use, Totals], ...]:
    return tuple(sorted(sums.items(), key=lambda item: (-item[1].size, -item[1].files, item[0].value)))


def _total(uses: tuple[tuple[Use, Totals], ...]) -> Totals:
    return sum((totals for _, totals in uses), Totals())


class _Descent:
    """The way from the root to the largest entries, of what the ignore file excludes or of what it keeps."""

    def __init__(self, nodes: dict[str, _Node], uses: _Uses, usage: Usage, *, excluded: bool) -> None:
        self._nodes = nodes
        self._uses = uses
        self._usage = usage
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
        node = self._nodes.get(path)
        if node is None or path == entry.path:
            return False
        parent, _, name = path.rpartition("/")
        if is_generated(name, self._nodes[parent].directory.names):
            return False
        return len(node.sums) > 1 or entry.use not in (Use.UNUSED, Use.IGNORED)

    def _parts(self, path: str, room: int) -> list[LargeEntry]:
        """The largest entries directly in a directory."""
        return nsmallest(room, self._inside(self._nodes[path]), key=_order)

    def _inside(self, node: _Node) -> Iterator[LargeEntry]:
        for child in node.directory.subdirectories.values():
            yield from self._entry(child.path + "/", self._nodes[child.path].sums)
        for path, totals in node.measured.items():
            yield from self._entry(path + "/", {Use.IGNORED: totals})
        numbers = self._usage.numbers(node.directory)
        for index, size in enumerate(node.directory.sizes):
            if size:
                use = self._uses.of(node.directory, index, numbers[index])
                yield from self._entry(node.directory.child_path(node.directory.names[index]), {use: Totals(1, size)})

    def _entry(self, path: str, sums: _Sums) -> Iterator[LargeEntry]:
        """An entry with what it contains of the wanted uses, unless that is nothing."""
        uses = _by_size({use: totals for use, totals in sums.items() if (use is Use.IGNORED) is self._excluded})
        totals = _total(uses)
        if totals.size:
            yield LargeEntry(path, totals, uses)


def _are_most(parts: list[LargeEntry], entry: LargeEntry) -> bool:
    """Whether few parts make up most of an entry."""
    size = entry.totals.size
    return sum(part.totals.size for part in parts if part.totals.size >= _PART * size) >= _PARTS * size


def _order(entry: LargeEntry) -> tuple[int, str]:
    return -entry.totals.size, entry.path
