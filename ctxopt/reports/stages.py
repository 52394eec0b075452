"""What each stage copies from the context, and how much of it gets into the image."""

from collections.abc import Collection, Mapping, Sequence
from typing import Final

from ctxopt.core.build_context import BuildContext
from ctxopt.core.context.tree import Totals
from ctxopt.core.dockerfile.model import Plan, Stage
from ctxopt.core.lazy_dataclass import dataclass
from ctxopt.errors import CtxoptError
from ctxopt.image.layout import Origin, layouts, reaching

#: Maximum number of lines to name whose files are not followed.
_LINES: Final = 10


@dataclass(frozen=True, slots=True)
class StageRow:
    """One stage; sizes are logical bytes of files of the context.

    `takes` are the files that its own instructions read; `holds` are those in it at its end, including files
    from the stages that it starts from or copies from; `reaches` are those of `takes` that get into the image,
    directly or through other stages. All are None for a stage that the target does not need.
    """

    stage: Stage
    takes: Totals | None
    holds: Totals | None
    reaches: Totals | None


@dataclass(frozen=True, slots=True)
class StagesReport:
    """All stages of one build, and the files of the context in the image, the largest first."""

    root: str
    dockerfile: str
    target: str
    rows: tuple[StageRow, ...]
    image: Totals
    files: tuple[tuple[str, int], ...]
    notes: tuple[str, ...]
    errors: tuple[CtxoptError, ...]


def stages(context: BuildContext) -> StagesReport:
    """The stages of a build. Raises CtxoptError where BuildKit would refuse the build."""
    plan = context.plan
    read = _read(context)
    by_stage = layouts(plan, read, context.snapshot)
    target = _target(plan)
    image = set(by_stage[target.number].files.values())
    rows = []
    sizes = _Sizes(context)
    # Stages that contain the same share it.
    held: dict[int, Totals] = {}
    by_number: dict[int, set[int]] = {}
    for one in plan.reads:
        by_number.setdefault(one.stage, set()).add(one.number)
    reaching: dict[int, set[str]] = {}
    for path, number in image:
        reaching.setdefault(plan.reads[number].stage, set()).add(path)
    for stage in plan.stages:
        if not stage.needed:
            rows.append(StageRow(stage, None, None, None))
            continue
        paths = by_stage[stage.number].paths
        if id(paths) not in held:
            known = set() if stage.parent is None else by_stage[stage.parent].paths
            held[id(paths)] = held.get(id(known), Totals()) + sizes.sum(paths - known) - sizes.sum(known - paths)
        numbers = by_number.get(stage.number, set())
        rows.append(
            StageRow(
                stage,
                sizes.sum(set().union(*{id(read[i]): read[i] for i in numbers}.values())),
                held[id(paths)],
                sizes.sum(reaching.get(stage.number, set())),
            )
        )
    files = {path: sizes[path] for path in set().union(*reaching.values())}
    unknown = sorted({line for layout in by_stage.values() for line in layout.unknown})
    notes = [f"line {line}: destination unknown" for line in unknown[:_LINES]]
    if len(unknown) > _LINES:
        notes.append(f"{len(unknown) - _LINES:,} more lines: destination unknown, or too many files")
    if any(step.kind == "RUN" for step in plan.steps):
        notes.append("files that a RUN creates, moves or removes are not counted")
    notes += [f"files of the named context {name} are not counted" for name, named in plan.named if named.reads]
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


def is_single_stage(plan: Plan) -> bool:
    """Whether the target needs no stage but its own."""
    target = _target(plan)
    return all(stage.number == target.number or not stage.needed for stage in plan.stages)


def _target(plan: Plan) -> Stage:
    return next(stage for stage in reversed(plan.stages) if stage.exported)


def image_files(context: BuildContext) -> frozenset[str]:
    """The paths of the context's files in the image, by COPY and ADD alone."""
    plan = context.plan
    if is_single_stage(plan):
        # With one stage, all that is copied is in the image.
        usage = context.usage
        numbers = (read.number for read in plan.reads if read.reaches_image)
        return frozenset(usage.files_of_any(i for i in numbers if usage.results[i].error is None))
    return frozenset(path for path, _ in image_origins(context))


def image_origins(context: BuildContext) -> set[Origin]:
    """The context's files in the image by COPY and ADD alone, each with the number of the read that copied it."""
    wanted = reaching(context.plan, context.snapshot)
    return origins_if_read(context, _read(context, wanted))


def origins_if_read(context: BuildContext, files_read: Sequence[Collection[str]]) -> set[Origin]:
    """The same where `files_read` are, for each of the plan's reads, the files that it reads."""
    made = layouts(context.plan, files_read, context.snapshot)
    return set(made[_target(context.plan).number].files.values())


def _read(context: BuildContext, wanted: Mapping[int, list[str] | None] | None = None) -> list[tuple[str, ...]]:
    """The files of each read; () for one that fails.

    With `wanted`, only those at or below these paths, by the number of the read; None for all.
    """
    usage = context.usage
    known: dict[object, tuple[str, ...]] = {}
    files: list[tuple[str, ...]] = []
    for result in usage.results:
        read = result.read
        # Instructions that ask for the same get the same.
        below = None if wanted is None else wanted.get(read.number, [])
        limit = None if below is None else tuple(below)
        key = read.kind, read.sources, read.excludes, read.parents, read.unresolved, limit
        if result.error is None and key not in known:
            known[key] = tuple(usage.files_of(read.number, below))
        files.append(() if result.error is not None else known[key])
    return files


class _Sizes(dict[str, int]):
    """The sizes of files of a context by their paths, each looked up once; 0 for what is not there."""

    def __init__(self, context: BuildContext) -> None:
        super().__init__()
        self._context = context

    def __missing__(self, path: str) -> int:
        entry = self._context.locate(path)
        size = self[path] = 0 if entry is None else entry[0].sizes[entry[1]]
        return size

    def sum(self, files: Collection[str]) -> Totals:
        """The sum over some files, each given once."""
        return Totals(len(files), sum(map(self.__getitem__, files)))
