"""The parts of a plan: what the planner found of stages, as the values that others read."""

from collections.abc import Iterable, Sequence
from dataclasses import replace

from ctxopt.core.dockerfile.model import ImageUse, Plan, Stage, Step
from ctxopt.core.dockerfile.planning.build import Build
from ctxopt.core.dockerfile.planning.commands import step_of
from ctxopt.core.dockerfile.planning.notes import notes_of, usual_notes_of
from ctxopt.core.dockerfile.planning.state import StageState
from ctxopt.core.golang import paths


def result_of(build: Build, stages: Iterable[Stage], needed: Sequence[StageState]) -> Plan:
    """The plan of what `build` ran through: `needed`, of all the `stages` of the Dockerfile."""
    return Plan(
        file=build.words.file,
        stages=tuple(stages),
        reads=tuple(build.reads),
        uses_context=bool(build.reads),
        follow_paths=relative(build.context_paths) if build.reads else (),
        notes=tuple(notes_of(build, build.reads)),
        usual_notes=tuple(usual_notes_of(needed)),
        steps=tuple(build.steps),
        copies=tuple(build.copies),
        images=tuple(use for stage in needed if stage.number >= 0 for use in _images(stage)),
        doubtful_bases=tuple(_base(stage) for stage in needed if stage.number >= 0 and stage.base_doubts),
        downloads=tuple(build.downloads),
        triggers=tuple(trigger for stage in needed if stage.exported for trigger in _triggers(stage)),
    )


def doubt_stages(build: Build, used: Iterable[StageState]) -> None:
    """Mark all reads as unresolved where an argument may choose other stages than these."""
    doubts = frozenset(name for stage in used if stage.parent is not None for name in stage.base_doubts)
    if doubts:
        build.reads = [replace(read, unresolved=read.unresolved | doubts) for read in build.reads]


def stage_of(stage: StageState, needed: bool) -> Stage:
    """A stage of the Dockerfile."""
    parent = None if stage.parent is None else stage.parent.number
    context = "" if stage.context is None else stage.context.name
    return Stage(
        stage.number, stage.name, stage.base, stage.line, needed, stage.exported, parent, context, stage.platform
    )


def _triggers(stage: StageState) -> Iterable[Step]:
    """The ONBUILD instructions of a stage, of which none is run in it."""
    for command in stage.commands:
        if command.instruction.keyword == "ONBUILD" and not stage.replaced:
            yield step_of(command, stage.number, None, None)


def relative(wanted_paths: Iterable[str]) -> tuple[str, ...]:
    """Paths as the front end asks the client for them, relative to the context; none means everything."""
    wanted = {paths.join("/", path) for path in wanted_paths}
    return () if "/" in wanted else tuple(sorted(path[1:] for path in wanted))


def _base(stage: StageState) -> ImageUse:
    return ImageUse(
        "FROM",
        stage.line,
        stage.end_line,
        stage.number,
        stage.base,
        stage.written,
        stage.exported,
        stage.base_doubts,
    )


def _images(stage: StageState) -> Iterable[ImageUse]:
    """The images that a stage itself starts from or takes files from."""
    if stage.parent is None and stage.base != "scratch" and stage.context is None:
        yield _base(stage)
    for command in stage.commands:
        instruction = command.instruction
        images = [
            source.base
            for source in command.sources
            if source.number < 0 and source.parent is None and source.context is None
        ]
        for name in dict.fromkeys(images):
            if name != "scratch":
                yield ImageUse(instruction.keyword, instruction.line, instruction.end_line, stage.number, name, name)
