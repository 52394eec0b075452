"""What a RUN removes right after the context was copied."""

from collections.abc import Iterator, Sequence

from ctxopt.catalogue.commands import known_commands
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
    """What the first RUN after a COPY removes before it does anything else.

    `runs` are the commands of the location's plan.
    """
    read, steps = location.read, location.plan.steps
    if read.kind == "RUN":
        return
    following = range(read.step + 1, len(steps))
    first = next((i for i in following if steps[i].stage == read.stage and steps[i].kind == "RUN"), None)
    for run in (run for run in runs if run.step == first):
        if not run.sure or run.conditional or run.name not in known_commands().harmless:
            return
        yield from _removals_by(run, location)


def _removals_by(run: Run, location: ImageLocation) -> Iterator[Removal]:
    if not is_forced(run):
        return
    for target in removed(run):
        path = location.context_path(target.path)
        if path:
            yield Removal(tuple(path.split("/")), target.whole, run.origin, (run.plan, run.step))
