"""How far the entries of the context that a read takes get in a build: into which stages, and into the image."""

from collections.abc import Mapping, Sequence
from typing import Final

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
    read = location.read
    if read.kind == "RUN":
        return Spread(frozenset((read.stage,)), False)
    image_path = location.image_path(path)
    flow = _flow_of(location.plan)
    found: set[StageId] = set()
    waiting = [read.stage]
    while waiting:
        stage = waiting.pop()
        if stage not in found:
            found.add(stage)
            waiting += flow.always.get(stage, ())
            waiting += (copy.stage for copy in flow.copies.get(stage, ()) if _covers(copy, image_path))
    return Spread(frozenset(found), not flow.exported.isdisjoint(found))


@dataclass(frozen=True, slots=True)
class _Flow:
    """By stage, the stages that start from it or mount it, and the COPY from it; and the stages of the image."""

    always: Mapping[StageId, Sequence[StageId]]
    copies: Mapping[StageId, Sequence[StageCopy]]
    exported: frozenset[StageId]


#: The last plans with their flows: each is asked for every entry of the context.
_FLOWS: dict[int, tuple[Plan, _Flow]] = {}
_MOST_FLOWS: Final = 256


def _flow_of(plan: Plan) -> _Flow:
    known = _FLOWS.get(id(plan))
    if known is None:
        if len(_FLOWS) == _MOST_FLOWS:
            _FLOWS.clear()
        # The plan is kept with it, so that no other one gets its identity.
        known = _FLOWS[id(plan)] = plan, _flow(plan)
    return known[1]


def _flow(plan: Plan) -> _Flow:
    always: dict[StageId, list[StageId]] = {}
    copies: dict[StageId, list[StageCopy]] = {}
    for other in plan.stages:
        if other.parent is not None and other.needed:
            always.setdefault(other.parent, []).append(other.number)
    for step in plan.steps:
        for stage in step.takes_from if step.kind == "RUN" else ():
            always.setdefault(stage, []).append(step.stage)
    for copy in plan.copies:
        copies.setdefault(copy.source, []).append(copy)
    return _Flow(always, copies, frozenset(stage.number for stage in plan.stages if stage.exported))


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
