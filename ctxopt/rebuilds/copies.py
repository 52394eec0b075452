"""COPY instructions that follow each other, ordered by how often their inputs change."""

from collections.abc import Iterator, Sequence
from itertools import groupby

from ctxopt.core.dockerfile.model import Plan, Step
from ctxopt.rebuilds.model import CacheEdit, EditKind
from ctxopt.rebuilds.replay import Replay
from ctxopt.rebuilds.source import Source


def ordered(plan: Plan, source: Source, replayed: Replay) -> Iterator[CacheEdit]:
    """An edit for each row of COPY and ADD that is not in the best order."""
    own = {one.number: one.own for one in replayed.instructions}
    for row in _rows(plan):
        best = sorted(row, key=lambda one: own[one[0]])
        if best == row:
            continue
        lines = [line for _, step in best for line in source.of(step)]
        first = row[0][1]
        yield CacheEdit(
            EditKind.ORDER,
            f"copy first what changes least in lines {first.line} to {row[-1][1].end_line}",
            first.line,
            tuple(line.rstrip("\r\n") for line in lines),
            source.changed([step for _, step in row], {first.line: lines}),
        )


def _rows(plan: Plan) -> Iterator[list[tuple[int, Step]]]:
    """The instructions that read the context and follow each other, as they are written, with their places."""
    triggered = {(stage.number, stage.line) for stage in plan.stages}

    def movable(one: tuple[int, Step]) -> tuple[int, bool]:
        step = one[1]
        can = step.kind in ("COPY", "ADD") and step.read is not None and (step.stage, step.line) not in triggered
        return step.stage, can

    for (_, can), row in groupby(enumerate(plan.steps), key=movable):
        found: Sequence[tuple[int, Step]] = list(row)
        if can and len(found) > 1:
            yield list(found)
