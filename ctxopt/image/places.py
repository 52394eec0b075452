"""Paths in the image: which directory each step works in, and what is below what."""

from typing import Final

from ctxopt.core.dockerfile.model import Plan
from ctxopt.core.golang import match as gomatch
from ctxopt.core.golang import paths

#: What a directory begins with that depends on a base image's, which is not known.
_UNKNOWN: Final = "?"


def below(directory: str, path: str) -> str | None:
    """The rest of a path below a directory, "" for the directory itself; None if it is not below it."""
    if path == directory:
        return ""
    start = directory.rstrip("/") + "/"
    return path[len(start) :] if path.startswith(start) else None


def resolved(directory: str | None, path: str) -> str | None:
    """A path as seen from a directory of the image; None if that cannot be known."""
    if path.startswith("/"):
        return paths.clean(path)
    if directory is None:
        return None
    joined = paths.join(directory, path)
    return joined if joined.startswith(("/", _UNKNOWN)) else None


def directories(plan: Plan) -> list[str]:
    """For each step the directory that it works in.

    One that depends on a base image gets a name of its own, so that steps in the same one can be told.
    """
    parents = {stage.number: stage.parent for stage in plan.stages}
    last: dict[int, str] = {}
    found = []
    for number, step in enumerate(plan.steps):
        parent = parents.get(step.stage)
        inherited = last.get(parent, f"{_UNKNOWN}{parent}") if parent is not None else f"{_UNKNOWN}{step.stage}"
        current = last.setdefault(step.stage, inherited)
        found.append(step.workdir if step.workdir is not None else current)
        if step.kind == "WORKDIR":
            last[step.stage] = f"{_UNKNOWN}{step.stage}.{number}"
    return found


def lineage(plan: Plan, stage: int) -> set[int]:
    """A stage and all stages that it is built from."""
    parents = {known.number: known.parent for known in plan.stages}
    found: set[int] = set()
    current: int | None = stage
    while current is not None and current not in found:
        found.add(current)
        current = parents.get(current)
    return found


def same_part(pattern: str, name: str) -> bool:
    """Whether one part of a path matches what a shell makes of a word; a malformed class is plain text."""
    if pattern == name:
        return True
    try:
        return gomatch.has_wildcards(pattern) and gomatch.match(pattern, name)
    except gomatch.BadPattern:
        return False
