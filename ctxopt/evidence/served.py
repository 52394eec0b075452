"""What the image of a build runs or serves by itself: the command of its base image, and the pages of a web server."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from typing import Final

from ctxopt.catalogue.entry_points import EntryPoint, entry_point_of, entry_points, servers
from ctxopt.core.dockerfile.model import Plan, Step
from ctxopt.core.golang import paths
from ctxopt.core.ids import StepId
from ctxopt.core.image_reference import reference
from ctxopt.core.lazy_re import lazy_re
from ctxopt.evidence.image import ImageLocation
from ctxopt.evidence.manifests import Document
from ctxopt.image.commands import Reader, Run, Runs, first_command, may_be_command, words_after
from ctxopt.image.places import below, resolved

#: A directory that a web server serves, in its configuration.
_ROOT: Final = lazy_re(
    r"(?<![\w-])(?:root|alias|DocumentRoot|Alias[ \t]+\S+|server\.document-root[ \t]*=)[ \t]+"
    r"(?:\*[ \t]+)?\"?(/[\w./-]+)"
)


def entry_words(plan: Plan) -> tuple[str, ...]:
    """The words of the entry point that the image of a build has; () where that is not known, or a text."""
    step = next((step for _, step in reversed(_exported(plan)) if step.kind == "ENTRYPOINT"), None)
    if step is not None:
        return step.words or ()
    known = _entry_point(plan)
    return tuple(known.command.split()) if known is not None else ()


def _exported(plan: Plan) -> list[tuple[StepId, Step]]:
    """The steps of the stages that become the image."""
    exported = {stage.number for stage in plan.stages if stage.exported}
    return [(number, step) for number, step in plan.numbered_steps() if step.stage in exported]


def base_command(reader: Reader, plan: Plan) -> Iterator[Run]:
    """The command of the base image of the last stage, with the words of CMD, if no ENTRYPOINT replaces it."""
    known = _entry_point(plan)
    if known is None or not known.command or not plan.steps:
        return
    steps = _exported(plan)
    if any(step.kind == "ENTRYPOINT" for _, step in steps):
        return
    words = next((step.words for _, step in reversed(steps) if step.kind == "CMD" and step.words), ())
    number = steps[-1][0] if steps else StepId(len(plan.steps) - 1)
    origin = f"the entry point of {_image(plan)}, {known.command}"
    for run in reader.of_step_text(number, known.command, origin):
        yield replace(run, words=(*run.words, *words), bare=(*run.bare, *words), written=(*run.written, *words))


def _image(plan: Plan) -> str:
    use = next((use for use in plan.images if use.exported and use.kind == "FROM"), None)
    return use.name if use is not None else ""


def known_image(plan: Plan) -> str:
    """The image that a build starts from, if its command is known; "" for any other."""
    return _image(plan) if _entry_point(plan) is not None else ""


def _entry_point(plan: Plan) -> EntryPoint | None:
    found = reference(_image(plan))
    return entry_point_of(found.familiar) if found is not None else None


def configured(documents: Iterable[Document]) -> Iterator[str]:
    """The directories that configurations of web servers name as what they serve."""
    for doc in documents:
        if not any(word in doc.text for word in entry_points().programs):
            yield from (found[1] for found in _ROOT.finditer(doc.text))


def served(locations: Sequence[ImageLocation], runs: Runs, roots: Sequence[str] = ()) -> dict[int, tuple[str, ...]]:
    """The directories in the image that are served as they are, by the numbers of the plans.

    `roots` are those that configurations name.
    """
    found: dict[int, list[str]] = {}
    for number, plan in {location.plan_number: location.plan for location in locations}.items():
        known = _entry_point(plan)
        found[number] = [*(known.serves if known is not None else ()), *roots]
    for run in runs.that_may_be(servers()):
        if first_command((run,), servers(), may_be_command) is not None and run.directory is not None:
            rest = next((rest for command in servers() if (rest := words_after(run, command)) is not None), ())
            words = [word for word in rest if not word.startswith("-") and not word.isdecimal()]
            places = (resolved(run.directory, word) for word in words or (".",))
            found.setdefault(run.plan, []).extend(place for place in places if place is not None)
    return {number: tuple(places) for number, places in found.items() if places}


def is_served(location: ImageLocation, path: str, roots: Sequence[str]) -> bool:
    """Whether an entry of the context gets into a directory that is served."""
    image_path = location.image_path(path)
    if image_path is None or not location.read.exported:
        return False
    return any(below(paths.clean(root), image_path) is not None for root in roots if root.startswith("/"))
