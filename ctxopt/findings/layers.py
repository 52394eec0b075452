"""What later commands of the exported image do to the files that its COPY and ADD bring: each costs a layer.

A layer is never made smaller by another one. What is taken away is only hidden, and what is changed is there twice.
"""

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import groupby, islice
from typing import Final

from ctxopt.core.build_context import BuildContext
from ctxopt.core.context.tree import Totals, View
from ctxopt.core.dockerfile.model import ContextRead, StageCopy, Step
from ctxopt.core.usage.snapshot import Node
from ctxopt.display import amount
from ctxopt.findings.context import RuleContext
from ctxopt.findings.model import Severity
from ctxopt.image.commands import Run
from ctxopt.image.effects import Target
from ctxopt.image.places import below, resolved

#: What costs less is told in passing only, in bytes: no image is the smaller for it.
_WORTH_A_WARNING: Final = 100_000
_WORTH_A_NOTE: Final = 10_000
#: As many paths in commands are looked for in the context. No build that is meant to work names as many.
_MOST_TARGETS: Final = 500
#: As many are looked for at any depth, which takes as long as the walk.
_MOST_SEARCHES: Final = 20
#: As many entries are named.
_NAMED: Final = 5
#: How much of an instruction is shown.
_SHOWN: Final = 60


@dataclass(frozen=True, slots=True)
class Touch:
    """Entries of the context that one command is about, with what there is of them in the layer of one read.

    `read` is the place of the COPY or ADD in the plan's reads; `step` and `run` are those of the command.
    """

    read: int
    step: int
    run: Run
    entries: tuple[tuple[Node, Totals], ...]

    @property
    def totals(self) -> Totals:
        return sum((totals for _, totals in self.entries), Totals())


#: Told a command, what it is about.
Targets = Callable[[Run], Iterable[Target]]


def touched(context: RuleContext, words: Collection[str], targets: Targets, *, again: bool = False) -> list[Touch]:
    """What the commands of the image are about that an earlier instruction brought, in the order of the build.

    Only RUN with one of the `words` in it are looked at. An entry counts once; if `again`, once for each RUN.
    """
    commands = context.commands
    numbers = commands.with_words(commands.image_steps, words)
    found: list[Touch] = []
    seen: dict[tuple[int, int], _Seen] = {}
    about = ((step, run, target) for step in numbers for run in commands.of(step) for target in targets(run))
    searches = 0
    for step, run, target in islice(about, _MOST_TARGETS):
        searches += bool(target.names)
        if is_mounted(context, step, target.path) or (target.names and searches > _MOST_SEARCHES):
            continue
        for destination in context.destinations:
            if destination.step >= step or not context.build.plan.reads[destination.read].exported:
                continue
            known = seen.setdefault((destination.read, step if again else -1), _Seen())
            entries = tuple(_fresh(context.build, destination.read, destination.entries(target), known))
            if entries:
                found.append(Touch(destination.read, step, run, entries))
    return found


def from_stages(context: RuleContext, words: Collection[str], targets: Targets) -> Iterator[tuple[int, Run, StageCopy]]:
    """The commands of the image about all that an earlier COPY brought from another stage, with their steps."""
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
    """The entries of one read that count already, and all directories that they are in."""

    totals: dict[str, Totals] = field(default_factory=dict)
    above: set[str] = field(default_factory=set)


def _fresh(build: BuildContext, read: int, nodes: Iterable[Node], seen: _Seen) -> Iterator[tuple[Node, Totals]]:
    """The entries of which something does not count yet, each with just that."""
    for node in nodes:
        path = node.path
        above = _above(path)
        if any(one in seen.totals for one in above):
            continue
        totals = whole = build.usage.taken(read, node.directory, node.place)
        if path in seen.above:
            for other in [other for other in seen.totals if path in _above(other)]:
                counted = seen.totals.pop(other)
                totals = Totals(totals.files - counted.files, totals.size - counted.size)
        seen.totals[path] = whole
        seen.above.update(above[1:])
        if totals.files > 0:
            yield node, totals


