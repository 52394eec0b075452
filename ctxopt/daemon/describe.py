"""The figures of an engine in words."""

from collections.abc import Iterator

from ctxopt.daemon.model import EngineReport, Figures
from ctxopt.display import plural, size

#: How to free what is reclaimable.
ADVICE = (
    "`docker builder prune` frees build cache, `docker image prune` images without a name (with --all those without "
    "a container)."
)


def rows(report: EngineReport) -> Iterator[tuple[str, str]]:
    """A label and a value for each kind of objects."""
    if report.disk is not None:
        for label, figures in (("images", report.disk.images), ("build cache", report.disk.build_cache)):
            if figures is not None:
                yield f"Docker engine, {label}", _told(figures, "record" if label == "build cache" else "image")


def _told(figures: Figures, noun: str) -> str:
    count = f"{plural(figures.count, noun)}, {figures.in_use:,} in use"
    return f"{size(figures.size)}, {size(figures.reclaimable)} reclaimable ({count})"


def missing(report: EngineReport) -> str:
    """Why there are no figures, in one line."""
    where = f" at {report.endpoint}" if report.endpoint else ""
    return f"No figures of a Docker engine{where}: {report.problem}."
