"""What a proposal saves: for each build, and for each pattern."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from ctxopt.core.build_context import BuildContext
from ctxopt.core.context.tree import Directory, EntryKind, Totals, View
from ctxopt.errors import CtxoptError
from ctxopt.proposal.deciding import PatternIndex
from ctxopt.proposal.doubts import with_doubts
from ctxopt.proposal.draft import UNREAD
from ctxopt.proposal.group import Group
from ctxopt.proposal.keep import KeepMap, Mark, is_builder_own
from ctxopt.proposal.model import Effect, FileProposal, Level, PatternRow, Style
from ctxopt.proposal.remaining import remaining
from ctxopt.proposal.task import Solution, SolvedPattern


def measured(
    group: Group,
    today: Sequence[BuildContext],
    proposed: Sequence[BuildContext],
    solution: Solution,
    keep: KeepMap,
    style: Style,
    notes: Iterable[str],
) -> FileProposal:
    """A solution with what it saves; `today` and `proposed` are the builds as they are and with it."""
    exists = bool(solution.data) or group.present is not None
    before = _Sizes(group, None if group.present is None else len(group.present))
    after = _Sizes(group, len(solution.data) if exists else None)
    result = KeepMap(keep.tree, proposed, classic=group.classic, ignore_file=group.inside)
    effects = tuple(
        Effect(
            origin,
            (before.sum(was, View.TRANSFER), after.sum(now, View.TRANSFER)),
            (before.sum(was, View.CLASSIC), after.sum(now, View.CLASSIC)) if group.classic and not now.name else None,
        )
        for origin, was, now in group.with_effects(today, proposed)
    )
    gone = _Gone(keep, result, group.inside if group.present is None else None)
    return FileProposal(
        name=group.name,
        path=group.path,
        old=group.present,
        new=solution.data,
        style=style,
        rows=with_doubts(_rows(solution, gone, group.classic), solution, group, today, keep.tree),
        builds=group.builds,
        effects=effects,
        kept=after.corrected(result, Mark.BUILDKIT),
        needed=after.corrected(result, Mark.KEEP),
        dropped=solution.dropped,
        left=solution.left,
        notes=tuple(notes),
        remaining=remaining(result),
    )


@dataclass(frozen=True, slots=True)
class _Sizes:
    """Sums over a tree in which the ignore file has another size than it will have; None if it will not exist."""

    group: Group
    size: int | None

    def sum(self, context: BuildContext, view: int) -> Totals:
        """What a build has in a view; nothing where a builder refuses the context."""
        try:
            context.tree.check(view & ~View.TRANSFER)
        except CtxoptError:
            return Totals()
        totals = context.usage.totals(lambda flags, _: bool(flags & view))
        entry = context.transferred.find(self.group.inside) if self.group.inside is not None else None
        if entry is None or not entry[0].flags[entry[1]] & view:
            return totals
        return self._with(totals, entry)

    def corrected(self, keep: KeepMap, mark: int) -> Totals:
        """The files that have a mark, without those that only the builder reads."""
        totals = keep.totals(mark)
        inside = self.group.inside
        entry = keep.tree.find(inside) if inside is not None else None
        if entry is None or inside is None or is_builder_own(keep.marks(inside)) or not keep.marks(inside) & mark:
            return totals
        return self._with(totals, entry)

    def _with(self, totals: Totals, entry: tuple[Directory, int]) -> Totals:
        counted = entry[0].sizes[entry[1]]
        if self.size is None:
            return Totals(totals.files - 1, totals.size - counted)
        return Totals(totals.files, totals.size - counted + self.size)


def _rows(solution: Solution, gone: "_Gone", classic: bool) -> tuple[PatternRow, ...]:
    """What each pattern saves; together they save all that the solution does.

    A file that several patterns are for counts for the first of them.
    """
    # What is closed as a whole saves what the other patterns have not.
    order = sorted(solution.patterns, key=lambda row: (row.reason is None, -max(map(len, row.entries), default=0)))
    savings = {row: _Saving() for row in order}
    for row in order:
        for directory, index in gone.below(row.entries):
            savings[row].add(directory, index, gone)
    # A pattern also excludes what it was not written for, and what then needs no pattern of its own.
    deciding = PatternIndex([row.pattern for row in order])
    for directory, index in gone.rest():
        number = deciding.first(directory.child_path(directory.names[index]))
        if number is not None:
            savings[order[number]].add(directory, index, gone)
    rows = [_row(row, savings[row], classic) for row in solution.patterns]
    return tuple(sorted(rows, key=lambda row: (row.level is Level.LIKELY, -_saved(row), row.pattern)))


def _row(solved: SolvedPattern, saving: "_Saving", classic: bool) -> PatternRow:
    reason = solved.reason
    return PatternRow(
        solved.pattern,
        UNREAD if reason is None else reason.text,
        Level.PROVEN if reason is None else Level.LIKELY,
        saving.files,
        saving.buildkit,
        saving.classic if classic else None,
        "" if reason is None else reason.warning,
    )


def _saved(row: PatternRow) -> int:
    return max(row.buildkit.size, row.classic.size if row.classic is not None else 0)


_SENT = Mark.BUILDKIT | Mark.CLASSIC | Mark.TRANSFER
_ONLY_SENT = bytes(marks & _SENT for marks in range(256))


class _Gone:
    """The files that are sent today and would not be any more; each is given out once.

    `keep` and `result` have the marks of today and with the solution; `absent` is a path that does not exist yet.
    """

    def __init__(self, keep: KeepMap, result: KeepMap, absent: str | None) -> None:
        self._tree = keep.tree
        self._absent = None if absent is None else keep.tree.find(absent)
        self._today = keep.rows
        self._then = result.rows
        self._given: dict[str, bytearray] = {}
        self._given_whole: set[str] = set()

    def marks(self, directory: Directory, index: int) -> int:
        """The marks of a file today that it would not have any more; those of the builder's own files as well."""
        today = self._today[directory.path][index]
        return today & _SENT & ~self._then[directory.path][index] | today & Mark.BUILDER_OWN

    def below(self, entries: Iterable[str]) -> Iterator[tuple[Directory, int]]:
        """The files among some entries and below them, without those that were given before."""
        for path in entries:
            entry = self._tree.find(path) if path else None
            inside = self._tree.root if not path else None
            if entry is not None:
                directory, index = entry
                inside = directory.subdirectories.get(directory.names[index])
                if inside is None:
                    yield from self._of(directory, (index,))
            stack = [] if inside is None else [inside]
            while stack:
                directory = stack.pop()
                if directory.path not in self._given_whole:
                    self._given_whole.add(directory.path)
                    yield from self._of(directory, range(len(directory.names)))
                    stack.extend(directory.subdirectories.values())

    def rest(self) -> Iterator[tuple[Directory, int]]:
        """The files that were not given before."""
        for directory in self._tree.directories():
            if directory.path not in self._given_whole:
                yield from self._of(directory, range(len(directory.names)))

    def _of(self, directory: Directory, indexes: Iterable[int]) -> Iterator[tuple[Directory, int]]:
        today, then = self._today[directory.path], self._then[directory.path]
        if today.translate(_ONLY_SENT) == then.translate(_ONLY_SENT):
            return
        given = self._given.setdefault(directory.path, bytearray(len(today)))
        for index in indexes:
            gone = today[index] & _SENT & ~then[index]
            counts = directory.kinds[index] != EntryKind.DIRECTORY and not self._is_absent(directory, index)
            if gone and not given[index] and counts:
                given[index] = 1
                yield directory, index

    def _is_absent(self, directory: Directory, index: int) -> bool:
        return self._absent is not None and (directory.path, index) == (self._absent[0].path, self._absent[1])


class _Saving:
    """What is saved by files that would not be sent any more."""

    def __init__(self) -> None:
        self.files = 0
        self.buildkit = Totals()
        self.classic = Totals()

    def add(self, directory: Directory, index: int, gone: _Gone) -> None:
        """Count one more file."""
        marks = gone.marks(directory, index)
        own = marks & Mark.BUILDER_OWN
        file = Totals(1, directory.sizes[index])
        # The legacy builder sends the Dockerfile and its ignore file whatever the patterns say.
        classic = marks & Mark.CLASSIC and not own
        if marks & Mark.TRANSFER:
            self.buildkit += file
        if classic:
            self.classic += file
        self.files += bool(marks & Mark.TRANSFER or classic or (marks & Mark.BUILDKIT and not own))
