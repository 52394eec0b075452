"""The result of one walk of a context: directories with compact rows of entries.

A context can contain a million files, so an entry is not an object: it is an index in its directory's rows of
names, kinds, sizes and flags.
"""

from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import accumulate, chain, compress, count
from typing import Final

from ctxopt.errors import CtxoptError


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
    its tree is decided nothing of it changes.
    """

    path: str
    parent: "Directory | None" = None
    index: int = -1
    names: list[str] = field(default_factory=list)
    kinds: bytearray = field(default_factory=bytearray)
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
        self.kinds = bytearray(self.kinds)
        self.kinds[cut] = bytes([EntryKind.FILE] * len(added))
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

    def directories(self) -> Sequence[Directory]:
        """All directories in the order of the walk, parents before their contents."""
        return self._directories

    @cached_property
    def _directories(self) -> tuple[Directory, ...]:
        return tuple(self.root.with_all_below())

    @cached_property
    def names(self) -> frozenset[str]:
        """All names of entries, each once: most questions about names end here."""
        return frozenset(self._all_names)

    def named(self, wanted: Collection[str]) -> Iterator[tuple[Directory, int]]:
        """All entries with these names in the order of the walk, in any view or none: directory and index."""
        there = self.names.intersection(wanted)
        if not there:
            return
        directory, start, end = self.root, 0, 0
        for at in compress(count(), map(there.__contains__, self._all_names)):
            if at >= end:
                number = bisect_right(self._starts, at) - 1
                directory, start = self._directories[number], self._starts[number]
                end = start + len(directory.names)
            yield directory, at - start

    def all_flags(self) -> bytes:
        """The flags of all entries, in the order of the walk."""
        return b"".join([directory.flags for directory in self._directories])

    @cached_property
    def _all_names(self) -> list[str]:
        return list(chain.from_iterable([directory.names for directory in self._directories]))

    @cached_property
    def _starts(self) -> list[int]:
        """For each directory, the index of its first name in the list of all names."""
        return list(accumulate([len(directory.names) for directory in self._directories], initial=0))

    def find(self, path: str) -> tuple[Directory, int] | None:
        """The directory and the index of a path; None if it is not recorded."""
        return self.root.locate(path)

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
