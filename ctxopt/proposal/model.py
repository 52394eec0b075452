"""A finished proposal: all that a renderer needs, and what is written when it is accepted."""

from dataclasses import dataclass
from enum import Enum

from ctxopt.core.context.tree import Totals


class Level(Enum):
    """How sure it is that a file may go."""

    #: No instruction of any build that was considered reads it.
    PROVEN = "proven"
    #: A broad COPY reads it, but there is evidence that nothing needs it.
    LIKELY = "likely"


class Style(Enum):
    """How an ignore file says what is left out."""

    DENYLIST = "denylist"
    ALLOWLIST = "allowlist"


@dataclass(frozen=True, slots=True)
class ConsideredBuild:
    """A build that was found, as a proposal lists it: only names, whether it counts or was skipped.

    `ignore_file` is the ignore file that BuildKit reads in it, or would; `note` says why a build does
    not count, or what to know about one that does.
    """

    origin: str
    dockerfile: str
    target: str | None
    ignore_file: str
    counts: bool
    note: str = ""


@dataclass(frozen=True, slots=True)
class PatternRow:
    """One proposed pattern: its evidence and what it saves, in files and logical bytes for each builder.

    `files` are those that it leaves out of the context, whether they are sent today or not; `buildkit`
    counts what BuildKit transfers today, `classic` what the classic builder sends; None where that
    builder does not read the file. `warning` tells what is at stake, where something is.
    """

    pattern: str
    evidence: str
    level: Level
    files: int
    buildkit: Totals
    classic: Totals | None
    warning: str = ""


@dataclass(frozen=True, slots=True)
class Effect:
    """What one build is sent before and after; `classic` is None where that builder reads another file."""

    origin: str
    buildkit: tuple[Totals, Totals]
    classic: tuple[Totals, Totals] | None


@dataclass(frozen=True, slots=True)
class FileProposal:
    """What is proposed for one ignore file.

    `path` is where it lies, `name` the same for people. `old` is None where there is no file yet. `kept`
    is what the context would still hold and `needed` what the instructions read of it, the Dockerfile
    and the ignore file left aside. `dropped` are patterns that the proof found harmful, `left` files
    that are not needed and could not be left out.
    """

    name: str
    path: str
    old: bytes | None
    new: bytes
    style: Style
    rows: tuple[PatternRow, ...]
    builds: tuple[str, ...]
    effects: tuple[Effect, ...]
    kept: Totals
    needed: Totals
    dropped: tuple[str, ...] = ()
    left: tuple[str, ...] = ()
    tidied: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def changes(self) -> bool:
        """Whether there is anything to write."""
        return self.new != (self.old or b"")

    @property
    def ratio(self) -> float | None:
        """Bytes kept for each byte needed; None where nothing is needed."""
        return self.kept.size / self.needed.size if self.needed.size else None


@dataclass(frozen=True, slots=True)
class Proposal:
    """What is proposed for all ignore files of a context.

    `likely` is what the level "likely" would save beyond this proposal, for a build that transfers the
    most; None where it was asked for.
    """

    root: str
    level: Level
    style: Style
    files: tuple[FileProposal, ...]
    builds: tuple[ConsideredBuild, ...]
    likely: Totals | None
    notes: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()
