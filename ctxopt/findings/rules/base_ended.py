"""An image that gets no more security fixes."""

import os
import re
from collections.abc import Iterator
from itertools import islice
from typing import Final

from ctxopt.core.build_context import BuildContext
from ctxopt.core.dockerfile.model import ImageUse
from ctxopt.core.image_reference import reference
from ctxopt.core.lazy_re import lazy_re
from ctxopt.findings import layers
from ctxopt.findings.context import RuleContext
from ctxopt.findings.model import Confidence, Finding, Severity
from ctxopt.findings.rule import Rule

#: Words of paths of Dockerfiles that are there for old releases.
_OLD: Final = frozenset(("old", "older", "oldest", "legacy", "min", "minimum", "lowest", "eol", "compat"))
_WORDS: Final = lazy_re(r"[^a-z0-9]+")
#: The name of a directory for one release; maximum number of directories above a Dockerfile and of names in one.
_RELEASE: Final = lazy_re(r"\d{1,6}(?:\.\d{1,6}){0,3}", re.ASCII)
_MOST_ABOVE: Final = 4
_MOST_BESIDE: Final = 1_000


def check(context: RuleContext) -> Iterator[Finding]:
    """Find images whose release, or whose distribution, had ended when the data were made; one finding for each image.

    A warning for the base of the final image, a note for one that is used while building, and an info where the name
    of the Dockerfile says that it is there for an old release.
    """
    uses = context.build.plan.images
    if not uses:
        return
    # Imported here because its data take time to read.
    from ctxopt.catalogue.end_of_life import data_date, ended

    by_name: dict[str, list[ImageUse]] = {}
    for use in uses:
        by_name.setdefault(use.name, []).append(use)
    for name, same in by_name.items():
        end = ended(reference(name))
        if end is None or all(_is_on_purpose(context.build, one) or _is_of_release(context.build, one) for one in same):
            continue
        use = next((one for one in same if _is_base(one)), same[0])
        also = [one.line for one in same if one.line != use.line]
        instead = f", such as {end.instead}" if end.instead else ""
        yield Finding(
            RULE.id,
            _severity(context.build, use),
            context.build.plan.file,
            use.line,
            f"{use.name}: {end.what} has had no security fixes since {end.date}",
            f"build from a supported release{instead}",
            confidence=Confidence.MEDIUM if "$" in use.written else Confidence.HIGH,
            evidence=(
                *([f"also in {layers.lines(also)}"] if also else []),
                f"according to endoflife.date on {data_date()}",
            ),
            end_line=use.end_line,
        )


RULE = Rule(
    id="CTX112",
    name="base-end-of-life",
    title="Image without security fixes",
    help=(
        "Build from a release that is still supported. The dates come with ctxopt, so the result does not depend on "
        "the day of the build: an image that ends later is found with a later version of ctxopt."
    ),
    check=check,
)


def _is_on_purpose(build: BuildContext, use: ImageUse) -> bool:
    """Whether a stage for files of an old release has its version in its name, as in `ubuntu:18.04 AS ubuntu-18`."""
    stage = next((one for one in build.plan.stages if one.line == use.line), None)
    if stage is None or use.exported or not stage.name:
        return False
    version = reference(use.name).tag.partition("-")[0].partition(".")[0]
    return len(version) > 1 and version in _WORDS.split(stage.name.lower())


def _is_of_release(build: BuildContext, use: ImageUse) -> bool:
    """Whether a directory above the Dockerfile is the one for this release, beside others for later ones.

    As in ubuntu/18.04/Dockerfile beside ubuntu/22.04/Dockerfile.
    """
    version = reference(use.name).tag.partition("-")[0]
    path = os.path.normpath(os.path.join(build.root, build.located.dockerfile.name))
    above = os.path.dirname(path)
    for _ in range(_MOST_ABOVE):
        above, name = os.path.split(above)
        if name and name == version and _RELEASE.fullmatch(name) is not None:
            rest = os.path.relpath(path, os.path.join(above, name))
            return any(
                _is_later(other, name) and os.path.isfile(os.path.join(above, other, rest)) for other in _names(above)
            )
    return False


def _names(directory: str) -> list[str]:
    """The first names in a directory."""
    try:
        with os.scandir(directory) as entries:
            return [entry.name for entry in islice(entries, _MOST_BESIDE)]
    except OSError:
        return []


def _is_later(name: str, version: str) -> bool:
    """Whether a name is a later version than another one."""
    if _RELEASE.fullmatch(name) is None:
        return False
    return [int(part) for part in name.split(".")] > [int(part) for part in version.split(".")]


def _severity(build: BuildContext, use: ImageUse) -> Severity:
    if not _OLD.isdisjoint(_WORDS.split(build.plan.file.lower())):
        return Severity.INFO
    return Severity.WARNING if _is_base(use) else Severity.NOTE


def _is_base(use: ImageUse) -> bool:
    """Whether an image is the base of the final one."""
    return use.exported and use.kind == "FROM"
