"""The plans of several targets of one Dockerfile, each of whose stages is run through once for all of them."""

from _thread import allocate_lock
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace

from ctxopt.core.dockerfile.frontend import may_have_devices
from ctxopt.core.dockerfile.lex import Lex
from ctxopt.core.dockerfile.model import Plan
from ctxopt.core.dockerfile.parser import Instruction, parse
from ctxopt.core.dockerfile.planning.build import MAX_INHERITED, Build
from ctxopt.core.dockerfile.planning.result import doubt_stages, result_of, stage_of
from ctxopt.core.dockerfile.planning.stages import StageGraph, mark_exported, split
from ctxopt.core.dockerfile.planning.state import StageState
from ctxopt.core.dockerfile.planning.variables import ANY_ARGUMENT, Words, arguments_of, build_arguments
from ctxopt.core.ids import ReadId, StepId
from ctxopt.core.lazy_dataclass import dataclass
from ctxopt.core.named_context import NamedContext
from ctxopt.errors import CtxoptError, DockerfileError

#: The argument whose value is the target.
_TARGET = "TARGETSTAGE"
#: The number of targets that are planned each by itself.
_ALONE = 2


@dataclass(frozen=True, slots=True)
class DockerfileRequest:
    """A Dockerfile and all that a plan depends on but the target, as `plan` takes it."""

    data: bytes
    file: str
    build_args: tuple[tuple[str, str], ...]
    platform: str | None
    contexts: tuple[NamedContext, ...]
    podman: bool
    unknown_args: tuple[str, ...]


def stages_of(asked: DockerfileRequest, target: str | None) -> tuple[Sequence[Instruction], StageGraph]:
    """The instructions of a Dockerfile and its stages, which are not linked yet. Raises CtxoptError."""
    parsed = parse(asked.data, asked.file)
    given = dict(asked.build_args)
    devices = asked.podman or may_have_devices(asked.data, given)
    words = Words(asked.file, Lex(parsed.escape), devices=devices)
    stages, declared = split(words, parsed.instructions)
    unknown = set(asked.unknown_args)
    if ANY_ARGUMENT in unknown:
        unknown |= set(_declared_arguments(parsed.instructions))
    last = target or stages[-1].name
    arguments = build_arguments(words, declared, given, asked.platform, last, unknown - given.keys())
    contexts = {context.name: context for context in asked.contexts}
    return parsed.instructions, StageGraph(words, stages, arguments, contexts)


def _declared_arguments(instructions: Iterable[Instruction]) -> Iterable[str]:
    """The names of all arguments that a Dockerfile declares."""
    for instruction in instructions:
        if instruction.keyword == "ARG":
            yield from (name for name, _ in arguments_of(instruction))


class TargetPlans:
    """The plans of the targets of a Dockerfile without named contexts; `alone` plans one by itself.

    With the third target all stages are run through, and from then on a plan is put together from what its target
    reaches: of very many stages hardly more than two are asked for.
    """

    def __init__(self, asked: DockerfileRequest, alone: Callable[[str | None, bool], Plan]) -> None:
        self._asked = asked
        self._alone = alone
        self._last: tuple[str | None, bool, Plan] | None = None
        self._stages: _PlannedStages | None = None
        self._planned_alone = 0
        # Which stages are exported is noted in them while a plan is put together.
        self._lock = allocate_lock()

    def plan(self, target: str | None, every_stage: bool) -> Plan:
        """The plan of a target; with `every_stage` also of all stages before it. Raises CtxoptError."""
        with self._lock:
            if self._last is not None and self._last[:2] == (target, every_stage):
                return self._last[2]
            if self._planned_alone == _ALONE and self._stages is None:
                self._stages = _PlannedStages(self._asked)
            planned = None if self._stages is None else self._stages.plan(target, every_stage)
            if planned is None:
                self._planned_alone += 1
                planned = self._alone(target, every_stage)
            self._last = target, every_stage, planned
            return planned


