"""Options that several commands share, each group handed to the command as one value."""

import os
import sys
from collections.abc import Callable
from dataclasses import replace
from functools import wraps
from typing import TYPE_CHECKING, Any, TypeVar

import click

from ctxopt.cli.outputs import note_build
from ctxopt.cli.shell import quoted, this_command
from ctxopt.cli.terminal import is_quiet, progress
from ctxopt.core.lazy_dataclass import dataclass
from ctxopt.display import printable
from ctxopt.errors import CtxoptError, DockerfileError

if TYPE_CHECKING:
    from ctxopt.builds.build import Build
    from ctxopt.builds.discovery import Request
    from ctxopt.config.model import Config
    from ctxopt.core.build_context import BuildContext
    from ctxopt.core.context.walk import IgnoredPolicy
    from ctxopt.core.dockerignore.pattern import Pattern
    from ctxopt.core.named_context import NamedContext
    from ctxopt.findings.settings import Settings

_F = TypeVar("_F", bound=Callable[..., Any])

#: Maximum size of a Dockerfile on standard input, in bytes, as of one in a file.
_LARGEST = 64 << 20
#: What a command does while it walks the context, for the line about its progress.
WALK = "Reading the build context"


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
    """The context and the options that describe builds, as they were typed.

    `context` is a directory, None if none was given. A command for one build gets one of each option at most.
    """

    context: str | None = None
    dockerfiles: tuple[str, ...] = ()
    targets: tuple[str, ...] = ()
    build_args: tuple[str, ...] = ()
    platform: str | None = None
    contexts: tuple[str, ...] = ()
    ignore_file: str | None = None
    only: bool = False
    dialect: str | None = None
    exclude: tuple[str, ...] = ()
    #: The text of the Dockerfile that is called "-" among `dockerfiles`, if there is one.
    stdin: str | None = None

    @property
    def files(self) -> tuple[str, ...]:
        """The Dockerfiles that are files."""
        return tuple(name for name in self.dockerfiles if name != "-")

    def __bool__(self) -> bool:
        described = (self.dockerfiles, self.targets, self.build_args, self.platform, self.contexts, self.ignore_file)
        return any(described)

    @property
    def directory(self) -> str:
        """The context directory: the current one if none was given."""
        return os.curdir if self.context is None else self.context

    def refuse_ignore_file(self) -> None:
        """Raise UsageError if an ignore file is named, where the result is about the one that Docker reads."""
        if self.ignore_file is not None:
            raise click.UsageError(
                "This is about the ignore file that Docker reads; for another one type "
                f"`ctxopt analyze --ignore-file {quoted(self.ignore_file)}`."
            )

    def build(self) -> "Build":
        """The one build that is described. Raises CtxoptError."""
        from ctxopt.builds.build import Build

        root = _root(self.directory)
        return Build(
            "",
            root,
            next((dockerfile_path(root, dockerfile) for dockerfile in self.files), None),
            self.stdin,
            next(iter(self.targets), None),
            tuple(build_arguments(self.build_args).items()),
            self.platform,
            None if self.ignore_file is None else os.path.abspath(self.ignore_file),
            contexts=named_contexts(self.contexts),
            dialect=self.dialect,
        )

    def request(self, declared: "tuple[Build, ...]" = ()) -> "Request":
        """The builds that are described, with what the configuration declares besides. Raises CtxoptError."""
        return self.request_for(_root(self.directory), declared)

    def request_for(self, root: str, declared: "tuple[Build, ...]") -> "Request":
        """The same for a context that is given by its path. Raises CtxoptError."""
        from ctxopt.builds.discovery import Request

        return Request(
            tuple(dockerfile_path(root, dockerfile) for dockerfile in self.files),
            self.targets,
            tuple(build_arguments(self.build_args).items()),
            self.platform,
            self.only,
            declared,
            contexts=named_contexts(self.contexts),
            dialect=self.dialect,
            inline=self.stdin,
        )


