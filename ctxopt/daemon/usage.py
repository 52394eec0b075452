"""The rows of `docker system df` from an engine's answer, in which every value is checked.

They follow docker/cli (`cli/command/formatter/disk_usage.go`) up to version 28. From version 1.52 of the interface on
the engine sends the totals itself, and the docker command shows those.
"""

from collections.abc import Callable
from typing import Any, Final, NamedTuple

from ctxopt.daemon.model import DiskUsage, Figures

#: The largest size that an engine's 64-bit integers can hold.
_LARGEST: Final = (1 << 63) - 1
#: States of a container that count as active.
_ACTIVE: Final = ("running", "paused", "restarting")


def disk_usage(answer: Any) -> DiskUsage | None:
    """The rows in the answer to `GET /system/df`; None if it contains none of them."""
    if not isinstance(answer, dict):
        return None
    found = DiskUsage(
        images=_totals(answer.get("ImageUsage")) or _images(answer.get("Images"), _number(answer.get("LayersSize"))),
        containers=_totals(answer.get("ContainerUsage")) or _containers(answer.get("Containers")),
        volumes=_totals(answer.get("VolumeUsage")) or _volumes(answer.get("Volumes")),
        build_cache=_totals(answer.get("BuildCacheUsage")) or _build_cache(answer.get("BuildCache")),
    )
    return None if found == DiskUsage(None, None, None, None) else found


def _totals(usage: Any) -> Figures | None:
    """The totals that the engine makes itself; it omits those that are 0."""
    if not isinstance(usage, dict):
        return None
    return Figures(*(_number(usage.get(key)) for key in ("TotalCount", "ActiveCount", "TotalSize", "Reclaimable")))


def _images(images: Any, size: int) -> Figures | None:
    """All but the unshared size of the images with a container, or with an unknown number of them, is reclaimable."""
    rows = _objects(images)
    if rows is None:
        return None
    kept = sum(
        _number(row.get("Size")) - _number(row.get("SharedSize"))
        for row in rows
        if _signed(row.get("Containers")) != 0 and _signed(row.get("Size")) >= 0 and _signed(row.get("SharedSize")) >= 0
    )
    active = sum(_signed(row.get("Containers")) > 0 for row in rows)
    return Figures(len(rows), active, size, min(max(size - kept, 0), size))


def _containers(containers: Any) -> Figures | None:
    """Their writable layers; those of containers that do not run are reclaimable."""
    return _row(containers, _container)


def _volumes(volumes: Any) -> Figures | None:
    """Volumes that no container uses are reclaimable."""
    return _row(volumes, _volume)


def _build_cache(records: Any) -> Figures | None:
    """Records that no build uses are reclaimable; the size of those that share a layer with an image counts there."""
    return _row(records, _cache_record)


class _Object(NamedTuple):
    """What an object adds to its row."""

    active: bool
    size: int
    reclaimable: bool


def _container(value: dict[str, Any]) -> _Object:
    active = value.get("State") in _ACTIVE
    return _Object(active, _number(value.get("SizeRw")), not active)


def _volume(value: dict[str, Any]) -> _Object:
    usage = value.get("UsageData")
    if not isinstance(usage, dict):
        return _Object(active=False, size=0, reclaimable=False)
    # -1 means that the size, or the number of containers, is unknown.
    references = _signed(usage.get("RefCount"))
    return _Object(references > 0, _number(usage.get("Size")), references == 0)


def _cache_record(value: dict[str, Any]) -> _Object:
    used = value.get("InUse") is True
    return _Object(used, 0 if value.get("Shared") is True else _number(value.get("Size")), not used)


def _row(values: Any, read: Callable[[dict[str, Any]], _Object]) -> Figures | None:
    """The sums over a list of objects; None if there is no list."""
    rows = _objects(values)
    if rows is None:
        return None
    objects = [read(row) for row in rows]
    return Figures(
        len(objects),
        sum(each.active for each in objects),
        min(sum(each.size for each in objects), _LARGEST),
        min(sum(each.size for each in objects if each.reclaimable), _LARGEST),
    )


def _objects(values: Any) -> list[dict[str, Any]] | None:
    return [value for value in values if isinstance(value, dict)] if isinstance(values, list) else None


def _number(value: Any) -> int:
    """A size or a count; 0 for anything else."""
    return min(max(_signed(value), 0), _LARGEST)


def _signed(value: Any) -> int:
    return value if isinstance(value, int) and not isinstance(value, bool) else 0
