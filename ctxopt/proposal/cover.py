"""Few patterns that exclude what nothing needs, and nothing else."""

from collections.abc import Callable, Iterable
from typing import Final

from ctxopt.core.context.tree import Directory
from ctxopt.core.dockerignore import quote
from ctxopt.core.lazy_dataclass import dataclass
from ctxopt.core.usage.masks import IS_FILE, both
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
        tree = self.keep.tree
        staying = self.keep.all.translate(_STAYING)
        self.with_left = _with_above(path for path, row in self.left.items() if any(row))
        self.with_stay = _with_above(
            directory.path
            for directory in tree.directories()
            if staying.find(1, start := tree.start(directory.path), start + len(directory.names)) >= 0
        )

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
        if child.path in self.with_stay or self.keep.of(parent, parent.find(name)) & Mark.KEEP:
            return False
        pattern = quote.literal(child.path)
        return pattern not in self.banned and (child.path in self.given or not self.hides(pattern))

    def _is_crowded(self, directory: Directory, count: int) -> bool:
        if not directory.path or count <= _MAX_PATTERNS:
            return False
        marks = self.keep.row(directory)
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
        marks = self.keep.row(directory)
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
                    marks = self.keep.row(directory)
                    self._staying_names.update(
                        name for name, mark in zip(directory.names, marks, strict=True) if mark & Mark.KEEP
                    )
        return self._staying_names


_STAYING = bytes(marks & Mark.KEEP for marks in range(256))
_UNNEEDED = bytes(not marks & (Mark.KEEP | Mark.BUILDER_OWN) for marks in range(256))
_ANY = bytes(bool(flags) for flags in range(256))


def _by_ending(names: Iterable[str]) -> dict[str, list[str]]:
    """The names by what follows their last dot, with the dot; without those that have none."""
    groups: dict[str, list[str]] = {}
    for name in names:
        stem, dot, ending = name.rpartition(".")
        if stem and dot and ending:
            groups.setdefault("." + ending, []).append(name)
    return groups


def _with_above(paths: Iterable[str]) -> set[str]:
    """Directories with all above them."""
    found: set[str] = set()
    for path in paths:
        while path not in found:
            found.add(path)
            path = path.rpartition("/")[0]
    return found


def left_files(views: bytes, keep: KeepMap) -> bytes:
    """A byte an entry, 1 for files that are in a view and that nothing needs; `views` is one, too."""
    unneeded = both(views.translate(_ANY), keep.all.translate(_UNNEEDED))
    return both(unneeded, keep.tree.all_kinds.translate(IS_FILE))
