"""Digests of builds, and what differs between two states of them."""

from enum import Enum

from ctxopt.core.lazy_dataclass import dataclass


@dataclass(frozen=True, slots=True)
class BuildInfo:
    """How a build is run. Paths are relative to the repository, with slashes, or else absolute.

    `file` is "" for a Dockerfile that is no file. `args` and `contexts` are pairs of a name and a value.
    """

    name: str
    context: str
    file: str
    target: str | None = None
    args: tuple[tuple[str, str], ...] = ()
    platform: str | None = None
    contexts: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Instruction:
    """An instruction of a Dockerfile: its stage's name, or "stage-N", its lines from 1, and its text in one line."""

    kind: str
    line: int
    end_line: int
    stage: str
    text: str


@dataclass(frozen=True, slots=True)
class InstructionDigest:
    """An instruction with the digest over it and all that it depends on, as 64 hexadecimal digits."""

    instruction: Instruction
    digest: str


@dataclass(frozen=True, slots=True)
class BuildDigest:
    """The digest of a build as 64 hexadecimal digits; None with an `error` for a build that cannot be read.

    `unseen` is what can change the build and is not in the digest, in sentences.
    """

    build: BuildInfo
    digest: str | None
    instructions: tuple[InstructionDigest, ...] = ()
    unseen: tuple[str, ...] = ()
    error: str = ""


@dataclass(frozen=True, slots=True)
class Digests:
    """The digests of builds in one state, which `state` names; `notes` are about that."""

    state: str
    builds: tuple[BuildDigest, ...]
    notes: tuple[str, ...] = ()


class Status(Enum):
    """What a change does to a build."""

    AFFECTED = "affected"
    UNAFFECTED = "unaffected"
    NEW = "new"
    GONE = "gone"
    #: It cannot be read in one of the states, so that it counts as affected.
    UNREADABLE = "unreadable"


class Difference(Enum):
    """What is different about a file."""

    ADDED = "added"
    REMOVED = "removed"
    MODIFIED = "modified"
    #: Only whether it may be executed.
    MODE = "mode"
    #: It was a file, a link or a directory, and now is another of these.
    TYPE = "type"


@dataclass(frozen=True, slots=True)
class ChangedFile:
    """A file that is not the same in both states: its path in the repository, and its size in bytes, if it is known.

    The size is the new one, or the old one of a file that is removed.
    """

    path: str
    difference: Difference
    size: int | None


@dataclass(frozen=True, slots=True)
class Change:
    """What changes first in a build.

    `first` is the first step that does not come from the cache; where none is rebuilt, the instruction that changes
    the image's configuration; None where no instruction of the new state does. `reason` says what changed besides
    files. `files` are those that the step reads, the largest first.
    """

    first: Instruction | None
    reason: str
    files: tuple[ChangedFile, ...] = ()


@dataclass(frozen=True, slots=True)
class ComparedBuild:
    """A build in both states: its digests, None where it is missing or unreadable, and what changes.

    `error` is why it is unreadable.
    """

    build: BuildInfo
    status: Status
    before: str | None
    after: str | None
    change: Change | None = None
    unseen: tuple[str, ...] = ()
    error: str = ""

    @property
    def affected(self) -> bool:
        """Whether it has to be built."""
        return self.status in (Status.AFFECTED, Status.NEW, Status.UNREADABLE)


@dataclass(frozen=True, slots=True)
class Comparison:
    """All builds of two states, which `before` and `after` name.

    `unknown` are builds and files with builds that are found and cannot be resolved at all, each with the reason.
    """

    before: str
    after: str
    builds: tuple[ComparedBuild, ...]
    unknown: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def affected(self) -> tuple[ComparedBuild, ...]:
        """The builds that have to be built."""
        return tuple(build for build in self.builds if build.affected)
