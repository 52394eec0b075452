"""The index of the instructions that read each entry of a context, and of what no instruction reads."""

from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import replace
from functools import cached_property
from itertools import compress
from typing import Any, TypeVar

from ctxopt.core.context.files import Files
from ctxopt.core.context.tree import Directory, EntryKind, Totals, Tree, View
from ctxopt.core.dockerfile.model import ContextRead, Plan
from ctxopt.core.golang import match as gomatch
from ctxopt.core.ids import ReadId, SetId
from ctxopt.core.lazy_dataclass import dataclass
from ctxopt.core.usage.branches import Branch, BranchSums
from ctxopt.core.usage.excluding import MANY, ExcludingRead, excluding_read, take_all
from ctxopt.core.usage.failures import read_error
from ctxopt.core.usage.ledger import Ledger, ledger
from ctxopt.core.usage.masks import files_in
from ctxopt.core.usage.readers import BUILDER, ReaderRow, ReaderRows, Readers, is_used
from ctxopt.core.usage.resolve import Unresolved, excludes_nothing, resolve
from ctxopt.core.usage.snapshot import Snapshot
from ctxopt.core.usage.taking import Taking
from ctxopt.errors import ReadError

_Made = TypeVar("_Made")


@dataclass(frozen=True, slots=True)
class ReadResult:
    """One context read with the files and logical bytes that it takes; `error` is why the build would fail there.

    `dangling` are links among them whose targets are not sent: Docker before version 29 fails on these.
    """

    read: ContextRead
    totals: Totals
    error: ReadError | None
    dangling: tuple[str, ...] = ()

    @property
    def shown_sources(self) -> tuple[str, ...]:
        """The sources as they are shown: that of an entry that is there by its path, whoever gave that to the build."""
        read = self.read
        if self.error is not None or read.unresolved:
            return read.shown_sources
        pairs = zip(read.sources, read.shown_sources, strict=True)
        return tuple(source if _is_path(source) else shown for source, shown in pairs)


def _is_path(source: str) -> bool:
    """Whether a source that was found is the path of an entry, word by word."""
    return not gomatch.has_wildcards(source) and ".." not in source.split("/")


