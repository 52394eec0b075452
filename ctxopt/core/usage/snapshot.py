"""The transferred context as the builder sees it: a file tree of its own, with links inside its root."""

from bisect import bisect_right
from collections.abc import Callable, Hashable, Iterable, Iterator, Sequence
from functools import cached_property
from itertools import accumulate
from typing import Any, Final, TypeVar

from ctxopt.core.context.files import Files
from ctxopt.core.context.rooted import MAX_LINKS, TooManyLinks
from ctxopt.core.context.tree import Directory, EntryKind, Tree
from ctxopt.core.golang import paths
from ctxopt.core.lazy_dataclass import dataclass
from ctxopt.core.usage.masks import where

_Made = TypeVar("_Made")

#: From so many searches on an index of all names costs less than it saves.
_OFTEN: Final = 4


@dataclass(frozen=True, slots=True)
class Node:
    """An entry: its directory and its index there (-1 for the root)."""

    directory: Directory
    index: int

    @property
    def name(self) -> str:
        return "" if self.index < 0 else self.directory.names[self.index]

    @property
    def path(self) -> str:
        """The path relative to the context's root, "" for the root."""
        return "" if self.index < 0 else self.directory.child_path(self.name)

    @property
    def kind(self) -> int:
        return EntryKind.DIRECTORY if self.index < 0 else self.directory.kinds[self.index]

    @property
    def inside(self) -> Directory | None:
        """The directory that this entry is; None if it is not a directory."""
        if self.index < 0:
            return self.directory
        return self.directory.subdirectories.get(self.directory.names[self.index])


