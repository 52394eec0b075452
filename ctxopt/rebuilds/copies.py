"""Consecutive COPY instructions, ordered by how often their inputs change."""

from collections.abc import Iterator
from itertools import groupby

from ctxopt.core.dockerfile.model import Plan, Step
from ctxopt.core.ids import StepId
from ctxopt.rebuilds.model import CacheEdit, EditKind
from ctxopt.rebuilds.replay import Replay
from ctxopt.rebuilds.source import Source


def ordered(plan: Plan, source: Source, replayed: Replay) -> Iterator[CacheEdit]:
    """An edit for each series of COPY and ADD that is not in the best order."""
    own = {instruction.number: instruction.own for instruction in replayed.instructions}
    for row in _series(plan):
        best = sorted(row, key=lambda numbered: own[numbered[0]])
        if best == row:
            continue
        lines = [line for _, step in best for line in source.of(step)]
        first = row[0][1]
        yield CacheEdit(
            EditKind.ORDER,
            f"copy the files that change least first (lines {first.line} to {row[-1][1].end_line})",
            first.line,
            tuple(line.rstrip("\r\n") for line in lines),
            source.changed([step for _, step in row], {first.line: lines}),
        )


def _series(plan: Plan) -> Iterator[list[tuple[StepId, Step]]]:
    """The series of consecutive instructions that read the context, each with its index."""
    triggered = {(stage.number, stage.line) for stage in plan.stages}

    def movable(numbered: tuple[StepId, Step]) -> tuple[int, bool]:
        step = numbered[1]
        can = step.kind in ("COPY", "ADD") and step.read is not None and (step.stage, step.line) not in triggered
        return step.stage, can

    for (_, can), row in groupby(plan.numbered_steps(), key=movable):
        series = list(row)
        if can and len(series) > 1:
            yield series
