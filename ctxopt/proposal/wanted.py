"""What must stay in a context and what is sent today, for each entry of an unfiltered tree."""

from collections.abc import Iterable, Sequence

from ctxopt.core.build_context import BuildContext
from ctxopt.core.context.tree import Directory, EntryKind, Totals, Tree, View
from ctxopt.core.golang.match import matches
from ctxopt.core.ids import ReadId
from ctxopt.core.usage.by_name import source_parts
from ctxopt.proposal.links import behind_links


class Mark:
    """What is known of an entry, as bits: one byte an entry, in rows like those of its directory."""

    #: Some instruction reads it, so both builders must go on sending it.
    STAYS = 1
    #: The classic builder sends it today.
    CLASSIC = 2
    #: BuildKit's view holds it today.
    BUILDKIT = 4
    #: BuildKit transfers it today, for some build.
    TRANSFER = 8
    #: Some instruction whose sources are not the whole context reads it.
    SPECIFIC = 16
    #: The source of such an instruction names it, or has a wildcard for it: it is not just below one.
    NAMED = 32
    #: The builder itself reads it (Dockerfile, ignore file), whatever the ignore file says.
    FREE = 64


class Wanted:
    """The marks of all entries. `tree` is the unfiltered tree, walked with no patterns."""

    def __init__(
        self, tree: Tree, contexts: Sequence[BuildContext], *, classic: bool, ignore_file: str | None = None
    ) -> None:
        self.tree = tree
        self.rows = {directory.path: bytearray(len(directory.names)) for directory in tree.directories()}
        for context in contexts:
            self._add(context, classic)
        found = tree.find(ignore_file) if ignore_file is not None else None
        if found is not None:
            # It may be about to be made, and then the builders read it too.
            self.rows[found[0].path][found[1]] |= Mark.FREE

    def _add(self, context: BuildContext, classic: bool) -> None:
        seen = View.BUILDKIT | View.TRANSFER | (View.CLASSIC if classic else 0)
        views = bytes(_view_marks(flags & seen) for flags in range(256))
        readers = _ReaderMarks(context)
        for directory in context.transferred.directories():
            marks = bytearray(directory.flags.translate(views))
            used = context.usage.rows.get(directory.path)
            if used is not None:
                _merge(marks, bytes(map(readers.marks(directory).__getitem__, used)))
            _merge(self.rows[directory.path], marks)
        for result in context.usage.results:
            if result.error is not None:
                # It reads nothing as things are, but what it names must be there once it is mended.
                for read in filter(None, (result.read, behind_links(context, result.read))):
                    for source in read.sources:
                        self._hold(source_parts(read, source))

    def _hold(self, parts: tuple[str, ...]) -> None:
        """Let what a source names, and all below it that is sent today, stay."""
        stack = [(self.tree.root, parts)]
        while stack:
            directory, left = stack.pop()
            row = self.rows[directory.path]
            for place, name in enumerate(directory.names):
                if left and left[0] != "**" and not matches(left[0], name):
                    continue
                ends = len(left) <= 1 or directory.kinds[place] == EntryKind.SYMLINK
                if ends and row[place] & (Mark.BUILDKIT | Mark.CLASSIC):
                    row[place] |= _READ
                inside = directory.subdirectories.get(name)
                if inside is not None:
                    stack.append((inside, left if left[:1] == ("**",) else left[1:]))

    def marks(self, path: str) -> int:
        """The marks of one entry; 0 for one that is not there."""
        found = self.tree.find(path)
        return self.rows[found[0].path][found[1]] if found is not None else 0

    def hold(self, entries: Iterable[str]) -> bool:
        """Let entries stay, but not what is below them; returns whether that is new for any of them."""
        new = False
        for path in entries:
            found = self.tree.find(path)
            if found is not None and not self.rows[found[0].path][found[1]] & Mark.STAYS:
                self.rows[found[0].path][found[1]] |= Mark.STAYS
                new = True
        return new

    def remove(self, entries: Iterable[str]) -> None:
        """Give up entries, and all that is below them: they need not stay any more."""
        for path in entries:
            found = self.tree.find(path)
            if found is None:
                continue
            directory, place = found
            self.rows[directory.path][place] &= ~_READ
            inside = directory.subdirectories.get(directory.names[place])
            if inside is not None:
                self._remove_all(inside)

    def _remove_all(self, top: Directory) -> None:
        stack = [top]
        while stack:
            directory = stack.pop()
            self.rows[directory.path] = self.rows[directory.path].translate(_UNREAD)
            stack.extend(directory.subdirectories.values())

    def totals(self, mark: int) -> Totals:
        """The sum over the files that have a mark; what only the builder reads is left out."""
        return self.sum_below(self.tree.root, mark)

    def sum_below(self, top: Directory, mark: int, without: int = 0) -> Totals:
        """The sum over the files below a directory that have one mark and not another."""
        files = size = 0
        stack = [top]
        while stack:
            directory = stack.pop()
            stack.extend(directory.subdirectories.values())
            rows = zip(self.rows[directory.path], directory.kinds, directory.sizes, strict=True)
            counted = [
                count
                for marks, kind, count in rows
                if marks & mark and kind != EntryKind.DIRECTORY and not marks & without and not is_free(marks)
            ]
            files += len(counted)
            size += sum(counted)
        return Totals(files, size)


