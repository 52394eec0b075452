"""The proposal for one ignore file: solved, proven, and measured."""

from collections.abc import Iterable, Sequence
from dataclasses import replace

from ctxopt.build_context import BuildContext
from ctxopt.context.tree import Directory, Kind, Totals, Tree, View
from ctxopt.errors import CtxoptError
from ctxopt.proposal.group import Group
from ctxopt.proposal.model import Effect, FileProposal, Level, PatternRow, Style
from ctxopt.proposal.proof import must_exist, objections
from ctxopt.proposal.solve import UNREAD, Solution, Suggestion, Task, solve
from ctxopt.proposal.wanted import Mark, Wanted


def propose_file(
    group: Group,
    before: tuple[BuildContext, ...],
    tree: Tree,
    suggestions: Sequence[Suggestion],
    style: Style,
) -> FileProposal:
    """Work out the proposal for one ignore file.

    `before` are the builds with the user's own lines only; `tree` is the recorded tree with the ignore
    file in it. Raises CtxoptError where Docker would refuse the present file.
    """
    notes = []
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
        if solution is not None and _hold_what_links_need(group, before, solution, wanted, tree):
            solution = solve(task)
        if solution is None:
            notes.append(f"no {tried.value} could be found that keeps everything that is read")
            continue
        problems = _proof(group, before, solution, wanted, tree)
        if problems:
            notes.append(f"the {tried.value} was dropped, since with it {problems[0]}")
            continue
        return _measured(group, tree, solution, wanted, tried, notes, suggested)
    wanted = _wanted(group, before, tree, ())
    # A file that is to be made for builds of its own must not do more than the one that they share now.
    today = group.contexts[0].located.buildkit_ignore
    nothing = Solution(group.base if today is None else today.data, (), (), ())
    return _measured(group, tree, nothing, wanted, Style.DENYLIST, notes, ())


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


def _hold_what_links_need(
    group: Group, before: tuple[BuildContext, ...], solution: Solution, wanted: Wanted, tree: Tree
) -> bool:
    """Let stay what a solution takes away from under links that are read; returns whether there was any."""
    after = group.with_text(solution.data, tree)
    return wanted.hold([path for was, now in zip(before, after, strict=True) for path in must_exist(was, now)])


def _proof(group: Group, before: tuple[BuildContext, ...], solution: Solution, wanted: Wanted, tree: Tree) -> list[str]:
    """What speaks against a solution: compared with the user's own lines, and with the file as it is."""
    after = group.with_text(solution.data, tree)
    found = []
    for was, now in zip(before, after, strict=True):
        found += list(objections(was, now, wanted))
    for was, now in zip(group.today(tree), after, strict=True):
        found += [text for text in objections(was, now, wanted) if text not in found]
    return found


def _measured(
    group: Group,
    tree: Tree,
    solution: Solution,
    wanted: Wanted,
    style: Style,
    notes: list[str],
    suggestions: Sequence[Suggestion],
) -> FileProposal:
    is_there = bool(solution.data) or group.present is not None
    with_new = _with_size(tree, group, len(solution.data) if is_there else None)
    after = group.with_text(solution.data or None, with_new)
    with_old = _with_size(tree, group, None if group.present is None else len(group.present))
    today = group.today(with_old)
    result = Wanted(with_new, after, classic=group.classic, ignore_file=group.inside)
    effects = tuple(
        Effect(
            origin,
            (_transfer(was), _transfer(now)),
            (_classic(was), _classic(now)) if group.classic else None,
        )
        for origin, was, now in zip(group.origins, today, after, strict=True)
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
        kept=result.totals(Mark.BUILDKIT),
        needed=result.totals(Mark.STAYS),
        dropped=solution.dropped,
        left=solution.left,
        notes=tuple(notes),
    )


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
                if kind != Kind.DIRECTORY:
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


def _transfer(context: BuildContext) -> Totals:
    return context.usage.totals(lambda flags, _: bool(flags & View.TRANSFER))


def _classic(context: BuildContext) -> Totals:
    try:
        context.tree.check(View.CLASSIC)
    except CtxoptError:
        return Totals()
    return context.usage.totals(lambda flags, _: bool(flags & View.CLASSIC))


def _with_size(tree: Tree, group: Group, size: int | None) -> Tree:
    """The tree with the ignore file at this size, or without it."""
    return tree if group.inside is None else replace(tree, root=tree.root.with_file(group.inside, size))