class Snapshot:
    """Look-ups in one view of a tree. Paths are clean and relative to the root.

    `excludes` are those of the instructions that ask, each list once: very many are decided together.
    """

    def __init__(self, tree: Tree, view: int, files: Files, excludes: Iterable[tuple[str, ...]] = ()) -> None:
        tree.require(view)
        self.tree = tree
        self._root = Node(tree.root, -1)
        self.view = view
        self.files = files
        self.excludes = tuple(dict.fromkeys(excludes))
        self._made: dict[Hashable, Any] = {}
        self._texts: dict[str, _Names] = {}
        #: How many directories were looked through, and how often names were searched for in the whole tree.
        self._looked_through = self._searched = 0

    def once(self, key: Hashable, make: Callable[[], _Made]) -> _Made:
        """What `make` works out from the tree, once for each key, as long as this exists."""
        if key not in self._made:
            self._made[key] = make()
        made: _Made = self._made[key]
        return made

    def find(self, path: str) -> Node | None:
        """The entry at exactly this path, no links followed."""
        node = self._root
        if path in ("", "."):
            return node
        for name in path.split("/"):
            below = self._child(node, name)
            if below is None:
                return None
            node = below
        return node

    def _child(self, node: Node | None, name: str) -> Node | None:
        directory = None if node is None else node.inside
        index = -1 if directory is None else directory.find(name)
        if directory is None or index < 0 or not self.has(directory, index):
            return None
        return Node(directory, index)

    def has(self, directory: Directory, index: int) -> bool:
        """Whether an entry of the tree is there."""
        return bool(directory.flags[index] & self.view)

    def children(self, node: Node) -> Iterator[Node]:
        """The entries of a directory in order; empty for anything else."""
        directory = node.inside
        if directory is not None:
            for index, flags in enumerate(directory.flags):
                if flags & self.view:
                    yield Node(directory, index)

    def children_with(self, node: Node, text: str) -> Iterator[Node]:
        """The entries of a directory whose names have a text in them; NUL stands for where a name begins and ends."""
        directory = node.inside
        if directory is not None:
            for index in self._names(directory).having(text):
                if self.has(directory, index):
                    yield Node(directory, index)

    def mask(self, directory: Directory) -> bytes:
        """1 for each entry of a directory that is there, else 0."""
        return bytes(directory.flags.translate(where(self.view, 1)))

    def has_in_a_name(self, text: str) -> bool:
        """Whether a name in the tree, in the view or not, has a text in it."""
        return text in self._all_names

    def has_in_name_of(self, directory: Directory, text: str) -> bool:
        """The same for the names in one directory."""
        return self._names(directory).has(text)

    def count_look(self) -> None:
        """Count that one more directory was looked through for names."""
        self._looked_through += 1

    @property
    def is_often_looked_through(self) -> bool:
        """Whether more directories were looked through than an index of all names costs."""
        return self._looked_through > _OFTEN * len(self.tree.directories())

    def with_names(self, texts: Sequence[str]) -> Iterator[tuple[Directory, int]]:
        """The entries of the tree, in the view or not, that have one of some texts in their names.

        In the order of the walk; NUL stands for where a name begins and ends.
        """
        names = {name for text in texts for name in self._names_with(text)}
        self._searched += 1
        if self._searched <= _OFTEN:
            return self.tree.named(names) if names else iter(())
        return map(self._entry, sorted(number for name in names for number in self._numbers[name]))

    def _names_with(self, text: str) -> Iterator[str]:
        """The names in the tree that have a text in them."""
        at = self._all_names.find(text)
        while at >= 0:
            inside = at + text.startswith("\0")
            start, end = self._all_names.rfind("\0", 0, inside) + 1, self._all_names.find("\0", inside)
            yield self._all_names[start:end]
            at = self._all_names.find(text, end)

    def _entry(self, number: int) -> tuple[Directory, int]:
        """The entry with a number in the order of the walk."""
        starts = self.tree.starts
        at = bisect_right(starts, number) - 1
        return self.tree.directories()[at], number - starts[at]

    @cached_property
    def _numbers(self) -> dict[str, list[int]]:
        """The numbers, in the order of the walk, of the entries with each name."""
        numbers: dict[str, list[int]] = {}
        names = (name for directory in self.tree.directories() for name in directory.names)
        for number, name in enumerate(names):
            numbers.setdefault(name, []).append(number)
        return numbers

    @cached_property
    def _all_names(self) -> str:
        names = dict.fromkeys(name for directory in self.tree.directories() for name in directory.names)
        return "\0".join(("", *names, ""))

    def _names(self, directory: Directory) -> "_Names":
        found = self._texts.get(directory.path)
        if found is None:
            found = self._texts[directory.path] = _Names(directory.names)
        return found

    def resolve(self, path: str, passed: list[Node]) -> str:
        """The path with all links followed inside the root, as containerd/continuity's `RootPath` does.

        The result need not exist. Links that were followed are added to `passed`. Raises TooManyLinks.
        """
        return self._resolve(path, passed, lexical=True, follow_last=True)

    def lookup(self, path: str, *, follow_last: bool) -> Node | None:
        """The entry that a path leads to, as BuildKit's content hash finds it. Raises TooManyLinks."""
        return self.find(self._resolve(path, [], lexical=False, follow_last=follow_last))

    def _resolve(self, path: str, passed: list[Node], *, lexical: bool, follow_last: bool) -> str:
        """Follow links component by component.

        `lexical` decides what `..` in a link's target means after another link: the target is cleaned as
        text first, or else resolved as written.
        """
        waiting = paths.join("/", path).split("/")[:0:-1]
        # The directories on the path, each with its name: nothing is below one that does not exist.
        current: list[tuple[str, Node | None]] = []
        links = 0
        while waiting:
            part = waiting.pop()
            if part in ("", "."):
                continue
            if part == "..":
                del current[-1:]
                continue
            node = self._child(current[-1][1] if current else self._root, part)
            if node is None or node.kind != EntryKind.SYMLINK or (not waiting and not follow_last):
                current.append((part, node))
                continue
            links += 1
            if links > MAX_LINKS:
                raise TooManyLinks
            passed.append(node)
            here = "/".join(name for name, _ in current)
            target = self.files.link(paths.join(here, part)) or ""
            if target.startswith("/"):
                current, here = [], ""
            if lexical:
                target = paths.join("/", here, target)
                current = []
            waiting += reversed(target.split("/"))
        return "/".join(name for name, _ in current)


class _Names:
    """The names of a directory as one text, so that a search in all of them is a single one."""

    def __init__(self, names: Sequence[str]) -> None:
        self._text = "\0" + "".join([f"{name}\0" for name in names])
        #: Where each name ends.
        self._ends = list(accumulate([len(name) + 1 for name in names]))

    def has(self, text: str) -> bool:
        """Whether a name has the text in it."""
        return text in self._text

    def having(self, text: str) -> Iterator[int]:
        """The indexes of the names that have the text in them, in order."""
        at = self._text.find(text)
        while at >= 0:
            index = bisect_right(self._ends, at)
            if index == len(self._ends):
                return
            yield index
            at = self._text.find(text, self._ends[index])
