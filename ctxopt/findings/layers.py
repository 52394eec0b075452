"""What later commands of the exported image do to the files that its COPY and ADD bring.

No layer makes another one smaller: removed files are only hidden, and changed ones are stored twice.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import field
from itertools import groupby, islice
from typing import Final

from ctxopt.core.build_context import BuildContext
from ctxopt.core.context.tree import Totals, View
from ctxopt.core.dockerfile.model import ContextRead, StageCopy, Step
from ctxopt.core.ids import ReadId, StepId
from ctxopt.core.lazy_dataclass import dataclass
from ctxopt.core.lazy_re import lazy_re
from ctxopt.core.usage.snapshot import Node
from ctxopt.display import amount
from ctxopt.findings.context import RuleContext
from ctxopt.findings.model import Severity
from ctxopt.image.commands import Run
from ctxopt.image.conditions import is_off
from ctxopt.image.destinations import Destination
from ctxopt.image.effects import Target, removed
from ctxopt.image.places import below, resolved

#: Bytes in an image from which a finding is a warning, or a note; less is an info.
_WORTH_A_WARNING: Final = 100_000
_WORTH_A_NOTE: Final = 10_000
#: Maximum number of paths in commands to look up in the context.
_MOST_TARGETS: Final = 500
#: Maximum number of these to search for at any depth: one search takes as long as the walk.
_MOST_SEARCHES: Final = 20
#: Maximum number of pairs of such a path and what an instruction copies to compare.
_MOST_PAIRS: Final = 50_000
#: Maximum number of entries to name.
_NAMED: Final = 5
#: Maximum length of an instruction in messages, in characters.
_SHOWN: Final = 60
#: What makes a path one with wildcards.
_SPECIAL: Final = lazy_re(r"[*?\[\\]")
#: The ends of names of settings, scripts and the like.
_SMALL: Final = lazy_re(r"\.(?:json|ya?ml|toml|ini|conf|cfg|cnf|env|xml|properties|sh|txt|service|crt|pem)$")


@dataclass(frozen=True, slots=True)
class Touch:
    """Entries of the context that one command touches, with their files in the layer of one read.

    `read` is the number of the COPY or ADD among the plan's reads; `step` and `run` are those of the command.
    """

    read: ReadId
    step: StepId
    run: Run
    entries: tuple[tuple[Node, Totals], ...]

    @property
    def totals(self) -> Totals:
        return sum((totals for _, totals in self.entries), Totals())


#: Gives the paths in the image that a command touches.
Targets = Callable[[Run], Iterable[Target]]


def touched(
    context: RuleContext,
    words: Collection[str],
    targets: Targets,
    *,
    again: bool = False,
    skips: Callable[[ReadId, Run], bool] = lambda _read, _run: False,
) -> list[Touch]:
    """What commands of the image touch of that which earlier instructions copied, in build order.

    Only RUN with one of the `words` are searched. An entry counts once or, with `again`, once for each RUN; `skips`
    says which commands do not count for a read.
    """
    commands = context.commands
    numbers = commands.with_words(commands.image_steps, words)
    touches: list[Touch] = []
    seen: dict[tuple[ReadId, int], _Seen] = {}
    plan = context.build.plan
    runs = ((step, run) for step in numbers for run in commands.of(step) if not is_off(plan, run))
    about = ((step, run, target) for step, run in runs for target in targets(run))
    searches = 0
    left = _MOST_PAIRS
    for step, run, target in islice(about, _MOST_TARGETS):
        searches += bool(target.names)
        if is_mounted(context, step, target.path) or (target.names and searches > _MOST_SEARCHES):
            continue
        if left <= 0:
            break
        about_it = context.once(Copied).about(target.path)
        left -= len(about_it)
        for destination in about_it:
            if destination.step >= step or not plan.reads[destination.read].exported:
                continue
            if skips(destination.read, run):
                continue
            known = seen.setdefault((destination.read, step if again else -1), _Seen())
            entries = tuple(_fresh(context.build, destination.read, destination.entries(target), known))
            if entries:
                touches.append(Touch(destination.read, step, run, entries))
    return touches


def removals(context: RuleContext) -> Sequence[Touch]:
    """What later commands remove by name of that which earlier instructions copied, in build order."""
    return context.once(_removals)


def _removals(context: RuleContext) -> Sequence[Touch]:
    return touched(context, ("rm", "unlink"), removed)


class Copied:
    """Where instructions put what they copy, by path: there may be as many as there are commands."""

    def __init__(self, context: RuleContext) -> None:
        self._all = context.destinations
        self._at: dict[str, list[int]] = {}
        for index, destination in enumerate(self._all):
            self._at.setdefault(destination.path.rstrip("/"), []).append(index)
        self._paths = sorted(self._at)
        self._lengths = frozenset(map(len, self._at))

    def about(self, path: str) -> Sequence[Destination]:
        """The destinations that are the path, in it or above it, in the order of the steps; all for wildcards."""
        # What an unknown directory begins with is no wildcard: its name is only its own.
        if _SPECIAL.search(path, 1) is not None:
            return self._all
        path = path.rstrip("/")
        cuts = [cut for cut, char in enumerate(f"{path}/") if char == "/" and cut in self._lengths]
        found = [index for cut in cuts for index in self._at.get(path[:cut], ())]
        start = f"{path}/"
        for other in islice(self._paths, bisect_left(self._paths, start), None):
            if not other.startswith(start):
                break
            found += self._at[other]
        return [self._all[index] for index in sorted(found)]


def from_stages(
    context: RuleContext, words: Collection[str], targets: Targets
) -> Iterator[tuple[StepId, Run, StageCopy]]:
    """The commands that touch all that an earlier `COPY --from` copied, each with its step and that COPY."""
    commands, plan = context.commands, context.build.plan
    exported = {stage.number for stage in plan.stages if stage.exported}
    copies = [copy for copy in plan.copies if copy.stage in exported and not (copy.unresolved or copy.misplaced)]
    if not copies:
        return
    laid = []
    for copy in copies:
        path = resolved(commands.directories[copy.step], copy.destination or ".")
        if path is not None and path != "/":
            laid.append((copy, path))
    for number in commands.with_words(commands.image_steps, words):
        for run in commands.of(number):
            for target in targets(run):
                if target.whole and not is_mounted(context, number, target.path):
                    about = (one for one, path in laid if one.step < number and below(target.path, path) is not None)
                    yield from ((number, run, copy) for copy in about)


@dataclass(slots=True)
class _Seen:
    """The entries of one read that are already counted, and all directories above them."""

    totals: dict[str, Totals] = field(default_factory=dict)
    above: set[str] = field(default_factory=set)


def _fresh(build: BuildContext, read: ReadId, nodes: Iterable[Node], seen: _Seen) -> Iterator[tuple[Node, Totals]]:
    """The entries that are not fully counted yet, each with the totals that are not."""
    for node in nodes:
        path = node.path
        above = _above(path)
        if any(one in seen.totals for one in above):
            continue
        totals = whole = build.usage.taken(read, node.directory, node.index)
        if path in seen.above:
            for other in [other for other in seen.totals if path in _above(other)]:
                counted = seen.totals.pop(other)
                totals = Totals(totals.files - counted.files, totals.size - counted.size)
        seen.totals[path] = whole
        seen.above.update(above[1:])
        if totals.files > 0:
            yield node, totals


def _above(path: str) -> list[str]:
    """A path and all directories above it; the root is "" and comes last."""
    found = [path]
    while path:
        path = path.rpartition("/")[0]
        found.append(path)
    return found


def is_mounted(context: RuleContext, step: StepId, path: str) -> bool:
    """Whether a path may be in a mount of a RUN, and so in no layer."""
    mounts = context.commands.mounts(step)
    return any(mount.path is None or below(mount.path, path) is not None for mount in mounts)


def by_instructions(touches: Sequence[Touch]) -> Iterator[tuple[ReadId, StepId, list[Touch]]]:
    """The touches grouped by their two instructions: the read, the step, and the touches."""
    ordered = sorted(touches, key=_instructions)
    for (read, step), group in groupby(ordered, key=_instructions):
        yield read, step, list(group)


def _instructions(touch: Touch) -> tuple[ReadId, StepId]:
    return touch.read, touch.step


def runs_between(context: RuleContext, read: ReadId, touch: Touch) -> list[Run] | None:
    """The commands of the image between a read and a command; None if some are unknown."""
    commands, steps = context.commands, context.build.plan.steps
    start = context.build.plan.reads[read].step
    between: list[Run] = []
    numbers = commands.image_steps
    for number in numbers[bisect_right(numbers, start) : bisect_right(numbers, touch.step)]:
        if steps[number].kind != "RUN":
            continue
        runs = commands.of(number)
        if not runs:
            return None
        between += runs[: runs.index(touch.run)] if number == touch.step else runs
    return between


def severity(totals: Totals) -> Severity:
    """The severity of a finding that costs this much in an image."""
    if totals.size >= _WORTH_A_WARNING:
        return Severity.WARNING
    return Severity.NOTE if totals.size >= _WORTH_A_NOTE else Severity.INFO


def are_small(names: Iterable[str]) -> bool:
    """Whether all files are small, judging by their names."""
    return all(_SMALL.search(name) for name in names)


def label(node: Node) -> str:
    """The name of an entry in messages: a directory ends in a slash."""
    return "the whole context" if node.index < 0 else node.path + ("/" if node.inside is not None else "")


def listed(names: Sequence[str], count: int | None = None) -> str:
    """Names as text: "a", "a and b", or "a and 2 more". `count` is their number, if not all are given."""
    count = len(names) if count is None else count
    if count > 2:
        return f"{names[0]} and {count - 1:,} more"
    return " and ".join(names)


def hint_to_exclude(build: BuildContext, patterns: Sequence[str]) -> str:
    """The fix that adds patterns to the ignore file."""
    file = build.ignore_file(View.BUILDKIT)
    name = ".dockerignore" if file is None else file.name
    if len(patterns) == 1:
        return f"add {patterns[0]} to {name}"
    more = f" and {len(patterns) - _NAMED:,} more" if len(patterns) > _NAMED else ""
    return f"add these lines to {name}: {', '.join(f'`{pattern}`' for pattern in patterns[:_NAMED])}{more}"


def lines(numbers: Iterable[int]) -> str:
    """Line numbers as text: "line 3", "lines 3, 4 and 7"."""
    shown = [str(number) for number in sorted(set(numbers))]
    return f"line {shown[0]}" if len(shown) == 1 else f"lines {', '.join(shown[:-1])} and {shown[-1]}"


def largest(entries: Iterable[tuple[Node, Totals]], count: int | None = None) -> tuple[str, ...]:
    """Evidence: the largest entries with their sizes. `count` is their number, if not all are given."""
    ordered = sorted(entries, key=lambda entry: (-entry[1].size, entry[0].path))
    lines = [f"{label(node)}: {amount(totals.size, totals.files)}" for node, totals in ordered[:_NAMED]]
    more = (len(ordered) if count is None else count) - len(lines)
    return (*lines, f"and {more:,} more") if more else tuple(lines)


def shown_read(read: ContextRead) -> str:
    """A COPY or ADD as it is written, without flags, at most _SHOWN characters."""
    return _cut(f"{read.kind} {' '.join((*read.written, read.shown_destination))}")


def shown_step(step: Step) -> str:
    """An instruction on one line, at most _SHOWN characters."""
    return _cut(f"{step.kind} {step.text}")


def _cut(text: str) -> str:
    text = " ".join(text.split())
    return text if len(text) <= _SHOWN else text[: _SHOWN - 1] + "…"
