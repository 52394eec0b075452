"""Builds that workflows make from a fresh checkout: what git ignores is not there, so that they do without it."""

import os
import posixpath
import re
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from typing import TYPE_CHECKING, Final

from ctxopt.builds.build import DeclaringFile
from ctxopt.builds.declared import top_of
from ctxopt.builds.projects import workflow_files
from ctxopt.builds.reading import LeadsOut
from ctxopt.catalogue.commands import known_commands
from ctxopt.catalogue.names import any_match
from ctxopt.core.build_context import BuildContext
from ctxopt.core.dockerfile.model import Plan
from ctxopt.core.golang import paths
from ctxopt.core.lazy_dataclass import dataclass
from ctxopt.core.lazy_re import lazy_re
from ctxopt.errors import CtxoptError
from ctxopt.evidence.model import AskCheckout, BuildRead
from ctxopt.image.shell.model import Command

if TYPE_CHECKING:
    from ctxopt.builds.workflows.model import JobStep, StepBuild

_CHECKOUT: Final = "actions/checkout"
_ENGINES: Final = ("docker", "podman", "buildah", "nerdctl")
_BUILDS: Final = (("buildx", "build"), ("image", "build"), ("builder", "build"))
#: A target that only the workflow knows.
_ANY: Final = "*"
#: An expression of a workflow, which may be anything.
_EXPRESSION: Final = lazy_re(r"\$\{\{.*?\}\}", re.DOTALL)
#: A path that is not in the checkout.
_OUTSIDE: Final = lazy_re(r"/|~|\$\{\{\s*runner\.temp")
#: What is written there is not in the checkout.
_ELSEWHERE: Final = ("/tmp/", "/dev/", "/etc/", "$GITHUB_", "${GITHUB_", "$RUNNER_TEMP", "${RUNNER_TEMP", "&")


@dataclass(frozen=True, slots=True)
class _Built:
    """A build that a workflow makes, and where; `clean` if no earlier step could have made files in its context."""

    build: "StepBuild"
    origin: str
    clean: bool


def checkouts(contexts: Sequence[BuildContext]) -> AskCheckout:
    """Tells which step of a workflow makes a build from a checkout alone, as far as it needs the stage of a read.

    Where another step makes the same build after others that may have made files, only one that builds from git does.
    """
    known: dict[int, dict[int, str]] = {}

    def ask(build_read: BuildRead) -> str:
        if not known:
            known.update(_by_plan(contexts))
        return known.get(id(build_read.plan), {}).get(build_read.read.stage, "")

    return ask


def _by_plan(contexts: Sequence[BuildContext]) -> dict[int, dict[int, str]]:
    """For each plan, by its identity, the stages that are built from a checkout, each with the step that does."""
    top = top_of(contexts[0].root)
    built = [one for path in workflow_files(top) for one in _in_workflow(path, top, _state(path))]
    found: dict[int, dict[int, str]] = {id(context.plan): {} for context in contexts}
    places = [(_place(context, top), context.plan) for context in contexts]
    for place, _ in places:
        own = [one for one in built if (one.build.context, one.build.file) == place]
        # What is built from git shows it by itself, whatever is made elsewhere.
        from_git = [one for one in own if one.build.from_git]
        for one in from_git or (own if all(one.clean for one in own) else ()):
            plans = [plan for other, plan in places if other == place]
            stages = {stage for plan in plans if _is_target(plan, one.build.target) for stage in _needed(plan)}
            for plan in plans:
                found[id(plan)].update((stage, one.origin) for stage in _needed(plan) if stage in stages)
    return found


def _place(context: BuildContext, top: str) -> tuple[str, str]:
    """The context and the Dockerfile of a build, relative to the top of the repository."""
    file = os.path.join(context.root, context.located.dockerfile.name)
    place, name = (os.path.relpath(path, top).replace(os.sep, "/") for path in (context.root, file))
    return place, name


def _is_target(plan: Plan, target: str) -> bool:
    """Whether a plan is for a target, "" for the last stage."""
    if target == _ANY:
        return True
    exported = max((stage for stage in plan.stages if stage.exported), key=lambda stage: stage.number, default=None)
    if exported is None:
        return False
    is_last = exported.number == max(stage.number for stage in plan.stages)
    return is_last if not target else target.lower() in (exported.name.lower(), str(exported.number))


