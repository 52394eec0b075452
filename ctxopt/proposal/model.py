"""A finished proposal: everything that a renderer needs, and what is written when it is accepted."""

from dataclasses import field
from enum import Enum
from typing import Final

from ctxopt.core.context.tree import Totals
from ctxopt.core.lazy_dataclass import dataclass
from ctxopt.evidence.secret_files import Reach as Reach


class Level(Enum):
    """How sure it is that a file can be excluded."""

    #: No instruction of any build that was considered reads it.
    PROVEN = "proven"
    #: A broad COPY reads it, and there is evidence that nothing needs it.
    LIKELY = "likely"


class Style(Enum):
    """How an ignore file says what is excluded."""

    DENYLIST = "denylist"
    ALLOWLIST = "allowlist"


#: Maximum number of entries that stay to name where the proposal itself is not shown.
_MOST_KEPT: Final = 5


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

    `files` are those that it excludes from the context, whether they are sent today or not; `buildkit` counts what
    BuildKit transfers today, `classic` what the legacy builder sends, None where that builder does not read the
    ignore file. `warning` says what is at stake, "" for nothing.
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
class SecretRow:
    """A secret that a build counts today: how far it gets, and whether the new ignore files exclude it from all builds.

    `taken_by` names the instruction that takes it, None for none; `warning` says what to do instead.
    """

    path: str
    size: int
    reach: Reach
    taken_by: str | None
    excluded: bool
    warning: str


@dataclass(frozen=True, slots=True)
class KeptRow:
    """An entry that is kept, what is sent of it, and why, or what speaks against it; `why` may be "".

    `uncertain`: only evidence keeps it, so that a build may show that it is not needed.
    """

    path: str
    totals: Totals
    why: str
    uncertain: bool = True


@dataclass(frozen=True, slots=True)
class FileProposal:
    """What is proposed for one ignore file.

    `path` is its absolute path, `name` the one for people. `old` is None where there is no file yet. `kept` is what
    would remain in the context and `needed` what the instructions read of it, both without the Dockerfile and the
    ignore file; `stays` are entries that are kept on evidence, the largest first, and `remaining` the largest of all
    that BuildKit still transfers. `dropped` are patterns that the
    proof found harmful, `left` files that are not needed and that no pattern could exclude, and `omitted` sums up those
    that are not worth a line of their own. `tidied` says which of
    the user's lines were removed, and why. `allowlist_possible` is whether an allowlist could be proposed instead.
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
    stays: tuple[KeptRow, ...] = ()
    remaining: tuple[KeptRow, ...] = ()
    omitted: Totals = field(default_factory=Totals)
    allowlist_possible: bool = False

    @property
    def changes(self) -> bool:
        """Whether there is anything to write."""
        return self.new != (self.old or b"")

    @property
    def ratio(self) -> float | None:
        """The bytes kept for each byte needed; None where none is needed."""
        return self.kept.size / self.needed.size if self.needed.size else None


@dataclass(frozen=True, slots=True)
class Proposal:
    """What is proposed for all ignore files of a context.

    `likely` is what the level "likely" would save beyond this proposal, over all files; None where that level was
    requested, or would save nothing. `secrets` are those of all builds, the farthest ones first.
    """

    root: str
    level: Level
    style: Style
    files: tuple[FileProposal, ...]
    builds: tuple[ConsideredBuild, ...]
    likely: Totals | None
    notes: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()
    secrets: tuple[SecretRow, ...] = ()

    @property
    def largest_kept(self) -> tuple[KeptRow, ...]:
        """The largest entries that are still sent, each with what keeps it where evidence does; the largest first."""
        rows: dict[str, KeptRow] = {}
        for row in (row for file in self.files for row in (*file.stays, *file.remaining)):
            parts = row.path.rstrip("/").split("/")
            if row.totals.size and rows.keys().isdisjoint("/".join(parts[:end]) for end in range(1, len(parts) + 1)):
                rows["/".join(parts)] = row
        return tuple(sorted(rows.values(), key=lambda row: (-row.totals.size, row.path))[:_MOST_KEPT])
