"""A tree with a fate for each file as a bounded number of nodes: what is small is summed up where it lies."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from heapq import nlargest
from itertools import repeat

from ctxopt.core.context.tree import Directory, Kind
from ctxopt.treemap.model import DIRECTORY, Nodes

#: As many files and directories are told apart.
_MOST = 20_000
#: As many files are told apart for their fate.
_KEPT = 1000

#: The place of the fate of each entry of a directory, by its path; one number where it is the same for all.
Fates = Mapping[str, int | Sequence[int]]


def nodes(directories: Sequence[Directory], fates: Fates, keep: frozenset[int], most: int = _MOST) -> Nodes:
    """The tree as columns. `directories` has parents before what is in them.

    Files with a fate in `keep` are told apart in any case, unless there are too many.

    As long as there are no more than `most` entries, all are told apart. Otherwise the largest are, files and
    directories alike, and in each directory the rest is summed up by fate.
    """
    sizes = _sizes(directories)
    smallest = _threshold(directories, sizes, most)
    if keep and sum(map(keep.__contains__, _each(directories, fates))) > _KEPT:
        keep = frozenset()
    columns = _Columns()
    # Children come after their parents, so by the time a directory is left out all in it goes to one above.
    homes: dict[str, _Home] = {}
    homes_in_order = []
    for directory in directories:
        above = homes[directory.parent.path] if directory.parent is not None else None
        if above is None or (above.place_of(directory) and sizes[directory.path] >= smallest):
            home = _Home(directory, None if above is None else above)
        else:
            home = above
        if home is not above:
            homes_in_order.append(home)
        homes[directory.path] = home
        home.take(directory, fates[directory.path], smallest, keep)
    for home in homes_in_order:
        home.write(columns)
    return columns.made()


def _each(directories: Sequence[Directory], fates: Fates) -> Iterator[int]:
    """The fates of all entries."""
    for directory in directories:
        here = fates[directory.path]
        yield from repeat(here, len(directory.names)) if isinstance(here, int) else here


def _sizes(directories: Sequence[Directory]) -> dict[str, int]:
    """The bytes in each directory with all that is below it."""
    sizes: dict[str, int] = {}
    for directory in reversed(directories):
        below = (sizes[child.path] for child in directory.subdirectories.values())
        sizes[directory.path] = sum(directory.sizes) + sum(below)
    return sizes


def _threshold(directories: Sequence[Directory], sizes: dict[str, int], most: int) -> int:
    """The size from which on entries are told apart, so that there are not more than `most` of them."""
    if sum(len(directory.names) for directory in directories) <= most:
        return 0
    largest = nlargest(most + 1, (*sizes.values(), *(size for directory in directories for size in directory.sizes)))
    return largest[most] + 1


@dataclass(slots=True)
class _Home:
    """A directory that is told apart, with what is in it: named files, and sums of files by their fate."""

    directory: Directory
    above: "_Home | None"
    named: list[tuple[str, int, int]] = field(default_factory=list)
    rest: defaultdict[int, list[int]] = field(default_factory=lambda: defaultdict(lambda: [0, 0]))
    place: int = -1

    def place_of(self, child: Directory) -> bool:
        """Whether a directory lies right in this one, and not in one that was summed up."""
        return child.parent is self.directory

    def take(self, directory: Directory, fates: int | Sequence[int], smallest: int, keep: frozenset[int]) -> None:
        """Take the files right in a directory, which is this one or one below that is not told apart."""
        kinds, sizes = directory.kinds, directory.sizes
        if isinstance(fates, int) and fates not in keep and (not sizes or max(sizes) < smallest):
            self._add(fates, len(kinds) - kinds.count(Kind.DIRECTORY), sum(sizes))
            return
        here = directory is self.directory
        each = [fates] * len(kinds) if isinstance(fates, int) else fates
        for name, kind, size, fate in zip(directory.names, kinds, sizes, each, strict=True):
            if kind == Kind.DIRECTORY:
                continue
            if (here and size >= smallest) or fate in keep:
                path = name if here else directory.child_path(name)[len(self.directory.path) :].lstrip("/")
                self.named.append((path, size, fate))
            else:
                self._add(fate, 1, size)

    def _add(self, fate: int, files: int, size: int) -> None:
        if files:
            sums = self.rest[fate]
            sums[0] += files
            sums[1] += size

    def write(self, columns: "_Columns") -> None:
        """Write the directory and its files; the one above was written before."""
        name = self.directory.path
        if self.above is not None:
            name = name[len(self.above.directory.path) :].lstrip("/")
        self.place = columns.add(name, -1 if self.above is None else self.above.place, 0, 0, DIRECTORY)
        for file, size, fate in self.named:
            columns.add(file, self.place, 1, size, fate)
        for fate, (files, size) in sorted(self.rest.items()):
            columns.add("", self.place, files, size, fate)


class _Columns:
    def __init__(self) -> None:
        self._rows: list[tuple[str, int, int, int, int]] = []

    def add(self, name: str, parent: int, files: int, size: int, fate: int) -> int:
        self._rows.append((name, parent, files, size, fate))
        return len(self._rows) - 1

    def made(self) -> Nodes:
        names, parents, files, sizes, fates = zip(*self._rows, strict=True)
        return Nodes(names, parents, files, sizes, fates)
