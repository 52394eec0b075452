"""The books: which instruction reads which entry of the context, and what nobody reads."""

from array import array
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, field
from functools import cache, cached_property
from heapq import nsmallest
from itertools import chain, compress
from operator import and_
from typing import Any, TypeAlias

from ctxopt.core.context.files import Files
from ctxopt.core.context.tree import Directory, Kind, Totals, Tree, View
from ctxopt.core.dockerfile.model import ContextRead, Plan
from ctxopt.core.usage.resolve import Unresolved, resolve
from ctxopt.core.usage.snapshot import Node, Snapshot
from ctxopt.errors import ReadError


@dataclass(frozen=True, slots=True)
class ReadResult:
    """One context read with what it takes: files and logical bytes, or why the build would fail."""

    read: ContextRead
    totals: Totals
    error: ReadError | None


#: The number under which the Dockerfile and the ignore file are read: by the builder, by no instruction.
BUILDER = -1


@dataclass(frozen=True, slots=True, eq=False)
class Readers(Set[int]):
    """A set of readers: a smaller one, and one more with a higher number. Empty by itself.

    Thousands of instructions that read the same make as many sets, which share what they have in common.
    `number` is the set's own number, as the rows of a directory hold it.
    """

    number: int = 0
    rest: "Readers | None" = None
    last: int = BUILDER - 1
    _length: int = 0

    def with_reader(self, reader: int, number: int) -> "Readers":
        """The set with a reader whose number is higher than all in it."""
        return Readers(number, self, reader, self._length + 1)

    def __contains__(self, reader: object) -> bool:
        return any(reader == known for known in self)

    def __iter__(self) -> Iterator[int]:
        """The readers, those with high numbers first."""
        readers = self
        while readers.rest is not None:
            yield readers.last
            readers = readers.rest

    def __len__(self) -> int:
        return self._length

    @classmethod
    def _from_iterable(cls, readers: Iterable[Any]) -> Any:
        return frozenset(readers)


def is_used(readers: Set[int]) -> bool:
    """Whether an instruction is among the readers."""
    return any(number >= 0 for number in readers)


def is_unused(readers: Set[int]) -> bool:
    """Whether nobody reads: no instruction, and not the builder itself."""
    return not readers


@dataclass(frozen=True)
class Branch:
    """A directory with a sum over some of the files below it; `whole` tells whether that is every file below."""

    path: str
    totals: Totals
    whole: bool
    _directory: Directory = field(repr=False, compare=False)
    _sums: "_Sums" = field(repr=False, compare=False)

    @cached_property
    def loose(self) -> Totals:
        """The sum over those that are right in the directory."""
        files, size, _ = self._sums.right_in(self._directory)
        return Totals(files, size)

    @cached_property
    def files(self) -> tuple[tuple[str, int], ...]:
        """The largest of those, as names and bytes."""
        sizes = self._directory.sizes
        largest = nsmallest(5, ((-sizes[place], place) for place in self._sums.places(self._directory)))
        return tuple((self._directory.names[place], -size) for size, place in largest)

    @cached_property
    def children(self) -> "tuple[Branch, ...]":
        """The directories in it that hold any, largest first."""
        inside = map(self._sums.branch, self._directory.subdirectories.values())
        found = [branch for branch in inside if branch.totals.files]
        return tuple(sorted(found, key=lambda branch: (-branch.totals.size, branch.path)))


#: For each entry of a directory the number of the set of its readers; bytes, as long as the numbers are small.
ReaderRow: TypeAlias = "bytearray | array[int]"
#: Such rows by the paths of the directories in which any entry has a reader.
ReaderRows: TypeAlias = dict[str, ReaderRow]

_NOTHING = (0, 0, False)

#: Up to as many sets of readers are summed one after the other, each for all entries at once.
_FEW = 16


