"""What a change to a build would have saved."""

from dataclasses import dataclass
from enum import Enum


class Kind(Enum):
    """What is changed."""

    #: A RUN that installs dependencies comes before the COPY of everything, after one of what it needs.
    SPLIT = "split"
    #: An instruction that has no use for the files that a COPY brings comes before that.
    MOVE = "move"
    #: A COPY of what changes seldom comes before one of what changes often.
    ORDER = "order"
    #: The ignore file leaves out what nothing needs.
    IGNORE = "ignore"


@dataclass(frozen=True, slots=True)
class Saving:
    """An instruction as it is now, with its line, and how often it is rebuilt `before` and `after` the change."""

    line: int
    instruction: str
    before: int
    after: int


@dataclass(frozen=True, slots=True)
class Advice:
    """A change, and what it would have saved in the same replay.

    `text` says what to do, in a sentence; `file` and `line` are where, the line None for a file as a whole. `lines`
    are what to write there, and `caution` says what to make sure of. `savings` are the instructions that are
    rebuilt less often or more often, in the order of the Dockerfile.
    """

    kind: Kind
    text: str
    file: str
    line: int | None
    lines: tuple[str, ...]
    savings: tuple[Saving, ...]
    caution: str = ""

    @property
    def saved(self) -> int:
        """The rebuilds saved: of RUN instructions, or where none of them is concerned, of all."""
        runs = [one for one in self.savings if one.instruction.startswith("RUN")]
        return sum(one.before - one.after for one in runs or self.savings)


@dataclass(frozen=True, slots=True)
class Edit:
    """A Dockerfile with a change, not tried yet; the rest is as in Advice.

    `replaced` maps the text of a RUN that stands for another one to the place of that in the plan's steps.
    """

    kind: Kind
    text: str
    line: int
    lines: tuple[str, ...]
    data: bytes
    replaced: tuple[tuple[str, int], ...] = ()
    caution: str = ""
