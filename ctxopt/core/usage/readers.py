"""Sets of readers: which instructions read the same entries, and the rows that tell it for each entry."""

from array import array
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import field
from operator import and_
from typing import Any, Final, TypeAlias

from ctxopt.core.context.tree import Directory
from ctxopt.core.ids import ReadId, SetId
from ctxopt.core.lazy_dataclass import dataclass

#: The reader that stands for the builder itself, which reads the Dockerfile and the ignore file.
BUILDER: Final = ReadId(-1)
#: The number of the empty set.
_EMPTY: Final = SetId(0)

#: For each entry of a directory, the number of the set of its readers. Bytes as long as the numbers are below 256.
ReaderRow: TypeAlias = "bytearray | array[int]"


#: The readers that ask for the same, in their order, by the first of them; one that is alone may have no entry.
_Same: TypeAlias = "dict[ReadId, list[ReadId]]"


@dataclass(frozen=True, slots=True, eq=False)
class Readers(Set[ReadId]):
    """A set of readers: those of the set `rest`, and those added to it. Empty by default.

    Thousands of instructions that read some of the same files make as many sets, so each set shares the smaller one.
    Instructions that ask for the same are added together; `firsts` are the first of these, in their order. `number` is
    the set's own number, which rows hold.
    """

    number: SetId = _EMPTY
    rest: "Readers | None" = None
    firsts: Sequence[ReadId] = ()
    _same: _Same = field(default_factory=dict)

    def with_readers(self, firsts: Sequence[ReadId], same: _Same, number: SetId) -> "Readers":
        """The set with readers that are not in it, by the first of those that ask for the same; others may follow."""
        return Readers(number, self, firsts, same)

    @property
    def added(self) -> list[ReadId]:
        """The readers that `rest` does not have."""
        if len(self._same) > len(self.firsts):
            return [reader for first in self.firsts for reader in self._same.get(first, (first,))]
        found = list(self.firsts)
        for first, readers in self._same.items():
            if _is_in(first, self.firsts):
                found += readers[1:]
        return found

    def __contains__(self, reader: object) -> bool:
        return any(reader in one.added for one in self._parts())

    def __iter__(self) -> Iterator[ReadId]:
        """The readers, highest number first."""
        return iter(sorted((reader for one in self._parts() for reader in one.added), reverse=True))

    def all_firsts(self) -> Iterator[ReadId]:
        """Of all readers that ask for the same the first, in no order."""
        return (first for one in self._parts() for first in one.firsts)

    def all(self) -> set[ReadId]:
        """All readers."""
        return {reader for one in self._parts() for reader in one.added}

    def __len__(self) -> int:
        return sum(len(one.added) for one in self._parts())

    def __bool__(self) -> bool:
        return self.rest is not None

    def _parts(self) -> "Iterator[Readers]":
        readers = self
        while readers.rest is not None:
            yield readers
            readers = readers.rest

    @classmethod
    def _from_iterable(cls, readers: Iterable[Any]) -> Any:
        return frozenset(readers)


def is_used(readers: Set[ReadId]) -> bool:
    """Whether an instruction is among the readers."""
    if isinstance(readers, Readers):
        # The builder is added before all others.
        return bool(readers.firsts) and readers.firsts[-1] >= 0
    return any(number >= 0 for number in readers)


def is_unused(readers: Set[ReadId]) -> bool:
    """Whether there are no readers: no instruction, and not the builder itself."""
    return not readers


