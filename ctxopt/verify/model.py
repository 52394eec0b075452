"""What a verification says of each pattern, and of the images that were built."""

from dataclasses import field
from enum import Enum

from ctxopt.core.context.tree import Totals
from ctxopt.core.lazy_dataclass import dataclass


class Status(Enum):
    """What is known of a pattern once the builds are done."""

    VERIFIED = "verified"
    #: A build, a command or an image missed something without the file that the pattern excludes.
    DROPPED = "dropped"
    #: There were no builds left to try it.
    NOT_VERIFIED = "not verified"
    #: Found by `--search`: evidence kept the entry, and no build missed it.
    BUILDING_ONLY = "verified by building only"


class FailureKind(Enum):
    """Where it showed that something is missing."""

    BUILD = "build"
    RUN = "run"
    IMAGE = "image"


@dataclass(frozen=True, slots=True)
class Failure:
    """Why a build with fewer files is not as the one before: `what` failed or differs, `lines` are its last output.

    `build` is the origin of the build, "" where only one was verified.
    """

    kind: FailureKind
    what: str
    lines: tuple[str, ...] = ()
    build: str = ""


@dataclass(frozen=True, slots=True)
class Unit:
    """A line of an ignore file that excludes something: the file's name, the line's number from 1, and the pattern."""

    file: str
    line: int
    pattern: str


@dataclass(frozen=True, slots=True)
class VerifiedPattern:
    """A pattern with its status; `failure` is given for one that was dropped.

    `also` are the patterns without which it breaks nothing: they were dropped together.
    """

    file: str
    pattern: str
    status: Status
    totals: Totals = field(default_factory=Totals)
    failure: Failure | None = None
    also: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ImageCounts:
    """How two images of one build differ, in files.

    `excluded` lay where a COPY put them and were excluded on purpose; `regenerated` are those of them that the build
    makes itself; `excused` differ between two builds of the same input as well. What else differs is a failure.
    """

    excluded: int = 0
    regenerated: int = 0
    excused: int = 0


@dataclass(frozen=True, slots=True)
class VerifiedBuild:
    """One build before and after: what its builder gets, and the files in its image, in bytes and files.

    `kept` are the names of the images, where they are kept.
    """

    origin: str
    before: Totals
    after: Totals
    image_before: Totals
    image_after: Totals
    counts: ImageCounts
    kept: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class VerifiedFile:
    """An ignore file with the patterns that were verified; `old` is None where there is none yet."""

    name: str
    path: str
    old: bytes | None
    new: bytes

    @property
    def changes(self) -> bool:
        """Whether there is anything to write."""
        return self.new != (self.old or b"")


@dataclass(frozen=True, slots=True)
class Verification:
    """The result of `ctxopt verify`.

    `engine` and `builder` say what built; `builds_run` counts the builds. `against_none`: nothing is proposed, so
    today's ignore file was compared with none at all. `complete` is False where the builds ran out.
    """

    root: str
    engine: str
    builder: str
    level: str
    style: str
    builds: tuple[VerifiedBuild, ...]
    patterns: tuple[VerifiedPattern, ...]
    files: tuple[VerifiedFile, ...]
    builds_run: int
    complete: bool
    against_none: bool = False
    commands: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def passed(self) -> bool:
        """Whether every pattern was verified."""
        return all(pattern.status in (Status.VERIFIED, Status.BUILDING_ONLY) for pattern in self.patterns)
