"""The figures of an engine."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Figures:
    """Objects of one kind: how many, how many in use, and bytes on disk, in all and what pruning could free."""

    count: int
    in_use: int
    size: int
    reclaimable: int


@dataclass(frozen=True, slots=True)
class Disk:
    """What the disk of an engine holds; None for a kind that it does not tell of."""

    images: Figures | None
    build_cache: Figures | None


@dataclass(frozen=True, slots=True)
class EngineReport:
    """An engine, by the address at which it was looked for ("" if there is none), and its disk.

    Without a `disk`, `problem` says why.
    """

    endpoint: str
    disk: Disk | None
    problem: str = ""
