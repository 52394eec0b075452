"""The stages of a Dockerfile: what each starts from, what each takes files from, and which a target needs."""

from collections.abc import Iterable, Mapping, Sequence
from types import MappingProxyType

from ctxopt.core.dockerfile.flags import mount_stage, suggestion, text_of
from ctxopt.core.dockerfile.parser import Instruction
from ctxopt.core.dockerfile.planning.commands import checked, triggered
from ctxopt.core.dockerfile.planning.state import Command, StageState
from ctxopt.core.dockerfile.planning.variables import Arguments, Words
from ctxopt.core.dockerfile.references import is_image
from ctxopt.core.dockerfile.values import platform_problem
from ctxopt.core.ids import StageId
from ctxopt.core.named_context import NamedContext, context_name
from ctxopt.errors import DockerfileError

#: More digits than a stage number has; Python does not read a very long number.
_MAX_DIGITS = 9


def split(words: Words, instructions: Sequence[Instruction]) -> tuple[list[StageState], list[Instruction]]:
    """The stages with their commands, and the ARG instructions before the first of them.

    Raises DockerfileError.
    """
    stages: list[StageState] = []
    arguments = []
    for instruction in instructions:
        command = checked(words, instruction)
        if instruction.keyword == "FROM":
            name = instruction.args[2].lower() if len(instruction.args) == 3 else ""
            stages.append(StageState(StageId(len(stages)), name, instruction.args[0], instruction.line))
            stages[-1].commands.append(command)
        elif stages:
            stages[-1].commands.append(command)
        elif instruction.keyword == "ARG":
            arguments.append(instruction)
        else:
            raise words.error(f"{instruction.keyword} before the first FROM", instruction.line)
    if not stages:
        raise words.error("there is no FROM, so no stage to build", instructions[-1].line)
    return stages, arguments


