"""What the planner keeps of stages and their commands while it works."""

from dataclasses import dataclass, field

from ctxopt.core.dockerfile.flags import Flags
from ctxopt.core.dockerfile.model import label_of
from ctxopt.core.dockerfile.parser import Instruction
from ctxopt.core.dockerfile.planning.variables import Variables
from ctxopt.core.ids import StageId


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

    `written` is the base as in the Dockerfile, `base` the same expanded.
    """

    number: StageId
    name: str
    base: str
    line: int
    written: str = ""
    end_line: int = 0
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

    @property
    def label(self) -> str:
        return label_of(self.name, self.number)
