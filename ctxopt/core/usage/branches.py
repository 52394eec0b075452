"""The tree of directories with sums over some of the files in them."""

from collections.abc import Iterator, Sequence
from dataclasses import field
from functools import cached_property
from heapq import nsmallest
from itertools import compress

from ctxopt.core.context.tree import Directory, EntryKind, Totals, Tree
from ctxopt.core.lazy_dataclass import dataclass
from ctxopt.core.usage.masks import files_in, is_uniform
from ctxopt.core.usage.readers import ReaderRows

#: At most so many files of a directory are named.
_NAMED = 5
_NOTHING = (0, 0, False)


@dataclass(frozen=True)
class Branch:
    """A directory with a sum over some of the files below it, which is worked out when somebody asks for it."""

    path: str
    _directory: Directory = field(repr=False, compare=False)
    _sums: "BranchSums" = field(repr=False, compare=False)

    @cached_property
    def totals(self) -> Totals:
        """The sum over those below it, at any depth."""
        files, size, _ = self._sums.of(self._directory)
        return Totals(files, size)

    @property
    def whole(self) -> bool:
        """Whether these are all files of the view below it."""
        return self._sums.of(self._directory)[2]

    @cached_property
    def loose(self) -> Totals:
        """The sum over those that are directly in the directory."""
        files, size, _ = self._sums.directly_in(self._directory)
        return Totals(files, size)

    @cached_property
    def files(self) -> tuple[tuple[str, int], ...]:
        """The largest of those, as names and bytes."""
        sizes = self._directory.sizes
        largest = nsmallest(_NAMED, ((-sizes[index], index) for index in self._sums.indexes(self._directory)))
        return tuple((self._directory.names[index], -size) for size, index in largest)

    @cached_property
    def children(self) -> "tuple[Branch, ...]":
        """The directories in it that contain any, largest first."""
        inside = map(self._sums.branch, self._directory.subdirectories.values())
        branches = [branch for branch in inside if branch.totals.files]
        return tuple(sorted(branches, key=lambda branch: (-branch.totals.size, branch.path)))


class BranchSums:
    """Sums over the files in a view whose set of readers is wanted, for each directory with everything below it.

    `wanted` tells for each set of readers, by its number, whether its files count; `is_any` whether any file of the
    tree does.
    """

    def __init__(self, tree: Tree, rows: ReaderRows, view: int, wanted: Sequence[bool], is_any: bool) -> None:
        self._tree = tree
        self._rows = rows
        self._view = view
        self._wanted = wanted
        self._is_any = is_any

    @cached_property
    def _below(self) -> dict[str, tuple[int, int, bool]]:
        """By paths: files, bytes, and whether these are all files of the view. Empty if no file counts at all."""
        found: dict[str, tuple[int, int, bool]] = {}
        # Children before parents, without recursion: a context may be very deep.
        for directory in reversed(self._tree.directories()) if self._is_any else ():
            files, size, in_view = self.directly_in(directory)
            whole = files == in_view
            for child in directory.subdirectories.values():
                below = found[child.path]
                files += below[0]
                size += below[1]
                whole = whole and below[2]
            found[directory.path] = (files, size, whole)
        return found

    def of(self, directory: Directory) -> tuple[int, int, bool]:
        """The wanted files below a directory, their bytes, and whether these are all files of the view."""
        return self._below.get(directory.path, _NOTHING)

    def branch(self, directory: Directory) -> Branch:
        """A directory with its sum."""
        return Branch(directory.path, directory, self)

    def directly_in(self, directory: Directory) -> tuple[int, int, int]:
        """The wanted files directly in a directory, their bytes, and how many files of the view there are."""
        kinds, flags, used = directory.kinds, directory.flags, self._rows.by_path.get(directory.path)
        files = len(kinds) - kinds.count(EntryKind.DIRECTORY)
        if not files:
            return 0, 0, 0
        if is_uniform(flags) and (used is None or is_uniform(used)):
            if not flags[0] & self._view:
                return 0, 0, 0
            return (files, sum(directory.sizes), files) if self._wanted[used[0] if used else 0] else (0, 0, files)
        in_view = files_in(directory, self._view)
        mask = self._rows.selected(directory, in_view, self._wanted)
        return mask.count(1), sum(compress(directory.sizes, mask)), in_view.count(1)

    def indexes(self, directory: Directory) -> Iterator[int]:
        """The indexes of the wanted files directly in a directory."""
        mask = self._rows.selected(directory, files_in(directory, self._view), self._wanted)
        return compress(range(len(mask)), mask)
