"""Options that several commands share, each group handed to the command as one value."""

import os
from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from typing import TYPE_CHECKING, Any, TypeVar

import click

from ctxopt.cli.terminal import progress
from ctxopt.errors import CtxoptError, DockerfileError

if TYPE_CHECKING:
    from ctxopt.builds.build import Build
    from ctxopt.builds.discovery import Request
    from ctxopt.core.build_context import BuildContext
    from ctxopt.core.context.walk import IgnoredPolicy

_F = TypeVar("_F", bound=Callable[..., Any])


def as_value(name: str, make: Callable[..., object], *options: Callable[[Any], Any]) -> Callable[[_F], _F]:
    """A decorator that adds options to a command, which gets their values as the one parameter `name`.

    `make` makes that value; it is called with the values of the options by their names.
    """

    def probe() -> None:
        """Collects the options, for their names."""

    probed: Any = probe
    for option in options:
        option(probed)
    names = [parameter.name for parameter in probed.__click_params__]

    def decorate(function: _F) -> _F:
        @wraps(function)
        def wrapped(*arguments: object, **values: object) -> object:
            given = {option: values.pop(option) for option in names}
            return function(*arguments, **{name: make(**given)}, **values)

        decorated: Any = wrapped
        for option in reversed(options):
            decorated = option(decorated)
        result: _F = decorated
        return result

    return decorate


@dataclass(frozen=True, slots=True)
class BuildOptions:
    """The options that describe builds, as they were typed. A command for one build gets one of each at most."""

    dockerfiles: tuple[str, ...] = ()
    targets: tuple[str, ...] = ()
    build_args: tuple[str, ...] = ()
    platform: str | None = None
    only: bool = False

    def __bool__(self) -> bool:
        return bool(self.dockerfiles or self.targets or self.build_args or self.platform)

    def build(self, context: str) -> "Build":
        """The one build that is described. Raises CtxoptError."""
        from ctxopt.builds.build import Build

        root = _root(context)
        request = self._request(root, ())
        return Build(
            "",
            root,
            next(iter(request.dockerfiles), None),
            None,
            next(iter(request.targets), None),
            request.build_args,
            request.platform,
        )

    def request(self, context: str, declared: "tuple[Build, ...]" = ()) -> "Request":
        """The builds that are described, with what the configuration declares besides. Raises CtxoptError."""
        return self._request(_root(context), declared)

    def _request(self, root: str, declared: "tuple[Build, ...]") -> "Request":
        from ctxopt.builds.discovery import Request

        return Request(
            tuple(dockerfile_path(root, dockerfile) for dockerfile in self.dockerfiles),
            self.targets,
            tuple(build_arguments(self.build_args).items()),
            self.platform,
            self.only,
            declared,
        )


def build_options(function: _F) -> _F:
    """The options that describe one build: the command gets BuildOptions as `options`."""

    def make(dockerfile: str | None, target: str | None, build_args: tuple[str, ...], platform: str | None) -> object:
        dockerfiles = () if dockerfile is None else (dockerfile,)
        return BuildOptions(dockerfiles, () if target is None else (target,), build_args, platform)

    return as_value(
        "options",
        make,
        click.option(
            "-f",
            "--file",
            "dockerfile",
            metavar="FILE",
            help="Dockerfile, relative to the current directory (default: CONTEXT/Dockerfile).",
        ),
        click.option("--target", metavar="STAGE", help="Stage to build (default: the last one)."),
        *_shared_options(),
    )(function)


def several_builds(function: _F) -> _F:
    """The options that describe any number of builds: the command gets BuildOptions as `options`."""
    return as_value(
        "options",
        BuildOptions,
        click.option(
            "-f",
            "--file",
            "dockerfiles",
            multiple=True,
            metavar="FILE",
            help="Dockerfile, relative to the current directory; may be repeated.",
        ),
        click.option(
            "--target",
            "targets",
            multiple=True,
            metavar="STAGE",
            help="Stage to build (default: the last one); may be repeated.",
        ),
        *_shared_options(),
        click.option("--only", is_flag=True, help="Count the builds named here, and look for no others."),
    )(function)


def _shared_options() -> tuple[Callable[[Any], Any], ...]:
    return (
        click.option(
            "--build-arg", "build_args", multiple=True, metavar="KEY=VALUE", help="Build argument; may be repeated."
        ),
        click.option("--platform", metavar="OS/ARCH", help="Platform that the build is for, such as linux/arm64."),
    )


def rule_options(function: _F) -> _F:
    """The options that say what the rules look at."""
    return click.option(
        "--scan-secrets",
        is_flag=True,
        help="Look for passwords and keys in the files that instructions read; needs docker-ctxopt[secrets].",
    )(function)


def open_context(build: "Build", ignored: "IgnoredPolicy") -> "BuildContext":
    """The context of a build, walked while progress is shown. Raises CtxoptError."""
    from ctxopt.builds.opened import open_build

    with progress("walk") as update:
        context = open_build(build, ignored, update)
        context.tree  # noqa: B018 - walked here, so that the line is gone before anything is printed
    return context


def open_at(build: "Build", revision: str) -> "tuple[BuildContext, str]":
    """The context of a build at a git revision, and the name of that revision. Raises CtxoptError."""
    from ctxopt.builds.opened import open_build_at
    from ctxopt.git.revision import read_revision

    state = read_revision(build.context, revision)
    return open_build_at(build, state), f"{revision} ({state.label})"


def _root(context: str) -> str:
    from ctxopt.core.context.locate import context_root

    return context_root(context)


def dockerfile_path(root: str, given: str) -> str:
    """A Dockerfile as an absolute path: relative to the current directory, as in docker build, or else to the context.

    Raises DockerfileError for what cannot be a path.
    """
    from pathlib import Path

    try:
        here = Path(given).absolute()
        inside = Path(root) / given
        if not here.exists() and inside.exists():
            return str(inside)
    except (OSError, ValueError) as error:
        raise DockerfileError("it cannot be found", file=given, hint=str(error)) from None
    return str(here)


def build_arguments(given: tuple[str, ...]) -> dict[str, str]:
    """KEY=VALUE pairs; a KEY alone takes its value from the environment, as in docker build. Raises CtxoptError."""
    arguments = {}
    for text in given:
        name, equals, value = text.partition("=")
        if not name:
            raise CtxoptError(f'"{text}" is no build argument', hint="write --build-arg KEY=VALUE")
        if equals:
            arguments[name] = value
        elif name in os.environ:
            arguments[name] = os.environ[name]
    return arguments