class ReaderRows:
    """The sets of readers of all entries of one tree. The builder must be added first."""

    def __init__(self) -> None:
        self._sets = [Readers()]
        self._joined: dict[tuple[int, ReadId], SetId] = {}
        #: The readers of the same entries, by the first of them, and the first one of each other.
        self._same: dict[ReadId, list[ReadId]] = {}
        self._first: dict[ReadId, ReadId] = {}
        self._rows: dict[str, ReaderRow] = {}

    @property
    def sets(self) -> Sequence[Readers]:
        """The sets of readers by their numbers; each comes after its `rest`."""
        return self._sets

    def containing(self, reader: ReadId) -> list[bool]:
        """For each set, by its number, whether a reader is in it."""
        reader = self._first.get(reader, reader)
        found: list[bool] = []
        for readers in self._sets:
            # Each set comes after its rest, so that no reader is looked at twice.
            found.append(_is_in(reader, readers.firsts) or (readers.rest is not None and found[readers.rest.number]))
        return found

    def containing_any(self, wanted: Iterable[ReadId]) -> list[bool]:
        """For each set, by its number, whether one of some readers is in it."""
        firsts = {self.first(reader) for reader in wanted}
        found: list[bool] = []
        for readers in self._sets:
            in_rest = readers.rest is not None and found[readers.rest.number]
            found.append(in_rest or not firsts.isdisjoint(readers.firsts))
        return found

    def first(self, reader: ReadId) -> ReadId:
        """The first of the readers that read the same as this one."""
        return self._first.get(reader, reader)

    def is_shared(self, reader: ReadId) -> bool:
        """Whether others read the same as this one."""
        return reader in self._first or len(self._same.get(reader, ())) > 1

    @property
    def by_path(self) -> Mapping[str, ReaderRow]:
        """The rows by the paths of directories; a directory without readers has none."""
        return self._rows

    def of(self, directory: Directory) -> "bytes | ReaderRow":
        """For each entry of a directory, the number of the set of its readers."""
        row = self._rows.get(directory.path)
        return bytes(len(directory.names)) if row is None else row

    def readers(self, directory: Directory, index: int) -> Readers:
        """The readers of one entry."""
        row = self._rows.get(directory.path)
        return self._sets[0 if row is None else row[index]]

    def selected(self, directory: Directory, mask: bytes, wanted: Sequence[bool]) -> bytes:
        """The mask (1 or 0 for each entry), with 0 also where the set of readers is not wanted.

        `wanted` tells this for each set by its number.
        """
        row = self._rows.get(directory.path)
        if row is None:
            return mask if wanted[0] else bytes(len(mask))
        return bytes(map(and_, mask, map(wanted.__getitem__, row)))

    def add(self, directory: Directory, index: int, reader: ReadId) -> bool:
        """Add a reader of one entry; returns whether it is new."""
        before = self.of(directory)[index]
        after = self.join(before, reader)
        self.writable(directory, after)[index] = after
        return after != before

    def add_same(self, reader: ReadId, first: ReadId) -> None:
        """Add a reader of all that another one reads."""
        self._same.setdefault(first, [first]).append(reader)
        self._first[reader] = first

    def set(self, directory: Directory, row: bytearray) -> None:
        """Give a directory without a row its first one."""
        self._rows[directory.path] = row

    def fill(self, directory: Directory, number: SetId) -> None:
        """Give all entries of a directory the same set of readers."""
        count = len(directory.names)
        self._rows[directory.path] = bytearray([number]) * count if number < 256 else array("I", [number]) * count

    def writable(self, directory: Directory, largest: SetId) -> ReaderRow:
        """The row of a directory, to be changed in place; numbers up to `largest` fit into it."""
        row = self._rows.get(directory.path)
        if row is None:
            row = self._rows[directory.path] = bytearray(len(directory.names))
        if largest > 255 and isinstance(row, bytearray):
            row = self._rows[directory.path] = array("I", list(row))
        return row

    def join(self, before: int, reader: ReadId) -> SetId:
        """The number of the set `before` with one more reader in it."""
        after = self._joined.get((before, reader))
        if after is None:
            known = self._sets[before]
            after = known.number if _is_in(reader, known.firsts) else self.join_all(before, (reader,))
            self._joined[before, reader] = after
        return after

    def join_all(self, before: int, readers: Sequence[ReadId]) -> SetId:
        """The number of a new set: the set `before` with more readers, which are not in it, in their order."""
        after = SetId(len(self._sets))
        self._sets.append(self._sets[before].with_readers(readers, self._same, after))
        return after


def _is_in(reader: ReadId, readers: Sequence[ReadId]) -> bool:
    """Whether a reader is among some in their order."""
    at = bisect_left(readers, reader)
    return at < len(readers) and readers[at] == reader
