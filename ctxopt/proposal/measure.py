"""What a proposal saves: for each build, and for each pattern."""

from collections.abc import Iterable, Iterator
from itertools import compress, count

from ctxopt.core.build_context import BuildContext
from ctxopt.core.context.tree import Directory, EntryKind, Totals, View
from ctxopt.core.lazy_dataclass import dataclass
from ctxopt.core.usage.masks import both, less
from ctxopt.errors import CtxoptError
from ctxopt.proposal.deciding import PatternIndex
from ctxopt.proposal.doubts import with_doubts
from ctxopt.proposal.draft import UNREAD
from ctxopt.proposal.group import Group
from ctxopt.proposal.keep import KeepMap, Mark, is_builder_own
from ctxopt.proposal.model import Effect, FileProposal, Level, PatternRow, Style
from ctxopt.proposal.remaining import remaining
from ctxopt.proposal.task import Solution, SolvedPattern
from ctxopt.proposal.trials import Trials


def measured(trials: Trials, solution: Solution, keep: KeepMap, style: Style, notes: Iterable[str]) -> FileProposal:
    """A solution with what it saves, compared with the builds as they are."""
    group = trials.group
    exists = bool(solution.data) or group.present is not None
    before = _Sizes(group, None if group.present is None else len(group.present))
    after = _Sizes(group, len(solution.data) if exists else None)
    result = trials.needed_after(solution.data)
    effects = tuple(
        Effect(
            origin,
            (before.sum(was, View.TRANSFER), after.sum(now, View.TRANSFER)),
            (before.sum(was, View.CLASSIC), after.sum(now, View.CLASSIC)) if group.classic and not now.name else None,
        )
        for origin, was, now in group.with_effects(trials.today, trials.after(solution.data))
    )
    gone = _Gone(keep, result, group.inside if group.present is None else None)
    return FileProposal(
        name=group.name,
        path=group.path,
        old=group.present,
        new=solution.data,
        style=style,
        rows=with_doubts(_rows(solution, gone, group.classic), solution, group, trials.today, keep.tree),
        builds=group.builds,
        effects=effects,
        kept=after.corrected(result, Mark.BUILDKIT),
        needed=after.corrected(result, Mark.KEEP),
        dropped=solution.dropped,
        left=solution.left,
        omitted=solution.omitted,
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
        totals = context.sent(view)
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
        for position in gone.below(row.entries):
            gone.count(position, savings[row])
    # A pattern also excludes what it was not written for, and what then needs no pattern of its own.
    deciding = PatternIndex([row.pattern for row in order])
    for position, path in gone.rest():
        number = deciding.first(path)
        if number is not None:
            gone.count(position, savings[order[number]])
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
_ALL_BITS = bytes(0 if kind == EntryKind.DIRECTORY else 255 for kind in range(256))


class _Saving:
    """What is saved by files that would not be sent any more."""

    def __init__(self) -> None:
        self.files = 0
        self.buildkit = Totals()
        self.classic = Totals()


class _Gone:
    """The files that are sent today and would not be any more, by their positions among all entries.

    Each is given out once. `keep` and `result` have the marks of today and with the solution; `absent` is a path that
    does not exist yet.
    """

    def __init__(self, keep: KeepMap, result: KeepMap, absent: str | None) -> None:
        self._tree = keep.tree
        self._keep = keep
        self._views = less(keep.all.translate(_ONLY_SENT), result.all)
        self._left = bytearray(both(self._views, keep.tree.all_kinds.translate(_ALL_BITS)))
        entry = None if absent is None else keep.tree.find(absent)
        if entry is not None:
            self._left[keep.tree.start(entry[0].path) + entry[1]] = 0

    def below(self, entries: Iterable[str]) -> Iterator[int]:
        """The files among some entries and below them, without those that were given before."""
        tree = self._tree
        for path in entries:
            entry = tree.find(path) if path else None
            inside = tree.root if not path else None
            if entry is not None:
                directory, index = entry
                inside = directory.subdirectories.get(directory.names[index])
                if inside is None:
                    position = tree.start(directory.path) + index
                    yield from self._given(position, position + 1)
            if inside is not None:
                yield from self._given(*tree.span(inside))

    def rest(self) -> Iterator[tuple[int, str]]:
        """The files that were not given before, with their paths."""
        left = bytes(self._left)
        for position, (directory, index) in zip(compress(count(), left), self._tree.selected(left), strict=True):
            yield position, directory.child_path(directory.names[index])

    def _given(self, start: int, end: int) -> Iterator[int]:
        left = self._left[start:end]
        if any(left):
            self._left[start:end] = bytes(len(left))
            yield from compress(range(start, end), left)

    def count(self, position: int, saving: _Saving) -> None:
        """Add a file to what is saved."""
        views = self._views[position]
        own = self._keep.all[position] & Mark.BUILDER_OWN
        file = Totals(1, self._tree.all_sizes[position])
        # The legacy builder sends the Dockerfile and its ignore file whatever the patterns say.
        classic = views & Mark.CLASSIC and not own
        if views & Mark.TRANSFER:
            saving.buildkit += file
        if classic:
            saving.classic += file
        saving.files += bool(views & Mark.TRANSFER or classic or (views & Mark.BUILDKIT and not own))
