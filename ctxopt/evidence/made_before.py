"""What a job makes or downloads before it builds: it is not here, so nobody knows here whether a COPY of it fails."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Final

from ctxopt.core.build_context import BuildContext
from ctxopt.core.context.tree import View
from ctxopt.core.golang import paths
from ctxopt.core.usage.index import ReadResult
from ctxopt.errors import CtxoptError

#: Maximum number of sources to name.
_NAMED: Final = 5


def without_made(build: BuildContext, results: Sequence[ReadResult]) -> tuple[ReadResult, ...]:
    """The reads of a build, without the errors for sources that are not here and may be made before it starts."""
    return tuple(replace(one, error=None) if _made_sources(build, one) else one for one in results)


def made_notes(build: BuildContext) -> Iterator[str]:
    """What is not here and may be made before the build starts, in words."""
    results = build.usage.results if build.made else ()
    shown = list(dict.fromkeys(source for one in results for source in _made_sources(build, one)))
    if shown:
        verb, them, they = ("is", "it", "it is") if len(shown) == 1 else ("are", "them", "they are")
        yield (
            f"{build.plan.file}: {_listed(shown)} {verb} not here: a step before the build may make {them}, so {they} "
            "neither counted nor missing"
        )


def _listed(names: Sequence[str]) -> str:
    *first, last = names if len(names) <= _NAMED else (*names[:_NAMED], f"{len(names) - _NAMED:,} more")
    return f"{', '.join(first)} and {last}" if first else last


def _made_sources(build: BuildContext, result: ReadResult) -> tuple[str, ...]:
    """The sources without which a read fails, as they are shown, if all may be made before; empty if one is not."""
    error, read = result.error, result.read
    if not build.made or error is None or error.kind != "not_found" or read.unresolved:
        return ()
    missing = {
        shown: paths.join("/", source)[1:]
        for source, shown in zip(read.sources, result.shown_sources, strict=True)
        if not build.exists(paths.join("/", source)[1:])
    }
    return tuple(missing) if missing and all(_may_be_made(build, path) for path in missing.values()) else ()


def _may_be_made(build: BuildContext, path: str) -> bool:
    if any(char in path for char in "*?[") or not any(_meet(path, made) for made in build.made):
        return False
    try:
        # What the ignore file excludes is not sent, whoever makes it; an exception may be for what is in a directory.
        patterns = build.patterns(View.BUILDKIT)
        return not all(patterns.matches_or_parent_matches(one) for one in (path, f"{path}/x"))
    except CtxoptError:
        return False


def _meet(path: str, made: str) -> bool:
    """Whether one of two paths is the other, or contains it."""
    return not made or path == made or path.startswith(f"{made}/") or made.startswith(f"{path}/")
