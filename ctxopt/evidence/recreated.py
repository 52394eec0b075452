"""Directories that a build creates itself, so that the local copy is not needed."""

from collections.abc import Iterator
from dataclasses import dataclass

from ctxopt.catalogue.ecosystems import Recreated
from ctxopt.core.golang import paths
from ctxopt.evidence.builds import BuildEvidence
from ctxopt.evidence.image import ImageLocation
from ctxopt.evidence.manifests import is_member
from ctxopt.evidence.model import PlanStep
from ctxopt.image.commands import Run, is_command, words_after
from ctxopt.image.places import below, lineage, resolved


@dataclass(frozen=True, slots=True)
class Recreation:
    """How every build that takes an entry creates it, for people, and in which steps."""

    text: str
    steps: frozenset[PlanStep]


@dataclass(frozen=True, slots=True)
class NotRecreated:
    """The first read that takes an entry which no step creates, for people."""

    text: str


def recreation(recreated: Recreated, name: str, path: str, builds: BuildEvidence) -> Recreation | NotRecreated:
    """How an entry is created in each build that takes it, or where it is not.

    `name` is that name of `recreated` which the path ends with.
    """
    texts: dict[str, None] = {}
    steps: set[PlanStep] = set()
    for location in builds.locations:
        entry = _Entry(recreated, name, path, location, builds)
        maker = next(entry.makers(), None)
        if maker is None:
            return NotRecreated(f"nothing makes it anew in stage {location.read.stage_label} of {location.plan.file}")
        text, step = maker
        steps.add((location.plan_number, step))
        texts[text] = None
    return Recreation("; ".join(texts), frozenset(steps))


@dataclass(frozen=True, slots=True)
class _Entry:
    """An entry as one build takes it."""

    recreated: Recreated
    name: str
    path: str
    location: ImageLocation
    builds: BuildEvidence

    def makers(self) -> Iterator[tuple[str, int]]:
        """What creates the entry, for people, with the index of the step; steps after the read come first."""
        image_path = self.location.image_path(self.path)
        if image_path is None:
            return
        plan, read = self.location.plan, self.location.read
        makers = sorted([*self._commands(image_path), *self._copies(image_path)])
        for step, origin in makers:
            after = step == read.step if read.kind == "RUN" else step > read.step
            if plan.steps[step].stage == read.stage and after:
                yield f"recreated by {origin}", step
        if read.kind == "RUN":
            return
        stages = lineage(plan, read.stage)
        laid = f"{read.kind} ({plan.file}:{read.line}) lays the local one over it"
        for step, origin in makers:
            if plan.steps[step].stage in stages and step < read.step:
                yield f"made before by {origin}, and {laid}", step

    def _commands(self, image_path: str) -> Iterator[tuple[int, str]]:
        """The RUN commands that create the entry, with the indexes of their steps."""
        steps = self.location.plan.steps
        for run in self.builds.runs:
            is_run = run.plan == self.location.plan_number and steps[run.step].kind == "RUN"
            if is_run and run.sure and self._is_made_by(run, image_path):
                yield run.step, run.origin

    def _copies(self, image_path: str) -> Iterator[tuple[int, str]]:
        """The COPY instructions that bring the entry from another stage, with the indexes of their steps."""
        name = paths.base(self.path)
        for copy in self.builds.copies:
            here = copy.plan == self.location.plan_number and any(paths.base(source) == name for source in copy.sources)
            if here and resolved(copy.directory, copy.destination) == image_path:
                yield copy.step, copy.origin

    def _is_made_by(self, run: Run, image_path: str) -> bool:
        recreated = self.recreated
        for command in recreated.made_at:
            words = words_after(run, command) or ()
            if any(resolved(run.directory, word) == image_path for word in words if not word.startswith("-")):
                return True
        if run.directory is None or not any(is_command(run, command) for command in recreated.made_by):
            return False
        home = paths.clean(image_path + "/.." * (self.name.count("/") + 1))
        inside = below(run.directory, home)
        if not inside or recreated.nested == "all":
            return inside is not None
        root = self.location.context_path(run.directory)
        workspaces = self.builds.members.get(root, ()) if root is not None else ()
        return recreated.nested == "workspaces" and is_member(workspaces, inside)
