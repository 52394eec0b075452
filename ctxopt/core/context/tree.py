"""The result of one walk of a context: directories with compact rows of entries.

A context can contain a million files, so an entry is not an object: it is an index in its directory's rows of
names, kinds, sizes and flags.
"""

from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Collection, Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import field, replace
from functools import cached_property
from itertools import accumulate, chain, compress, count
from typing import Any, Final, TypeVar
from weakref import WeakValueDictionary

from ctxopt.core.lazy_dataclass import dataclass
from ctxopt.errors import CtxoptError

_Made = TypeVar("_Made")


class EntryKind:
    """What an entry is, by `lstat`. Plain integers: an enumeration would cost more than the walk."""

    FILE: Final = 0
    DIRECTORY: Final = 1
    SYMLINK: Final = 2
    SOCKET: Final = 3
    #: A FIFO or a device.
    SPECIAL: Final = 4


class View:
    """The contexts that an entry can be in, as bits: one entry may be in several."""

    #: BuildKit's local source, when every path is wanted.
    BUILDKIT: Final = 1
    #: The tar that the classic client sends.
    CLASSIC: Final = 2
    #: What BuildKit transfers for this build.
    TRANSFER: Final = 4


#: Set in addition to View.BUILDKIT if the ignore file keeps the entry itself. BuildKit also sends
#: directories that the ignore file excludes, if something in them is kept.
KEPT: Final = 8


@dataclass(slots=True, eq=False)
class Directory:
    """One directory: its path relative to the root ("" for the root) and rows with one value per entry.

    Entries are sorted by name. `flags` holds View bits and KEPT. `sizes` are logical bytes (st_size);
    0 for all but regular files. `index` is the directory's own index in its parent's rows. Once
    its tree is decided nothing of it changes. Trees may share directories, so that the flags of `parent` can be
    those of another tree.
    """

    path: str
    parent: "Directory | None" = None
    index: int = -1
    names: list[str] = field(default_factory=list)
    kinds: bytes = b""
    sizes: "array[int]" = field(default_factory=lambda: array("q"))
    flags: bytearray = field(default_factory=bytearray)
    subdirectories: "dict[str, Directory]" = field(default_factory=dict)

    def child_path(self, name: str) -> str:
        return f"{self.path}/{name}" if self.path else name

    def find(self, name: str) -> int:
        """The index of a name, or -1."""
        at = bisect_left(self.names, name)
        return at if at < len(self.names) and self.names[at] == name else -1

    def locate(self, path: str) -> "tuple[Directory, int] | None":
        """The directory and the index of a path below; None if it is not recorded."""
        directory = self
        *parents, name = path.split("/")
        for parent in parents:
            inside = directory.subdirectories.get(parent)
            if inside is None:
                return None
            directory = inside
        index = directory.find(name)
        return None if index < 0 else (directory, index)

    def with_all_below(self) -> "list[Directory]":
        """This directory and all below it in the order of the walk, parents before their contents."""
        found = []
        stack = [self]
        while stack:
            directory = stack.pop()
            found.append(directory)
            if directory.subdirectories:
                stack.extend(reversed(directory.subdirectories.values()))
        return found

    def with_file(self, path: str, size: int | None) -> "Directory":
        """A copy of this tree, in no view yet, with a file of this size at a path below; None removes the file.

        Unchanged rows are shared. The directory that contains the file must exist.
        """
        *parents, name = path.split("/")
        top = copied = self._undecided()
        # Without recursion: a context may be very deep.
        for parent in parents:
            child = copied.subdirectories[parent] = copied.subdirectories[parent]._undecided()
            copied = child
        copied._set_file(name, size)
        return top

    def decided_copy(self, parent: "Directory | None" = None) -> "Directory":
        """A copy with flags of its own, which shares all other rows, for `parent` a copy of the directory above."""
        made = Directory(
            self.path, parent, self.index, self.names, self.kinds, self.sizes, self.flags[:], self.subdirectories.copy()
        )
        if parent is not None:
            parent.subdirectories[parent.names[self.index]] = made
        return made

    def _undecided(self) -> "Directory":
        """A copy in no view yet, which shares all other rows and the subdirectories."""
        rows = (self.names, self.kinds, self.sizes, bytearray(len(self.names)))
        return Directory(self.path, None, -1, *rows, dict(self.subdirectories))

    def _set_file(self, name: str, size: int | None) -> None:
        index = bisect_left(self.names, name)
        there = self.find(name) >= 0
        cut = slice(index, index + there)
        added = [] if size is None else [size]
        self.names = [*self.names[:index], *([name] * len(added)), *self.names[index + there :]]
        self.kinds = self.kinds[:index] + bytes([EntryKind.FILE] * len(added)) + self.kinds[index + there :]
        self.sizes = array("q", self.sizes)
        self.sizes[cut] = array("q", added)
        self.flags = bytearray(len(self.names))

    def mark_with_parents(self, view: int) -> None:
        """Put this directory and all above it into a view."""
        directory = self
        while directory.parent is not None:
            flags = directory.parent.flags
            if flags[directory.index] & view:
                return
            flags[directory.index] |= view
            directory = directory.parent


