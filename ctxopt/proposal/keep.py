"""What has to stay in a context and what is sent today, for each entry of a walked tree."""

from array import array
from collections.abc import Iterable, Sequence
from copy import copy
from functools import reduce
from itertools import compress, count
from operator import or_

from ctxopt.core.build_context import BuildContext
from ctxopt.core.context.tree import Directory, EntryKind, Totals, Tree, View
from ctxopt.core.dockerignore.pattern import Pattern
from ctxopt.core.dockerignore.patterns import PatternSet
from ctxopt.core.golang.containing import Containing
from ctxopt.core.golang.match import has_wildcards, matches, needed_text
from ctxopt.core.ids import ReadId
from ctxopt.core.usage.by_name import source_parts
from ctxopt.core.usage.index import Usage
from ctxopt.core.usage.masks import IS_FILE, both, either
from ctxopt.core.usage.readers import BUILDER, ReaderRow
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
        #: A byte an entry, in the order of the walk: what is asked about all entries takes one call.
        self.all = bytearray(len(tree.all_kinds))
        added: list[tuple[Tree, Usage]] = []
        for context in contexts:
            # Builds that are decided alike share these.
            if not any(context.transferred is decided and context.usage is usage for decided, usage in added):
                added.append((context.transferred, context.usage))
                self._add(context, classic)
        for context in contexts:
            self._keep_failing(context)
        # A Dockerfile below an excluded directory is sent by the legacy builder all the same, but nothing in BuildKit's
        # view shows it; the ignore file may not exist yet, and the builders read it once it does.
        for path in {ignore_file, *(context.located.dockerfile_path for context in contexts)}:
            found = tree.find(path) if path is not None else None
            if found is not None:
                self.all[tree.start(found[0].path) + found[1]] |= Mark.BUILDER_OWN

    def copy(self) -> "KeepMap":
        """The same marks, to be changed."""
        made = copy(self)
        made.all = self.all[:]
        return made

    def row(self, directory: Directory) -> bytearray:
        """The marks of the entries of a directory."""
        start = self.tree.start(directory.path)
        return self.all[start : start + len(directory.names)]

    def of(self, directory: Directory, index: int) -> int:
        """The marks of one entry of a directory."""
        return self.all[self.tree.start(directory.path) + index]

    def _add(self, context: BuildContext, classic: bool) -> None:
        """Add the marks of one build."""
        is_sent = classic and View.CLASSIC not in context.tree.refusals
        seen = View.BUILDKIT | View.TRANSFER | (View.CLASSIC if is_sent else 0)
        views = bytes(_view_marks(flags & seen) for flags in range(256))
        self.all[:] = either(self.all, self.tree.flags_in(context.transferred).translate(views))
        self.all[:] = either(self.all, _ReaderMarks(context).all_in(self.tree))

    def _keep_failing(self, context: BuildContext) -> None:
        """Keep what instructions name that fail: they read nothing as things are, but need it once they are fixed."""
        failing = (result.read for result in context.usage.results if result.error is not None)
        reads = (one for read in failing for one in (read, behind_links(context, read)) if one is not None)
        for parts in dict.fromkeys(source_parts(read, source) for read in reads for source in read.sources):
            self._keep_source(parts)

    def _keep_source(self, parts: tuple[str, ...]) -> None:
        """Keep what a source names, and everything below it, as far as it is sent today."""
        stack = [(self.tree.root, parts)]
        while stack:
            directory, left = stack.pop()
            start = self.tree.start(directory.path)
            if left and not has_wildcards(left[0]) and "\\" not in left[0]:
                # A name is looked up: there may be many of them.
                at = directory.find(left[0])
                indexes: Iterable[int] = () if at < 0 else (at,)
            else:
                indexes = range(len(directory.names))
            for index in indexes:
                name = directory.names[index]
                if left and left[0] != "**" and not matches(left[0], name):
                    continue
                ends = len(left) <= 1 or directory.kinds[index] == EntryKind.SYMLINK
                if ends and self.all[start + index] & (Mark.BUILDKIT | Mark.CLASSIC):
                    self.all[start + index] |= _READ
                inside = directory.subdirectories.get(name)
                if inside is not None:
                    stack.append((inside, left if left[:1] == ("**",) else left[1:]))

    def keep_matching(self, patterns: PatternSet) -> None:
        """Keep what some patterns match, and everything below it, as far as it is sent today."""
        if not patterns.patterns:
            return
        for directory in self.tree.directories():
            start = self.tree.start(directory.path)
            for index, name in enumerate(directory.names):
                is_sent = self.all[start + index] & (Mark.BUILDKIT | Mark.CLASSIC)
                if is_sent and patterns.matches_or_parent_matches(directory.child_path(name)):
                    self.all[start + index] |= _READ

    def keep_named(self, patterns: Sequence[Pattern]) -> None:
        """Take what is read and what some patterns match themselves for named; not what is below it."""
        if not patterns:
            return
        by_text: Containing[Pattern] = Containing()
        for pattern in patterns:
            by_text.add(text_in_name(pattern.cleaned), pattern)
        # A name is looked at once, however many entries have it.
        named = [name for name in self.tree.names if next(by_text.candidates(name), None) is not None]
        kept = both(self.tree.mask(named), self.all.translate(_IS_KEPT))
        for at, (directory, index) in zip(compress(count(), kept), self.tree.selected(kept), strict=True):
            name = directory.names[index]
            path = directory.child_path(name)
            if any(pattern.matches(path) for pattern in by_text.candidates(name)):
                self.all[at] |= _READ

    def marks(self, path: str) -> int:
        """The marks of one entry; 0 for one that does not exist."""
        found = self.tree.find(path)
        return 0 if found is None else self.of(*found)

    def keeps_below(self, path: str) -> bool:
        """Whether an entry, or anything below it, is kept."""
        found = self.tree.find(path)
        if found is None:
            return False
        directory, index = found
        if self.of(directory, index) & Mark.KEEP:
            return True
        inside = directory.subdirectories.get(directory.names[index])
        if inside is None:
            return False
        start, end = self.tree.span(inside)
        return any(self.all[start:end].translate(_IS_KEPT))

    def add(self, entries: Iterable[str]) -> bool:
        """Keep entries, but not what is below them; returns whether that is new for any of them."""
        new = False
        for path in entries:
            found = self.tree.find(path)
            if found is not None and not self.of(*found) & Mark.KEEP:
                self.all[self.tree.start(found[0].path) + found[1]] |= Mark.KEEP
                new = True
        return new

    def drop(self, entries: Iterable[str]) -> None:
        """Stop keeping entries and everything below them."""
        for path in entries:
            found = self.tree.find(path)
            if found is None:
                continue
            directory, index = found
            self.all[self.tree.start(directory.path) + index] &= ~_READ
            inside = directory.subdirectories.get(directory.names[index])
            if inside is not None:
                start, end = self.tree.span(inside)
                self.all[start:end] = self.all[start:end].translate(_UNREAD)

    def totals(self, mark: int) -> Totals:
        """The files that have a mark, without those that only the builder reads."""
        counted = bytes(bool(marks & mark) and not is_builder_own(marks) for marks in range(256))
        mask = both(self.all.translate(counted), self.tree.all_kinds.translate(IS_FILE))
        return Totals(mask.count(1), sum(compress(self.tree.all_sizes, mask)))


