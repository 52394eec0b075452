"""What a build of one target reads from its context (BuildKit's `dockerfile2llb`).

The stages are linked to each other, those that the target needs are run through in order with their
variables, and each COPY, ADD and bind mount that takes files from the main context becomes a `ContextRead`.
"""

from collections.abc import Collection, Container, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace

from ctxopt.core.dockerfile.frontend import check_front_end, may_have_devices
from ctxopt.core.dockerfile.lex import Lex
from ctxopt.core.dockerfile.lint_options import LintOptions, lint_options
from ctxopt.core.dockerfile.model import ContextRead, ImageUse, Plan, Stage, Step
from ctxopt.core.dockerfile.parser import Instruction, parse
from ctxopt.core.dockerfile.planning.build import Build, ContextUse
from ctxopt.core.dockerfile.planning.commands import step_of
from ctxopt.core.dockerfile.planning.notes import notes_of, usual_notes_of
from ctxopt.core.dockerfile.planning.stages import StageGraph, mark_exported, split
from ctxopt.core.dockerfile.planning.state import StageState
from ctxopt.core.dockerfile.planning.variables import ANY_ARGUMENT, Arguments, Words, arguments_of, build_arguments
from ctxopt.core.dockerfile.template import as_template
from ctxopt.core.golang import paths
from ctxopt.core.ids import ReadId, StepId
from ctxopt.core.named_context import NamedContext
from ctxopt.errors import DockerfileError


def plan(
    data: bytes,
    file: str,
    *,
    target: str | None = None,
    build_args: Mapping[str, str] | None = None,
    platform: str | None = None,
    contexts: Sequence[NamedContext] = (),
    every_stage: bool = False,
    podman: bool = False,
    unknown_args: Collection[str] = (),
) -> Plan:
    """Plan a build. `file` is the Dockerfile's name, for errors and notes.

    `platform` such as "linux/arm64" sets the predefined platform arguments; without it they are
    those of this machine, and reads that depend on them count as unresolved. `contexts` are the named contexts.
    With `every_stage` all stages up to the target are built, as by the legacy builder. `podman` has no front ends, so
    `# syntax=` says nothing to it. `unknown_args` are further build arguments that are given, with values that are not
    known: what depends on them counts as unresolved, whatever their defaults are; ANY_ARGUMENT is any of those that the
    Dockerfile declares. Raises DockerfileError.
    """
    options = LintOptions()
    if not podman:
        check_front_end(data, file, build_args or {}, unknown_args)
        options = lint_options(data, file, build_args or {})
    try:
        return _planned(data, file, target, build_args, platform, contexts, every_stage, unknown_args, options, podman)
    except DockerfileError as error:
        raise as_template(error, data) from None


def _planned(
    data: bytes,
    file: str,
    target: str | None,
    build_args: Mapping[str, str] | None,
    platform: str | None,
    contexts: Sequence[NamedContext],
    every_stage: bool,
    unknown_args: Collection[str],
    lint: LintOptions,
    podman: bool,
) -> Plan:
    parsed = parse(data, file)
    words = Words(file, Lex(parsed.escape), devices=podman or may_have_devices(data, build_args or {}))
    stages, declared = split(words, parsed.instructions)
    given, last = dict(build_args or {}), target or stages[-1].name
    if ANY_ARGUMENT in unknown_args:
        unknown_args = {*unknown_args, *_declared_arguments(parsed.instructions)}
    arguments = build_arguments(words, declared, given, platform, last, set(unknown_args) - given.keys())
    graph = StageGraph(words, stages, arguments, {context.name: context for context in contexts})
    aim = graph.target(target or "")
    graph.link_all()
    aims = graph.up_to(aim) if every_stage else [aim]
    needed = graph.needed(aims)
    mark_exported(aim)
    graph.check_images()
    used = graph.used(aims)
    build = _run(words, arguments, needed, used)
    if lint.error and not every_stage:
        stages = [stage for stage in needed if stage.number >= 0 and not stage.replaced]
        _refuse_violations(parsed.instructions, stages, build, lint)
    if unknown_args:
        _doubt_stages(build, used)
    aim.origin.taken.append("/")
    if aim.replaced:
        build.start_from(aim)
    return _result(build, graph.stages, [stage for stage in needed if stage in used], contexts)


