"""What an instruction takes away again right after the context was copied."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from ctxopt.evidence.image import Place
from ctxopt.image.commands import Run
from ctxopt.image.effects import HARMLESS, is_forced, removed
from ctxopt.image.places import same_part


@dataclass(frozen=True, slots=True)
class Removal:
    """One path that an `rm -f` takes away, as parts with wildcards; `whole` if it takes directories too."""

    parts: tuple[str, ...]
    whole: bool
    origin: str
    step: tuple[int, int]

    def takes(self, path: str, is_directory: bool) -> bool:
        """Whether an entry goes by its own name."""
        given = path.split("/")
        if len(given) != len(self.parts) or (is_directory and not self.whole):
            return False
        # In a shell, wildcards leave hidden names alone.
        return all(
            same_part(part, name) and not (name.startswith(".") and part[0] in "*?[")
            for part, name in zip(self.parts, given, strict=True)
        )


def removals(place: Place, runs: Sequence[Run]) -> Iterator[Removal]:
    """What the first RUN after a site's COPY takes away again before it does anything else.

    `runs` are the commands of the site's plan.
    """
    read, steps = place.site.read, place.site.plan.steps
    if read.kind == "RUN":
        return
    following = range(place.step + 1, len(steps))
    first = next((i for i in following if steps[i].stage == read.stage and steps[i].kind == "RUN"), None)
    for run in (run for run in runs if run.step == first):
        if not run.sure or run.conditional or run.name not in HARMLESS:
            return
        yield from _taken(place, run)


def _taken(place: Place, run: Run) -> Iterator[Removal]:
    if not is_forced(run):
        return
    for target in removed(run):
        path = place.context_path(target.path)
        if path:
            yield Removal(tuple(path.split("/")), target.whole, run.origin, (run.plan, run.step))