def _made(context: str | None, dockerfiles: tuple[str, ...], targets: tuple[str, ...], **others: Any) -> BuildOptions:
    """The options, with the Dockerfile that CONTEXT may name. Raises CtxoptError."""
    from ctxopt.cli.context_argument import split_context

    for name in ("ignored", "ignored_flag"):
        del others[name]
    _answer_tag(others.pop("tags"))
    if "-" in dockerfiles:
        others["stdin"] = _standard_input()
    if context is not None:
        context, own = split_context(context)
        if own is not None and dockerfiles:
            raise CtxoptError(f"CONTEXT and --file both name a Dockerfile: {own}, {dockerfiles[0]}")
        dockerfiles = dockerfiles if own is None else (own,)
    return BuildOptions(context, dockerfiles, targets, **others)


def _standard_input() -> str:
    """The Dockerfile on standard input, as text. Raises DockerfileError."""
    data = sys.stdin.buffer.read(_LARGEST + 1)
    if len(data) > _LARGEST:
        raise DockerfileError("it is larger than 64 MiB", file="standard input", hint="is it the right file?")
    return data.decode("utf-8", "surrogateescape")


def _answer_tag(tags: tuple[str, ...]) -> None:
    """Say that a tag has no effect: -t could be meant to name a stage."""
    if tags and not is_quiet():
        tag = printable(tags[-1])
        click.echo(f"note: --tag {tag} has no effect: no image is built; a stage is --target {tag}", err=True)


_context_argument = click.argument("context", required=False)
_context_option = click.option(
    "-C", "--context", default=".", show_default=True, metavar="DIR", help="Context directory, or a Dockerfile."
)


def build_options(function: _F) -> _F:
    """The CONTEXT argument and the options that describe one build: the command gets BuildOptions as `options`."""
    return _one_build(_context_argument)(function)


def build_options_to_run(function: _F) -> _F:
    """The same for a command that builds: what is only passed to the builder are options of its own."""
    return _one_build(_context_argument, ignored=("--label", "--progress"))(function)


def build_options_with_context_option(function: _F) -> _F:
    """The same for a command whose arguments are not a context: it is the option -C."""
    return _one_build(_context_option)(function)


#: Options of docker build that take a value and do not change what is sent.
_IGNORED = ("--secret", "--ssh", "--label", "--progress")


def _one_build(context: Callable[[Any], Any], ignored: tuple[str, ...] = _IGNORED) -> Callable[[_F], _F]:
    def make(dockerfile: str | None, target: str | None, **others: Any) -> BuildOptions:
        dockerfiles = () if dockerfile is None else (dockerfile,)
        return _made(dockerfiles=dockerfiles, targets=() if target is None else (target,), **others)

    return as_value(
        "options",
        make,
        context,
        click.option(
            "-f",
            "--file",
            "dockerfile",
            metavar="FILE",
            help="Dockerfile, relative to the current directory; - for standard input (default: CONTEXT/Dockerfile).",
        ),
        click.option("--target", metavar="STAGE", help="Stage to build (default: the last one)."),
        *_shared_options(ignored),
        click.option(
            "--ignore-file", metavar="FILE", help="Ignore file to read in place of the one that Docker would use."
        ),
    )


def several_builds(function: _F) -> _F:
    """CONTEXT and the options that describe any number of builds: the command gets BuildOptions as `options`."""
    return as_value(
        "options",
        _made,
        _context_argument,
        click.option(
            "-f",
            "--file",
            "dockerfiles",
            multiple=True,
            metavar="FILE",
            help="Dockerfile, relative to the current directory; - for standard input (repeatable).",
        ),
        click.option(
            "--target",
            "targets",
            multiple=True,
            metavar="STAGE",
            help="Stage to build (default: the last one; repeatable).",
        ),
        *_shared_options(),
        click.option("--only", is_flag=True, help="Only the builds named here; do not search for others."),
        exclude_option(),
    )(function)


def exclude_option() -> Callable[[Any], Any]:
    """The option for directories in which no builds are looked for."""
    return click.option(
        "--exclude", multiple=True, metavar="GLOB", help="Directory in which no builds are looked for (repeatable)."
    )


def excluded_directories(given: tuple[str, ...], config: "Config") -> "tuple[Pattern, ...]":
    """The patterns of directories in which no builds are looked for: the options, or the configuration's.

    Raises CtxoptError for what is no pattern.
    """
    if given:
        from ctxopt.config.keys import GLOBS

        try:
            return tuple(GLOBS.read(list(given))[0])
        except CtxoptError as error:
            raise CtxoptError(error.problem, file="--exclude", hint=error.hint) from None
    configured = config.checks.exclude
    return () if configured is None else configured.value