class _PlannedStages:
    """All stages of a Dockerfile, each run through by itself, or why they cannot be."""

    def __init__(self, asked: DockerfileRequest) -> None:
        self._doubtful = bool(asked.unknown_args)
        #: Why no target can be planned, and why none that there is.
        self._unreadable: CtxoptError | None = None
        self._unlinked: DockerfileError | None = None
        #: Whether the target decides more than which stages are run through.
        self._depends_on_target = False
        self._parts: dict[StageState, Build] = {}
        self._failures: dict[StageState, DockerfileError] = {}
        try:
            instructions, self._graph = stages_of(asked, None)
        except CtxoptError as error:
            self._unreadable = error
            self._depends_on_target = _TARGET.encode() in asked.data
            return
        self._idle = [stage_of(stage, False) for stage in self._graph.declared]
        self._depends_on_target = any(_TARGET in instruction.text for instruction in instructions)
        self._has_triggers = any(instruction.keyword == "ONBUILD" for instruction in instructions)
        if not self._depends_on_target:
            self._run()

    def _run(self) -> None:
        graph = self._graph
        try:
            graph.link_all()
        except DockerfileError as error:
            self._unlinked = error
            return
        try:
            needed = graph.needed(graph.declared)
        except DockerfileError:
            # It is that of the targets that fire this trigger alone.
            self._depends_on_target = True
            return
        try:
            graph.check_images()
        except DockerfileError as error:
            # Some images may be those of triggers that few targets fire.
            self._unlinked, self._depends_on_target = error, self._has_triggers
            return
        inherited = 0
        for stage in needed:
            part = self._parts[stage] = Build(graph.words, graph.arguments)
            try:
                part.run(stage)
            except DockerfileError as error:
                # Those that need it fail there, before anything that comes after it.
                self._failures[stage] = error
            inherited += part.inherited
            if graph.words.is_full or inherited > MAX_INHERITED:
                # What is too much for all together may not be for one.
                self._depends_on_target = True
                return

    def plan(self, target: str | None, every_stage: bool) -> Plan | None:
        """The plan of a target, see TargetPlans; None if it has to be planned by itself. Raises CtxoptError."""
        if self._depends_on_target:
            return None
        if self._unreadable is not None:
            raise self._unreadable
        graph = self._graph
        aim = graph.target(target or "")
        if self._unlinked is not None:
            raise self._unlinked
        reached = graph.used(graph.up_to(aim) if every_stage else [aim])
        needed = sorted((stage for stage in reached if stage.number >= 0), key=lambda stage: stage.number)
        for stage in needed:
            if stage in self._failures:
                raise self._failures[stage]
        mark_exported(aim)
        try:
            build = self._joined([*needed, *(stage for stage in reached if stage.number < 0)])
            if self._doubtful:
                doubt_stages(build, needed)
            stages = self._idle.copy()
            for stage in needed:
                stages[stage.number] = stage_of(stage, True)
            return result_of(build, stages, needed)
        finally:
            mark_exported(aim, False)

    def _joined(self, needed: Iterable[StageState]) -> Build:
        """What some stages do one after the other."""
        build = Build(self._graph.words, self._graph.arguments)
        for stage in needed:
            part, step, read = self._parts[stage], len(build.steps), len(build.reads)
            build.declared |= part.declared
            build.guessed |= part.guessed
            build.context_paths += part.context_paths
            build.reads += (
                replace(one, number=ReadId(one.number + read), step=StepId(one.step + step), exported=stage.exported)
                for one in part.reads
            )
            build.steps += (
                one if one.read is None or not read else replace(one, read=ReadId(one.read + read))
                for one in part.steps
            )
            build.copies += (replace(one, step=StepId(one.step + step)) for one in part.copies)
            build.downloads += (replace(one, step=StepId(one.step + step)) for one in part.downloads)
        return build
