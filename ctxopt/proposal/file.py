"""The proposal for one ignore file: solved, proven, and measured."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from ctxopt.core.build_context import BuildContext
from ctxopt.core.context.tree import View
from ctxopt.proposal.block import Record, has_block, without_block
from ctxopt.proposal.group import Group
from ctxopt.proposal.keep import KeepMap
from ctxopt.proposal.measure import measured
from ctxopt.proposal.model import FileProposal, Style
from ctxopt.proposal.needed import needed_paths
from ctxopt.proposal.proof import must_exist, objections
from ctxopt.proposal.solve import solve
from ctxopt.proposal.stable import does_as_well, is_idle
from ctxopt.proposal.task import Solution, Suggestion, Task
from ctxopt.proposal.trials import Trials


def propose_file(
    trials: Trials,
    suggestions: Sequence[Suggestion],
    style: Style,
    record: Record,
    *,
    afresh: bool = False,
) -> FileProposal:
    """The proposal for one ignore file. `afresh` replaces one that does as well.

    Raises CtxoptError where Docker would refuse the present file.
    """
    group, before = trials.group, trials.before
    chosen, note = _possible_style(style, before)
    notes = [note] if note else []
    for attempt, suggested in _attempts(chosen, tuple(suggestions)):
        task = _task(trials, suggested, attempt, record)
        keep = task.keep
        solution = solve(task)
        if solution is not None and _keep_link_targets(trials, solution, keep):
            solution = solve(task)
        if solution is None:
            notes.append(f"no {attempt.value} found that keeps everything the builds read")
            continue
        if not afresh and solution.data != group.present and does_as_well(group.present, task, solution):
            solution = replace(solution, data=group.present or b"")
        problems = _proof(trials, solution, keep)
        if problems:
            notes.append(f"the {attempt.value} was dropped: {problems[0]}")
            continue
        proposed = measured(trials, solution, keep, attempt, notes)
        alone = _users_alone(group)
        is_needed = task.needed or group.is_new or has_block(group.base)
        if solution != alone and not is_needed and is_idle(proposed, solution):
            proposed = measured(trials, alone, keep, attempt, notes)
        possible = attempt is Style.DENYLIST and _possible_style(Style.ALLOWLIST, before)[0] is Style.ALLOWLIST
        return replace(proposed, allowlist_possible=possible)
    # A new file for some builds must not do more than the one that they share now.
    today = group.contexts[0].located.buildkit_ignore
    nothing = Solution(group.base if today is None else today.data, (), (), ())
    return measured(trials, nothing, trials.needed(), Style.DENYLIST, notes)


def _task(trials: Trials, suggestions: tuple[Suggestion, ...], style: Style, record: Record) -> Task:
    """What is to be solved for one attempt: what the suggestions are for has not to stay."""
    keep = trials.needed()
    for suggestion in suggestions:
        keep.drop(suggestion.entries)
    needed = needed_paths(trials.before, trials.tree)
    keep.add(entry for entries in needed.values() for entry in entries)
    return Task(
        name=trials.group.name,
        data=trials.group.base,
        contexts=trials.before,
        after=trials.after,
        keep=keep,
        suggestions=suggestions,
        allowlist=style is Style.ALLOWLIST,
        classic=trials.group.classic,
        record=record,
        needed=tuple(needed),
    )


def _users_alone(group: Group) -> Solution:
    """The user's own lines, with no block."""
    return Solution(without_block(group.base, group.name), (), (), ())


def _possible_style(style: Style, contexts: tuple[BuildContext, ...]) -> tuple[Style, str]:
    """The style to propose, and why it is not the one that was asked for; "" if it is."""
    if style is not Style.ALLOWLIST:
        return style, ""
    if _is_allowlist(contexts):
        note = "the file is already an allowlist: only patterns inside its exceptions are added"
        return Style.DENYLIST, note
    reader = _reads_everything(contexts)
    if reader:
        note = f"{reader}, so an allowlist would exclude nothing: a denylist is proposed"
        return Style.DENYLIST, note
    return style, ""


def _attempts(style: Style, suggestions: tuple[Suggestion, ...]) -> Iterator[tuple[Style, tuple[Suggestion, ...]]]:
    """What to try one after the other: less and less can go wrong."""
    yield style, suggestions
    if style is Style.ALLOWLIST:
        yield Style.DENYLIST, suggestions
    if suggestions:
        yield Style.DENYLIST, ()


def _is_allowlist(contexts: Sequence[BuildContext]) -> bool:
    """Whether the user's own patterns exclude everything, except what is kept."""
    patterns = contexts[0].patterns(View.BUILDKIT)
    return any(not pattern.exception and pattern.cleaned in ("*", "**") for pattern in patterns.patterns)


def _reads_everything(contexts: Iterable[BuildContext]) -> str:
    """The first instruction that reads the whole context, for people; "" if there is none."""
    for context in contexts:
        for read in context.plan.reads:
            if read.broad or read.unresolved:
                return f"{context.plan.file}:{read.line} reads the whole context"
    return ""


def _keep_link_targets(trials: Trials, solution: Solution, keep: KeepMap) -> bool:
    """Keep what a solution excludes that links lead to which are read; returns whether there was any."""
    pairs = zip(trials.before, trials.after(solution.data), strict=True)
    return keep.add([path for was, now in pairs for path in must_exist(was, now)])


def _proof(trials: Trials, solution: Solution, keep: KeepMap) -> list[str]:
    """What speaks against a solution, compared with the user's own lines and with the file as it is."""
    problems: dict[str, None] = {}
    for builds in (trials.before, trials.today):
        for was, now in zip(builds, trials.after(solution.data), strict=True):
            if was is not now:
                problems |= dict.fromkeys(objections(was, now, keep))
    return list(problems)
