"""The visible rows of the tree: the entries of the open directories, in the chosen order."""

from collections.abc import Callable, Collection, Iterator
from dataclasses import replace
from enum import Enum
from typing import Final

from ctxopt.core.context.tree import Directory, Totals
from ctxopt.core.lazy_dataclass import dataclass
from ctxopt.explore.state import Selection, State, is_directory

#: Maximum number of rows of one directory: a row for the rest shows more.
PAGE: Final = 500


class Sort(Enum):
    """What the entries of a directory are sorted by; the largest first, names from A to Z."""

    SIZE = "size"
    NAME = "name"
    FILES = "files"

    @property
    def next(self) -> "Sort":
        """The one after this one, and after the last the first."""
        order = list(Sort)
        return order[(order.index(self) + 1) % len(order)]


@dataclass(frozen=True, slots=True)
class Row:
    """One visible entry: entry `index` of `directory`, so many levels below the root.

    `sent` are its files that the builder is sent, `rest` the others, of those that are selected; `rank` are those that
    it is sent as things are. `inside` is the
    directory itself if it is one, `is_open` whether its entries are shown. `largest` are the most bytes that an entry
    beside it has, of those that are sent as it is, or are not. With `more` it is the rest of a directory:
    so many entries that are not shown.
    """

    directory: Directory
    index: int
    depth: int
    sent: Totals
    rest: Totals
    rank: Totals
    inside: Directory | None = None
    is_open: bool = False
    largest: int = 0
    more: int = 0

    @property
    def name(self) -> str:
        """The name of the entry, unescaped; "" for the rest of a directory."""
        return "" if self.more else self.directory.names[self.index]

    @property
    def path(self) -> str:
        """The path of the entry; for the rest of a directory that of the directory."""
        return self.directory.path if self.more else self.directory.child_path(self.name)

    @property
    def shown(self) -> Totals:
        """The files that its figures are about: those that are sent, or else the others."""
        return self.sent if self.sent.files else self.rest


@dataclass(frozen=True, slots=True)
class Order:
    """What decides which rows there are: the open directories, by path, the order, and how many rows each shows."""

    open: Collection[str] = frozenset()
    sort: Sort = Sort.SIZE
    pages: Callable[[str], int] = lambda _: 1


def rows(state: State, selection: Selection, order: Order) -> list[Row]:
    """The visible rows from the top down."""
    found: list[Row] = []
    root = state.tree.root
    stack = list(reversed(_entries(state, selection, order, root, 0)))
    while stack:
        row = stack.pop()
        found.append(row)
        if row.is_open and row.inside is not None:
            stack += reversed(_entries(state, selection, order, row.inside, row.depth + 1))
    return found


def _entries(state: State, selection: Selection, order: Order, directory: Directory, depth: int) -> list[Row]:
    """The entries of one directory that are shown, and a row for the others."""
    found = list(_each(state, selection, order, directory, depth))
    # What is sent is compared with what is sent, and the rest with the rest: it may be a thousand times larger.
    sent = max((row.sent.size for row in found), default=0)
    rest = max((row.rest.size for row in found if not row.sent.files), default=0)
    ordered = sorted(found, key=_KEYS[order.sort])
    entries = [replace(row, largest=sent if row.sent.files else rest) for row in ordered]
    most = PAGE * order.pages(directory.path)
    if len(entries) <= most + 1:
        return entries
    hidden = entries[most:]
    sent_hidden = sum((row.sent for row in hidden), Totals())
    rest_hidden = sum((row.rest for row in hidden), Totals())
    return [*entries[:most], Row(directory, -1, depth, sent_hidden, rest_hidden, Totals(), more=len(hidden))]


def _each(state: State, selection: Selection, order: Order, directory: Directory, depth: int) -> Iterator[Row]:
    tree = state.tree
    start, end = tree.start(directory.path), tree.start(directory.path) + len(directory.names)
    sent_files, ranked = state.sent_files[start:end], selection.ranked[start:end]
    mask = None if selection.mask is None else selection.mask[start:end]
    for index, name in enumerate(directory.names):
        if is_directory(directory, index):
            inside = directory.subdirectories.get(name)
            sent = rest = rank = Totals()
            if inside is not None:
                numbers = tree.numbers(inside)
                sent, rest = selection.sent.among(numbers), selection.rest.among(numbers)
                rank = selection.ranks.among(numbers)
            if mask is None or sent.files or rest.files:
                is_open = inside is not None and inside.path in order.open
                yield Row(directory, index, depth, sent, rest, rank, inside, is_open)
        elif mask is None or mask[index]:
            totals = Totals(1, directory.sizes[index])
            sent, rest = (totals, Totals()) if sent_files[index] else (Totals(), totals)
            yield Row(directory, index, depth, sent, rest, totals if ranked[index] else Totals())


_KEYS: Final[dict[Sort, Callable[[Row], tuple[object, ...]]]] = {
    Sort.SIZE: lambda row: (-row.rank.size, -row.sent.size - row.rest.size, row.name),
    Sort.NAME: lambda row: (row.name.lower(), row.name),
    Sort.FILES: lambda row: (-row.rank.files, -row.sent.files - row.rest.files, -row.rank.size, row.name),
}
