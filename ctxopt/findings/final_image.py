"""What the image of a build is made from in the end, and whether its commands build something in it."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Final

from ctxopt.catalogue.base_images import Image, image_of
from ctxopt.core.build_context import BuildContext
from ctxopt.core.dockerfile.model import ImageUse, Plan, Step
from ctxopt.core.image_reference import Reference, reference

#: No more of a RUN is looked through for commands, in characters: with some texts the time grows with the square.
LONGEST: Final = 8 << 10
#: What may stand between the words of a command.
_GAP: Final = r"[ \t]++"
_FLAGS: Final = r"(?:-\S++[ \t]++)*+"


@dataclass(frozen=True, slots=True)
class FinalImage:
    """The image that the last stage starts from in the end, and what is known of it."""

    use: ImageUse
    reference: Reference
    known: Image


def final_image(build: BuildContext) -> FinalImage | None:
    """That of a build of the last stage, if it is known; another target may well be meant for building only."""
    plan = build.plan
    if not plan.stages[-1].exported:
        return None
    use = next((use for use in plan.images if use.exported and use.kind == "FROM"), None)
    found = None if use is None else reference(use.name)
    image = None if found is None else image_of(found)
    return None if use is None or found is None or image is None else FinalImage(use, found, image)


def final_steps(plan: Plan) -> Iterator[Step]:
    """The instructions whose layers are in the image."""
    exported = {stage.number for stage in plan.stages if stage.exported}
    return (step for step in plan.steps if step.stage in exported)


def building_step(plan: Plan, image: Image) -> Step | None:
    """The first RUN in the image that builds something with the tools of what it starts from."""
    if not image.builds:
        return None
    wanted = _command(image.builds)
    runs = (step for step in final_steps(plan) if step.kind == "RUN")
    return next((step for step in runs if wanted.search(step.text[:LONGEST])), None)


@cache
def _command(commands: tuple[str, ...]) -> re.Pattern[str]:
    """One of these commands, with flags between their words."""
    each = (re.escape(first) + "".join(map(_word, rest)) for first, *rest in map(str.split, commands))
    return re.compile(rf"(?:^|(?<=[\s;&|(]))(?:{'|'.join(each)})(?![\w./-])")


def _word(word: str) -> str:
    """A word after a space, and after flags if it is none itself."""
    return (_GAP if word.startswith("-") else f"{_GAP}{_FLAGS}") + re.escape(word)
