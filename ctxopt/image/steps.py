"""The commands of a plan's steps, read once for all that ask for them."""

from collections.abc import Collection, Iterable
from functools import cached_property
from typing import Final

from ctxopt.catalogue.vocabulary import shells
from ctxopt.core.dockerfile.flags import FlagError, parse_flags, parse_mount
from ctxopt.core.dockerfile.model import Plan, Step
from ctxopt.core.ids import StageId, StepId
from ctxopt.core.lazy_dataclass import dataclass
from ctxopt.image.commands import Reader, Run
from ctxopt.image.places import lineage, resolved

#: Maximum length of the texts that cannot be read, in characters; later steps then count as unread. What the
#: grammar does not know takes time with the square of its length.
_MOST_UNREAD: Final = 32 << 10


@dataclass(frozen=True, slots=True)
class MountPoint:
    """A mount of a RUN; `path` is None if it is unknown."""

    type: str
    path: str | None


class StepCommands:
    """The commands of the RUN steps of a plan.

    All are read in order when the first is needed, so the result does not depend on who asks first.
    """

    def __init__(self, plan: Plan) -> None:
        self._plan = plan
        #: The steps of the last stage that was asked for: many ask for the same one in a row.
        self._of_stage: tuple[StageId, tuple[StepId, ...]] | None = None

    @cached_property
    def _reader(self) -> Reader:
        return Reader(self._plan, 0)

    @property
    def unread(self) -> tuple[StepId, ...]:
        """The numbers of the RUN whose shell text cannot be read."""
        return tuple(StepId(number) for number, runs in enumerate(self._runs) if runs is None)

    @property
    def directories(self) -> list[str]:
        """The working directory of each step, as in `places.directories`."""
        return self._reader.directories

    @cached_property
    def image_steps(self) -> tuple[StepId, ...]:
        """The numbers of the steps of the exported image, in order."""
        exported = {stage.number for stage in self._plan.stages if stage.exported}
        return tuple(number for number, step in self._plan.numbered_steps() if step.stage in exported)

    def in_stage(self, stage: StageId) -> tuple[StepId, ...]:
        """The numbers of the steps of a stage and of the stages that it starts from, in order."""
        if self._of_stage is None or self._of_stage[0] != stage:
            stages = lineage(self._plan, stage)
            numbers = (number for number, step in self._plan.numbered_steps() if step.stage in stages)
            self._of_stage = stage, tuple(numbers)
        return self._of_stage[1]

    def of(self, number: StepId) -> tuple[Run, ...]:
        """The commands of a RUN; () for other instructions, other shells, and text that cannot be parsed."""
        return self._runs[number] or ()

    def with_words(self, numbers: Iterable[StepId], words: Collection[str]) -> list[StepId]:
        """Those of the steps that are a RUN with one of the words in its text."""
        steps = self._plan.steps
        return [n for n in numbers if steps[n].kind == "RUN" and any(word in steps[n].text for word in words)]

    def mounts(self, number: StepId) -> tuple[MountPoint, ...]:
        """The mounts of a RUN, which may be anywhere with a variable for a number; () for other instructions."""
        step = self._plan.steps[number]
        if step.kind != "RUN" or not step.flags:
            return ()
        try:
            written = parse_flags("RUN", step.flags).get("mount", ())
            mounts = [parse_mount(text, _as_written) for text in written]
        except FlagError:
            unknown = [flag for flag in step.flags if "$" in flag]
            return tuple(MountPoint("cache" if "type=cache" in flag else "", None) for flag in unknown)
        directory = self.directories[number]
        return tuple(
            MountPoint(
                mount.type, None if not mount.target or "$" in mount.target else resolved(directory, mount.target)
            )
            for mount in mounts
        )

    @cached_property
    def _runs(self) -> list[tuple[Run, ...] | None]:
        """For each step its commands; None for shell text that cannot be read."""
        result: list[tuple[Run, ...] | None] = []
        unread = 0
        for number, step in self._plan.numbered_steps():
            runs: tuple[Run, ...] | None = ()
            if step.kind == "RUN" and (step.words is not None or (step.shell and self.is_posix[number])):
                runs = self._read(number) if unread < _MOST_UNREAD else None
                unread += len(step.text) if runs is None else 0
            result.append(runs)
        return result

    def _read(self, number: StepId) -> tuple[Run, ...] | None:
        runs = tuple(self._reader.of_step(number))
        return runs if all(run.sure for run in runs) else None

    @cached_property
    def is_posix(self) -> list[bool]:
        """For each step whether the shell of its stage is a POSIX shell."""
        parents = {stage.number: stage.parent for stage in self._plan.stages}
        bases = {stage.number: stage.base.lower() for stage in self._plan.stages}
        current: dict[int, bool] = {}
        result = []
        for step in self._plan.steps:
            if step.stage not in current:
                parent = parents.get(step.stage)
                windows = any(mark in bases.get(step.stage, "") for mark in shells().windows)
                current[step.stage] = current.get(parent, True) if parent is not None else not windows
            if step.kind == "SHELL":
                current[step.stage] = _is_posix_shell(step)
            result.append(current[step.stage])
        return result


def _is_posix_shell(step: Step) -> bool:
    names = [word.lower().replace("\\", "/").rpartition("/")[2].removesuffix(".exe") for word in step.words or ()]
    return not any(name in shells().other_shells for name in names)


def _as_written(word: str) -> tuple[str, frozenset[str]]:
    return word, frozenset()
