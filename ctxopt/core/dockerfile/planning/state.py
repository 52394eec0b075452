"""What the planner keeps of stages and their commands while it works."""

from dataclasses import field

from ctxopt.core.dockerfile.flags import Flags
from ctxopt.core.dockerfile.model import label_of
from ctxopt.core.dockerfile.parser import Instruction
from ctxopt.core.dockerfile.planning.variables import Variables
from ctxopt.core.ids import StageId
from ctxopt.core.lazy_dataclass import dataclass
from ctxopt.core.named_context import ContextSource, NamedContext

#: The instructions after which a stage has other files than what it starts from.
_CHANGES_FILES = frozenset({"COPY", "ADD", "RUN", "WORKDIR"})


@dataclass(eq=False, slots=True)
class Command:
    """An instruction of a stage. `sources` are the stages and images that it takes files from.

    `trigger` tells that an ONBUILD of the parent stage caused it.
    """

    instruction: Instruction
    flags: Flags
    sources: tuple["StageState", ...] = ()
    trigger: bool = False


@dataclass(eq=False, slots=True)
class StageState:
    """A stage while it is planned, or an image that an instruction names directly (`number` -1).

    `written` is the base as in the Dockerfile, `base` the same expanded, with a value of a given argument in it if
    `base_given`.
    """

    number: StageId
    name: str
    base: str
    line: int
    written: str = ""
    base_given: bool = False
    end_line: int = 0
    #: The platform of its FROM, expanded; "" for none.
    platform: str = ""
    #: The variables in its base whose values are in doubt.
    base_doubts: frozenset[str] = frozenset()
    commands: list[Command] = field(default_factory=list)
    parent: "StageState | None" = None
    #: The stages and images that its commands take files from.
    needs: list["StageState"] = field(default_factory=list)
    #: Whether its instructions were run through, and whether the parent's triggers were added to them.
    dispatched: bool = False
    triggered: bool = False
    #: Whether it is the target, or a stage that the target starts from.
    exported: bool = False
    env: Variables = field(default_factory=Variables)
    #: The part of `env` that the image has (ENV, not ARG), for stages that start from this one.
    image_env: Variables = field(default_factory=Variables)
    workdir: str | None = "/"
    #: The named context that replaces it, or that its base is.
    context: NamedContext | None = None
    #: Whether the context replaces all of it. BuildKit then runs none of its instructions, but still looks at what they
    #: take files from.
    replaced: bool = False
    idle_needs: list["StageState"] = field(default_factory=list)
    #: The paths that are taken from it and from the stages that start from it, where it is the first of them.
    taken: list[str] = field(default_factory=list)

    @property
    def label(self) -> str:
        return label_of(self.name, self.number)

    @property
    def origin(self) -> "StageState":
        """The first of the stages that it starts from, or itself."""
        stage = self
        while stage.parent is not None:
            stage = stage.parent
        return stage

    @property
    def comes_later(self) -> bool:
        """Whether it is a stage that was not run through yet, so that nothing can be taken from it."""
        return not self.dispatched and not self.replaced and self.number >= 0

    @property
    def is_context(self) -> bool:
        """Whether its files are those of a directory that is sent to the builder, and no others."""
        context = self.origin.context
        if context is None or context.source is not ContextSource.DIRECTORY:
            return False
        stage: StageState | None = self
        while stage is not None and not stage.replaced:
            if any(command.instruction.keyword in _CHANGES_FILES for command in stage.commands):
                return False
            stage = stage.parent
        return True

    @property
    def has_unknown_image(self) -> bool:
        """Whether it starts from an image whose variables and directory are not known here."""
        if self.context is None:
            return self.base != "scratch"
        return not self.context.is_empty and self.context.source not in (ContextSource.DIRECTORY, ContextSource.REMOTE)
