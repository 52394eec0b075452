"""Paths in the image: the working directory of each step, and which path is below which."""

from collections.abc import Collection
from typing import Final

from ctxopt.core.dockerfile.model import Plan
from ctxopt.core.golang import match as gomatch
from ctxopt.core.golang import paths
from ctxopt.core.ids import StageId

#: The first character of a directory that depends on the unknown working directory of a base image.
_UNKNOWN: Final = "?"


def below(directory: str, path: str) -> str | None:
    """The rest of a path below a directory, "" for the directory itself; None if it is not below it."""
    if path == directory:
        return ""
    start = directory.rstrip("/") + "/"
    return path[len(start) :] if path.startswith(start) else None


def within(places: Collection[str], path: str) -> bool:
    """Whether a clean path is one of some clean paths, or below one."""
    while path not in places:
        above = path.rpartition("/")[0]
        if not above and (not path.startswith("/") or path == "/"):
            return False
        path = above or "/"
    return True


def resolved(directory: str | None, path: str) -> str | None:
    """A path relative to a directory of the image; None if it is unknown."""
    if path.startswith("/"):
        return paths.clean(path)
    if directory is None:
        return None
    joined = paths.join(directory, path)
    return joined if joined.startswith(("/", _UNKNOWN)) else None


def directories(plan: Plan) -> list[str]:
    """The working directory of each step.

    One that depends on a base image gets a name of its own, so that equal names are the same directory.
    """
    parents = {stage.number: stage.parent for stage in plan.stages}
    last: dict[int, str] = {}
    result = []
    for number, step in plan.numbered_steps():
        parent = parents.get(step.stage)
        inherited = last.get(parent, f"{_UNKNOWN}{parent}") if parent is not None else f"{_UNKNOWN}{step.stage}"
        current = last.setdefault(step.stage, inherited)
        result.append(step.workdir if step.workdir is not None else current)
        if step.kind == "WORKDIR":
            last[step.stage] = f"{_UNKNOWN}{step.stage}.{number}"
    return result


def lineage(plan: Plan, stage: StageId) -> set[StageId]:
    """A stage and all stages that it is built from."""
    stages: set[StageId] = set()
    current: StageId | None = stage
    while current is not None and current not in stages:
        stages.add(current)
        # Stages have the numbers of their places in the file.
        current = plan.stages[current].parent if current < len(plan.stages) else None
    return stages


def same_part(pattern: str, name: str) -> bool:
    """Whether one part of a path matches a name, with shell wildcards; a malformed class is plain text."""
    if pattern == name:
        return True
    try:
        return gomatch.has_wildcards(pattern) and gomatch.match(pattern, name)
    except gomatch.BadPattern:
        return False
