"""What has to stay in a context and what is sent today, for each entry of a walked tree."""

from collections.abc import Iterable, Sequence

from ctxopt.core.build_context import BuildContext
from ctxopt.core.context.tree import Directory, EntryKind, Totals, Tree, View
from ctxopt.core.golang.match import matches
from ctxopt.core.ids import ReadId
from ctxopt.core.usage.by_name import source_parts
from ctxopt.proposal.links import behind_links


class Mark:
    """What is known of an entry, as the bits of a byte; a directory has a row of them in the order of its names."""

    #: Some instruction reads it, so builders that send it today have to go on sending it.
    KEEP = 1
    #: The legacy builder sends it today.
    CLASSIC = 2
    #: It is in BuildKit's view today.
    BUILDKIT = 4
    #: BuildKit transfers it today, for some build.
    TRANSFER = 8
    #: Some instruction whose sources are not the whole context reads it.
    SPECIFIC = 16
    #: The source of such an instruction names it, or has a wildcard for it: it is not just somewhere below a source.
    NAMED = 32
    #: The builder itself reads it (Dockerfile, ignore file), whatever the ignore file says.
    BUILDER_OWN = 64


class KeepMap:
    """The marks of all entries of a tree that was walked with no patterns.

    `classic`: the legacy builder reads the ignore file as well. `ignore_file` is the path of the file, in the context.
    """

    def __init__(
        self, tree: Tree, contexts: Sequence[BuildContext], *, classic: bool, ignore_file: str | None = None
    ) -> None:
        self.tree = tree
        self.rows = {directory.path: bytearray(len(directory.names)) for directory in tree.directories()}
        for context in contexts:
            self._add(context, classic)
        found = tree.find(ignore_file) if ignore_file is not None else None
        if found is not None:
            # The file may not exist yet; the builders read it once it does.
            self.rows[found[0].path][found[1]] |= Mark.BUILDER_OWN

    def _add(self, context: BuildContext, classic: bool) -> None:
        is_sent = classic and View.CLASSIC not in context.tree.refusals
        seen = View.BUILDKIT | View.TRANSFER | (View.CLASSIC if is_sent else 0)
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
                # It reads nothing as things are, but needs what it names once it is fixed.
                for read in filter(None, (result.read, behind_links(context, result.read))):
                    for source in read.sources:
                        self._keep_source(source_parts(read, source))

    def _keep_source(self, parts: tuple[str, ...]) -> None:
        """Keep what a source names, and everything below it, as far as it is sent today."""
        stack = [(self.tree.root, parts)]
        while stack:
            directory, left = stack.pop()
            row = self.rows[directory.path]
            for index, name in enumerate(directory.names):
                if left and left[0] != "**" and not matches(left[0], name):
                    continue
                ends = len(left) <= 1 or directory.kinds[index] == EntryKind.SYMLINK
                if ends and row[index] & (Mark.BUILDKIT | Mark.CLASSIC):
                    row[index] |= _READ
                inside = directory.subdirectories.get(name)
                if inside is not None:
                    stack.append((inside, left if left[:1] == ("**",) else left[1:]))

    def marks(self, path: str) -> int:
        """The marks of one entry; 0 for one that does not exist."""
        found = self.tree.find(path)
        return self.rows[found[0].path][found[1]] if found is not None else 0

    def keeps_below(self, path: str) -> bool:
        """Whether an entry, or anything below it, is kept."""
        found = self.tree.find(path)
        if found is None:
            return False
        directory, index = found
        if self.rows[directory.path][index] & Mark.KEEP:
            return True
        inside = directory.subdirectories.get(directory.names[index])
        below = [] if inside is None else inside.with_all_below()
        return any(any(self.rows[one.path].translate(_IS_KEPT)) for one in below)

    def add(self, entries: Iterable[str]) -> bool:
        """Keep entries, but not what is below them; returns whether that is new for any of them."""
        new = False
        for path in entries:
            found = self.tree.find(path)
            if found is not None and not self.rows[found[0].path][found[1]] & Mark.KEEP:
                self.rows[found[0].path][found[1]] |= Mark.KEEP
                new = True
        return new

    def drop(self, entries: Iterable[str]) -> None:
        """Stop keeping entries and everything below them."""
        for path in entries:
            found = self.tree.find(path)
            if found is None:
                continue
            directory, index = found
            self.rows[directory.path][index] &= ~_READ
            inside = directory.subdirectories.get(directory.names[index])
            if inside is not None:
                self._drop_below(inside)

    def _drop_below(self, top: Directory) -> None:
        stack = [top]
        while stack:
            directory = stack.pop()
            self.rows[directory.path] = self.rows[directory.path].translate(_UNREAD)
            stack.extend(directory.subdirectories.values())

    def totals(self, mark: int) -> Totals:
        """The files that have a mark, without those that only the builder reads."""
        files = size = 0
        for directory in self.tree.directories():
            rows = zip(self.rows[directory.path], directory.kinds, directory.sizes, strict=True)
            counted = [
                count
                for marks, kind, count in rows
                if marks & mark and kind != EntryKind.DIRECTORY and not is_builder_own(marks)
            ]
            files += len(counted)
            size += sum(counted)
        return Totals(files, size)