class StageGraph:
    """The stages and images of one Dockerfile, linked to each other.

    `contexts` are the named contexts by their names: they replace stages and images of these names.
    """

    def __init__(
        self,
        words: Words,
        stages: Iterable[StageState],
        arguments: Arguments,
        contexts: Mapping[str, NamedContext] = MappingProxyType({}),
    ) -> None:
        self.words = words
        self.arguments = arguments
        self._contexts = contexts
        self._by_name: dict[str, StageState] = {}
        #: The stages in the order of the file; images that instructions name come after them.
        self.stages: list[StageState] = []
        for stage in stages:
            self._resolve_base(stage, arguments)
            self._add(stage)
        #: The same without those images.
        self.declared = tuple(self.stages)

    def link_all(self) -> None:
        """Find what the commands of all stages take files from. Raises DockerfileError."""
        for stage in list(self.stages):
            for command in stage.commands:
                self._link(stage, command)
        self._check_cycles()
        for stage in self.stages:
            if stage.replaced:
                stage.idle_needs, stage.needs = stage.needs, []
                # Triggers still fire in the stages that start from it.
                stage.commands = [command for command in stage.commands if command.instruction.keyword == "ONBUILD"]

    def target(self, name: str) -> StageState:
        """The stage of a name, or the last one. Raises DockerfileError."""
        if not name:
            return self.declared[-1]
        stage = self._by_name.get(name.lower())
        if stage is None:
            known = [stage.label for stage in self.declared]
            raise DockerfileError(
                f'there is no stage "{name}"{suggestion(name, known)}',
                file=self.words.file,
                hint="the stages are " + ", ".join(known),
            )
        return stage

    def up_to(self, target: StageState) -> list[StageState]:
        """The stages before the target, and the target."""
        return list(self.declared[: target.number + 1])

    def needed(self, targets: Sequence[StageState]) -> list[StageState]:
        """The stages and images that BuildKit looks at for some targets, in order, with the triggers of their parents.

        Those that only replaced stages take files from are among them; see `used`.
        """
        while True:
            reachable = _reachable(targets, idle=True)
            needed = [stage for stage in self.stages if stage in reachable]
            added = False
            for stage in needed:
                if stage.parent is not None and not stage.triggered:
                    stage.triggered = True
                    added |= self._fire(stage, stage.parent)
            if not added:
                return needed

    def used(self, targets: Sequence[StageState]) -> set[StageState]:
        """The stages and images that some targets need."""
        return _reachable(targets, idle=False)

    def check_images(self) -> None:
        """Raise DockerfileError for a base that is neither a stage nor a valid image name."""
        for stage in self.stages:
            if stage.parent is None and stage.base != "scratch" and not is_image(stage.base):
                hint = f"{stage.written} may want a --build-arg" if stage.written != stage.base else ""
                shown = stage.written if stage.base_given else stage.base
                raise self.words.error(f'"{shown}" is neither a stage nor a valid image name', stage.line, hint)

    def _resolve_base(self, stage: StageState, arguments: Arguments) -> None:
        """Expand the base of a stage; its FROM is taken out of its commands."""
        origin = stage.commands.pop(0)
        base, stage.base_doubts = self.words.expand(stage.base, arguments.globals, origin.instruction)
        if not base:
            raise self.words.error(
                f"the base name ({stage.base}) is blank",
                stage.line,
                "give the argument a default, or pass it with --build-arg",
            )
        stage.base_given = self.words.is_given(stage.base, arguments.globals)
        stage.written, stage.base, stage.end_line = stage.base, base, origin.instruction.end_line
        platform = text_of(origin.flags, "platform")
        if platform:
            stage.platform, doubts = self.words.expand(platform, arguments.globals, origin.instruction)
            if not stage.platform:
                raise self.words.error(f"the platform ({platform}) is empty", stage.line)
            self.words.refuse(platform_problem, stage.platform, platform, arguments.globals, doubts, stage.line)

    def _add(self, stage: StageState) -> None:
        self.stages.append(stage)
        replacing = self._contexts.get(context_name(stage.name) or "") if stage.name else None
        if replacing is not None:
            stage.context, stage.replaced = replacing, True
        else:
            stage.parent = self._by_name.get(stage.base)
            if stage.parent is None and stage.base != "scratch":
                stage.context = self._contexts.get(context_name(stage.base) or "")
        if stage.name:
            self._by_name[stage.name] = stage

    def _link(self, stage: StageState, command: Command) -> None:
        """Find the stages and images that a command takes files from."""
        command.sources = tuple(self._sources(command))
        for source in command.sources:
            stage.needs.append(source)
            if source.number < 0 and source not in self.stages:
                self._add(source)

    def _sources(self, command: Command) -> Iterable[StageState]:
        instruction = command.instruction
        if instruction.keyword == "COPY" and text_of(command.flags, "from"):
            yield self._copied_from(text_of(command.flags, "from"), instruction)
        elif instruction.keyword == "RUN":
            for mount in command.flags.get("mount", ()):
                name = mount_stage(mount)
                if name:
                    yield self._by_name.get(name.lower()) or _image(name, instruction.line)

    def _copied_from(self, name: str, instruction: Instruction) -> StageState:
        """What `COPY --from` names: a stage by its name or number, or an image."""
        if not self.words.is_plain(name, instruction.line):
            raise self.words.error(
                "--from takes no variables", instruction.line, "define a stage with FROM and the variable instead"
            )
        digits = name.removeprefix("+").removeprefix("-")
        if not (digits.isascii() and digits.isdigit()):
            return self._by_name.get(name.lower()) or _image(name, instruction.line)
        number = -1 if (name[0] == "-" and digits.strip("0")) or len(digits) > _MAX_DIGITS else int(digits)
        if not 0 <= number < len(self.stages):
            raise self.words.error(f"there is no stage number {name}", instruction.line)
        return self.stages[number]

    def _check_cycles(self) -> None:
        visited: set[StageState] = set()
        for start in self.stages:
            path: set[StageState] = set()
            stack: list[tuple[StageState, bool]] = [(start, False)]
            while stack:
                stage, leaving = stack.pop()
                if leaving:
                    path.discard(stage)
                    continue
                if stage in visited:
                    continue
                visited.add(stage)
                path.add(stage)
                stack.append((stage, True))
                if not path.isdisjoint(stage.needs):
                    raise self.words.error(f"stage {start.label} copies from itself in a circle", start.line)
                stack += [(source, False) for source in stage.needs]

    def _fire(self, stage: StageState, parent: StageState) -> bool:
        """Add the parent's triggers to a stage; returns whether they take files from other stages."""
        fired = [
            triggered(self.words, command.instruction, stage.line)
            for command in parent.commands
            if command.instruction.keyword == "ONBUILD"
        ]
        for command in fired:
            self._link(stage, command)
        stage.commands[:0] = fired
        return any(command.sources for command in fired)


def mark_exported(target: StageState, exported: bool = True) -> None:
    """Mark the target and the stages that it starts from, or take the marks back."""
    stage: StageState | None = target
    while stage is not None:
        stage.exported = exported
        stage = stage.parent


def _image(name: str, line: int) -> StageState:
    return StageState(StageId(-1), "", name, line, name)


def _reachable(targets: Iterable[StageState], *, idle: bool) -> set[StageState]:
    reachable: set[StageState] = set()
    stack = list(targets)
    while stack:
        stage = stack.pop()
        if stage not in reachable:
            reachable.add(stage)
            stack += [*stage.needs, *stage.idle_needs] if idle else stage.needs
            if stage.parent is not None:
                stack.append(stage.parent)
    return reachable