#: What may make a text in a pattern of an ignore file something else than that text.
_UNCLEAR = frozenset("[]\\(){}|^$+")


def text_in_name(pattern: str) -> str:
    """A text that the last part of every path has in it which a pattern of an ignore file matches; "" for none."""
    name = pattern.rpartition("/")[2]
    if "**" in name or not _UNCLEAR.isdisjoint(pattern):
        return ""
    return (needed_text(name) or "").strip("\0")


def is_builder_own(marks: int) -> bool:
    """Whether only the builder itself reads an entry, so that patterns for it change nothing."""
    return bool(marks & Mark.BUILDER_OWN) and not marks & Mark.KEEP


_READ = Mark.KEEP | Mark.SPECIFIC | Mark.NAMED
_IS_KEPT = bytes(bool(marks & Mark.KEEP) for marks in range(256))
_UNREAD = bytes(marks & ~_READ for marks in range(256))


class _ReaderMarks:
    """The marks for the sets of readers of one context."""

    def __init__(self, context: BuildContext) -> None:
        self._context = context
        self._tables: dict[int, list[int]] = {}
        self._translations: dict[int, bytes] = {}
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

    def all_in(self, tree: Tree) -> bytes:
        """The marks of all entries of the tree with no patterns."""
        rows = self._context.usage.rows
        return tree.joined({path: self._row(path, row) for path, row in rows.items()})

    def _row(self, path: str, row: ReaderRow) -> bytes | bytearray:
        """The marks of the entries of a directory with readers."""
        # Without a specific read the depth does not matter.
        depth = (path.count("/") + 2 if path else 1) if self._specific else 1
        if isinstance(row, array):
            return bytes(map(self._marks(depth).__getitem__, row))
        return row.translate(self._table(depth))

    def _table(self, depth: int) -> bytes:
        """The same as a translation table, for rows of bytes."""
        if depth not in self._translations:
            self._translations[depth] = bytes(self._marks(depth)[:256]).ljust(256, b"\0")
        return self._translations[depth]

    def _marks(self, depth: int) -> list[int]:
        """The marks of entries whose path has `depth` parts, by the number of the set of readers."""
        if depth not in self._tables:
            table = self._tables[depth] = []
            of_readers = {read.number: self._of(read.number, depth) for read in self._context.plan.reads}
            of_readers[BUILDER] = self._of(BUILDER, depth)
            for readers in self._context.usage.reader_sets:
                marks = 0 if readers.rest is None else table[readers.rest.number]
                table.append(reduce(or_, set(map(of_readers.__getitem__, readers.added)), marks))
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