class Usage:
    """Which instruction reads which entry of one context.

    A read whose source depends on a value that is not known counts as reading everything in BuildKit's view.
    `build_files` are the paths that the builder itself reads. `alone` are the trees with what is sent for each of
    the plan's requests, if there are several.
    """

    def __init__(
        self, tree: Tree, plan: Plan, files: Files, build_files: Iterable[str] = (), alone: Sequence[Tree] = ()
    ) -> None:
        self._tree = tree
        self._rows = ReaderRows()
        self._mark_build_files(Snapshot(tree, View.BUILDKIT | View.CLASSIC, files), build_files)
        snapshot = Snapshot(tree, View.TRANSFER, files)
        requested = [Snapshot(one, View.TRANSFER, files) for one in alone]
        views = (requested[read.request] if requested and read.request is not None else snapshot for read in plan.reads)
        self.results = tuple(self._resolved(zip(plan.reads, views, strict=True), plan.file))
        self._worked_out: dict[Hashable, Any] = {}

    def once(self, key: Hashable, make: Callable[[], _Made]) -> _Made:
        """What `make` works out from what is read, once for each key, as long as this exists."""
        if key not in self._worked_out:
            self._worked_out[key] = make()
        made: _Made = self._worked_out[key]
        return made

    def readers(self, directory: Directory, index: int) -> Set[ReadId]:
        """The readers of an entry: indexes in `results`, or BUILDER."""
        return self._rows.readers(directory, index)

    @property
    def reader_sets(self) -> Sequence[Readers]:
        """The sets of readers by their numbers, which `rows` hold; each comes after its `rest`."""
        return self._rows.sets

    @property
    def rows(self) -> Mapping[str, ReaderRow]:
        """By the paths of directories, for each entry the number of the set of its readers.

        A directory in which no entry has a reader has no row.
        """
        return self._rows.by_path

    def numbers(self, directory: Directory) -> "bytes | ReaderRow":
        """For each entry of a directory, the number of the set of its readers."""
        return self._rows.of(directory)

    def files_of(self, number: ReadId, below: Sequence[str] | None = None) -> list[str]:
        """The sorted paths of the regular files that a read takes, of those at or below some paths; None for all.

        Reads that ask for the same have the same list, which must not be changed.

        Raises ReadError if the read fails.
        """
        error = self.results[number].error
        if error is not None:
            raise error
        if below is not None:
            return self._files_below(self._rows.containing(number), below)
        if not self._rows.is_shared(number):
            return self._files(self._rows.containing(number))
        return self.once(("files", self._rows.first(number)), lambda: self._files(self._rows.containing(number)))

    def files_of_any(self, numbers: Iterable[ReadId]) -> list[str]:
        """The sorted paths of the regular files that one of some reads takes, of which none fails."""
        return self._files(self._rows.containing_any(numbers))

    def first_of(self, number: ReadId) -> ReadId:
        """The first of the reads that ask for the same as this one."""
        return self._rows.first(number)

    def used_files(self) -> list[str]:
        """The sorted paths of the regular files that any read takes. Raises the first read's ReadError."""
        self.check()
        return self._files(self._wanted(is_used))

    def check(self) -> None:
        """Raise the ReadError of the first read that fails."""
        for result in self.results:
            if result.error is not None:
                raise result.error

    def taken(self, number: ReadId, directory: Directory, index: int) -> Totals:
        """What a read takes of an entry, with everything below it if it is a directory; the root's index is -1."""
        if index >= 0 and directory.kinds[index] != EntryKind.DIRECTORY:
            is_taken = directory.flags[index] & View.BUILDKIT and number in self.readers(directory, index)
            return Totals(1, directory.sizes[index]) if is_taken else Totals()
        inside = directory if index < 0 else directory.subdirectories.get(directory.names[index])
        return Totals() if inside is None else self.taken_below(number, inside)

    def taken_below(self, number: ReadId, inside: Directory) -> Totals:
        """What a read takes in a directory, with everything below it."""
        if not self._rows.is_shared(number):
            return self._taken_below(number, inside)
        first = self._rows.first(number)
        return self.once(("taken", first, inside.path), lambda: self._taken_below(first, inside))

    def _taken_below(self, number: ReadId, inside: Directory) -> Totals:
        wanted = self._rows.containing(number)
        files = size = 0
        stack = [inside]
        while stack:
            directory = stack.pop()
            mask = self._rows.selected(directory, files_in(directory, View.BUILDKIT), wanted)
            files += mask.count(1)
            size += sum(compress(directory.sizes, mask))
            stack += directory.subdirectories.values()
        return Totals(files, size)

    def totals(self, keep: Callable[[int, Set[ReadId]], bool]) -> Totals:
        """The sum over the files that `keep` is true for, given their flags (View bits and KEPT) and readers."""
        sets = self._rows.sets
        wanted = (total for (flags, number), total in self._ledger.items() if keep(flags, sets[number]))
        return sum(wanted, Totals())

    def by_readers(self) -> dict[SetId, Totals]:
        """The files of each set of readers that any file has, by the set's number."""
        sums: dict[SetId, Totals] = {}
        for (_, number), totals in self._ledger.items():
            sums[number] = sums.get(number, Totals()) + totals
        return sums

    def branches(self, view: int, keep: Callable[[Readers], bool]) -> Branch:
        """The tree of directories with a sum over the files in a view whose readers `keep` is true for."""
        wanted = self._wanted(keep)
        is_any = any(flags & view and wanted[number] for flags, number in self._ledger)
        return BranchSums(self._tree, self._rows, view, wanted, is_any).branch(self._tree.root)

    def entries(self, view: int, keep: Callable[[Readers], bool]) -> Iterator[tuple[Directory, int]]:
        """The files in a view whose readers `keep` is true for, in the order of the walk: directory and index."""
        return self._selected(view, self._wanted(keep))

    def _selected(
        self, view: int, wanted: Sequence[bool], directories: Sequence[Directory] | None = None
    ) -> Iterator[tuple[Directory, int]]:
        """The files in a view whose set of readers is wanted, in the order of the walk: in all directories or some."""
        for directory in self._tree.directories() if directories is None else directories:
            mask = self._rows.selected(directory, files_in(directory, view), wanted)
            for index in compress(range(len(mask)), mask):
                yield directory, index

    @cached_property
    def _ledger(self) -> Ledger:
        return ledger(self._tree, self._rows)

    def _wanted(self, keep: Callable[[Readers], bool]) -> list[bool]:
        """For each set of readers, by its number, whether it is wanted."""
        return [keep(readers) for readers in self._rows.sets]

    def _files(self, wanted: Sequence[bool]) -> list[str]:
        return sorted(self._file_paths(self._selected(View.BUILDKIT, wanted)))

    def _files_below(self, wanted: Sequence[bool], paths: Iterable[str]) -> list[str]:
        """The sorted regular files at or below some paths whose set of readers is wanted."""
        found: set[str] = set()
        for path in paths:
            entry = self._tree.find(path)
            if entry is None:
                continue
            directory, index = entry
            inside = directory.subdirectories.get(directory.names[index])
            if inside is not None:
                found.update(self._file_paths(self._selected(View.BUILDKIT, wanted, inside.with_all_below())))
            elif directory.flags[index] & View.BUILDKIT and wanted[self._rows.of(directory)[index]]:
                found.update(self._file_paths([entry]))
        return sorted(found)

    def _file_paths(self, places: Iterable[tuple[Directory, int]]) -> Iterator[str]:
        for directory, index in places:
            if directory.kinds[index] == EntryKind.FILE:
                yield directory.child_path(directory.names[index])

    def _mark_build_files(self, snapshot: Snapshot, paths: Iterable[str]) -> None:
        taking = Taking(self._rows, BUILDER, snapshot.view)
        for path in paths:
            node = snapshot.find(path)
            if node is not None:
                taking.one(node)

    def _resolved(self, reads: Iterable[tuple[ContextRead, Snapshot]], file: str) -> Iterator[ReadResult]:
        """The results of all reads in their order, each given with what it finds its sources in."""
        # What reads ask for, each with the first of those that do.
        asked: dict[Hashable, ContextRead] = {}
        firsts: list[tuple[ContextRead, Snapshot, ContextRead]] = []
        for read, snapshot in reads:
            # Excludes that exclude nothing are all alike, but not the same as none.
            excludes = () if excludes_nothing(snapshot, read.excludes) else read.excludes
            filters = read.parents, excludes, bool(read.excludes)
            wanted = read.sources, read.written, filters, bool(read.unresolved)
            first = asked.setdefault((read.kind == "RUN", snapshot, wanted), read)
            if first is not read:
                self._rows.add_same(read.number, first.number)
            firsts.append((read, snapshot, first))
        taken = self._taken_by([(read, snapshot) for read, snapshot, first in firsts if first is read])
        for read, snapshot, first in firsts:
            result, failure = taken[first.number]
            error = None if failure is None else read_error(snapshot.tree, snapshot.files, failure, read, file)
            yield replace(result, read=read, error=error)

    def _taken_by(
        self, reads: Iterable[tuple[ContextRead, Snapshot]]
    ) -> dict[ReadId, tuple[ReadResult, Unresolved | None]]:
        """What reads take, which is marked, and why that is not all of it, by the number of the read."""
        taken: dict[ReadId, tuple[ReadResult, Unresolved | None]] = {}
        # Of those that only differ in what they exclude: the reads by where they take it.
        excluding: dict[tuple[Snapshot, str], list[tuple[ContextRead, ExcludingRead]]] = {}
        for read, snapshot in reads:
            one = excluding_read(snapshot, read)
            if one is None:
                taken[read.number] = self._taken(read, snapshot)
            else:
                excluding.setdefault((snapshot, one.top.path), []).append((read, one))
        for (snapshot, _), group in excluding.items():
            if len(group) < MANY:
                taken.update({read.number: self._taken(read, snapshot) for read, _ in group})
                continue
            sums = take_all(self._rows, snapshot, [one for _, one in group])
            taken.update({read.number: (ReadResult(read, sums[read.number], None), None) for read, _ in group})
        return taken

    def _taken(self, read: ContextRead, snapshot: Snapshot) -> tuple[ReadResult, Unresolved | None]:
        """What a read takes, which is marked, and why that is not all of it."""
        if read.unresolved:
            everything = Taking(self._rows, read.number, View.BUILDKIT)
            everything.all_in(self._tree.directories())
            return ReadResult(read, everything.finished(), None), None
        taking = Taking(self._rows, read.number, snapshot.view)
        try:
            nested = resolve(snapshot, read, taking, apart=False)
        except Unresolved as failure:
            return ReadResult(read, taking.finished(), None), failure
        return ReadResult(read, taking.finished(), None, nested), None
