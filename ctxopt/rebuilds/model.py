"""What a change to a build would have saved."""

from enum import Enum

from ctxopt.core.lazy_dataclass import dataclass


class EditKind(Enum):
    """What is changed."""

    #: A RUN that installs dependencies is moved before the COPY of everything, after one of what it needs.
    SPLIT = "split"
    #: An instruction that does not use the files of a COPY is moved before it.
    MOVE = "move"
    #: The ignore file excludes what nothing needs.
    IGNORE = "ignore"


@dataclass(frozen=True, slots=True)
class Saving:
    """The rebuilds of an instruction `before` and `after` a change.

    `line` is its present line, `instruction` its text, which begins with `kind`.
    """

    line: int
    kind: str
    instruction: str
    before: int
    after: int


@dataclass(frozen=True, slots=True)
class Advice:
    """A change, and what it would have saved in the same replay.

    `text` says in a sentence what to do; `file` and `line` are where, the line None for a file as a whole. `lines`
    are what to write there, and `caution` is what to make sure of, "" for nothing. `savings` are the instructions
    that are rebuilt less or more often, in the order of the Dockerfile.
    """

    kind: EditKind
    text: str
    file: str
    line: int | None
    lines: tuple[str, ...]
    savings: tuple[Saving, ...]
    caution: str = ""

    @property
    def saved(self) -> int:
        """The number of rebuilds saved: of RUN instructions, or of all if no RUN is affected."""
        runs = [saving for saving in self.savings if saving.kind == "RUN"]
        return sum(saving.before - saving.after for saving in runs or self.savings)


@dataclass(frozen=True, slots=True)
class CacheEdit:
    """A Dockerfile with a change that was not tried yet; the other fields are as in Advice.

    `replaced` maps the text of a RUN that replaces another one to the index of that in the plan's steps.
    """

    kind: EditKind
    text: str
    line: int
    lines: tuple[str, ...]
    data: bytes
    replaced: tuple[tuple[str, int], ...] = ()
    caution: str = ""