class _Sums:
    """Sums over the files in a view whose readers are wanted, for each directory with all that is below."""

    def __init__(self, tree: Tree, rows: "ReaderRows", view: int, wanted: Sequence[bool], is_any: bool) -> None:
        self._rows = rows
        self._view = view
        self._wanted = wanted
        #: By paths: files, bytes, and whether these are all files of the view. Empty if there are none at all.
        self._below: dict[str, tuple[int, int, bool]] = {}
        if not is_any:
            return
        # Children before parents, without recursion: a context may be very deep.
        for directory in reversed(tree.directories()):
            files, size, in_view = self.right_in(directory)
            whole = files == in_view
            for child in directory.subdirectories.values():
                below = self._below[child.path]
                files += below[0]
                size += below[1]
                whole = whole and below[2]
            self._below[directory.path] = (files, size, whole)

    def branch(self, directory: Directory) -> Branch:
        files, size, whole = self._below.get(directory.path, _NOTHING)
        return Branch(directory.path, Totals(files, size), whole, directory, self)

    def right_in(self, directory: Directory) -> tuple[int, int, int]:
        """The wanted files right in a directory, their bytes, and how many files of the view there are."""
        kinds, flags, used = directory.kinds, directory.flags, self._rows.get(directory.path)
        files = len(kinds) - kinds.count(Kind.DIRECTORY)
        if not files:
            return 0, 0, 0
        if _uniform(flags) and (used is None or _uniform(used)):
            if not flags[0] & self._view:
                return 0, 0, 0
            return (files, sum(directory.sizes), files) if self._wanted[used[0] if used else 0] else (0, 0, files)
        in_view = _files_in(directory, self._view)
        mask = _masked(used, in_view, self._wanted)
        return mask.count(1), sum(compress(directory.sizes, mask)), in_view.count(1)

    def places(self, directory: Directory) -> Iterator[int]:
        """The places of the wanted files right in a directory."""
        return _places(directory, self._rows.get(directory.path), self._view, self._wanted)


def _places(directory: Directory, used: "ReaderRow | None", view: int, wanted: Sequence[bool]) -> Iterator[int]:
    """The places of the files in a view whose set of readers is wanted, by its number."""
    return compress(range(len(directory.names)), _masked(used, _files_in(directory, view), wanted))


def _files_in(directory: Directory, view: int) -> bytes:
    """For each entry 1 if it is a file in a view, or else 0."""
    in_view = directory.flags.translate(_numbering(view, 1))
    if Kind.DIRECTORY not in directory.kinds:
        return bytes(in_view)
    return bytes(map(and_, in_view, directory.kinds.translate(_NO_DIRECTORY)))


def _masked(used: "ReaderRow | None", in_view: bytes, wanted: Sequence[bool]) -> bytes:
    """A row of 0 and 1 with 0 also for entries whose set of readers is not wanted, by its number."""
    if used is None:
        return in_view if wanted[0] else bytes(len(in_view))
    return bytes(map(and_, in_view, map(wanted.__getitem__, used)))


def _both(one: bytes, other: bytes) -> bytes:
    """Where two rows of 0 and 1 are both 1: as one number each, this is one step for all of them."""
    return (int.from_bytes(one) & int.from_bytes(other)).to_bytes(len(one))


#: A translation table from kinds to 0 for directories and 1 for all else.
_NO_DIRECTORY = bytes(kind != Kind.DIRECTORY for kind in range(256))


def _uniform(row: "bytearray | array[int]") -> bool:
    """Whether all values of a row, which is not empty, are the same."""
    return row.count(row[0]) == len(row)


