"""The proposal for one ignore file: solved, proven, and measured."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from ctxopt.core.build_context import BuildContext
from ctxopt.core.context.tree import Directory, EntryKind, Totals, Tree, View
from ctxopt.errors import CtxoptError
from ctxopt.proposal.block import without_block
from ctxopt.proposal.group import Group
from ctxopt.proposal.model import Effect, FileProposal, Level, PatternRow, Style
from ctxopt.proposal.proof import must_exist, objections
from ctxopt.proposal.solve import UNREAD, Solution, Suggestion, Task, solve
from ctxopt.proposal.wanted import Mark, Wanted, is_free


def propose_file(
    group: Group,
    before: tuple[BuildContext, ...],
    tree: Tree,
    suggestions: Sequence[Suggestion],
    style: Style,
) -> FileProposal:
    """Work out the proposal for one ignore file.

    `before` are the builds with the user's own lines only; `tree` is the unfiltered tree with the ignore
    file in it. Raises CtxoptError where Docker would refuse the present file.
    """
    notes = []
    trials = _Trials(group, before, tree)
    wanted_style = style
    if style is Style.ALLOWLIST:
        spoiler = _reads_everything(before)
        if _is_allowlist(before):
            wanted_style = Style.DENYLIST
            notes.append(
                "the file leaves out everything but its exceptions already: only patterns inside them are added"
            )
        elif spoiler:
            wanted_style = Style.DENYLIST
            notes.append(f"{spoiler}, so an allowlist cannot say less than everything: a denylist is proposed")
    attempts = [(wanted_style, tuple(suggestions))]
    if wanted_style is Style.ALLOWLIST:
        attempts.append((Style.DENYLIST, tuple(suggestions)))
    if suggestions:
        attempts.append((Style.DENYLIST, ()))
    for tried, suggested in attempts:
        wanted = _wanted(group, before, tree, suggested)
        task = Task(group.name, group.base, before, wanted, suggested, tried is Style.ALLOWLIST, group.classic)
        solution = solve(task)
        if solution is not None and _hold_what_links_need(trials, solution, wanted):
            solution = solve(task)
        if solution is None:
            notes.append(f"no {tried.value} could be found that keeps everything that is read")
            continue
        problems = _proof(trials, solution, wanted)
        if problems:
            notes.append(f"the {tried.value} was dropped, since with it {problems[0]}")
            continue
        return _measured(trials, solution, wanted, tried, notes, suggested)
    wanted = _wanted(group, before, tree, ())
    # A file that is to be made for builds of its own must not do more than the one that they share now.
    today = group.contexts[0].located.buildkit_ignore
    nothing = Solution(group.base if today is None else today.data, (), (), ())
    return _measured(trials, nothing, wanted, Style.DENYLIST, notes, ())


def _is_allowlist(contexts: Sequence[BuildContext]) -> bool:
    """Whether the user's own patterns leave out everything and except what is kept."""
    patterns = contexts[0].patterns(View.BUILDKIT)
    return any(not pattern.exception and pattern.cleaned in ("*", "**") for pattern in patterns.patterns)


def _reads_everything(contexts: Iterable[BuildContext]) -> str:
    """The first instruction that reads the whole context, for people; "" if there is none."""
    for context in contexts:
        for read in context.plan.reads:
            if read.broad or read.unresolved:
                return f"{context.plan.file}:{read.line} reads the whole context"
    return ""


def _wanted(group: Group, contexts: tuple[BuildContext, ...], tree: Tree, suggestions: Sequence[Suggestion]) -> Wanted:
    wanted = Wanted(tree, contexts, classic=group.classic, ignore_file=group.inside)
    for suggestion in suggestions:
        wanted.remove(suggestion.entries)
    return wanted


class _Trials:
    """The builds of a group as they are, and with other texts; each text is worked out once."""

    def __init__(self, group: Group, before: tuple[BuildContext, ...], tree: Tree) -> None:
        self.group = group
        self.tree = tree
        self.before = before
        self.today = group.today(tree)
        self._known = {without_block(group.base, group.name): before}
        if group.present is not None:
            self._known[group.present] = self.today

    def after(self, data: bytes) -> tuple[BuildContext, ...]:
        """The builds with these bytes in the ignore file, none for no file."""
        if data not in self._known:
            self._known[data] = self.group.with_text(data or None, self.tree)
        return self._known[data]


def _hold_what_links_need(trials: _Trials, solution: Solution, wanted: Wanted) -> bool:
    """Let stay what a solution takes away from under links that are read; returns whether there was any."""
    pairs = zip(trials.before, trials.after(solution.data), strict=True)
    return wanted.hold([path for was, now in pairs for path in must_exist(was, now)])


def _proof(trials: _Trials, solution: Solution, wanted: Wanted) -> list[str]:
    """What speaks against a solution: compared with the user's own lines, and with the file as it is."""
    found: list[str] = []
    for builds in (trials.before, trials.today):
        for was, now in zip(builds, trials.after(solution.data), strict=True):
            if was is not now:
                found += [text for text in objections(was, now, wanted) if text not in found]
    return found


