"""Entries that no step of a build makes, and that no step needs either, judging by the tools that run."""

from collections.abc import Callable, Iterator, Sequence
from functools import cache
from typing import Final

from ctxopt.catalogue.commands import is_blind, known_commands
from ctxopt.catalogue.ecosystems import catalogue
from ctxopt.catalogue.installs import installs
from ctxopt.catalogue.names import any_match
from ctxopt.catalogue.vocabulary import Commands
from ctxopt.core.dockerfile.model import Plan
from ctxopt.core.golang import paths
from ctxopt.core.ids import StageId
from ctxopt.core.lazy_dataclass import dataclass
from ctxopt.evidence.absent import is_absent
from ctxopt.evidence.builds import BuildEvidence
from ctxopt.evidence.image import ImageLocation
from ctxopt.evidence.model import PlanStep
from ctxopt.evidence.spread import Spread, spread
from ctxopt.image.commands import Run, first_command, is_command, is_independent
from ctxopt.image.places import below, resolved

#: What a shell may put other words in place of.
_EXPANDED: Final = frozenset("$`~*?[{\\")


class Unused:
    """Judges entries of one context by the tools that its builds run; what is asked of a stage is asked once."""

    def __init__(self, builds: BuildEvidence) -> None:
        self._builds = builds
        self._runs: dict[tuple[int, StageId], list[Run]] = {}
        plans = {location.plan_number: location.plan for location in builds.locations}
        for run in builds.all_runs:
            plan = plans[run.plan]
            self._runs.setdefault((run.plan, plan.steps[run.step].stage), []).append(run)
        self._without = cache(self._is_without)
        self._absent = cache(self._is_absent)
        self._building = cache(self._is_building)
        self._outputs = cache(self._outputs_of)

    def reason(self, chain: str, path: str, output: bool) -> str | None:
        """Why no build uses an entry that only a toolchain makes and needs, for people; None if one may use it.

        The `output` of a toolchain may also be served or embedded by others, so it must not get into the image.
        """
        locations = [location for location in self._builds.locations if location.takes(path)]
        if not all(self.is_unused_at(location, chain, path, output) for location in locations):
            return None
        labels = dict.fromkeys(f"stage {location.read.stage_label}" for location in locations)
        return f"no command of {', '.join(labels)} uses {chain}" if labels else None

    def is_unused_at(self, location: ImageLocation, chain: str, path: str, output: bool) -> bool:
        """Whether a build does not use an entry that only a toolchain makes and needs, where it takes it there."""
        reach = spread(location, path)
        if output and reach.in_image:
            return False
        number = location.plan_number
        home = (location.read.stage, location.image_path(path))
        return self._without(chain, number, reach, home) or (not output and self._absent(chain, number, reach))

    def only_builds(self, location: ImageLocation, path: str) -> bool:
        """Whether an entry gets only into stages whose commands are known, and that are for building."""
        reach = spread(location, path)
        if reach.in_image or not self._building(location.plan_number, reach.stages):
            return False
        steps = self._plan(location.plan_number).steps
        runs = (run for run in self._in(location.plan_number, reach.stages) if steps[run.step].kind == "RUN")
        return all(run.sure and (not _is_script(run) or run.identity in self._builds.followed) for run in runs)

    def written(self, path: str) -> "Written | None":
        """What a command writes of an entry, in each build that takes it: the last of them, None if one does not."""
        found: Written | None = None
        for location in (location for location in self._builds.locations if location.takes(path)):
            image_path = location.image_path(path)
            outputs = self._outputs(location.plan_number, location.read.stage) if image_path is not None else []
            found = next((made for made in map(_within(location, image_path or ""), outputs) if made is not None), None)
            if found is None:
                return None
        return found

    def _outputs_of(self, number: int, stage: StageId) -> list[tuple[str, Run]]:
        """What the RUN instructions of a stage write, by options that say so: paths in the image."""
        steps = self._plan(number).steps
        own = self._runs.get((number, stage), ())
        runs = (run for run in own if run.sure and not run.by_value and steps[run.step].kind == "RUN")
        written = ((run, [*_outputs(run.words), *_written(run), *_made(run)]) for run in runs)
        targets = ((resolved(run.directory, word), run) for run, words in written for word in words)
        built = ((known.path, known.run) for known in self._builds.built if known.run.plan == number)
        here = ((path, run) for path, run in built if steps[run.step].stage == stage)
        return [*((target, run) for target, run in targets if target is not None), *here]

    def is_shipped(self, path: str) -> bool:
        """Whether an entry that git ignores may be what is shipped: made before the build, and not in it.

        That is so where no command of a stage installs or builds anything, and for an entry with the name of a result
        that gets into the image.
        """
        has_name = any_match(catalogue().shipped, paths.base(path))
        for location in (location for location in self._builds.locations if location.takes(path)):
            reach = spread(location, path)
            if (has_name and reach.in_image) or not self._building(location.plan_number, reach.stages):
                return True
        return False

    def _plan(self, number: int) -> Plan:
        return next(location.plan for location in self._builds.locations if location.plan_number == number)

    def _in(self, number: int, stages: frozenset[StageId]) -> Iterator[Run]:
        for stage in sorted(stages):
            yield from self._runs.get((number, stage), ())

    def _is_without(self, chain: str, number: int, reach: Spread, home: tuple[StageId, str | None]) -> bool:
        """Whether all commands of the stages that an entry gets into are known, and none belongs to a toolchain.

        `home` is the stage that it gets into first, and its path there.
        """
        plan = self._plan(number)
        runs = list(self._in(number, reach.stages))
        spoken = {run.step for run in runs}
        for step_number, step in plan.numbered_steps():
            if step.kind == "RUN" and step.stage in reach.stages and step_number not in spoken:
                return False
        starts = any(plan.steps[run.step].kind in ("CMD", "ENTRYPOINT") for run in runs)
        stage, image_path = home
        return (starts or not reach.in_image) and all(
            run.sure
            and (self._is_other(run, chain) or (plan.steps[run.step].stage == stage and _is_elsewhere(run, image_path)))
            for run in runs
        )

    def _is_absent(self, chain: str, number: int, reach: Spread) -> bool:
        """Whether the stages that an entry gets into have no tool of a toolchain, whatever their commands are."""
        runs = list(self._in(number, reach.stages))
        if any(run.name in _own(chain) for run in runs):
            return False
        plan = self._plan(number)
        scripts = (run for run in runs if plan.steps[run.step].kind == "RUN" and _is_script(run))
        hidden = [run for run in scripts if run.name not in _others(chain)]
        if any(run.identity not in self._builds.followed for run in hidden):
            return False
        return any(is_absent(known, plan, reach.stages) for known in catalogue().toolchain if known.name == chain)

    def _is_other(self, run: Run, chain: str) -> bool:
        """Whether a command is known, and none of a toolchain."""
        if run.name in _own(chain):
            return any(
                first_command((run,), toolchain.without, is_command) is not None
                for toolchain in catalogue().toolchain
                if toolchain.name == chain
            )
        if is_blind(run.name) or is_independent(run) or run.identity in self._builds.followed:
            return True
        return run.name in _others(chain)

    def _is_building(self, number: int, stages: frozenset[StageId]) -> bool:
        """Whether a RUN in one of some stages installs what a project needs, or builds it."""
        steps = self._plan(number).steps
        return any(steps[run.step].kind == "RUN" and _makes(run) for run in self._in(number, stages))


