"""What a build of one target reads from its context (BuildKit's `dockerfile2llb`).

The stages are linked to each other, those that the target needs are run through in order with their
variables, and each COPY, ADD and bind mount that takes files from the main context becomes a `ContextRead`.
"""

from collections.abc import Collection, Container, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import lru_cache

from ctxopt.core.dockerfile.frontend import check_front_end
from ctxopt.core.dockerfile.lint_options import LintOptions, lint_options
from ctxopt.core.dockerfile.model import ContextRead, Plan
from ctxopt.core.dockerfile.parser import Instruction
from ctxopt.core.dockerfile.planning.build import Build, ContextUse
from ctxopt.core.dockerfile.planning.notes import notes_of
from ctxopt.core.dockerfile.planning.result import doubt_stages, relative, result_of, stage_of
from ctxopt.core.dockerfile.planning.stages import mark_exported
from ctxopt.core.dockerfile.planning.state import StageState
from ctxopt.core.dockerfile.planning.targets import DockerfileRequest, TargetPlans, stages_of
from ctxopt.core.dockerfile.planning.variables import Arguments, Words
from ctxopt.core.dockerfile.template import as_template
from ctxopt.core.ids import ReadId, StepId
from ctxopt.core.named_context import NamedContext
from ctxopt.errors import DockerfileError

#: Maximum number of Dockerfiles to remember, each of which may be planned for other targets.
_REMEMBERED = 8


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
    given, unknown = tuple((build_args or {}).items()), tuple(sorted(set(unknown_args)))
    asked = DockerfileRequest(data, file, given, platform, tuple(contexts), podman, unknown)
    try:
        if contexts or options.error:
            return _planned_alone(asked, target, every_stage, options)
        return _plans_of(asked).plan(target, every_stage)
    except DockerfileError as error:
        raise as_template(error, data) from None


@lru_cache(maxsize=_REMEMBERED)
def _plans_of(asked: DockerfileRequest) -> TargetPlans:
    return TargetPlans(asked, lambda target, every_stage: _planned_alone(asked, target, every_stage, LintOptions()))


def _planned_alone(asked: DockerfileRequest, target: str | None, every_stage: bool, lint: LintOptions) -> Plan:
    """The plan of one target, for which only the stages are run through that it needs."""
    instructions, graph = stages_of(asked, target)
    aim = graph.target(target or "")
    graph.link_all()
    aims = graph.up_to(aim) if every_stage else [aim]
    needed = graph.needed(aims)
    mark_exported(aim)
    graph.check_images()
    used = graph.used(aims)
    build = _run(graph.words, graph.arguments, needed, used)
    if lint.error and not every_stage:
        stages = [stage for stage in needed if stage.number >= 0 and not stage.replaced]
        _refuse_violations(instructions, stages, build, lint)
    if asked.unknown_args:
        doubt_stages(build, used)
    aim.origin.taken.append("/")
    if aim.replaced:
        build.start_from(aim)
    stages_used = [stage for stage in needed if stage in used]
    main = result_of(build, (stage_of(stage, stage in used) for stage in graph.declared), stages_used)
    names = dict.fromkeys(context.name for context in asked.contexts if context.directory is not None)
    return replace(main, named=tuple((name, _of_context(main, build, name)) for name in names)) if names else main


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


def _of_context(main: Plan, build: Build, name: str) -> Plan:
    """The plan with the reads of a named context in place of those of the main one."""
    use = build.named.get(name, ContextUse())
    at_step = {read.step: read.number for read in use.reads}
    requests = tuple(dict.fromkeys(relative(origin.taken) for origin in use.origins))
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
        request = numbers[relative(origin.taken)]
        for number in reads:
            asked.setdefault(number, set()).add(request)
    for read in use.reads:
        yield replace(read, request=min(asked[read.number]) if len(asked[read.number]) == 1 else None)
