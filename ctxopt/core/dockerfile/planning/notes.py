"""What cannot be known from a Dockerfile, as notes for people."""

from collections.abc import Iterable, Iterator

from ctxopt.core.dockerfile.model import ContextRead
from ctxopt.core.dockerfile.planning.build import Build
from ctxopt.core.dockerfile.planning.state import StageState

#: At most so many variables of an instruction are named in notes of their own.
_NAMED = 5


def notes_of(build: Build, reads: Iterable[ContextRead]) -> Iterator[str]:
    """The notes about some reads of a build."""
    for read in reads:
        yield from _about_trigger(build, read)
        yield from _about_variables(build, read)
        yield from _about_excludes(build, read)


def usual_notes_of(needed: Iterable[StageState]) -> Iterator[str]:
    """The note about the images of the stages that a build needs, which nearly every build has."""
    images = sorted({stage.base for stage in needed if stage.env.open and stage.parent is None and stage.number >= 0})
    if images:
        yield "not analyzed: ONBUILD and ENV of base images: " + ", ".join(images)


def _about_trigger(build: Build, read: ContextRead) -> Iterator[str]:
    # A trigger of a stage in the file is no guess.
    if read.trigger and read.line in build.guessed:
        yield (f"{build.words.file}:{read.line}: by its name the image has ONBUILD triggers, which count as COPY . .")


def _about_variables(build: Build, read: ContextRead) -> Iterator[str]:
    location = f"{build.words.file}:{read.line}"
    effect = f"unknown, so {read.kind} counts as reading the whole context"
    names = sorted(read.unresolved)
    for name in names[:_NAMED]:
        yield f"{location}: the value of ${name} is {effect}; {_remedy(build, name)}"
    if len(names) > _NAMED:
        yield f"{location}: the values of {len(names) - _NAMED:,} more variables are {effect}"


def _about_excludes(build: Build, read: ContextRead) -> Iterator[str]:
    for pattern in read.excludes:
        if not pattern.isascii():
            yield (
                f"{build.words.file}:{read.line}: BuildKit reads each byte of --exclude={_as_written(pattern)} "
                "as a character, so it excludes no such name; write ? instead"
            )


def _remedy(build: Build, name: str) -> str:
    platform = build.arguments.platform
    if name in platform and not name.startswith("BUILD"):
        return "pass --platform to be exact"
    if name in platform or name in build.declared:
        return f"pass --build-arg {name}=… to be exact"
    return "the base image may set it"


def _as_written(flag: str) -> str:
    """The text of a flag, in which the parser has turned each byte into a character."""
    return flag.encode("latin-1", "replace").decode("utf-8", "surrogateescape")