class Usage:
    """Who reads what in one context.

    A read whose source depends on a value that is not known counts as reading all that BuildKit's view
    holds; so does everything where the context could not be resolved.
    """

    def __init__(self, tree: Tree, plan: Plan, files: Files, build_files: Iterable[str] = ()) -> None:
        self._tree = tree
        self._rows: ReaderRows = {}
        self._sets = [Readers()]
        self._joined: dict[tuple[int, int], int] = {}
        snapshot = Snapshot(tree, View.TRANSFER, files)
        everything = Snapshot(tree, View.BUILDKIT | View.CLASSIC, files)
        for path in build_files:
            node = everything.find(path)
            if node is not None:
                self.mark(node.directory, node.place, BUILDER)
        self.results = tuple(self._resolve(read, plan.file, snapshot) for read in plan.reads)

    def readers(self, directory: Directory, place: int) -> Set[int]:
        """The numbers of the reads (places in `results`) that take an entry."""
        row = self._rows.get(directory.path)
        return self._sets[0 if row is None else row[place]]

    @property
    def rows(self) -> Mapping[str, ReaderRow]:
        """By the paths of directories, for each entry the number of the set of its readers.

        Directories in which no entry has a reader are not among them.
        """
        return self._rows

    def numbers(self, directory: Directory) -> "bytes | ReaderRow":
        """For each entry of a directory the number of the set of its readers."""
        row = self._rows.get(directory.path)
        return bytes(len(directory.names)) if row is None else row

    @property
    def reader_sets(self) -> Sequence[Readers]:
        """The sets of readers by their numbers, which `rows` hold; each after its `rest`."""
        return self._sets

    def files_of(self, number: int) -> list[str]:
        """The sorted paths of the regular files that a read takes. Raises its error, if it has one."""
        error = self.results[number].error
        if error is not None:
            raise error
        return self._files(lambda readers: number in readers)

    def check(self) -> None:
        """Raise the first read's error, if one has an error."""
        for result in self.results:
            if result.error is not None:
                raise result.error

    def taken(self, number: int, directory: Directory, place: int) -> Totals:
        """What a read takes of an entry and, if it is a directory, of all below it; the root's place is -1."""
        view = View.TRANSFER | View.BUILDKIT
        wanted = self._wanted(lambda readers: number in readers)
        inside: Directory | None = directory
        if place >= 0:
            if directory.kinds[place] != Kind.DIRECTORY:
                taken = directory.flags[place] & view and number in self.readers(directory, place)
                return Totals(1, directory.sizes[place]) if taken else Totals()
            inside = directory.subdirectories.get(directory.names[place])
        files = size = 0
        stack = [inside] if inside is not None else []
        while stack:
            directory = stack.pop()
            mask = _masked(self._rows.get(directory.path), _files_in(directory, view), wanted)
            files += mask.count(1)
            size += sum(compress(directory.sizes, mask))
            stack += directory.subdirectories.values()
        return Totals(files, size)

    def used_files(self) -> list[str]:
        """The sorted paths of the regular files that any read takes. Raises the first read's error."""
        self.check()
        return self._files(is_used)

    def totals(self, keep: Callable[[int, Set[int]], bool]) -> Totals:
        """The sum over the files whose flags (View bits and KEPT) and readers are wanted."""
        wanted = (total for (flags, number), total in self._ledger.items() if keep(flags, self._sets[number]))
        return sum(wanted, Totals())

    def by_readers(self) -> dict[int, Totals]:
        """The files of each set of readers that any file has, by the set's number."""
        found: dict[int, Totals] = {}
        for (_, number), totals in self._ledger.items():
            found[number] = found.get(number, Totals()) + totals
        return found

    @cached_property
    def _ledger(self) -> dict[tuple[int, int], Totals]:
        """The files of the whole tree, summed by their flags and the number of the set of their readers."""
        # Row after row put together to one, so that each step is one call for all entries.
        directories = self._tree.directories()
        flags = self._tree.all_flags()
        sizes = array("q", b"".join([directory.sizes for directory in directories]))
        is_file = b"".join([directory.kinds for directory in directories]).translate(_NO_DIRECTORY)
        rows = [self.numbers(directory) for directory in directories]
        if len(self._sets) > _FEW:
            sums: defaultdict[tuple[int, int], list[int]] = defaultdict(lambda: [0, 0])
            for flag, number, size, count in zip(flags, chain.from_iterable(rows), sizes, is_file, strict=True):
                entry = sums[flag, number]
                entry[0] += count
                entry[1] += size
            return {key: Totals(*entry) for key, entry in sums.items() if entry[0]}
        found: dict[tuple[int, int], Totals] = {}
        used = b"".join(rows)
        for flag in set(flags):
            here = flags.translate(_only(flag))
            for number in set(compress(used, here)):
                both = _both(here, used.translate(_only(number)))
                # Directories have a size of 0, and so need to be left out of the count only.
                files = _both(both, is_file).count(1)
                if files:
                    found[flag, number] = Totals(files, sum(compress(sizes, both)))
        return found

    def branches(self, view: int, keep: Callable[[Set[int]], bool]) -> Branch:
        """The tree of directories with a sum over the files in a view whose readers are wanted."""
        wanted = self._wanted(keep)
        is_any = any(flags & view and wanted[number] for flags, number in self._ledger)
        return _Sums(self._tree, self._rows, view, wanted, is_any).branch(self._tree.root)

    def entries(self, view: int, keep: Callable[[Readers], bool]) -> Iterator[tuple[Directory, int]]:
        """The files in a view whose readers are wanted, in the order of the walk."""
        wanted = self._wanted(keep)
        for directory in self._tree.directories():
            for place in _places(directory, self._rows.get(directory.path), view, wanted):
                yield directory, place

    def _wanted(self, keep: Callable[[Readers], bool]) -> list[bool]:
        """For the number of each set of readers whether it is wanted."""
        return [keep(readers) for readers in self._sets]

    def _files(self, keep: Callable[[Set[int]], bool]) -> list[str]:
        found = [
            directory.child_path(directory.names[place])
            for directory, place in self.entries(View.TRANSFER | View.BUILDKIT, keep)
            if directory.kinds[place] == Kind.FILE
        ]
        return sorted(found)

    def _resolve(self, read: ContextRead, file: str, snapshot: Snapshot) -> ReadResult:
        taking = _Taking(self, read.number, snapshot.view)
        if read.unresolved:
            taking.view = View.BUILDKIT
            taking.all_in(self._tree.directories())
            return ReadResult(read, taking.totals, None)
        try:
            resolve(snapshot, read, taking)
        except Unresolved as failure:
            return ReadResult(read, taking.totals, self._error(failure, read, file))
        return ReadResult(read, taking.totals, None)

    def mark(self, directory: Directory, place: int, number: int) -> bool:
        """Note that a read takes an entry; returns whether that is new."""
        if place < 0:
            return False
        before = self.numbers(directory)[place]
        after = self.join(before, number)
        self.row(directory, after)[place] = after
        return after != before

    def row(self, directory: Directory, largest: int) -> ReaderRow:
        """The numbers of the sets of readers of a directory's entries, to be changed in place; `largest` fits in."""
        row = self._rows.get(directory.path)
        if row is None:
            row = self._rows[directory.path] = bytearray(len(directory.names))
        if largest > 255 and isinstance(row, bytearray):
            row = self._rows[directory.path] = array("I", list(row))
        return row

    def set_row(self, directory: Directory, row: bytearray) -> None:
        """Give a directory without a row its first one."""
        self._rows[directory.path] = row

    def join(self, before: int, number: int) -> int:
        """The number of a set of readers with one more reader in it."""
        after = self._joined.get((before, number))
        if after is None:
            # Reads are resolved in their order, after what the builder reads: none comes after a higher one.
            known = self._sets[before]
            if known.last == number:
                after = before
            else:
                after = len(self._sets)
                self._sets.append(known.with_reader(number, after))
            self._joined[before, number] = after
        return after

    def _error(self, failure: Unresolved, read: ContextRead, file: str) -> ReadError:
        source = failure.source
        if failure.kind == "bad_pattern":
            problem, hint = f'{read.kind} has a bad pattern in "{source}"', "correct the pattern"
        elif failure.kind == "other":
            problem, hint = f'{read.kind} source "{source}" leads through too many links', "remove the circle of links"
        else:
            where = "" if failure.path in ("", source.strip("/")) else f" ({failure.path})"
            problem, hint = f'{read.kind} source "{source}"{where} is not in the build context', self._why(failure.path)
        return ReadError(problem, kind=failure.kind, source=source, file=file, line=read.line, hint=hint)

    def _why(self, path: str) -> str:
        """Why a path is missing: not there, left out by the ignore file, a link to nowhere, or not asked for."""
        directory = self._tree.root
        sent = True
        for name in path.split("/") if path else ():
            place = directory.find(name)
            if place < 0:
                return "there is no such file"
            flags, kind = directory.flags[place], directory.kinds[place]
            if not flags & View.BUILDKIT:
                return "the ignore file leaves it out: add an exception for it"
            if kind == Kind.SYMLINK:
                return "a symbolic link on the way leads to nothing that is sent"
            sent = bool(flags & View.TRANSFER)
            inside = directory.subdirectories.get(name)
            if inside is None:
                inside = Directory(directory.child_path(name))
            directory = inside
        return "the exclude patterns leave it out" if sent else "nothing in it is asked for, so BuildKit is not sent it"


