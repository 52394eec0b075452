"""The instructions that each commit rebuilds: those whose inputs changed, and all that depend on them.

On a rebuilt step depend all later ones of its stage, the stages that start from that, and what copies or mounts from
it. BuildKit compares the content of what is copied from a stage; since that is not known, it counts as changed. A
COPY or ADD with --link depends on nothing before it.
"""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence

from ctxopt.core.dockerfile import flags as flagging
from ctxopt.core.dockerfile.model import Plan, Step
from ctxopt.core.ids import ReadId, StageId, StepId
from ctxopt.core.lazy_dataclass import dataclass
from ctxopt.rebuilds.inputs import Changed

#: The instructions that make layers worth caching, and are counted.
_COUNTED = ("RUN", "COPY", "ADD")


@dataclass(frozen=True, slots=True)
class Instruction:
    """One instruction through the history.

    `number` is its index in the plan's steps, `read` that of its read of the context in the plan's reads, if it has
    one. `rebuilds` counts the commits that rebuild it, `own` those that change its own inputs, and `first` those that
    rebuild it as their first instruction. `causes` are the changed paths that it depends on, with the number of
    rebuilds in which each changed, the most frequent first; directories end in a slash. `own_causes` are those that
    it reads itself. `failing` counts the commits at which what it names is missing.
    """

    number: StepId
    step: Step
    read: ReadId | None
    rebuilds: int
    own: int
    first: int
    causes: tuple[tuple[str, int], ...]
    own_causes: tuple[tuple[str, int], ...]
    failing: int


@dataclass(frozen=True, slots=True)
class Rebuild:
    """What one commit rebuilds: the indexes of instructions in the plan's steps, in that order."""

    commit: str
    steps: tuple[StepId, ...]


@dataclass(frozen=True, slots=True)
class Replay:
    """All commits, the newest first, and all counted instructions in the order of the Dockerfile."""

    commits: tuple[Rebuild, ...]
    instructions: tuple[Instruction, ...]

    @property
    def rebuilding(self) -> int:
        """The number of commits that rebuild anything."""
        return sum(bool(commit.steps) for commit in self.commits)


def replay(plan: Plan, changes: Iterable[Changed]) -> Replay:
    """What the commits rebuild in a build."""
    steps = [(number, step) for number, step in plan.numbered_steps() if step.kind in _COUNTED]
    commits: list[Rebuild] = []
    rebuilds: Counter[StepId] = Counter()
    own: Counter[ReadId] = Counter()
    first: Counter[StepId] = Counter()
    failing: Counter[ReadId] = Counter()
    causes: defaultdict[StepId, list[_Paths]] = defaultdict(list)
    own_causes: defaultdict[ReadId, list[_Paths]] = defaultdict(list)
    for change in changes:
        own.update(change.paths.keys())
        failing.update(change.failing)
        groups = _Groups(change.paths)
        rebuilt = _rebuilt(plan, steps, groups.of_read)
        commits.append(Rebuild(change.commit, tuple(rebuilt)))
        rebuilds.update(rebuilt.keys())
        first.update(list(rebuilt)[:1])
        for read, group in groups.of_read.items():
            own_causes[read].append(groups.causes[group])
        for number, wanted in rebuilt.items():
            causes[number].append(groups.of(wanted))
    ordered = _Ordered()
    return Replay(
        tuple(commits),
        tuple(
            Instruction(
                number,
                step,
                step.read,
                rebuilds[number],
                own[step.read] if step.read is not None else 0,
                first[number],
                ordered.of(causes[number]),
                ordered.of(own_causes[step.read]) if step.read is not None else (),
                failing[step.read] if step.read is not None else 0,
            )
            for number, step in steps
        ),
    )


#: The changed paths that something depends on at one commit.
_Paths = Collection[str]


class _Groups:
    """What a commit changed: reads with the same changed paths are one group."""

    def __init__(self, changed: Mapping[ReadId, tuple[str, ...]]) -> None:
        numbers: dict[int, int] = {}
        #: The causes of each group, and the number of the group of each read.
        self.causes: list[_Paths] = []
        self.of_read: dict[ReadId, int] = {}
        self._together: dict[frozenset[int], _Paths] = {}
        for read, paths in changed.items():
            if id(paths) not in numbers:
                numbers[id(paths)] = len(self.causes)
                self.causes.append(_causes(paths))
            self.of_read[read] = numbers[id(paths)]

    def of(self, groups: frozenset[int]) -> _Paths:
        """The causes of several groups together, which are the same object for the same groups."""
        if groups not in self._together:
            self._together[groups] = frozenset().union(*(self.causes[group] for group in groups))
        return self._together[groups]


class _Ordered:
    """Counts paths, once for those that depend on the same at each commit."""

    def __init__(self) -> None:
        self._known: dict[tuple[int, ...], tuple[tuple[str, int], ...]] = {}

    def of(self, paths: Sequence[_Paths]) -> tuple[tuple[str, int], ...]:
        """The paths with the number of times that each is there, the most frequent first."""
        key = tuple(map(id, paths))
        if key not in self._known:
            counted = Counter(path for some in paths for path in some)
            self._known[key] = tuple(sorted(counted.items(), key=lambda item: (-item[1], item[0])))
        return self._known[key]


#: A step that is counted, with its index in the plan's steps.
_Counted = tuple[StepId, Step]


def _rebuilt(plan: Plan, steps: Sequence[_Counted], changed: Mapping[ReadId, int]) -> dict[StepId, frozenset[int]]:
    """The rebuilt steps, each with the groups of the changed reads that it depends on."""
    if not changed:
        return {}
    by_stage: defaultdict[StageId, list[_Counted]] = defaultdict(list)
    for number, step in steps:
        by_stage[step.stage].append((number, step))
    rebuilt: dict[StepId, frozenset[int]] = {}
    #: For each stage the groups that its result depends on.
    depends: dict[StageId, frozenset[int]] = {}
    nothing: frozenset[int] = frozenset()
    for stage in plan.stages:
        above = depends.get(stage.parent, nothing) if stage.parent is not None else nothing
        for number, step in by_stage[stage.number]:
            inputs = nothing.union(*(depends.get(source, nothing) for source in step.takes_from))
            if step.read is not None and step.read in changed:
                inputs |= {changed[step.read]}
            # Most steps add nothing, and then share the set.
            above = above if inputs <= above else above | inputs
            reasons = inputs if _is_independent(step) else above
            if reasons:
                rebuilt[number] = reasons
        depends[stage.number] = above
    return dict(sorted(rebuilt.items()))


def _is_independent(step: Step) -> bool:
    if step.kind == "RUN" or not any(flag.startswith("--link") for flag in step.flags):
        return False
    return flagging.is_set(flagging.parse_flags(step.kind, step.flags), "link")


def _causes(paths: tuple[str, ...]) -> tuple[str, ...]:
    """The paths that are shown as causes: directories only where there is no file."""
    return tuple(path for path in paths if not path.endswith("/")) or paths
