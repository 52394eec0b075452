"""The base image of the final image, and whether something is built in it."""

import os
import re
from collections.abc import Iterator
from functools import cache, lru_cache
from typing import Final

from ctxopt.catalogue.base_images import Image, image_of, known
from ctxopt.core.build_context import BuildContext
from ctxopt.core.dockerfile.model import ImageUse, Plan, Step
from ctxopt.core.image_reference import Reference, reference
from ctxopt.core.lazy_dataclass import dataclass
from ctxopt.core.lazy_re import lazy_re
from ctxopt.findings.context import RuleContext
from ctxopt.git.repository import repository_of
from ctxopt.image.commands import is_command

#: Words of paths of Dockerfiles for tests, and for development and tests.
_TESTS: Final = frozenset(
    (
        "test",
        "tests",
        "testing",
        "testbed",
        "e2e",
        "integration",
        "conformance",
        "acceptance",
        "smoke",
        "fuzz",
        "fuzzing",
    )
)
_DEVELOPMENT: Final = _TESTS | {
    *("dev", "devel", "develop", "development", "devcontainer", "local", "debug"),
    *("codesandbox", "gitpod", "codespaces", "devspace", "devbox"),
}
#: Directories with what a service runs for people who work on a project, or for its tests.
_ENVIRONMENTS: Final = frozenset((".devcontainer", ".codesandbox", ".gitpod", ".github", ".circleci", ".buildkite"))
#: Words of paths of Dockerfiles whose images follow what is newest.
FOLLOWING: Final = frozenset(("devel", "nightly", "edge", "latest", "rolling", "unstable", "canary", "tip"))
_WORDS: Final = lazy_re(r"[^a-z0-9]+")
#: A word of a name that is written with capitals in place of what is between words.
_CAPITALIZED: Final = lazy_re(r"(?<=[a-z])[A-Z][a-z0-9]+(?![a-z])|(?<![A-Za-z])[A-Z][a-z0-9]+(?=[A-Z])")
#: A command in a comment that hands a build what `git archive` writes.
_ARCHIVED: Final = lazy_re(
    rb"^[ \t]*#[^\n]*\bgit archive\b[^\n|]*\|[^\n]*\b(?:docker|podman|buildah|nerdctl)\b[^\n]*\b(?:build|bud)\b",
    re.MULTILINE,
)
#: A command in a comment that makes one layer of an image.
_FLATTENED: Final = lazy_re(
    rb"^[ \t]*#[^\n]*(?:\b(?:docker|podman)\b[^\n]*\b(?:export|import)\b|--squash(?:-all)?\b|\bdocker-squash\b)",
    re.MULTILINE,
)
#: Maximum length of a RUN's text to search for commands, in characters: the time can grow with its square.
LONGEST: Final = 8 << 10
#: The name of a package, perhaps with a version, and the words of commands that install them.
_PACKAGE: Final = lazy_re(r"[a-z0-9][\w.+-]*(?:=\S+)?")
_INSTALLING: Final = ("install", "add", "reinstall", "upgrade", "update", "in")
#: The space and the flags between the words of a command.
_GAP: Final = r"[ \t]++"
_FLAGS: Final = r"(?:-\S++[ \t]++)*+"


@dataclass(frozen=True, slots=True)
class FinalImage:
    """The base image of the last stage, through the stages that it starts from, and what the catalogue knows of it."""

    use: ImageUse
    reference: Reference
    known: Image


def is_for_development(build: BuildContext) -> bool:
    """Whether an image is for people who work on the project, or for tests.

    The path of the Dockerfile says so, or the name of the stage that it ends with.
    """
    last = next((stage.name.lower() for stage in reversed(build.plan.stages) if stage.exported), "")
    words = (*_WORDS.split(path_in_repository(build)), *_WORDS.split(last), *_capitalized(build))
    return is_environment(build) or not _DEVELOPMENT.isdisjoint(words)


def _capitalized(build: BuildContext) -> list[str]:
    """The words of the path that a Dockerfile has in its build, in lower case, as in FrontendTests."""
    return [word.lower() for word in _CAPITALIZED.findall(build.plan.file)]


def is_environment(build: BuildContext) -> bool:
    """Whether a Dockerfile is in a directory with what a service runs for people who work on a project, or its tests.

    The tree is mounted into such a container later.
    """
    around = {os.path.basename(build.root), *path_in_repository(build).split("/")}
    return not _ENVIRONMENTS.isdisjoint(around)


def is_archived(build: BuildContext) -> bool:
    """Whether a comment of the Dockerfile says that its context is what `git archive` writes: all that git tracks."""
    return _says_archived(build.located.dockerfile.data)