class _Taking:
    """Marks what one read takes, and sums it up."""

    def __init__(self, usage: Usage, number: int, view: int) -> None:
        self._usage = usage
        self._number = number
        self._files = 0
        self._size = 0
        self.view = view

    @property
    def totals(self) -> Totals:
        return Totals(self._files, self._size)

    def one(self, node: Node) -> None:
        """Take one entry."""
        if self._usage.mark(node.directory, node.place, self._number) and node.kind != Kind.DIRECTORY:
            self._files += 1
            self._size += node.directory.sizes[node.place]

    def all_in(self, directories: Iterable[Directory]) -> None:
        """Take all entries of these directories that are in the view."""
        alone = self._usage.join(0, self._number)
        table = _numbering(self.view, alone) if alone < 256 else None
        fresh: list[bytes | bytearray] = []
        taken: list[Directory] = []
        for directory in directories:
            if table is not None and directory.path not in self._usage.rows:
                row: bytes | bytearray = directory.flags.translate(table)
                self._usage.set_row(directory, bytearray(row))
            else:
                row = self._join(directory, self._usage.numbers(directory))
            fresh.append(row)
            taken.append(directory)
        is_fresh = b"".join(fresh)
        is_file = b"".join([directory.kinds.translate(_NO_DIRECTORY) for directory in taken])
        self._files += sum(compress(is_file, is_fresh))
        # Directories have a size of 0.
        self._size += sum(compress(array("q", b"".join([directory.sizes for directory in taken])), is_fresh))

    def _join(self, directory: Directory, used: "bytes | bytearray | array[int]") -> bytes:
        """Add the read to the readers of the entries in the view; tells which of them are new, by a byte each."""
        joined = {before: self._usage.join(before, self._number) for before in set(used)}
        fresh = bytes(
            bool(flags & self.view) and joined[before] != before
            for flags, before in zip(directory.flags, used, strict=True)
        )
        if any(fresh):
            numbers = self._usage.row(directory, max(joined.values()))
            for place in compress(range(len(fresh)), fresh):
                numbers[place] = joined[numbers[place]]
        return fresh


@cache
def _only(value: int) -> bytes:
    """A translation table to 1 for this byte, and to 0 for all others."""
    return bytes(value == other for other in range(256))


@cache
def _numbering(view: int, number: int) -> bytes:
    """A translation table from flags to a number where they are in a view, and to 0 elsewhere."""
    return bytes(number if flags & view else 0 for flags in range(256))