@dataclass(frozen=True, slots=True)
class Totals:
    """A number of files (everything except directories) and their logical size in bytes."""

    files: int = 0
    size: int = 0

    def __add__(self, other: "Totals") -> "Totals":
        return Totals(self.files + other.files, self.size + other.size)

    def __sub__(self, other: "Totals") -> "Totals":
        return Totals(self.files - other.files, self.size - other.size)


@dataclass(frozen=True, slots=True)
class Problem:
    """A path that could not be read as expected. `fatal_for` are the builders (View bits) that would fail on it."""

    path: str
    message: str
    fatal_for: int


@dataclass(frozen=True)
class Tree:
    """A walked context. `pruned` has the totals of directories that were measured only, by path.

    It is empty for a walk that did not measure what the ignore file excludes.
    """

    root: Directory
    problems: tuple[Problem, ...] = ()
    pruned: dict[str, Totals] = field(default_factory=dict)
    #: The errors with which builders would refuse the context, by View.
    refusals: dict[int, CtxoptError] = field(default_factory=dict)
    #: The indexes of the patterns of BuildKit's ignore file that have an effect; None if not known.
    effective: frozenset[int] | None = None
    #: The views that the flags are decided for: View.TRANSFER only in the tree of one build.
    views: int = View.BUILDKIT | View.CLASSIC
    #: The tree whose directories this one shares, so that it exists as long as this one.
    base: "Tree | None" = field(default=None, repr=False, compare=False)
    #: The tree that this one was decided from, whose rows of names, kinds and sizes it shares.
    unfiltered: "Tree | None" = field(default=None, repr=False, compare=False)
    #: All directories in the order of the walk, where they are known; of another root they do not count.
    listed: tuple[Directory, ...] = field(default=(), repr=False, compare=False)

    def shared(self, key: Hashable, make: Callable[[], _Made]) -> _Made:
        """What `make` works out from this tree, once for each key, as long as somebody holds it."""
        known: _Made | None = self._shared.get(key)
        if known is None:
            known = self._shared[key] = make()
        return known

    def once(self, key: Hashable, make: Callable[[], _Made]) -> _Made:
        """What `make` works out from this tree, once for each key, as long as this exists."""
        if key not in self._worked_out:
            self._worked_out[key] = make()
        made: _Made = self._worked_out[key]
        return made

    @cached_property
    def _worked_out(self) -> dict[Hashable, Any]:
        return {}

    @cached_property
    def _shared(self) -> "WeakValueDictionary[Hashable, Any]":
        return WeakValueDictionary()

    def with_own_flags(self) -> "Tree":
        """A copy whose flags may be changed."""
        top = self.root.decided_copy()
        stack = [top]
        # Without recursion: a context may be very deep.
        while stack:
            directory = stack.pop()
            stack += [below.decided_copy(directory) for below in tuple(directory.subdirectories.values())]
        return replace(self, root=top)

    def directories(self) -> Sequence[Directory]:
        """All directories in the order of the walk, parents before their contents."""
        return self._directories

    def within(self, top: Directory) -> Sequence[Directory]:
        """A directory and all below it in the order of the walk, parents before their contents."""
        return self._directories if top is self.root else top.with_all_below()

    @cached_property
    def _directories(self) -> tuple[Directory, ...]:
        is_known = bool(self.listed) and self.listed[0] is self.root
        return self.listed if is_known else tuple(self.root.with_all_below())

    @cached_property
    def by_path(self) -> dict[str, Directory]:
        """All directories by their paths."""
        return {directory.path: directory for directory in self._directories}

    @cached_property
    def _rows(self) -> "Tree":
        """The tree that has the same rows of names, kinds and sizes, so that they are put together once."""
        other = self.unfiltered
        return self if other is None or len(other.directories()) != len(self._directories) else other._rows

    @cached_property
    def names(self) -> frozenset[str]:
        """All names of entries, each once: most questions about names end here."""
        return frozenset(self._all_names) if self._rows is self else self._rows.names

    def named(self, wanted: Collection[str]) -> Iterator[tuple[Directory, int]]:
        """All entries with these names in the order of the walk, in any view or none: directory and index."""
        return self.selected(self.mask(wanted)) if self.names.intersection(wanted) else iter(())

    def mask(self, wanted: Collection[str]) -> bytes:
        """For each entry, in the order of the walk, 1 if it has one of these names, else 0."""
        there = self.names.intersection(wanted)
        return bytes(map(there.__contains__, self._all_names)) if there else bytes(self.starts[-1])

    def selected(self, mask: Iterable[object]) -> Iterator[tuple[Directory, int]]:
        """The entries for which a mask over all entries, in the order of the walk, is true: directory and index."""
        directory, start, end = self.root, 0, 0
        for at in compress(count(), mask):
            if at >= end:
                number = bisect_right(self.starts, at) - 1
                directory, start = self._directories[number], self.starts[number]
                end = start + len(directory.names)
            yield directory, at - start

    def start(self, path: str) -> int:
        """Where the entries of the directory at a path start among all entries, in the order of the walk."""
        return self.starts[self._numbers[path]]

    def numbers(self, top: Directory) -> range:
        """The numbers, in the order of the walk, of a directory and of those below it."""
        last = top
        while last.subdirectories:
            last = last.subdirectories[next(reversed(last.subdirectories))]
        return range(self._numbers[top.path], self._numbers[last.path] + 1)

    def span(self, top: Directory) -> tuple[int, int]:
        """Where the entries below a directory start among all entries, in the order of the walk, and where they end."""
        numbers = self.numbers(top)
        return self.starts[numbers.start], self.starts[numbers.stop]

    def below(self, top: Directory) -> Totals:
        """The files below a directory."""
        start, end = self.span(top)
        directories = self.all_kinds.count(EntryKind.DIRECTORY, start, end)
        return Totals(end - start - directories, sum(self.all_sizes[start:end]))

    def joined(self, rows: Mapping[str, bytes | bytearray]) -> bytes:
        """A byte an entry, in the order of the walk, from the rows of directories by path; 0 where there is no row."""
        return b"".join([rows.get(directory.path) or bytes(len(directory.names)) for directory in self._directories])

    def flags_in(self, decided: "Tree") -> bytes:
        """The flags of all entries in a tree that was decided from this one; 0 for those that it does not record."""
        if len(decided.directories()) == len(self._directories):
            return decided.all_flags()
        return self.joined({directory.path: directory.flags for directory in decided.directories()})

    @cached_property
    def all_sizes(self) -> "array[int]":
        """The sizes of all entries, in the order of the walk."""
        if self._rows is not self:
            return self._rows.all_sizes
        return array("q", b"".join([directory.sizes for directory in self._directories]))

    @cached_property
    def all_kinds(self) -> bytes:
        """The kinds of all entries, in the order of the walk."""
        if self._rows is not self:
            return self._rows.all_kinds
        return b"".join([directory.kinds for directory in self._directories])

    def all_flags(self) -> bytes:
        """The flags of all entries, in the order of the walk."""
        return b"".join([directory.flags for directory in self._directories])

    @cached_property
    def _all_names(self) -> list[str]:
        if self._rows is not self:
            return self._rows._all_names
        return list(chain.from_iterable([directory.names for directory in self._directories]))

    @cached_property
    def starts(self) -> list[int]:
        """For each directory, where its entries start among all entries, in the order of the walk; at last the end."""
        if self._rows is not self:
            return self._rows.starts
        return list(accumulate([len(directory.names) for directory in self._directories], initial=0))

    @cached_property
    def _numbers(self) -> dict[str, int]:
        if self._rows is not self:
            return self._rows._numbers
        return {directory.path: number for number, directory in enumerate(self._directories)}

    def find(self, path: str) -> tuple[Directory, int] | None:
        """The directory and the index of a path; None if it is not recorded."""
        return self.root.locate(path)

    def directory_at(self, path: str) -> Directory | None:
        """The directory at a path; None for anything else, and if it is not recorded."""
        found = self.root.locate(path)
        return None if found is None else found[0].subdirectories.get(found[0].names[found[1]])

    def entries(self, view: int) -> list[str]:
        """The sorted paths in a view; directories end in a slash.

        Raises the builder's CtxoptError if it would refuse the context.
        """
        self.require(view)
        self.check(view)
        found = []
        for directory in self.directories():
            prefix = directory.path + "/" if directory.path else ""
            for name, kind, flags in zip(directory.names, directory.kinds, directory.flags, strict=True):
                if flags & view:
                    found.append(f"{prefix}{name}/" if kind == EntryKind.DIRECTORY else prefix + name)
        found.sort()
        return found

    def check(self, view: int) -> None:
        """Raise the CtxoptError of a builder in the view that would refuse the context."""
        for refused, error in self.refusals.items():
            if refused & view:
                raise error

    def require(self, view: int) -> None:
        """Raise ValueError for a view that was not decided, since it would seem to be empty."""
        if view & ~self.views:
            raise ValueError("what BuildKit transfers is not decided in this tree; ask BuildContext for its own")
