"""What a build of one target reads from its context (BuildKit's `dockerfile2llb`).

The stages are linked to each other, those that the target needs are run through in order with their
variables, and each COPY, ADD and bind mount that takes files from the main context becomes a `ContextRead`.
"""

from collections.abc import Iterable, Mapping, Sequence

from ctxopt.core.dockerfile.lex import Lex
from ctxopt.core.dockerfile.model import ImageUse, Plan, Stage
from ctxopt.core.dockerfile.parser import parse
from ctxopt.core.dockerfile.planning.build import Build
from ctxopt.core.dockerfile.planning.notes import notes_of, usual_notes_of
from ctxopt.core.dockerfile.planning.stages import StageGraph, mark_exported, split
from ctxopt.core.dockerfile.planning.state import StageState
from ctxopt.core.dockerfile.planning.variables import Words, build_arguments
from ctxopt.core.golang import paths


def plan(
    data: bytes,
    file: str,
    *,
    target: str | None = None,
    build_args: Mapping[str, str] | None = None,
    platform: str | None = None,
) -> Plan:
    """Plan a build. `file` is the Dockerfile's name, for errors and notes.

    `platform` such as "linux/arm64" sets the predefined platform arguments; without it they are
    those of this machine, and reads that depend on them count as unresolved. Raises DockerfileError.
    """
    parsed = parse(data, file)
    words = Words(file, Lex(parsed.escape))
    stages, declared = split(words, parsed.instructions)
    arguments = build_arguments(words, declared, dict(build_args or {}), platform, target or stages[-1].name)
    graph = StageGraph(words, stages, arguments)
    aim = graph.target(target or "")
    graph.link_all()
    needed = graph.needed(aim)
    mark_exported(aim)
    graph.check_images()
    build = Build(words, arguments)
    for stage in needed:
        build.run(stage)
    return _result(build, graph.stages, needed)


def _result(build: Build, stages: Iterable[StageState], needed: Sequence[StageState]) -> Plan:
    is_needed = set(needed)
    return Plan(
        file=build.words.file,
        stages=tuple(_stage(stage, stage in is_needed) for stage in stages if stage.number >= 0),
        reads=tuple(build.reads),
        uses_context=bool(build.reads),
        follow_paths=_follow_paths(build) if build.reads else (),
        notes=tuple(notes_of(build)),
        usual_notes=tuple(usual_notes_of(needed)),
        steps=tuple(build.steps),
        copies=tuple(build.copies),
        images=tuple(use for stage in needed if stage.number >= 0 for use in _images(stage)),
        downloads=tuple(build.downloads),
    )


def _stage(stage: StageState, needed: bool) -> Stage:
    parent = None if stage.parent is None else stage.parent.number
    return Stage(stage.number, stage.name, stage.base, stage.line, needed, stage.exported, parent)


def _follow_paths(build: Build) -> tuple[str, ...]:
    """The paths that the front end asks the client for, relative to the context; none means everything."""
    wanted = {paths.join("/", path) for path in build.context_paths}
    return () if "/" in wanted else tuple(sorted(path[1:] for path in wanted))


def _images(stage: StageState) -> Iterable[ImageUse]:
    """The images that a stage itself starts from or takes files from."""
    if stage.parent is None and stage.base != "scratch":
        yield ImageUse("FROM", stage.line, stage.end_line, stage.number, stage.base, stage.written, stage.exported)
    for command in stage.commands:
        instruction = command.instruction
        images = [source.base for source in command.sources if source.number < 0 and source.parent is None]
        for name in dict.fromkeys(images):
            if name != "scratch":
                yield ImageUse(instruction.keyword, instruction.line, instruction.end_line, stage.number, name, name)
