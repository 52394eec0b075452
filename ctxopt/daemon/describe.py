"""The disk usage of an engine in words, and how to prune."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from ctxopt.daemon.model import ApiVersion, DiskUsage, EngineReport, Figures
from ctxopt.display import size


@dataclass(frozen=True, slots=True)
class Prune:
    """A command that frees disk space, and what it deletes."""

    command: str
    deletes: str


@dataclass(frozen=True, slots=True)
class Row:
    """A row of `docker system df`, and the command that prunes it; no figures where the engine answers none."""

    key: str
    label: str
    figures: Figures | None
    prune: Prune


_IMAGES: Final = Prune(
    "docker image prune -a",
    "images that no container uses, running or stopped; without -a only untagged (dangling) ones",
)
_CONTAINERS: Final = Prune("docker container prune", "stopped containers and everything written outside their volumes")
_VOLUMES: Final = Prune(
    "docker volume prune --all",
    "volumes that no container uses, WITH THE DATA IN THEM; without --all only anonymous ones",
)
#: Before version 1.42 of the interface (Docker 23) there is no --all, and named volumes are not spared.
_NAMED_VOLUMES: Final = Prune(
    "docker volume prune", "volumes that no container uses, WITH THE DATA IN THEM; named ones, too"
)
_SPARES_NAMED: Final = (1, 42)
_BUILD_CACHE: Final = Prune(
    "docker builder prune", "build cache that no running build uses; without -a it keeps what images share"
)
#: Prunes several rows at once.
SYSTEM: Final = Prune(
    "docker system prune",
    "stopped containers, unused networks, untagged images and unused build cache, but no volumes",
)


def rows(disk: DiskUsage, api: ApiVersion | None) -> tuple[Row, ...]:
    """The four rows in the order of `docker system df`."""
    volumes = _NAMED_VOLUMES if api is not None and api < _SPARES_NAMED else _VOLUMES
    return (
        Row("images", "Images", disk.images, _IMAGES),
        Row("containers", "Containers", disk.containers, _CONTAINERS),
        Row("volumes", "Local volumes", disk.volumes, volumes),
        Row("build_cache", "Build cache", disk.build_cache, _BUILD_CACHE),
    )


def summary(report: EngineReport) -> Iterator[tuple[str, str]]:
    """A label and a line for each row, or one line on why there are none."""
    if report.disk is None:
        yield "Docker engine", missing(report)
        return
    for row in rows(report.disk, report.api):
        if row.figures is not None:
            yield f"Docker {row.label.lower()}", _line(row.figures)


def _line(figures: Figures) -> str:
    counts = f"{figures.count:,} in total, {figures.in_use:,} active"
    return f"{size(figures.size)}, {size(figures.reclaimable)} reclaimable ({counts})"


def reclaimable(figures: Figures) -> str:
    """The reclaimable size and its share of the whole, which docker/cli rounds down."""
    share = f" ({figures.reclaimable * 100 // figures.size}%)" if figures.size else ""
    return f"{size(figures.reclaimable)}{share}"


def missing(report: EngineReport) -> str:
    """Why there are no figures, in one line."""
    where = f" at {report.endpoint}" if report.endpoint else ""
    return f"No disk usage of a Docker engine{where}: {report.problem}."