def _measured(
    trials: _Trials,
    solution: Solution,
    wanted: Wanted,
    style: Style,
    notes: list[str],
    suggestions: Sequence[Suggestion],
) -> FileProposal:
    group = trials.group
    is_there = bool(solution.data) or group.present is not None
    before = _Sizes(group, None if group.present is None else len(group.present))
    after = _Sizes(group, len(solution.data) if is_there else None)
    builds = trials.after(solution.data)
    result = Wanted(trials.tree, builds, classic=group.classic, ignore_file=group.inside)
    effects = tuple(
        Effect(
            origin,
            (before.sum(was, View.TRANSFER), after.sum(now, View.TRANSFER)),
            (before.sum(was, View.CLASSIC), after.sum(now, View.CLASSIC)) if group.classic else None,
        )
        for origin, was, now in zip(group.origins, trials.today, builds, strict=True)
    )
    return FileProposal(
        name=group.name,
        path=group.path,
        old=group.present,
        new=solution.data,
        style=style,
        rows=_rows(solution, wanted, group.classic, {one.reason: one.warning for one in suggestions}),
        builds=group.origins,
        effects=effects,
        kept=after.corrected(result, Mark.BUILDKIT),
        needed=after.corrected(result, Mark.STAYS),
        dropped=solution.dropped,
        left=solution.left,
        notes=tuple(notes),
    )


@dataclass(frozen=True, slots=True)
class _Sizes:
    """Sums over a tree in which the ignore file has another size than it will have; None if it will not be there."""

    group: Group
    size: int | None

    def sum(self, context: BuildContext, view: int) -> Totals:
        """What a build has in a view; nothing where a builder refuses the context."""
        try:
            context.tree.check(view & ~View.TRANSFER)
        except CtxoptError:
            return Totals()
        totals = context.usage.totals(lambda flags, _: bool(flags & view))
        found = context.transferred.find(self.group.inside) if self.group.inside is not None else None
        if found is None or not found[0].flags[found[1]] & view:
            return totals
        return self._with(totals, found)

    def corrected(self, wanted: Wanted, mark: int) -> Totals:
        """What has a mark, but for what only the builder reads."""
        totals = wanted.totals(mark)
        inside = self.group.inside
        found = wanted.tree.find(inside) if inside is not None else None
        if found is None or inside is None or is_free(wanted.marks(inside)) or not wanted.marks(inside) & mark:
            return totals
        return self._with(totals, found)

    def _with(self, totals: Totals, found: tuple[Directory, int]) -> Totals:
        counted = found[0].sizes[found[1]]
        if self.size is None:
            return Totals(totals.files - 1, totals.size - counted)
        return Totals(totals.files, totals.size - counted + self.size)


def _rows(solution: Solution, wanted: Wanted, classic: bool, warnings: dict[str, str]) -> tuple[PatternRow, ...]:
    """What each pattern saves. A file that several are for counts for the first of them."""
    counted: set[str] = set()
    # What is closed as a whole takes what the other patterns have not taken.
    order = sorted(solution.rows, key=lambda row: (row[1] == UNREAD, -max(map(len, row[2]), default=0)))
    sums = {row: _Sum(wanted, counted).add(row[2]) for row in order}
    rows = [
        PatternRow(
            pattern,
            reason,
            Level.PROVEN if reason == UNREAD else Level.LIKELY,
            sums[pattern, reason, entries].files,
            sums[pattern, reason, entries].buildkit,
            sums[pattern, reason, entries].classic if classic else None,
            warnings.get(reason, ""),
        )
        for pattern, reason, entries in solution.rows
    ]
    return tuple(sorted(rows, key=lambda row: (row.level is Level.LIKELY, -_saved(row), row.pattern)))


def _saved(row: PatternRow) -> int:
    return max(row.buildkit.size, row.classic.size if row.classic is not None else 0)


class _Sum:
    """The files below some entries that are sent today and need not be."""

    def __init__(self, wanted: Wanted, counted: set[str]) -> None:
        self._wanted = wanted
        self._counted = counted
        self.files = 0
        self.buildkit = Totals()
        self.classic = Totals()

    def add(self, entries: Iterable[str]) -> "_Sum":
        tree = self._wanted.tree
        for path in entries:
            found = tree.find(path) if path else None
            inside = tree.root if not path else None
            if found is not None:
                directory, place = found
                inside = directory.subdirectories.get(directory.names[place])
                if inside is None:
                    self._count(directory, place)
            if inside is not None:
                self._below(inside)
        return self

    def _below(self, top: Directory) -> None:
        stack = [top]
        while stack:
            directory = stack.pop()
            if directory.path in self._counted:
                continue
            for place, kind in enumerate(directory.kinds):
                if kind != EntryKind.DIRECTORY:
                    self._count(directory, place)
            self._counted.add(directory.path)
            stack.extend(directory.subdirectories.values())

    def _count(self, directory: Directory, place: int) -> None:
        marks = self._wanted.rows[directory.path][place]
        path = directory.child_path(directory.names[place])
        if marks & Mark.STAYS or path in self._counted:
            return
        self._counted.add(path)
        one = Totals(1, directory.sizes[place])
        # The classic builder sends the Dockerfile and its ignore file whatever the patterns say.
        classic = marks & Mark.CLASSIC and not marks & Mark.FREE
        if marks & Mark.TRANSFER:
            self.buildkit += one
        if classic:
            self.classic += one
        self.files += bool(marks & Mark.TRANSFER or classic or (marks & Mark.BUILDKIT and not marks & Mark.FREE))
