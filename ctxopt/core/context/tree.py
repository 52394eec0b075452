"""What one walk of a context found: directories with compact rows of entries.

A context can hold a million files, so an entry is no object: it is a place in its directory's rows of
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


class Kind:
    """What an entry is, by `lstat`. Plain integers: an enumeration would cost more than the walk."""

    FILE: Final = 0
    DIRECTORY: Final = 1
    SYMLINK: Final = 2
    SOCKET: Final = 3
    #: A FIFO or a device.
    SPECIAL: Final = 4


class View:
    """In which builder's context an entry is, as bits: one entry may be in several."""

    #: BuildKit's local source, when every path is wanted.
    BUILDKIT: Final = 1
    #: The tar that the classic client sends.
    CLASSIC: Final = 2
    #: What BuildKit transfers for this build.
    TRANSFER: Final = 4


#: Set beside View.BUILDKIT where the entry itself is kept by the ignore file. BuildKit also sends
#: directories that the ignore file leaves out, if something in them is kept.
KEPT: Final = 8


@dataclass(slots=True, eq=False)
class Directory:
    """One directory: its path relative to the root ("" for the root) and rows with a place per entry.

    Entries are sorted by name. `flags` holds View bits and KEPT. `sizes` are logical bytes (st_size);
    0 for all but regular files. `place` is the directory's own place in its parent's rows. Once
    its tree is decided nothing of it changes.
    """

    path: str
    parent: "Directory | None" = None
    place: int = -1
    names: list[str] = field(default_factory=list)
    kinds: bytearray = field(default_factory=bytearray)
    sizes: "array[int]" = field(default_factory=lambda: array("q"))
    flags: bytearray = field(default_factory=bytearray)
    subdirectories: "dict[str, Directory]" = field(default_factory=dict)

    def child_path(self, name: str) -> str:
        return f"{self.path}/{name}" if self.path else name

    def find(self, name: str) -> int:
        """The place of a name, or -1."""
        at = bisect_left(self.names, name)
        return at if at < len(self.names) and self.names[at] == name else -1

    def locate(self, path: str) -> "tuple[Directory, int] | None":
        """Where a path below is recorded: its directory and its place in it; None if it is not."""
        directory = self
        *parents, name = path.split("/")
        for parent in parents:
            inside = directory.subdirectories.get(parent)
            if inside is None:
                return None
            directory = inside
        place = directory.find(name)
        return None if place < 0 else (directory, place)

    def with_all_below(self) -> "list[Directory]":
        """This directory and those below it, parents before what is in them, in the order of the walk."""
        found = []
        stack = [self]
        while stack:
            directory = stack.pop()
            found.append(directory)
            if directory.subdirectories:
                stack.extend(reversed(directory.subdirectories.values()))
        return found

    def with_file(self, path: str, size: int | None) -> "Directory":
        """A copy of this tree, not decided yet, with a file of this size at a path below; None takes it out.

        Rows that are the same are shared. The directory that the file is in must be there.
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
        """A copy that shares the rows and what is below, in no view yet."""
        rows = (self.names, self.kinds, self.sizes, bytearray(len(self.names)))
        return Directory(self.path, None, -1, *rows, dict(self.subdirectories))

    def _set_file(self, name: str, size: int | None) -> None:
        place = bisect_left(self.names, name)
        there = self.find(name) >= 0
        cut = slice(place, place + there)
        added = [] if size is None else [size]
        self.names = [*self.names[:place], *([name] * len(added)), *self.names[place + there :]]
        self.kinds = bytearray(self.kinds)
        self.kinds[cut] = bytes([Kind.FILE] * len(added))
        self.sizes = array("q", self.sizes)
        self.sizes[cut] = array("q", added)
        self.flags = bytearray(len(self.names))

    def mark_with_parents(self, view: int) -> None:
        """Put this directory and all above it into a view."""
        directory = self
        while directory.parent is not None:
            flags = directory.parent.flags
            if flags[directory.place] & view:
                return
            flags[directory.place] |= view
            directory = directory.parent


@dataclass(frozen=True, slots=True)
class Totals:
    """A number of files (all that is no directory) and their logical size in bytes."""

    files: int = 0
    size: int = 0

    def __add__(self, other: "Totals") -> "Totals":
        return Totals(self.files + other.files, self.size + other.size)


@dataclass(frozen=True, slots=True)
class Problem:
    """A path that could not be read as expected. `fatal_for` are the builders that would fail on it."""

    path: str
    message: str
    fatal_for: int


@dataclass(frozen=True)
class Tree:
    """A walked context. `pruned` maps each directory that was not recorded to what lies in it.

    `pruned` is empty for a walk that did not measure what the ignore file leaves out.
    """

    root: Directory
    problems: tuple[Problem, ...] = ()
    pruned: dict[str, Totals] = field(default_factory=dict)
    #: Why a builder would refuse the context, where it would.
    refusals: dict[int, CtxoptError] = field(default_factory=dict)
    #: The places of those patterns of BuildKit's ignore file that decide about something; None if not known.
    effective: frozenset[int] | None = None
    #: The views that the flags tell of: not View.TRANSFER, unless it was decided for one build.
    views: int = View.BUILDKIT | View.CLASSIC

    def directories(self) -> Sequence[Directory]:
        """All directories, parents before what is in them, in the order of the walk."""
        return self._directories

    @cached_property
    def _directories(self) -> tuple[Directory, ...]:
        return tuple(self.root.with_all_below())

    @cached_property
    def names(self) -> frozenset[str]:
        """All names that there are, each once: what asks about names asks about these first."""
        return frozenset(self._all_names)

    def named(self, wanted: Collection[str]) -> Iterator[tuple[Directory, int]]:
        """All entries of these names, whatever their views, in the order of the walk."""
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
        """Where the names of each directory begin in the list of all."""
        return list(accumulate([len(directory.names) for directory in self._directories], initial=0))

    def find(self, path: str) -> tuple[Directory, int] | None:
        """Where a path is recorded: its directory and its place in it; None if it is not."""
        return self.root.locate(path)

    def entries(self, view: int) -> list[str]:
        """The sorted paths in a view; directories end in a slash.

        Raises what the builder fails with, if it would refuse the context.
        """
        self.require(view)
        self.check(view)
        found = []
        for directory in self.directories():
            prefix = directory.path + "/" if directory.path else ""
            for name, kind, flags in zip(directory.names, directory.kinds, directory.flags, strict=True):
                if flags & view:
                    found.append(f"{prefix}{name}/" if kind == Kind.DIRECTORY else prefix + name)
        found.sort()
        return found

    def check(self, view: int) -> None:
        """Raise what a builder fails with, if it would refuse the context."""
        for refused, error in self.refusals.items():
            if refused & view:
                raise error

    def require(self, view: int) -> None:
        """Raise ValueError for a view that the flags do not tell of, since nothing would seem to be in it."""
        if view & ~self.views:
            raise ValueError("what BuildKit transfers is not decided in this tree; ask BuildContext for its own")
