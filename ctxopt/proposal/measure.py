"""What a proposal saves: for each build, and for each pattern."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from ctxopt.core.build_context import BuildContext
from ctxopt.core.context.tree import Directory, EntryKind, Totals, View
from ctxopt.errors import CtxoptError
from ctxopt.proposal.draft import UNREAD
from ctxopt.proposal.group import Group
from ctxopt.proposal.keep import KeepMap, Mark, is_builder_own
from ctxopt.proposal.model import Effect, FileProposal, Level, PatternRow, Style
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
            (before.sum(was, View.CLASSIC), after.sum(now, View.CLASSIC)) if group.classic else None,
        )
        for origin, was, now in zip(group.origins, today, proposed, strict=True)
    )
    return FileProposal(
        name=group.name,
        path=group.path,
        old=group.present,
        new=solution.data,
        style=style,
        rows=_rows(solution, keep, group.classic),
        builds=group.origins,
        effects=effects,
        kept=after.corrected(result, Mark.BUILDKIT),
        needed=after.corrected(result, Mark.KEEP),
        dropped=solution.dropped,
        left=solution.left,
        omitted=solution.omitted,
        notes=tuple(notes),
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


def _rows(solution: Solution, keep: KeepMap, classic: bool) -> tuple[PatternRow, ...]:
    """What each pattern saves. A file that several patterns are for counts for the first of them."""
    counted: set[str] = set()
    # What is closed as a whole saves what the other patterns have not.
    order = sorted(solution.patterns, key=lambda row: (row.reason is None, -max(map(len, row.entries), default=0)))
    savings = {row: _Saving(keep, counted).add(row.entries) for row in order}
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


class _Saving:
    """The files below some entries that are sent today and that nothing needs."""

    def __init__(self, keep: KeepMap, counted: set[str]) -> None:
        self._keep = keep
        self._counted = counted
        self.files = 0
        self.buildkit = Totals()
        self.classic = Totals()

    def add(self, entries: Iterable[str]) -> "_Saving":
        tree = self._keep.tree
        for path in entries:
            entry = tree.find(path) if path else None
            inside = tree.root if not path else None
            if entry is not None:
                directory, index = entry
                inside = directory.subdirectories.get(directory.names[index])
                if inside is None:
                    self._count(directory, index)
            if inside is not None:
                self._add_below(inside)
        return self

    def _add_below(self, top: Directory) -> None:
        stack = [top]
        while stack:
            directory = stack.pop()
            if directory.path in self._counted:
                continue
            for index, kind in enumerate(directory.kinds):
                if kind != EntryKind.DIRECTORY:
                    self._count(directory, index)
            self._counted.add(directory.path)
            stack.extend(directory.subdirectories.values())

    def _count(self, directory: Directory, index: int) -> None:
        marks = self._keep.rows[directory.path][index]
        path = directory.child_path(directory.names[index])
        if marks & Mark.KEEP or path in self._counted:
            return
        self._counted.add(path)
        file = Totals(1, directory.sizes[index])
        # The legacy builder sends the Dockerfile and its ignore file whatever the patterns say.
        classic = marks & Mark.CLASSIC and not marks & Mark.BUILDER_OWN
        if marks & Mark.TRANSFER:
            self.buildkit += file
        if classic:
            self.classic += file
        own = marks & Mark.BUILDER_OWN
        self.files += bool(marks & Mark.TRANSFER or classic or (marks & Mark.BUILDKIT and not own))
