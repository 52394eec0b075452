"""What one read takes of a tree: marked in the rows of readers, and summed up."""

from array import array
from collections.abc import Iterable
from itertools import compress

from ctxopt.core.context.tree import Directory, EntryKind, Totals
from ctxopt.core.ids import ReadId, SetId
from ctxopt.core.usage.masks import IS_FILE, is_uniform, where
from ctxopt.core.usage.readers import ReaderRows
from ctxopt.core.usage.snapshot import Node


class Taking:
    """Adds a reader to what it takes, and sums up the files that it takes, each once."""

    def __init__(self, rows: ReaderRows, reader: ReadId, view: int) -> None:
        self._rows = rows
        self._reader = reader
        self._view = view
        self._files = 0
        self._size = 0
        #: Directories all of whose entries are taken, together at the end.
        self._passed: list[Directory] = []

    def finished(self) -> Totals:
        """Mark what is left to be marked; returns the sum of what was taken."""
        self.all_in(self._passed)
        self._passed = []
        return Totals(self._files, self._size)

    def start(self, name: str, node: Node) -> None:
        """Nothing: sources are not told apart."""

    def follow(self, link: Node) -> None:
        """Take a link as any other entry."""
        self.one(link)

    def one(self, node: Node) -> None:
        """Take one entry. The root itself is no entry."""
        if node.index < 0:
            return
        if self._rows.add(node.directory, node.index, self._reader) and node.kind != EntryKind.DIRECTORY:
            self._files += 1
            self._size += node.directory.sizes[node.index]

    def some(self, directory: Directory, mask: bytes) -> None:
        """Take the entries of a directory for which the mask is 1."""
        for index in compress(range(len(mask)), mask):
            self.one(Node(directory, index))

    def passed(self, directory: Directory) -> None:
        """Take all entries of a directory that are in the view."""
        self._passed.append(directory)

    def all_in(self, directories: Iterable[Directory]) -> None:
        """Take all entries of these directories that are in the view."""
        fresh: list[bytes | bytearray] = []
        taken: list[Directory] = []
        rows = self._rows.by_path
        alone = self._rows.join(0, self._reader)
        table = where(self._view, alone) if alone < 256 else None
        for directory in directories:
            if table is not None and directory.path not in rows:
                row: bytes | bytearray = directory.flags.translate(table)
                self._rows.set(directory, bytearray(row))
            else:
                row = self._add(directory)
            fresh.append(row)
            taken.append(directory)
        is_fresh = b"".join(fresh)
        is_file = b"".join([directory.kinds.translate(IS_FILE) for directory in taken])
        self._files += sum(compress(is_file, is_fresh))
        # Directories have a size of 0.
        self._size += sum(compress(array("q", b"".join([directory.sizes for directory in taken])), is_fresh))

    def _add(self, directory: Directory) -> bytes:
        """Add the reader to all entries in the view; for each entry 1 where it is new, else 0."""
        used = self._rows.of(directory)
        view = directory.flags.translate(where(self._view, 1))
        if used and is_uniform(used) and is_uniform(view):
            before = SetId(used[0])
            after = self._rows.join(before, self._reader) if view[0] else before
            if after != before:
                self._rows.fill(directory, after)
            return bytes([after != before]) * len(used)
        joined = {before: self._rows.join(before, self._reader) for before in set(used)}
        fresh = bytes(is_seen and joined[before] != before for is_seen, before in zip(view, used, strict=True))
        if any(fresh):
            row = self._rows.writable(directory, max(joined.values()))
            for index in compress(range(len(fresh)), fresh):
                row[index] = joined[row[index]]
        return fresh
