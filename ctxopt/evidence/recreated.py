"""Directories that a build makes anew by itself."""

from collections.abc import Iterator
from dataclasses import dataclass

from ctxopt.catalogue.ecosystems import Recreated
from ctxopt.core.golang import paths
from ctxopt.evidence.builds import Builds
from ctxopt.evidence.image import Place
from ctxopt.evidence.manifests import is_member
from ctxopt.image.commands import Run, is_command, words_after
from ctxopt.image.places import below, lineage, resolved


@dataclass(frozen=True, slots=True)
class Made:
    """That every build makes an entry anew: how, in words, and in which steps (of which plans)."""

    text: str
    steps: frozenset[tuple[int, int]]


def made(recreated: Recreated, name: str, path: str, builds: Builds) -> Made | str:
    """How an entry is made in each build that takes it, or for which of them nothing says that it is.

    `name` is the one of the rule's names that the path ends with.
    """
    texts: list[str] = []
    steps = set()
    for place in builds.places:
        found = next(_makers(recreated, name, path, place, builds), None)
        if found is None:
            read = place.site.read
            return f"nothing makes it anew in stage {read.stage_label} of {place.site.plan.file}"
        text, step = found
        steps.add((builds.number(place), step))
        if text not in texts:
            texts.append(text)
    return Made("; ".join(texts), frozenset(steps))


def _makers(recreated: Recreated, name: str, path: str, place: Place, builds: Builds) -> Iterator[tuple[str, int]]:
    """What makes an entry in one build, with the number of its step: what comes after the read first."""
    image = place.image_path(path)
    if image is None:
        return
    number, read = builds.number(place), place.site.read
    steps = place.site.plan.steps
    stages = lineage(place.site.plan, read.stage)
    makers = [
        (run.step, run.origin)
        for run in builds.runs
        if run.plan == number and run.sure and steps[run.step].kind == "RUN"
        if _makes(recreated, run, name, path, image, place, builds)
    ]
    makers += [
        (copy.step, copy.origin)
        for copy in builds.copies
        if copy.plan == number and resolved(copy.directory, copy.destination) == image
        if any(paths.base(source) == paths.base(path) for source in copy.sources)
    ]
    makers.sort()
    for step, origin in makers:
        mounted = read.kind == "RUN"
        if steps[step].stage == read.stage and (step == place.step if mounted else step > place.step):
            yield f"recreated by {origin}", step
    if read.kind != "RUN":
        laid = f"{read.kind} ({place.site.plan.file}:{read.line}) lays the local one over it"
        for step, origin in makers:
            if steps[step].stage in stages and step < place.step:
                yield f"made before by {origin}, and {laid}", step


def _makes(recreated: Recreated, run: Run, name: str, path: str, image: str, place: Place, builds: Builds) -> bool:
    """Whether a command makes an entry, which gets to the path `image`."""
    for command in recreated.made_at:
        words = words_after(run, command) or ()
        if any(resolved(run.directory, word) == image for word in words if not word.startswith("-")):
            return True
    if run.directory is None or not any(is_command(run, command) for command in recreated.made_by):
        return False
    home = paths.clean(image + "/.." * (name.count("/") + 1))
    inside = below(run.directory, home)
    if not inside or recreated.nested == "all":
        return inside is not None
    root = place.context_path(run.directory)
    return recreated.nested == "workspaces" and root is not None and is_member(builds.members.get(root, ()), inside)