def _needed(plan: Plan) -> Iterator[int]:
    return (stage.number for stage in plan.stages if stage.needed)


# -- workflows ----------------------------------------------------------------------------------


def _state(path: str) -> tuple[int, int]:
    """What is different for a file that was written again."""
    try:
        found = os.stat(path)
    except (OSError, ValueError):
        return 0, 0
    return found.st_mtime_ns, found.st_size


@lru_cache(maxsize=256)
def _in_workflow(path: str, top: str, _written: tuple[int, int]) -> tuple[_Built, ...]:
    # YAML takes time to load, and only workflows are written in it.
    from ctxopt.builds.workflows import jobs_of

    shown = os.path.relpath(path, top).replace(os.sep, "/")
    try:
        jobs = jobs_of(DeclaringFile(path, shown), top)
    except (CtxoptError, LeadsOut):
        # Said where builds are searched for.
        return ()
    return tuple(one for job in jobs for one in _in_job(job, shown))


def _in_job(steps: Iterable["JobStep"], shown: str) -> Iterator[_Built]:
    checked_out, clean = False, True
    for step in steps:
        scripted = [_commands(script) for script in step.scripts]
        ran = [command for some in scripted for command in some or ()]
        builds = [*step.builds, *(build for command in ran if not step.moved for build in _docker_build(command.words))]
        for build in builds:
            yield _Built(build, f"{shown}:{step.line}", build.from_git or (checked_out and clean))
        checked_out |= step.action == _CHECKOUT
        clean &= _is_known(step) and None not in scripted and all(map(_is_aside, ran))


def _is_known(step: "JobStep") -> bool:
    """Whether the action of a step makes no files in the checkout."""
    aside = known_commands().aside
    if step.action == _CHECKOUT and step.path:
        # Another repository, in a directory of this one.
        return False
    if not step.action or any_match(aside.actions, step.action):
        return True
    places = step.path.split()
    return any_match(aside.placing, step.action) and bool(places) and all(map(_OUTSIDE.match, places))


def _commands(script: str) -> tuple[Command, ...] | None:
    """The commands of a script; None where they are not known."""
    # Imported here because the parser takes time to load.
    from ctxopt.image.shell.parse import commands

    return commands(_EXPRESSION.sub("$EXPRESSION", script))


def _is_aside(command: Command) -> bool:
    """Whether a command makes no files in the directory that it runs in."""
    if any(not target.startswith(_ELSEWHERE) for target in (word.strip("\"'") for word in command.writes)):
        return False
    name, *words = command.words
    aside = known_commands().aside
    if paths.base(name) in aside.commands or command.only_runs_text:
        return True
    plain = [word for word in words if not word.startswith("-")]
    if paths.base(name) in aside.making:
        return all(word.strip("\"'").startswith(_ELSEWHERE) for word in plain)
    return any(
        (paths.base(name), *plain[: len(known) - 1]) == known for known in (tuple(one.split()) for one in aside.calls)
    )


def _docker_build(words: Sequence[str]) -> Iterator["StepBuild"]:
    """What a command builds if it is `docker build`, where all that is written out."""
    plain = [word for word in words if not word.startswith("-")]
    is_build = plain[1:2] == ["build"] or tuple(plain[1:3]) in _BUILDS
    if not is_build or paths.base(words[0]) not in _ENGINES:
        return
    context, file, target = words[-1], _value(words, "-f", "--file"), _value(words, "--target")
    target = _ANY if "$" in target else target
    if any("$" in word or "://" in word or word.startswith(("-", "/", "~")) for word in (context, file, target)):
        return
    from ctxopt.builds.workflows.model import StepBuild

    place = posixpath.normpath(context)
    dockerfile = posixpath.normpath(file or posixpath.join(place, "Dockerfile"))
    yield StepBuild(place, dockerfile, target, False)


def _value(words: Sequence[str], *options: str) -> str:
    """The value of an option, "" for none."""
    for word, following in zip(words, (*words[1:], ""), strict=False):
        if word in options:
            return following
        name, equals, value = word.partition("=")
        if equals and name in options:
            return value
    return ""
