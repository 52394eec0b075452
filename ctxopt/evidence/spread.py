"""How far the entries of the context that a read takes get in a build: into which stages, and into the image."""

from collections.abc import Iterator

from ctxopt.core.dockerfile.model import Plan, StageCopy
from ctxopt.core.golang import match as gomatch
from ctxopt.core.golang import paths
from ctxopt.core.ids import StageId
from ctxopt.core.lazy_dataclass import dataclass
from ctxopt.evidence.image import ImageLocation
from ctxopt.image.places import below


@dataclass(frozen=True, slots=True)
class Spread:
    """The stages that an entry gets into as it is, and whether the image is among them."""

    stages: frozenset[StageId]
    in_image: bool


def spread(location: ImageLocation, path: str) -> Spread:
    """How far an entry of the context gets that this read takes."""
    plan, read = location.plan, location.read
    if read.kind == "RUN":
        return Spread(frozenset((read.stage,)), False)
    image_path = location.image_path(path)
    found: set[StageId] = set()
    waiting = [read.stage]
    while waiting:
        stage = waiting.pop()
        if stage not in found:
            found.add(stage)
            waiting += _next(plan, stage, image_path)
    exported = {stage.number for stage in plan.stages if stage.exported}
    return Spread(frozenset(found), not exported.isdisjoint(found))


def _next(plan: Plan, stage: StageId, image_path: str | None) -> Iterator[StageId]:
    """The stages that start from a stage, mount it, or copy the path from it."""
    yield from (other.number for other in plan.stages if other.parent == stage and other.needed)
    yield from (step.stage for step in plan.steps if step.kind == "RUN" and stage in step.takes_from)
    yield from (copy.stage for copy in plan.copies if copy.source == stage and _covers(copy, image_path))


def _covers(copy: StageCopy, image_path: str | None) -> bool:
    """Whether a COPY from a stage may take the path, or something in it."""
    if copy.unresolved or image_path is None or not image_path.startswith("/"):
        return True
    for source in copy.sources:
        plain = paths.join("/", source)
        if gomatch.has_wildcards(plain):
            plain = plain[: next(at for at, char in enumerate(plain) if char in "*?[\\")].rpartition("/")[0] or "/"
        if below(plain, image_path) is not None or below(image_path, plain) is not None:
            return True
    return False
