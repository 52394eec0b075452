"""From the paths that BuildKit's front end asks for to the patterns that the client includes.

Links in these paths are followed in the unfiltered context, and both the link and its target are included
(tonistiigi/fsutil, `FollowLinks`).
"""

from collections.abc import Iterable
from typing import Final

from ctxopt.core import metadata
from ctxopt.core.context.files import Files
from ctxopt.core.dockerfile.model import Plan
from ctxopt.core.dockerignore.patterns import PatternSet
from ctxopt.core.dockerignore.reader import Line
from ctxopt.core.golang import match as gomatch
from ctxopt.core.golang import paths
from ctxopt.errors import PatternError

#: Maximum length of a path on any system: nothing exists at a longer one.
_LONGEST = 4096


def included(files: Files, plan: Plan) -> PatternSet | None:
    """What the client includes for a plan that asks for some paths; None for everything. Raises PatternError."""
    lines = {paths.join("/", source)[1:]: read.line for read in plan.reads for source in read.sources}
    refused = metadata.first_refused(plan.follow_paths)
    if refused >= 0:
        path = plan.follow_paths[refused]
        raise PatternError(
            f'the source "{path}" contains a control character, with which BuildKit fails',
            file=plan.file,
            line=lines.get(path),
            hint="rename the file, or write ? for the character",
        )
    wanted = follow_links(files, plan.follow_paths)
    if wanted is None:
        return None
    return PatternSet([Line(lines.get(path, 0), path, path) for path in wanted], plan.file)


def follow_links(files: Files, wanted: Iterable[str]) -> tuple[str, ...] | None:
    """The sorted patterns to include; None if that is everything.

    `wanted` is in the order of the front end. A link is followed once, with what is asked for below it the first
    time, so the order decides: each path is followed to its end before the next.
    """
    resolved: set[str] = set()
    waiting = list(wanted)[::-1]
    while waiting:
        waiting += reversed(_resolve(files, waiting.pop(), resolved))
    return _without_covered(sorted(resolved))


#: The number of parts of a path after which it is asked whether anything is there.
_DEEP: Final = 16


def _resolve(files: Files, path: str, resolved: set[str]) -> list[str]:
    """Follow one path to its end or to the first link; returns the paths to continue with."""
    parts = paths.join(".", path).split("/")
    current = "."
    for depth, part in enumerate(parts, 1):
        current = part if current == "." else f"{current}/{part}"
        if len(current) > _LONGEST:
            depth, current = len(parts), "/".join(parts)
        targets = _targets(files, current)
        if targets or depth == len(parts):
            if current in resolved:
                return []
            resolved.add(current)
            rest = "/".join(parts[depth:])
            return [paths.join(target, rest).lstrip("/") or "." for target in targets]
        if not depth % _DEEP and not files.exists(current):
            # Nothing is below what is not there, so that no further part leads anywhere.
            resolved.add("/".join(parts))
            return []
    return []


def _targets(files: Files, path: str) -> list[str]:
    directory, name = paths.split(path)
    if gomatch.has_wildcards(name):
        names = [link for link in files.links_in(directory.rstrip("/")) if gomatch.matches(name, link)]
    else:
        names = [name]
    targets = []
    for name in names:
        link = files.link(directory + name)
        if link is not None:
            targets.append(paths.clean(link) if link.startswith("/") else paths.join("/", directory, link))
    return targets


def _without_covered(ordered: list[str]) -> tuple[str, ...] | None:
    kept: list[str] = []
    last = ""
    for path in ordered:
        if path == ".":
            return None
        if not path.startswith(last + "/"):
            kept.append(path)
            last = path
    return tuple(kept)
