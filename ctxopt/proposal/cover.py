"""Few patterns that exclude what nothing needs, and nothing else."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Final

from ctxopt.core.context.tree import Directory, EntryKind
from ctxopt.core.dockerignore import quote
from ctxopt.proposal.keep import KeepMap, Mark

#: Minimum number of files with one ending, or entries with one name, for a pattern that matches them all.
_MIN_ALIKE: Final = 3
#: Maximum number of patterns for one directory: with more it is excluded as a whole, with exceptions.
_MAX_PATTERNS: Final = 8

#: For each directory that has any: a byte an entry, 1 for files that should be excluded.
Left = dict[str, bytearray]


@dataclass(frozen=True, slots=True)
class Item:
    """One pattern and the entries it is for: files, and directories as a whole."""

    pattern: str
    entries: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Cover:
    """Patterns that exclude what should be, and directories that are better excluded as a whole with exceptions."""

    items: tuple[Item, ...]
    closed: tuple[str, ...] = ()


def cover(
    left: Left,
    keep: KeepMap,
    hides: Callable[[str], bool],
    given: frozenset[str],
    closable: Callable[[str], bool],
    banned: Iterable[str] = (),
) -> Cover:
    """Patterns for everything that is left.

    `hides` tells whether a pattern could hide what an instruction reads; `given` are directories that are excluded
    whatever it says. `closable` tells whether a directory may be excluded as a whole with exceptions. `banned`
    patterns were found to do harm.
    """
    return _Cover(left, keep, hides, given, closable, frozenset(banned)).run()


class _Cover:
    def __init__(
        self,
        left: Left,
        keep: KeepMap,
        hides: Callable[[str], bool],
        given: frozenset[str],
        closable: Callable[[str], bool],
        banned: frozenset[str],
    ) -> None:
        self.left = left
        self.keep = keep
        self.hides = hides
        self.given = given
        self.closable = closable
        self.banned = banned
        self.loose: list[tuple[Directory, list[str]]] = []
        self.whole: list[str] = []
        self.closed: list[str] = []
        self._staying_names: set[str] | None = None

    def run(self) -> Cover:
        self._look()
        self._split()
        items = self._named_alike()
        items += self._kinds_everywhere()
        items += [Item(quote.literal(path), (path,)) for path in self.whole]
        for directory, names in self.loose:
            items += self._files(directory, names)
        return Cover(tuple(items), tuple(self.closed))

    def _look(self) -> None:
        """Find the directories with something below them that is left, and those with something that has to stay."""
        self.with_left: set[str] = set()
        self.with_stay: set[str] = set()
        # Parents come before what is in them, so this sees children first.
        for directory in reversed(self.keep.tree.directories()):
            below = [child.path for child in directory.subdirectories.values()]
            row = self.left.get(directory.path)
            if (row is not None and any(row)) or not self.with_left.isdisjoint(below):
                self.with_left.add(directory.path)
            marks = self.keep.rows[directory.path]
            if any(marks.translate(_STAYING)) or not self.with_stay.isdisjoint(below):
                self.with_stay.add(directory.path)

    def _split(self) -> None:
        """Find the directories that can be excluded as a whole, and those with single files."""
        stack = [self.keep.tree.root]
        while stack:
            directory = stack.pop()
            whole: list[Directory] = []
            inner: list[Directory] = []
            for name, child in directory.subdirectories.items():
                if child.path in self.with_left:
                    (whole if self._is_excludable(directory, name, child) else inner).append(child)
            row = self.left.get(directory.path, b"")
            names = [name for name, left in zip(directory.names, row, strict=bool(row)) if left]
            if self._is_crowded(directory, len(whole) + len(names)):
                self.closed.append(directory.path)
                continue
            self.whole += [child.path for child in whole]
            if names:
                self.loose.append((directory, names))
            stack += reversed(inner)

    def _is_excludable(self, parent: Directory, name: str, child: Directory) -> bool:
        if child.path in self.with_stay or self.keep.rows[parent.path][parent.find(name)] & Mark.KEEP:
            return False
        pattern = quote.literal(child.path)
        return pattern not in self.banned and (child.path in self.given or not self.hides(pattern))

    def _is_crowded(self, directory: Directory, count: int) -> bool:
        if not directory.path or count <= _MAX_PATTERNS:
            return False
        marks = self.keep.rows[directory.path]
        stay = sum(
            1
            for name, mark in zip(directory.names, marks, strict=True)
            if mark & Mark.KEEP or directory.child_path(name) in self.with_stay
        )
        return 2 * stay < count and self.closable(directory.path)

    def _named_alike(self) -> list[Item]:
        """One pattern for several entries that have the same name."""
        places: dict[str, list[str]] = {}
        for path in self.whole:
            places.setdefault(path.rpartition("/")[2], []).append(path)
        for directory, names in self.loose:
            for name in names:
                places.setdefault(name, []).append(directory.child_path(name))
        items = []
        for name, paths in places.items():
            pattern = "**/" + quote.glob(quote.escaped(name))
            if len(paths) < _MIN_ALIKE or not self._is_safe(pattern) or name in self._names_that_stay():
                continue
            items.append(Item(pattern, tuple(paths)))
            self._remove(paths)
        return items

    def _kinds_everywhere(self) -> list[Item]:
        """One pattern for files with the same ending in several directories."""
        places: dict[str, list[str]] = {}
        directories: dict[str, int] = {}
        for directory, names in self.loose:
            for ending, group in _by_ending(names).items():
                places.setdefault(ending, []).extend(directory.child_path(name) for name in group)
                directories[ending] = directories.get(ending, 0) + 1
        items = []
        for ending, paths in places.items():
            if directories[ending] < _MIN_ALIKE:
                continue
            pattern = "**/" + quote.glob("*" + quote.escaped(ending))
            if self._is_safe(pattern) and not any(name.endswith(ending) for name in self._names_that_stay()):
                items.append(Item(pattern, tuple(paths)))
                self._remove(paths)
        return items

    def _remove(self, paths: list[str]) -> None:
        """Remove what has its pattern."""
        taken = set(paths)
        self.whole = [path for path in self.whole if path not in taken]
        self.loose = [
            (directory, rest)
            for directory, names in self.loose
            if (rest := [name for name in names if directory.child_path(name) not in taken])
        ]

    def _files(self, directory: Directory, names: list[str]) -> list[Item]:
        """Patterns for single files in one directory."""
        items = []
        remaining = set(names)
        marks = self.keep.rows[directory.path]
        for ending, group in _by_ending(names).items():
            if len(group) < _MIN_ALIKE:
                continue
            pattern = quote.glob(quote.escaped(directory.child_path("")) + "*" + quote.escaped(ending))
            stays = any(
                name.endswith(ending) and (mark & Mark.KEEP or directory.child_path(name) in self.with_stay)
                for name, mark in zip(directory.names, marks, strict=True)
            )
            if not stays and self._is_safe(pattern):
                items.append(Item(pattern, tuple(map(directory.child_path, group))))
                remaining.difference_update(group)
        for name in names:
            if name in remaining:
                path = directory.child_path(name)
                items.append(Item(quote.literal(path), (path,)))
        return items

    def _is_safe(self, pattern: str) -> bool:
        return pattern not in self.banned and not self.hides(pattern)

    def _names_that_stay(self) -> set[str]:
        if self._staying_names is None:
            self._staying_names = {path.rpartition("/")[2] for path in self.with_stay}
            for directory in self.keep.tree.directories():
                if directory.path in self.with_stay or not directory.path:
                    marks = self.keep.rows[directory.path]
                    self._staying_names.update(
                        name for name, mark in zip(directory.names, marks, strict=True) if mark & Mark.KEEP
                    )
        return self._staying_names


_STAYING = bytes(marks & Mark.KEEP for marks in range(256))


def _by_ending(names: Iterable[str]) -> dict[str, list[str]]:
    """The names by what follows their last dot, with the dot; without those that have none."""
    groups: dict[str, list[str]] = {}
    for name in names:
        stem, dot, ending = name.rpartition(".")
        if stem and dot and ending:
            groups.setdefault("." + ending, []).append(name)
    return groups


def left_files(directory: Directory, views: bytearray, keep: KeepMap) -> bytearray:
    """A byte an entry, 1 for the files of a directory that are in a view and that nothing needs."""
    rows = zip(views, directory.kinds, keep.rows[directory.path], strict=True)
    return bytearray(
        1 if view and kind != EntryKind.DIRECTORY and not marks & (Mark.KEEP | Mark.BUILDER_OWN) else 0
        for view, kind, marks in rows
    )
