"""Options that several commands share, and the build context they describe."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar

import click

from ctxopt.cli.terminal import progress
from ctxopt.errors import CtxoptError, DockerfileError

if TYPE_CHECKING:
    from ctxopt.core.build_context import BuildContext
    from ctxopt.core.context.walk import LeftOut

_F = TypeVar("_F", bound=Callable[..., Any])


def build_options(function: _F) -> _F:
    """The options that say which build is meant."""
    for option in (
        *_shared_options(),
        click.option("--target", metavar="STAGE", help="Stage to build (default: the last one)."),
        click.option(
            "-f",
            "--file",
            "dockerfile",
            metavar="FILE",
            help="Dockerfile, relative to the current directory (default: CONTEXT/Dockerfile).",
        ),
    ):
        function = option(function)
    return function


def rule_options(function: _F) -> _F:
    """The options that say what the rules look at."""
    return click.option(
        "--scan-secrets",
        is_flag=True,
        help="Look for passwords and keys in the files that instructions read; needs docker-ctxopt[secrets].",
    )(function)


def several_builds(function: _F) -> _F:
    """The options that say which builds are meant, where there may be several."""
    for option in (
        click.option("--only", is_flag=True, help="Count the builds named here, and look for no others."),
        *_shared_options(),
        click.option(
            "--target",
            "targets",
            multiple=True,
            metavar="STAGE",
            help="Stage to build (default: the last one); may be repeated.",
        ),
        click.option(
            "-f",
            "--file",
            "dockerfiles",
            multiple=True,
            metavar="FILE",
            help="Dockerfile, relative to the current directory; may be repeated.",
        ),
    ):
        function = option(function)
    return function


def _shared_options() -> tuple[Callable[[_F], _F], ...]:
    return (
        click.option("--platform", metavar="OS/ARCH", help="Platform that the build is for, such as linux/arm64."),
        click.option(
            "--build-arg", "build_args", multiple=True, metavar="KEY=VALUE", help="Build argument; may be repeated."
        ),
    )


def open_context(
    context: str,
    dockerfile: str | None,
    target: str | None,
    build_args: tuple[str, ...],
    platform: str | None,
    left_out: "LeftOut",
) -> "BuildContext":
    """The build context that the options describe, walked. Raises CtxoptError."""
    from ctxopt.core.build_context import BuildContext

    with progress("walk") as update:
        opened = BuildContext(
            context,
            None if dockerfile is None else dockerfile_path(context, dockerfile),
            target,
            build_arguments(build_args),
            platform,
            left_out=left_out,
            progress=update,
        )
        opened.tree  # noqa: B018 - walked here, so that the line is gone before anything is printed
    return opened


def open_at(
    context: str,
    revision: str,
    dockerfile: str | None,
    target: str | None,
    build_args: tuple[str, ...],
    platform: str | None,
) -> "tuple[BuildContext, str]":
    """The same build at a git revision, and what that is called. Raises CtxoptError."""
    from ctxopt.core.context.locate import context_root
    from ctxopt.git.revision import open_at_revision, read_revision

    found = read_revision(context_root(context), revision)
    given = None if dockerfile is None else dockerfile_path(context, dockerfile)
    opened = open_at_revision(found, given, target, build_arguments(build_args), platform)
    return opened, f"{revision} ({found.label})"


def dockerfile_path(context: str, given: str) -> str:
    """A Dockerfile as an absolute path: relative to here, as in docker build, or else to the context.

    Raises DockerfileError for what is no path.
    """
    from pathlib import Path

    try:
        here = Path(given).absolute()
        inside = Path(context).absolute() / given
        if not here.exists() and inside.exists():
            return str(inside)
    except (OSError, ValueError) as error:
        raise DockerfileError("it cannot be found", file=given, hint=str(error)) from None
    return str(here)


def build_arguments(given: tuple[str, ...]) -> dict[str, str]:
    """KEY=VALUE pairs; a KEY alone takes its value from the environment, as in docker build. Raises CtxoptError."""
    import os

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
