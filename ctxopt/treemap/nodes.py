"""A tree with a status for each file as a bounded number of nodes: small files are summed up by directory."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import field
from heapq import nlargest
from itertools import compress, repeat
from typing import Final

from ctxopt.core.context.tree import Directory, EntryKind
from ctxopt.core.lazy_dataclass import dataclass
from ctxopt.treemap.model import DIRECTORY, Nodes

#: Maximum number of files and directories with nodes of their own.
MOST = 20_000
#: Maximum number of files that get nodes of their own for their status.
_KEPT = 1000

_IS_NO_DIRECTORY: Final = EntryKind.DIRECTORY.__ne__

#: The number of the status of each entry of a directory, by its path; a single one where all have the same.
Statuses = Mapping[str, int | Sequence[int]]


def nodes(directories: Sequence[Directory], statuses: Statuses, keep: frozenset[int], most: int = MOST) -> Nodes:
    """The tree as columns. `directories` has parents before their children.

    Up to `most` entries, each has a node. Beyond that the largest have, files and directories alike, and the
    other files of a directory are summed up by status. Files with a status in `keep` always have a node, unless
    there are too many of them.
    """
    sizes = _sizes(directories)
    smallest = _threshold(directories, sizes, most)
    if keep and sum(map(keep.__contains__, _each(directories, statuses))) > _KEPT:
        keep = frozenset()
    columns = _Columns()
    # Children come after their parents, so what is in a directory without a node goes to one above it.
    homes: dict[str, _Home] = {}
    homes_in_order = []
    for directory in directories:
        above = homes[directory.parent.path] if directory.parent is not None else None
        if above is None or (above.is_parent_of(directory) and sizes[directory.path] >= smallest):
            home = _Home(directory, None if above is None else above)
        else:
            home = above
        if home is not above:
            homes_in_order.append(home)
        homes[directory.path] = home
        home.add_files(directory, statuses[directory.path], smallest, keep)
    for home in homes_in_order:
        home.write(columns)
    return columns.made()


def _each(directories: Sequence[Directory], statuses: Statuses) -> Iterator[int]:
    """The statuses of all entries."""
    for directory in directories:
        here = statuses[directory.path]
        yield from repeat(here, len(directory.names)) if isinstance(here, int) else here


def _sizes(directories: Sequence[Directory]) -> dict[str, int]:
    """The bytes in and below each directory."""
    sizes: dict[str, int] = {}
    for directory in reversed(directories):
        below = (sizes[child.path] for child in directory.subdirectories.values())
        sizes[directory.path] = sum(directory.sizes) + sum(below)
    return sizes


def _threshold(directories: Sequence[Directory], sizes: dict[str, int], most: int) -> int:
    """The least size of an entry with a node of its own, so that there are at most `most` of them."""
    if sum(len(directory.names) for directory in directories) <= most:
        return 0
    largest = nlargest(most + 1, (*sizes.values(), *(size for directory in directories for size in directory.sizes)))
    return largest[most] + 1


@dataclass(slots=True)
class _Home:
    """A directory with a node, and what is in it: files with nodes, and sums of the others by status.

    A sum is a number of files, their bytes, and the directory and the name of the last one, "" for the first in it.
    """

    directory: Directory
    above: "_Home | None"
    named: list[tuple[str, int, int]] = field(default_factory=list)
    rest: dict[int, tuple[int, int, Directory, str]] = field(default_factory=dict)
    index: int = -1

    def is_parent_of(self, child: Directory) -> bool:
        """Whether a directory is a direct child of this one, and not of one without a node."""
        return child.parent is not None and child.parent.path == self.directory.path

    def add_files(
        self, directory: Directory, statuses: int | Sequence[int], smallest: int, keep: frozenset[int]
    ) -> None:
        """Add the direct files of a directory: this one, or one below it without a node."""
        kinds, sizes = directory.kinds, directory.sizes
        if isinstance(statuses, int) and statuses not in keep and (not sizes or max(sizes) < smallest):
            self._sum(statuses, len(kinds) - kinds.count(EntryKind.DIRECTORY), sum(sizes), directory, "")
            return
        here = directory is self.directory
        each = [statuses] * len(kinds) if isinstance(statuses, int) else statuses
        for name, kind, size, status in zip(directory.names, kinds, sizes, each, strict=True):
            if kind == EntryKind.DIRECTORY:
                continue
            if (here and size >= smallest) or status in keep:
                self.named.append((self._path(directory, name), size, status))
            else:
                self._sum(status, 1, size, directory, name)

    def _sum(self, status: int, files: int, size: int, directory: Directory, name: str) -> None:
        if files:
            before = self.rest.get(status, (0, 0))
            self.rest[status] = before[0] + files, before[1] + size, directory, name

    def _path(self, directory: Directory, name: str) -> str:
        """The path of a file in a directory, relative to this one."""
        path = directory.child_path(name or next(compress(directory.names, map(_IS_NO_DIRECTORY, directory.kinds))))
        return path[len(self.directory.path) :].lstrip("/")

    def write(self, columns: "_Columns") -> None:
        """Write the directory and its files; the one above must have been written before."""
        name = self.directory.path
        if self.above is not None:
            name = name[len(self.above.directory.path) :].lstrip("/")
        self.index = columns.add(name, -1 if self.above is None else self.above.index, 0, 0, DIRECTORY)
        for file, size, status in self.named:
            columns.add(file, self.index, 1, size, status)
        for status in sorted(self.rest):
            files, size, directory, last = self.rest[status]
            columns.add(self._path(directory, last) if files == 1 else "", self.index, files, size, status)


class _Columns:
    def __init__(self) -> None:
        self._rows: list[tuple[str, int, int, int, int]] = []

    def add(self, name: str, parent: int, files: int, size: int, status: int) -> int:
        self._rows.append((name, parent, files, size, status))
        return len(self._rows) - 1

    def made(self) -> Nodes:
        names, parents, files, sizes, statuses = zip(*self._rows, strict=True)
        return Nodes(names, parents, files, sizes, statuses)