def is_builder_own(marks: int) -> bool:
    """Whether only the builder itself reads an entry, so that patterns for it change nothing."""
    return bool(marks & Mark.BUILDER_OWN) and not marks & Mark.KEEP


_READ = Mark.KEEP | Mark.SPECIFIC | Mark.NAMED
_IS_KEPT = bytes(marks & Mark.KEEP for marks in range(256))
_UNREAD = bytes(marks & ~_READ for marks in range(256))


class _ReaderMarks:
    """The marks for the sets of readers of one context."""

    def __init__(self, context: BuildContext) -> None:
        self._context = context
        self._tables: dict[int, list[int]] = {}
        reads = [result.read for result in context.usage.results]
        self._specific = {
            read.number: max(len(source_parts(read, source)) for source in read.sources)
            for read in reads
            if not read.broad and not read.unresolved
        }
        # What is named by an unknown value, or by another source beside the whole context, cannot be told.
        self._opaque = {
            read.number
            for read in reads
            if read.unresolved or (read.broad and any(source_parts(read, source) for source in read.sources))
        }

    def marks(self, directory: Directory) -> list[int]:
        """The marks of the entries of a directory, by the number of the set of readers."""
        depth = directory.path.count("/") + 2 if directory.path else 1
        if depth not in self._tables:
            table = self._tables[depth] = []
            for readers in self._context.usage.reader_sets:
                before = 0 if readers.rest is None else table[readers.rest.number]
                table.append(before if readers.rest is None else before | self._of(readers.last, depth))
        return self._tables[depth]

    def _of(self, number: ReadId, depth: int) -> int:
        """The marks that one reader gives an entry whose path has `depth` parts."""
        if number < 0:
            return Mark.BUILDER_OWN
        if number in self._opaque:
            return Mark.KEEP | Mark.SPECIFIC | Mark.NAMED
        if number in self._specific:
            return Mark.KEEP | Mark.SPECIFIC | (Mark.NAMED if depth <= self._specific[number] else 0)
        return Mark.KEEP


def _view_marks(flags: int) -> int:
    return (
        (Mark.BUILDKIT if flags & View.BUILDKIT else 0)
        | (Mark.CLASSIC if flags & View.CLASSIC else 0)
        | (Mark.TRANSFER if flags & View.TRANSFER else 0)
    )


def _merge(into: bytearray, more: bytes | bytearray) -> None:
    """Set in each byte the bits of the byte with the same index."""
    joined = int.from_bytes(into, "little") | int.from_bytes(more, "little")
    into[:] = joined.to_bytes(len(into), "little")
