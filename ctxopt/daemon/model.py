"""The disk usage of an engine."""

from dataclasses import dataclass

#: A version of the engine's interface, such as (1, 45).
ApiVersion = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Figures:
    """A row of `docker system df`: how many objects, how many of them in use (its ACTIVE), and bytes on disk."""

    count: int
    in_use: int
    size: int
    reclaimable: int


@dataclass(frozen=True, slots=True)
class DiskUsage:
    """The rows of `docker system df`; None for one that the engine does not answer."""

    images: Figures | None
    containers: Figures | None
    volumes: Figures | None
    build_cache: Figures | None


@dataclass(frozen=True, slots=True)
class EngineReport:
    """An engine, by the address at which it was looked for ("" if there is none), and its disk usage.

    Without `disk`, `problem` says why. `api` is the newest version of its interface, None if it names none.
    """

    endpoint: str
    disk: DiskUsage | None
    problem: str = ""
    api: ApiVersion | None = None