def is_free(marks: int) -> bool:
    """Whether only the builder itself reads an entry, so that patterns for it change nothing."""
    return bool(marks & Mark.FREE) and not marks & Mark.STAYS


_READ = Mark.STAYS | Mark.SPECIFIC | Mark.NAMED
_UNREAD = bytes(marks & ~_READ for marks in range(256))


class _ReaderMarks:
    """The marks that the sets of readers of one context stand for."""

    def __init__(self, context: BuildContext) -> None:
        self._context = context
        self._tables: dict[int, list[int]] = {}
        reads = [result.read for result in context.usage.results]
        self._specific = {
            read.number: max(len(source_parts(read, source)) for source in read.sources)
            for read in reads
            if not read.broad and not read.unresolved
        }
        # What an unknown value, or another source beside the whole context, names is not told apart.
        self._opaque = {
            read.number
            for read in reads
            if read.unresolved or (read.broad and any(source_parts(read, source) for source in read.sources))
        }

    def marks(self, directory: Directory) -> list[int]:
        """The marks by the number of a set of readers, for the entries of a directory."""
        depth = directory.path.count("/") + 2 if directory.path else 1
        if depth not in self._tables:
            table = self._tables[depth] = []
            for readers in self._context.usage.reader_sets:
                before = 0 if readers.rest is None else table[readers.rest.number]
                table.append(before if readers.rest is None else before | self._of(readers.last, depth))
        return self._tables[depth]

    def _of(self, number: ReadId, depth: int) -> int:
        """What one reader makes of an entry; `depth` is the number of parts of the entry's path."""
        if number < 0:
            return Mark.FREE
        if number in self._opaque:
            return Mark.STAYS | Mark.SPECIFIC | Mark.NAMED
        if number in self._specific:
            return Mark.STAYS | Mark.SPECIFIC | (Mark.NAMED if depth <= self._specific[number] else 0)
        return Mark.STAYS


def _view_marks(flags: int) -> int:
    return (
        (Mark.BUILDKIT if flags & View.BUILDKIT else 0)
        | (Mark.CLASSIC if flags & View.CLASSIC else 0)
        | (Mark.TRANSFER if flags & View.TRANSFER else 0)
    )


def _merge(into: bytearray, more: bytes | bytearray) -> None:
    """Set in each byte the bits of the byte at the same place."""
    joined = int.from_bytes(into, "little") | int.from_bytes(more, "little")
    into[:] = joined.to_bytes(len(into), "little")