def is_flattened(build: BuildContext) -> bool:
    """Whether a comment of the Dockerfile says that its image becomes one layer, in which nothing is hidden."""
    return _says_flattened(build.located.dockerfile.data)


@lru_cache(maxsize=8)
def _says_flattened(dockerfile: bytes) -> bool:
    return _FLATTENED.search(dockerfile) is not None


@lru_cache(maxsize=8)
def _says_archived(dockerfile: bytes) -> bool:
    return _ARCHIVED.search(dockerfile) is not None


def path_in_repository(build: BuildContext) -> str:
    """The path of a Dockerfile in lower case from the top of its repository; without one, as the build names it."""
    top = repository_of(build.root)
    if top is None:
        return build.plan.file.replace(os.sep, "/").lower()
    return (
        os.path.normpath(os.path.join(os.path.relpath(build.root, top), build.plan.file)).replace(os.sep, "/").lower()
    )


def final_image(build: BuildContext) -> FinalImage | None:
    """The base image of the last stage; None if it is unknown, or for another target, which may only build."""
    plan = build.plan
    if not plan.stages[-1].exported:
        return None
    use = next((use for use in plan.images if use.exported and use.kind == "FROM"), None)
    found = None if use is None else reference(use.name)
    image = None if found is None else image_of(found)
    return None if use is None or found is None or image is None else FinalImage(use, found, image)


def is_for_tests(build: BuildContext) -> bool:
    """Whether the path of a Dockerfile says that its image is for tests, or for a service around a project."""
    words = (*_WORDS.split(path_in_repository(build)), *_capitalized(build))
    return is_for_development(build) and (not _TESTS.isdisjoint(words) or _DEVELOPMENT.isdisjoint(words))


def has_run_triggers(plan: Plan) -> bool:
    """Whether an image is a base in which others run commands when they are built."""
    return any(step.text.upper().startswith("RUN") for step in plan.triggers)


def is_for_windows(context: RuleContext) -> bool:
    """Whether an image is for Windows, by its base or by the shell of its instructions."""
    steps = context.commands.image_steps
    return any(
        not context.commands.is_posix[number] for number in steps if context.build.plan.steps[number].kind == "RUN"
    )


def final_steps(plan: Plan) -> Iterator[Step]:
    """The steps of the exported stages, whose layers are in the image."""
    exported = {stage.number for stage in plan.stages if stage.exported}
    return (step for step in plan.steps if step.stage in exported)


def building_step(context: RuleContext, image: Image) -> Step | None:
    """The first RUN of the final image that builds with the tools of its base image; None if there is none."""
    commands, steps = context.commands, context.build.plan.steps
    # The script build:prod builds as well as build does.
    wanted = [form for command in image.builds for form in (command, f"{command}:*")]
    for number in commands.with_words(commands.image_steps, [command.split()[0] for command in image.builds]):
        runs = commands.of(number)
        # For a text that cannot be parsed, its words are all there is.
        builds = any(is_command(run, command) for run in runs for command in wanted) if runs else None
        if builds or (builds is None and _command(image.builds).search(steps[number].text[:LONGEST])):
            return steps[number]
    return None


def installed_to_run(context: RuleContext) -> tuple[str, ...]:
    """The packages of the distribution that the final image installs, and that not only building needs."""
    return tuple(name for name in installed_packages(context) if name not in known().building)


def installed_packages(context: RuleContext) -> tuple[str, ...]:
    """The packages of the distribution that the final image installs by name."""
    return context.once(_installed_packages)


def _installed_packages(context: RuleContext) -> tuple[str, ...]:
    from ctxopt.catalogue.commands import known_commands

    commands = context.commands
    installs = known_commands().distribution
    numbers = commands.with_words(commands.image_steps, {command.split()[0] for command in installs})
    runs = [run for number in numbers for run in commands.of(number)]
    names = (
        word.partition("=")[0]
        for run in runs
        if any(is_command(run, command) for command in installs)
        for word in run.bare[1:]
        if _PACKAGE.fullmatch(word)
    )
    return tuple(name for name in dict.fromkeys(names) if name not in _INSTALLING)


@cache
def _command(commands: tuple[str, ...]) -> re.Pattern[str]:
    """The expression that finds one of the commands, with flags between their words."""
    each = (re.escape(first) + "".join(map(_word, rest)) for first, *rest in map(str.split, commands))
    return re.compile(rf"(?:^|(?<=[\s;&|(]))(?:{'|'.join(each)})(?![\w./-])")


def _word(word: str) -> str:
    """The expression for one more word of a command, after space, and after flags unless it is one."""
    return (_GAP if word.startswith("-") else f"{_GAP}{_FLAGS}") + re.escape(word)
