"""The steps of a job, each with its scripts and what docker/build-push-action builds in it."""

import posixpath
from collections.abc import Iterator, Mapping, Sequence

from ctxopt.builds.partial import Unknown, is_remote
from ctxopt.builds.reading import Budget
from ctxopt.builds.workflows.actions import BUILD, DEFAULT_CONTEXT, in_git, inputs, used
from ctxopt.builds.workflows.matrix import Combination, Values, environment_of
from ctxopt.builds.workflows.model import JobStep, StepBuild
from ctxopt.builds.yaml_parts import entries, items, text_of
from ctxopt.builds.yaml_tree import Node
from ctxopt.core.lazy_re import lazy_re

#: A variable in a script, and a value that means the same there as it is written.
_VARIABLE = lazy_re(r"\$(?:\{(\w+)\}|(\w+))")
_PLAIN = lazy_re(r"[\w./:-]{1,200}")


def job_steps(
    job: Mapping[str, Node], environment: Mapping[str, str], combinations: Sequence[Combination], budget: Budget
) -> Iterator[JobStep]:
    """The steps of a job with these variables, in their order, for all combinations of its matrix."""
    defaults = entries(entries(job.get("defaults")).get("run"))
    for step in items(job.get("steps")):
        parts = entries(step)
        action = used(parts)[0]
        given = {**environment, **environment_of(parts.get("env"))}
        builds = dict.fromkeys(
            build
            for combination in (combinations if action == BUILD else ())
            if (build := _build(inputs(parts), Values(given, combination), budget)) is not None
        )
        moved = "working-directory" in parts or "working-directory" in defaults
        script = text_of(parts.get("run")) or ""
        scripts = dict.fromkeys(_script(script, given, Values(environment, one), budget) for one in combinations)
        path = text_of(inputs(parts).get("path")) or ""
        yield JobStep(step.line, action, tuple(filter(None, scripts)), moved, path, tuple(builds))


def _script(text: str, given: Mapping[str, str], values: Values, budget: Budget) -> str:
    """A script with the expressions and the variables replaced that have a known value."""
    budget.spend(1 + len(text) // 100)
    known = {name: value for name, text in given.items() if _PLAIN.fullmatch(value := values.known(text))}
    return _VARIABLE.sub(lambda found: known.get(found[1] or found[2], found[0]), values.known(text))


def _build(given: Mapping[str, Node], values: Values, budget: Budget) -> StepBuild | None:
    """What one combination of a step with some inputs builds; None where that is not known."""
    budget.spend(10 + len(given))
    context, file, target = (values.replaced(given.get(name), name) for name in ("context", "file", "target"))
    if isinstance(context, Unknown) or isinstance(file, Unknown) or isinstance(target, Unknown):
        return None
    from_git = context is None or context.strip().startswith(DEFAULT_CONTEXT)
    directory = in_git(context or "")
    if is_remote(directory):
        return None
    place = posixpath.normpath(directory or ".")
    # Of a context in git, the Dockerfile is looked for in it; otherwise a given path counts from the top.
    written = (file or "").strip()
    base = "." if written and not from_git else place
    dockerfile = posixpath.normpath(posixpath.join(base, written or "Dockerfile"))
    return StepBuild(place, dockerfile, (target or "").strip(), from_git)