def _shared_options(ignored: tuple[str, ...] = _IGNORED) -> tuple[Callable[[Any], Any], ...]:
    return (
        click.option(
            "--build-arg", "build_args", multiple=True, metavar="KEY=VALUE", help="Build argument (repeatable)."
        ),
        click.option("--platform", metavar="OS/ARCH", help="Target platform of the build, such as linux/arm64."),
        click.option(
            "--build-context",
            "contexts",
            multiple=True,
            metavar="NAME=VALUE",
            help="Named context: a directory, an image (docker-image://…), a URL or target:NAME (repeatable).",
        ),
        click.option(
            "--dialect",
            type=click.Choice(["docker", "podman"]),
            help="Whose names and precedence of ignore files apply (default: podman's for a Containerfile).",
        ),
        # Options of docker build that do not change what is sent, so that its command line can be pasted.
        click.option("-t", "--tag", "tags", multiple=True, hidden=True),
        click.option(*ignored, "ignored", multiple=True, hidden=True),
        click.option("--no-cache", "--pull", "--push", "--load", "ignored_flag", is_flag=True, hidden=True),
    )


@dataclass(frozen=True, slots=True)
class RuleOptions:
    """The options that say which rules run and what they look at, as they were typed."""

    scan_secrets: bool = False
    select: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()
    approved_base_images: tuple[str, ...] = ()

    def settings(self, config: "Config") -> "Settings":
        """The settings of the rules, with those of the configuration. Raises CtxoptError for an unknown rule."""
        from ctxopt.cli.rule_names import ids_of
        from ctxopt.config.parse import approved_from_options
        from ctxopt.config.rules import rule_settings

        settings = rule_settings(config, scan_secrets=self.scan_secrets)
        if self.approved_base_images:
            settings = replace(settings, approved_base_images=approved_from_options(self.approved_base_images))
        return replace(settings, select=ids_of(self.select), ignore=ids_of(self.ignore))


def rule_options(function: _F) -> _F:
    """The options that say which rules run and what they look at: the command gets RuleOptions as `rules`."""
    return as_value(
        "rules",
        RuleOptions,
        click.option(
            "--select",
            multiple=True,
            metavar="RULE",
            help="Only findings of these rules, by id, start of ids or name (repeatable).",
        ),
        click.option("--ignore", multiple=True, metavar="RULE", help="No findings of these rules (repeatable)."),
        click.option(
            "--approved-base-images",
            multiple=True,
            metavar="PATTERN",
            help="Approved images, in place of those of the configuration (repeatable).",
        ),
        click.option(
            "--scan-secrets",
            is_flag=True,
            help="Search the files that instructions read for passwords and keys; needs docker-ctxopt[secrets].",
        ),
    )(function)


def open_context(build: "Build", ignored: "IgnoredPolicy") -> "BuildContext":
    """The context of a build, walked while progress is shown. Raises CtxoptError."""
    from ctxopt.builds.opened import open_build

    with progress(WALK) as update:
        context = open_build(build, ignored, update)
        # Here, so that the line is gone before anything is printed.
        context.walk()
    note_build(context)
    return context


def open_at(build: "Build", revision: str) -> "tuple[BuildContext, str]":
    """The context of a build at a git revision, and the name of that revision. Raises CtxoptError."""
    from ctxopt.builds.opened import open_build_at
    from ctxopt.git.revision import read_revision

    with progress(f"Reading revision {printable(revision)}"):
        state = read_revision(build.context, revision)
        opened = open_build_at(build, state)
    for note in () if is_quiet() else state.notes:
        click.echo(f"note: {printable(note)}", err=True)
    return opened, f"{revision} ({state.label})"


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


def named_contexts(given: tuple[str, ...]) -> "tuple[NamedContext, ...]":
    """The named contexts of NAME=VALUE pairs; of two with the same name the last counts. Raises CtxoptError."""
    from ctxopt.core.named_context import named_context

    contexts: dict[str, NamedContext] = {}
    for text in given:
        name, equals, value = text.partition("=")
        if not equals or not value:
            hint = f"name a directory, as in `{this_command('--build-context', 'lib=../lib')}`"
            raise CtxoptError(f'"{text}" is not a named context', hint=hint)
        context = named_context(name, value, os.getcwd())
        contexts[context.name] = context
    return tuple(contexts.values())


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
