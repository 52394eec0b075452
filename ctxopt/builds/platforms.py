"""The builds for the further platforms of a build that is for several: each may read files of its own."""

from collections.abc import Hashable, Iterator
from dataclasses import replace
from typing import Final

from ctxopt.builds.build import Build
from ctxopt.builds.opened import open_build
from ctxopt.core.dockerfile.model import Plan
from ctxopt.errors import CtxoptError

#: Maximum number of platforms that are looked at one by one.
_MOST: Final = 32
#: The arguments whose values follow from the platform.
_ARGUMENTS: Final = ("TARGETPLATFORM", "TARGETOS", "TARGETARCH", "TARGETVARIANT")


def further_platforms(build: Build) -> Iterator[Build]:
    """The builds for the platforms but the first that read other files, use other images, or fail.

    One whose platform is not known stands for all of them where they are too many.
    """
    others = [platform for platform in dict.fromkeys(build.platforms) if platform != build.platform]
    seen = {_read_by(build)} if others else set()
    for platform in others if len(others) < _MOST else [""]:
        name = f"{build.origin} ({platform or 'any platform'})"
        other = replace(build, origin=name, platform=platform or None, platforms=(), further_platform=True)
        if not platform:
            other = replace(other, unknown_args=(*build.unknown_args, *_ARGUMENTS))
        found = _read_by(other)
        if found is None or found not in seen:
            seen.add(found)
            yield other


def _read_by(build: Build) -> Hashable:
    """What tells builds apart that differ in their platforms only; None where the build cannot be planned."""
    try:
        plan = open_build(build).plan
    except CtxoptError:
        return None
    named = tuple((name, _read_in(plan)) for name, plan in plan.named)
    return _read_in(plan), named, plan.images, tuple(stage.needed for stage in plan.stages)


def _read_in(plan: Plan) -> Hashable:
    return plan.uses_context, plan.follow_paths, plan.requests, plan.reads