def _is_elsewhere(run: Run, image_path: str | None) -> bool:
    """Whether a command copies files, and all that it names is apart from a path in the image."""
    if image_path is None or run.name not in known_commands().copying or run.name != run.words[0]:
        return False
    named = [word for word in run.words[1:] if not word.startswith("-")]
    if any(char in word for word in named for char in _EXPANDED):
        return False
    targets = [resolved(run.directory, word) for word in named]
    return all(
        target is not None and below(target, image_path) is None and below(image_path, target) is None
        for target in targets
    )


def _is_script(run: Run) -> bool:
    """Whether a command is a file, or is not known: it may bring a toolchain."""
    return not run.sure or (bool(run.words) and "/" in run.words[0])


@cache
def _others(chain: str) -> frozenset[str]:
    """The commands of all toolchains but one."""
    return frozenset(command for toolchain in catalogue().toolchain for command in toolchain.commands) - _own(chain)


@cache
def _own(chain: str) -> frozenset[str]:
    known = catalogue().toolchain
    return frozenset(command for toolchain in known if toolchain.name == chain for command in toolchain.commands)


@dataclass(frozen=True, slots=True)
class Written:
    """What a command writes: its path in the context, and the command's step and origin."""

    path: str
    step: PlanStep
    origin: str


def _within(location: ImageLocation, image_path: str) -> Callable[[tuple[str, Run]], Written | None]:
    """Tells what of an output is at a path in the image, or below it."""

    def within(output: tuple[str, Run]) -> Written | None:
        target, run = output
        if run.step < location.read.step or below(image_path, target) is None:
            return None
        inside = location.context_path(target)
        return Written(inside, (run.plan, run.step), run.origin) if inside else None

    return within


def _written(run: Run) -> Iterator[str]:
    """The paths that the output of a command is redirected to, and not only added to."""
    return (word for word in run.writes if word not in run.appends)


def _made(run: Run) -> Iterator[str]:
    """The directories that a command makes, and that must not be there: without an option, `mkdir` fails then."""
    if run.name == "mkdir" and not run.conditional and not any(word.startswith("-") for word in run.words[1:]):
        yield from run.words[1:]


def _outputs(words: Sequence[str]) -> Iterator[str]:
    """The paths that options name as what a command writes."""
    options = known_commands().outputs
    for word, following in zip(words, (*words[1:], ""), strict=False):
        name, equals, value = word.partition("=")
        if name in options and (equals or following):
            yield value if equals else following


@cache
def _making() -> Commands:
    known = catalogue()
    made = (command for kind in (*known.dependency, *known.output) for command in (*kind.made_by, *kind.made_at))
    installed = (command for install in installs() for command in (*install.commands, *install.also))
    return tuple(dict.fromkeys((*made, *installed, *known.builds)))


def _makes(run: Run) -> bool:
    """Whether a command installs what a project needs, or builds it."""
    return run.sure and first_command((run,), _making(), is_command) is not None