def _above(path: str) -> list[str]:
    """A path and all directories that it is in; the root is "" and comes last."""
    found = [path]
    while path:
        path = path.rpartition("/")[0]
        found.append(path)
    return found


def is_mounted(context: RuleContext, step: int, path: str) -> bool:
    """Whether a path may be in something that is mounted for a RUN, and so in no layer."""
    mounts = context.commands.mounts(step)
    return any(mount.path is None or below(mount.path, path) is not None for mount in mounts)


def by_instructions(touches: Sequence[Touch]) -> Iterator[tuple[int, int, list[Touch]]]:
    """The touches of the same two instructions together: the read, the step, and those."""
    ordered = sorted(touches, key=_instructions)
    for (read, step), group in groupby(ordered, key=_instructions):
        yield read, step, list(group)


def _instructions(touch: Touch) -> tuple[int, int]:
    return touch.read, touch.step


def runs_between(context: RuleContext, read: int, touch: Touch) -> list[Run] | None:
    """The commands of the image after a read and before a command; None if some cannot be known."""
    commands, steps = context.commands, context.build.plan.steps
    start = context.build.plan.reads[read].step
    found: list[Run] = []
    for number in commands.image_steps:
        if not start < number <= touch.step or steps[number].kind != "RUN":
            continue
        runs = commands.of(number)
        if not runs:
            return None
        found += runs[: runs.index(touch.run)] if number == touch.step else runs
    return found


def severity(totals: Totals) -> Severity:
    """How much so many bytes in an image matter."""
    if totals.size >= _WORTH_A_WARNING:
        return Severity.WARNING
    return Severity.NOTE if totals.size >= _WORTH_A_NOTE else Severity.INFO


def label(node: Node) -> str:
    """An entry for people: directories end in a slash."""
    return "the whole context" if node.place < 0 else node.path + ("/" if node.inside is not None else "")


def listed(names: Sequence[str], count: int | None = None) -> str:
    """Some names in a sentence: one, two, or how many more; `count` is how many there are, if not all are given."""
    count = len(names) if count is None else count
    if count > 2:
        return f"{names[0]} and {count - 1:,} more"
    return " and ".join(names)


def left_out(build: BuildContext, patterns: Sequence[str]) -> str:
    """The fix that the ignore file is to leave out what some patterns match."""
    file = build.ignore_file(View.BUILDKIT)
    name = ".dockerignore" if file is None else file.name
    if len(patterns) == 1:
        return f"add {patterns[0]} to {name}"
    more = f" and {len(patterns) - _NAMED:,} more" if len(patterns) > _NAMED else ""
    return f"add to {name}, one a line: {' '.join(patterns[:_NAMED])}{more}"


def lines(numbers: Iterable[int]) -> str:
    """Lines in a sentence: "line 3", "lines 3, 4 and 7"."""
    shown = [str(number) for number in sorted(set(numbers))]
    return f"line {shown[0]}" if len(shown) == 1 else f"lines {', '.join(shown[:-1])} and {shown[-1]}"


def largest(entries: Iterable[tuple[Node, Totals]], count: int | None = None) -> tuple[str, ...]:
    """The largest entries, one a line, with their sizes; `count` is how many there are, if not all are given."""
    ordered = sorted(entries, key=lambda entry: (-entry[1].size, entry[0].path))
    lines = [f"{label(node)}: {amount(totals.size, totals.files)}" for node, totals in ordered[:_NAMED]]
    more = (len(ordered) if count is None else count) - len(lines)
    return (*lines, f"and {more:,} more") if more else tuple(lines)


def shown_read(read: ContextRead) -> str:
    """A COPY or ADD as it is written, without its flags."""
    return _cut(f"{read.kind} {' '.join((*read.written, read.destination))}")


def shown_step(step: Step) -> str:
    """An instruction on one line."""
    return _cut(f"{step.kind} {step.text}")


def _cut(text: str) -> str:
    text = " ".join(text.split())
    return text if len(text) <= _SHOWN else text[: _SHOWN - 1] + "…"
