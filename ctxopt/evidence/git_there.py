"""Whether git is there in a stage, as far as its base image and its instructions say."""

from typing import Final

from ctxopt.catalogue.base_images import lacks_git
from ctxopt.core.dockerfile.model import Plan
from ctxopt.core.ids import StageId
from ctxopt.core.image_reference import reference
from ctxopt.core.lazy_re import lazy_re

#: A package with git, or the program itself.
_GIT: Final = lazy_re(r"(?<![\w./-])(?:/usr/(?:local/)?bin/)?git(?:-core)?(?![\w./-])")
_LONGEST: Final = 16 << 10


def may_have_git(plan: Plan, stage: StageId) -> bool:
    """Whether the base image of a stage may come with git, or an instruction installs or names it."""
    stages = family(plan, stage)
    base = next((use for use in plan.images if use.stage in stages and use.kind == "FROM"), None)
    if base is None or not lacks_git(reference(base.name)):
        return True
    texts = (step.text[:_LONGEST] for step in plan.steps if step.stage in stages and step.kind in ("RUN", "COPY"))
    return any(_GIT.search(text) for text in texts)


def family(plan: Plan, stage: StageId) -> set[StageId]:
    """A stage with all that it starts from, and all that start from it: what is copied into one is in the others."""
    found, above = {stage}, plan.stages[stage].parent
    while above is not None and above not in found:
        found.add(above)
        above = plan.stages[above].parent
    below = {stage}
    for one in plan.stages:
        if one.parent in below:
            below.add(one.number)
    return found | below
