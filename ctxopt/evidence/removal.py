"""What a RUN removes right after the context was copied."""

from collections.abc import Iterator, Sequence

from ctxopt.catalogue.commands import known_commands
from ctxopt.core.dockerfile.model import Plan
from ctxopt.core.ids import StageId, StepId
from ctxopt.core.lazy_dataclass import dataclass
from ctxopt.evidence.image import ImageLocation
from ctxopt.evidence.model import PlanStep
from ctxopt.image.commands import Run
from ctxopt.image.effects import is_forced, removed
from ctxopt.image.places import same_part


@dataclass(frozen=True, slots=True)
class Removal:
    """One path that an `rm -f` removes, as parts with wildcards; `whole` if it removes directories too."""

    parts: tuple[str, ...]
    whole: bool
    origin: str
    step: PlanStep

    def removes(self, path: str, is_directory: bool) -> bool:
        """Whether it removes the entry itself, and not just one above it."""
        given = path.split("/")
        if len(given) != len(self.parts) or (is_directory and not self.whole):
            return False
        # A wildcard of the shell matches no hidden name.
        return all(
            same_part(part, name) and not (name.startswith(".") and part[0] in "*?[")
            for part, name in zip(self.parts, given, strict=True)
        )


def removals(location: ImageLocation, runs: Sequence[Run]) -> Iterator[Removal]:
    """What the first RUN after a COPY removes before it does anything else; `runs` are the commands of that RUN."""
    if location.read.kind == "RUN":
        return
    for run in runs:
        if not run.sure or run.conditional or run.name not in known_commands().harmless:
            return
        yield from _removals_by(run, location)


def following_runs(plan: Plan) -> list[StepId | None]:
    """For each step, the first RUN after it in its stage; None without one."""
    found: list[StepId | None] = []
    last: dict[StageId, StepId] = {}
    for number, step in reversed(list(plan.numbered_steps())):
        found.append(last.get(step.stage))
        if step.kind == "RUN":
            last[step.stage] = number
    return found[::-1]


def _removals_by(run: Run, location: ImageLocation) -> Iterator[Removal]:
    if not is_forced(run):
        return
    for target in removed(run):
        path = location.context_path(target.path)
        if path:
            yield Removal(tuple(path.split("/")), target.whole, run.origin, (run.plan, run.step))
