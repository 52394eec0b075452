"""Builds whose steps are the same, such as targets of one Dockerfile on several bases.

What one does with the context the others do as well, but for the lines of the Dockerfile that say so.
"""

from collections.abc import Hashable, Iterable, Iterator, Sequence
from dataclasses import replace
from typing import Final

from ctxopt.core.dockerfile.model import Plan
from ctxopt.core.ids import StageId
from ctxopt.core.lazy_dataclass import dataclass
from ctxopt.evidence.mentions import Mention
from ctxopt.evidence.served import entry_words, known_image
from ctxopt.image.commands import Run
from ctxopt.image.sources import stage_mounts

_OUTSIDE: Final = StageId(-1)


@dataclass(frozen=True, slots=True)
class Alike:
    """A build, and an earlier one with the same steps; `lines` leads from its lines to those of this one."""

    number: int
    plan: Plan
    earlier: int
    earlier_file: str
    lines: dict[int, int]

    def runs(self, runs: Iterable[Run]) -> Iterator[Run]:
        """The commands of the earlier build as those of this one."""
        known: dict[str, str] = {}
        for run in runs:
            if run.origin not in known:
                known[run.origin] = self._here(run.origin)
            yield replace(run, plan=self.number, origin=known[run.origin])

    def mentions(self, mentions: Iterable[Mention]) -> Iterator[Mention]:
        """What commands of the earlier build mention as what those of this one do."""
        for mention in mentions:
            step = None if mention.step is None else (self.number, mention.step[1])
            yield replace(mention, step=step, why=self._here(mention.why))

    def _here(self, text: str) -> str:
        """A text for people with the line of this build in it; the place is the last thing that it says."""
        before, mark, behind = text.rpartition(f"({self.earlier_file}:")
        line, end, rest = behind.partition(")")
        here = self.lines.get(int(line)) if mark and end and line.isdecimal() else None
        return text if here is None else f"{before}({self.plan.file}:{here}){rest}"


def alike(plans: Sequence[Plan]) -> list[Alike | None]:
    """For each build the first one with the same steps; None for that one itself."""
    if len(plans) < 2:
        return [None for _ in plans]
    first: dict[Hashable, tuple[int, list[int]]] = {}
    found: list[Alike | None] = []
    for number, plan in enumerate(plans):
        lines = list(_lines(plan))
        earlier, others = first.setdefault(_shape(plan), (number, lines))
        leads = dict(zip(others, lines, strict=True))
        # One line may have become several.
        is_clear = all(leads[was] == now for was, now in zip(others, lines, strict=True))
        is_same = earlier != number and is_clear
        found.append(Alike(number, plan, earlier, plans[earlier].file, leads) if is_same else None)
    return found


def _lines(plan: Plan) -> Iterator[int]:
    """The lines of what `_shape` has, in its order."""
    yield from (step.line for step in plan.steps)
    yield from (read.line for read in plan.reads)
    yield from (copy.line for copy in (*plan.copies, *stage_mounts(plan)))


def _shape(plan: Plan) -> Hashable:
    """All that decides what a build does with the context: its stages are counted, and have no names."""
    numbers = _stages(plan)
    stages = [
        (numbers[stage.number], numbers.get(_of(stage.parent)), stage.exported, stage.needed, stage.context)
        for stage in plan.stages
        if stage.number in numbers
    ]
    steps = [
        replace(
            step,
            stage=numbers[step.stage],
            line=0,
            end_line=0,
            takes_from=tuple(numbers[stage] for stage in step.takes_from),
        )
        for step in plan.steps
    ]
    reads = [
        (replace(read, stage=numbers[read.stage], stage_name="", line=0, end_line=0), read.number, read.step)
        for read in plan.reads
    ]
    copies = [
        (replace(copy, stage=numbers[copy.stage], source=numbers[copy.source], line=0, end_line=0), copy.step)
        for copy in (*plan.copies, *stage_mounts(plan))
    ]
    return tuple(stages), tuple(steps), tuple(reads), tuple(copies), entry_words(plan), known_image(plan)


def _stages(plan: Plan) -> dict[StageId, StageId]:
    """The stages that have something to do with the build, in order, with numbers of their own."""
    parents = {stage.number: stage.parent for stage in plan.stages}
    used = {step.stage for step in plan.steps}
    used.update(read.stage for read in plan.reads)
    used.update(stage for step in plan.steps for stage in step.takes_from)
    used.update(stage for copy in (*plan.copies, *stage_mounts(plan)) for stage in (copy.stage, copy.source))
    waiting = list(used)
    while waiting:
        parent = parents.get(waiting.pop())
        if parent is not None and parent not in used:
            used.add(parent)
            waiting.append(parent)
    return {stage: StageId(number) for number, stage in enumerate(sorted(used))}


def _of(stage: StageId | None) -> StageId:
    return _OUTSIDE if stage is None else stage
