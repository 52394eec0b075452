"""What each stage takes from the context, and how much of it gets into the image."""

from dataclasses import dataclass

from ctxopt.core.build_context import BuildContext
from ctxopt.core.context.tree import Totals
from ctxopt.core.dockerfile.model import Stage
from ctxopt.errors import CtxoptError
from ctxopt.image.layout import layouts


@dataclass(frozen=True, slots=True)
class StageRow:
    """One stage; sizes are logical bytes of files of the context.

    `takes` are the files that its own instructions read, `holds` those in it at its end, with what it has from
    the stages that it starts from or copies from; `reaches` are those of `takes` that get into the image,
    directly or through other stages. All are None for a stage that the target does not need.
    """

    stage: Stage
    takes: Totals | None
    holds: Totals | None
    reaches: Totals | None


@dataclass(frozen=True, slots=True)
class StagesReport:
    """All stages of one build, and the files of the context that are in the image, the largest first."""

    root: str
    dockerfile: str
    target: str
    rows: tuple[StageRow, ...]
    image: Totals
    files: tuple[tuple[str, int], ...]
    notes: tuple[str, ...]
    errors: tuple[CtxoptError, ...]


def stages(context: BuildContext) -> StagesReport:
    """Take stock of the stages. Raises CtxoptError where BuildKit would refuse the context."""
    plan = context.plan
    read = _read(context)
    made = layouts(plan, read)
    target = next(stage for stage in reversed(plan.stages) if stage.exported)
    image = set(made[target.number].files.values())
    rows = []
    for stage in plan.stages:
        if not stage.needed:
            rows.append(StageRow(stage, None, None, None))
            continue
        numbers = {one.number for one in plan.reads if one.stage == stage.number}
        rows.append(
            StageRow(
                stage,
                _sum(context, {path for i in numbers for path in read[i]}),
                _sum(context, {path for path, _ in made[stage.number].files.values()}),
                _sum(context, {path for path, number in image if number in numbers}),
            )
        )
    files = {path: _size(context, path) for path, _ in image}
    unknown = sorted({line for layout in made.values() for line in layout.unknown})
    notes = [f"line {line}: where this puts files cannot be told" for line in unknown]
    if any(step.kind == "RUN" for step in plan.steps):
        notes.append("what a RUN makes, moves or removes is not counted")
    return StagesReport(
        context.root,
        context.located.dockerfile.name,
        target.label,
        tuple(rows),
        Totals(len(files), sum(files.values())),
        tuple(sorted(files.items(), key=lambda item: (-item[1], item[0]))),
        tuple(notes),
        tuple(result.error for result in context.usage.results if result.error is not None),
    )


def image_files(context: BuildContext) -> frozenset[str]:
    """The paths of the files of the context that are in the image, by COPY and ADD alone."""
    plan = context.plan
    target = next(stage for stage in reversed(plan.stages) if stage.exported)
    if all(stage.number == target.number or not stage.needed for stage in plan.stages):
        # All that is copied stays in the one stage, whatever the places.
        numbers = {read.number for read in plan.reads if read.reaches_image}
        usage = context.usage
        return frozenset().union(*(usage.files_of(i) for i in numbers if usage.results[i].error is None))
    made = layouts(plan, _read(context))
    return frozenset(path for path, _ in made[target.number].files.values())


def _read(context: BuildContext) -> list[tuple[str, ...]]:
    """For each read the files that it takes; none where it fails."""
    usage = context.usage
    return [() if result.error is not None else tuple(usage.files_of(i)) for i, result in enumerate(usage.results)]


def _sum(context: BuildContext, files: set[str]) -> Totals:
    return Totals(len(files), sum(_size(context, path) for path in files))


def _size(context: BuildContext, path: str) -> int:
    place = context.locate(path)
    return 0 if place is None else place[0].sizes[place[1]]