def _declared_arguments(instructions: Iterable[Instruction]) -> Iterable[str]:
    """The names of all arguments that a Dockerfile declares."""
    for instruction in instructions:
        if instruction.keyword == "ARG":
            yield from (name for name, _ in arguments_of(instruction))


def _refuse_violations(
    instructions: Sequence[Instruction], stages: Sequence[StageState], build: Build, options: LintOptions
) -> None:
    """Raise DockerfileError for what violates a lint rule, in a Dockerfile that has BuildKit fail on that."""
    # Imported here because hardly any Dockerfile does.
    from ctxopt.core.dockerfile.lint import Linted, violated

    rules = violated(Linted(instructions, stages, build.steps, build.words, build.arguments), options)
    if rules:
        raise DockerfileError(
            f"the check directive makes BuildKit fail on violations of its lint rules: {', '.join(rules)}",
            file=build.words.file,
            hint="docker build --check shows them",
        )


def _run(words: Words, arguments: Arguments, needed: Iterable[StageState], used: Container[StageState]) -> Build:
    """Run through the stages that BuildKit looks at; of those that are not used only the paths count."""
    build, idle = Build(words, arguments), Build(words, arguments)
    for stage in needed:
        (build if stage in used else idle).run(stage)
    build.context_paths += idle.context_paths
    return build


def _doubt_stages(build: Build, used: Iterable[StageState]) -> None:
    """Mark all reads as unresolved where an argument may choose other stages than these."""
    doubts = frozenset(name for stage in used if stage.parent is not None for name in stage.base_doubts)
    if doubts:
        build.reads = [replace(read, unresolved=read.unresolved | doubts) for read in build.reads]


def _result(
    build: Build, stages: Iterable[StageState], needed: Sequence[StageState], contexts: Iterable[NamedContext]
) -> Plan:
    is_needed = set(needed)
    main = Plan(
        file=build.words.file,
        stages=tuple(_stage(stage, stage in is_needed) for stage in stages if stage.number >= 0),
        reads=tuple(build.reads),
        uses_context=bool(build.reads),
        follow_paths=_relative(build.context_paths) if build.reads else (),
        notes=tuple(notes_of(build, build.reads)),
        usual_notes=tuple(usual_notes_of(needed)),
        steps=tuple(build.steps),
        copies=tuple(build.copies),
        images=tuple(use for stage in needed if stage.number >= 0 for use in _images(stage)),
        doubtful_bases=tuple(_base(stage) for stage in needed if stage.number >= 0 and stage.base_doubts),
        downloads=tuple(build.downloads),
        triggers=tuple(trigger for stage in needed if stage.exported for trigger in _triggers(stage)),
    )
    names = dict.fromkeys(context.name for context in contexts if context.directory is not None)
    return replace(main, named=tuple((name, _of_context(main, build, name)) for name in names)) if names else main


def _of_context(main: Plan, build: Build, name: str) -> Plan:
    """The plan with the reads of a named context in place of those of the main one."""
    use = build.named.get(name, ContextUse())
    at_step = {read.step: read.number for read in use.reads}
    requests = tuple(dict.fromkeys(_relative(origin.taken) for origin in use.origins))
    return replace(
        main,
        reads=tuple(use.reads) if len(requests) < 2 else tuple(_requesting(use, requests)),
        uses_context=bool(use.reads),
        follow_paths=tuple(sorted({path for some in requests for path in some})) if all(requests) else (),
        notes=tuple(notes_of(build, use.reads)),
        steps=tuple(replace(step, read=at_step.get(StepId(number))) for number, step in enumerate(main.steps)),
        requests=requests if len(requests) > 1 else (),
    )


def _requesting(use: ContextUse, requests: Sequence[tuple[str, ...]]) -> Iterator[ContextRead]:
    """The reads of a named context with what is asked for with each; mounts of one RUN may be in several."""
    numbers = {asked_for: number for number, asked_for in enumerate(requests)}
    asked: dict[ReadId, set[int]] = {}
    for origin, reads in use.origins.items():
        request = numbers[_relative(origin.taken)]
        for number in reads:
            asked.setdefault(number, set()).add(request)
    for read in use.reads:
        yield replace(read, request=min(asked[read.number]) if len(asked[read.number]) == 1 else None)


def _stage(stage: StageState, needed: bool) -> Stage:
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


def _relative(wanted_paths: Iterable[str]) -> tuple[str, ...]:
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
