"""Where the files of a stage come from: paths in an image as paths of the context."""

from collections.abc import Iterable, Iterator
from operator import itemgetter
from typing import Final, Generic, TypeVar

from ctxopt.core.dockerfile.flags import FlagError, parse_mount
from ctxopt.core.dockerfile.model import Plan, StageCopy
from ctxopt.core.golang import match as gomatch
from ctxopt.core.golang import paths
from ctxopt.core.ids import StageId
from ctxopt.core.lazy_dataclass import dataclass
from ctxopt.image.places import below, lineage, resolved

#: Maximum number of paths in stages that each search may look at, and that all together may look at beyond these.
#: Stages that copy from each other under other paths have more paths than could ever be followed.
_MOST_OF_ONE: Final = 100
_MOST_BEYOND: Final = 50_000

_Value = TypeVar("_Value")


@dataclass(frozen=True, slots=True)
class ContextPlace:
    """A directory of a stage with files of the context: `base` is its path in the image, None if it is not known.

    `path` is the directory of the context that is there; None if that is not known.
    """

    stage: StageId
    base: str | None
    path: str | None


@dataclass(frozen=True, slots=True)
class Found:
    """The paths of the context that may be at a path in a stage; `unknown` if there may be others."""

    paths: tuple[str, ...]
    unknown: bool


class Sources:
    """The files of the context in the stages of one build."""

    def __init__(self, plan: Plan, places: Iterable[ContextPlace]) -> None:
        self._plan = plan
        self._places: dict[StageId, list[tuple[int, ContextPlace]]] = {}
        for number, place in enumerate(places):
            self._places.setdefault(place.stage, []).append((number, place))
        self._copies: dict[StageId, list[tuple[int, StageCopy]]] = {}
        for number, copy in enumerate((*plan.copies, *stage_mounts(plan))):
            self._copies.setdefault(copy.stage, []).append((number, copy))
        self._inside: dict[StageId, tuple[_ByBase[ContextPlace], _ByBase[StageCopy]]] = {}
        #: What was found, by the stages and paths that were asked for: stages that copy from each other share it.
        self._known: dict[tuple[StageId, str], Found] = {}
        #: How many more stages all long searches together may look into.
        self._left = _MOST_BEYOND

    def find(self, stage: StageId, path: str) -> Found:
        """What of the context may be at a path in a stage, by COPY and by mounts of other stages alone.

        After very many places to look at, nothing but that it is unknown.
        """
        asked = stage, path
        if asked not in self._known:
            self._known[asked] = self._found(*asked)
        return self._known[asked]

    def _found(self, stage: StageId, path: str) -> Found:
        found: dict[str, None] = {}
        unknown = False
        seen: set[tuple[StageId, str]] = set()
        waiting = [(stage, path)]
        while waiting:
            stage, path = waiting.pop()
            if (stage, path) in seen:
                continue
            seen.add((stage, path))
            known = self._known.get((stage, path))
            if known is not None:
                # All that it leads to was found in the same order.
                found.update(dict.fromkeys(known.paths))
                unknown |= known.unknown
                continue
            if len(seen) > _MOST_OF_ONE:
                if not self._left:
                    return Found((), True)
                self._left -= 1
            places, copies = self._in_lineage(stage)
            for place in places.above(path):
                rest = below(place.base, path) if place.base is not None else None
                if rest is not None and place.path is not None:
                    found[paths.join(place.path, rest) if place.path and rest else place.path or rest] = None
                unknown |= place.base is None or (rest is not None and place.path is None)
            for copy in copies.above(path):
                steps = None if copy.unresolved else list(_before(copy, path))
                unknown |= steps is None
                waiting += [(copy.source, before) for before in steps or ()]
        return Found(tuple(found), unknown)

    def _in_lineage(self, stage: StageId) -> "tuple[_ByBase[ContextPlace], _ByBase[StageCopy]]":
        """The places and the copies in a stage and in those that it is built from, in their order."""
        if stage not in self._inside:
            stages = lineage(self._plan, stage)
            places = sorted((each for one in stages for each in self._places.get(one, ())), key=itemgetter(0))
            copies = sorted((each for one in stages for each in self._copies.get(one, ())), key=itemgetter(0))
            self._inside[stage] = (
                # Places that are the same say nothing more.
                _ByBase((place.base, place) for place in dict.fromkeys(place for _, place in places)),
                _ByBase((None if copy.unresolved else _base_of(copy), copy) for _, copy in copies),
            )
        return self._inside[stage]


class _ByBase(Generic[_Value]):
    """Values by the directories in a stage that they are about, None where it may be any; in their order."""

    def __init__(self, values: "Iterable[tuple[str | None, _Value]]") -> None:
        self._by_base: dict[str | None, list[tuple[int, _Value]]] = {}
        for number, (base, value) in enumerate(values):
            key = None if base is None else base.rstrip("/")
            self._by_base.setdefault(key, []).append((number, value))

    def above(self, path: str) -> "list[_Value]":
        """The values whose directory is a path or above it, or not known."""
        bases = [None, path.rstrip("/"), *(path[:at] for at in range(len(path)) if path[at] == "/")]
        found = [value for base in dict.fromkeys(bases) for value in self._by_base.get(base, ())]
        return [value for _, value in sorted(found, key=itemgetter(0))]


def stage_mounts(plan: Plan) -> tuple[StageCopy, ...]:
    """The bind mounts of RUN from other stages, each as the COPY that would give it the same files."""
    return tuple(_mounts(plan))


def _mounts(plan: Plan) -> Iterator[StageCopy]:
    stages: dict[str, StageId] = {}
    for number, step in plan.numbered_steps():
        for flag in step.flags if step.kind == "RUN" else ():
            name, _, text = flag.partition("=")
            if name != "--mount" or "from=" not in text:
                continue
            try:
                mount = parse_mount(text, lambda value: (value, frozenset()))
            except FlagError:
                continue
            if not stages:
                # Most builds have no such mount, and there may be very many stages.
                named = ((name, one.number) for one in plan.stages for name in (one.name.lower(), str(one.number)))
                stages.update((name, one) for name, one in named if name)
            source = stages.get(mount.source_stage.lower())
            if mount.type == "bind" and source is not None and mount.target:
                taken = (mount.source or "/",)
                yield StageCopy(
                    step.stage, source, step.line, step.line, taken, mount.target, workdir=step.workdir, step=number
                )


def _base_of(copy: StageCopy) -> str | None:
    return resolved(copy.workdir, copy.destination)


def _before(copy: StageCopy, path: str) -> Iterator[str]:
    """The paths in the source stage that a COPY may have put at a path."""
    base = _base_of(copy)
    rest = below(base, path) if base is not None else None
    if rest is None:
        return
    for source in copy.sources:
        plain = paths.join("/", source)
        if gomatch.has_wildcards(plain):
            yield paths.join(plain.rpartition("/")[0] or "/", rest)
        else:
            # The source may be a directory with the path in it, or the file that got the path.
            yield paths.join(plain, rest) if rest else plain
            if rest and "/" not in rest and paths.base(plain) == rest:
                yield plain
