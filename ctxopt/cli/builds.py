"""Which builds a command is about, where there may be several: options, declarations, the configuration."""

import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

import click

from ctxopt.cli.options import build_arguments, dockerfile_path
from ctxopt.cli.terminal import is_quiet, progress
from ctxopt.display import printable
from ctxopt.errors import CtxoptError

if TYPE_CHECKING:
    from ctxopt.builds.build import Build, Declared
    from ctxopt.builds.opened import Opened
    from ctxopt.config.model import BuildSettings, Config
    from ctxopt.core.context.walk import LeftOut

_F = TypeVar("_F", bound=Callable[..., Any])


@dataclass(frozen=True, slots=True)
class Asked:
    """The builds of Compose files, of bake files, of the configuration by name, or all that can be found."""

    compose: tuple[str, ...] = ()
    bake: tuple[str, ...] = ()
    names: tuple[str, ...] = ()
    everything: bool = False

    def __bool__(self) -> bool:
        return bool(self.compose or self.bake or self.names or self.everything)

    def require_alone(self, *build: object) -> None:
        """Raise UsageError if the options of one build are given besides."""
        if self and any(build):
            raise click.UsageError(
                "--file, --target, --build-arg and --platform do not go with --compose, --bake, --build and --all."
            )


@dataclass(frozen=True, slots=True)
class Chosen:
    """One build: what it is called in reports, and what the configuration says of it, if it does."""

    build: "Build"
    name: str | None = None
    settings: "BuildSettings | None" = None


def sources_options(function: _F) -> _F:
    """The options that name builds by where they are declared."""
    for option in (
        click.option("--all", "everything", is_flag=True, help="Every build found below CONTEXT."),
        click.option(
            "--build", "names", multiple=True, metavar="NAME", help="Build of the configuration; may be repeated."
        ),
        click.option("--bake", multiple=True, metavar="FILE", help="Every target of a bake file; may be repeated."),
        click.option(
            "--compose", multiple=True, metavar="FILE", help="Every service of a Compose file; may be repeated."
        ),
    ):
        function = option(function)
    return function


def single(
    context: str, dockerfile: str | None, target: str | None, build_args: tuple[str, ...], platform: str | None
) -> Chosen:
    """The build that the common options describe."""
    from ctxopt.builds.build import Build

    path = None if dockerfile is None else dockerfile_path(context, dockerfile)
    return Chosen(Build("", context, path, None, target, tuple(build_arguments(build_args).items()), platform))


def choose(asked: Asked, context: str | None, config: "Config") -> tuple[list[Chosen], list[str]]:
    """The builds that are asked for, and notes about others that were found. Raises CtxoptError."""
    chosen = [_configured(build) for build in _named(config, asked.names, asked.everything)]
    notes: list[str] = []
    for declared in _declared(asked, context or ".", [one.build for one in chosen]):
        chosen += [Chosen(build, build.origin) for build in declared.builds]
        notes += declared.notes
    if not chosen:
        raise CtxoptError("there is no build in what was named", hint="; ".join(notes) or "name a Dockerfile with -f")
    return chosen, notes


def open_chosen(chosen: list[Chosen], left_out: "LeftOut") -> "Iterator[tuple[Chosen, Opened]]":
    """The builds with their contexts; those that share a directory share the walk of it."""
    from ctxopt.builds.opened import open_builds

    with progress("walk") as update:
        yield from zip(chosen, open_builds([one.build for one in chosen], left_out, update), strict=True)


def tell(notes: list[str]) -> None:
    """Say on standard error what else is to know about the builds that were found."""
    if not is_quiet():
        for note in notes:
            click.echo(f"note: {printable(note)}", err=True)


def _named(config: "Config", names: tuple[str, ...], everything: bool) -> "list[BuildSettings]":
    """The builds of the configuration of these names, or all. Raises CtxoptError for one that there is not."""
    from ctxopt.config.table import suggestion

    known = {build.name: build for build in config.builds}
    for name in names:
        if name not in known:
            raise CtxoptError(f'there is no build "{name}" in the configuration', hint=suggestion(name, known))
    return list(config.builds) if everything else [known[name] for name in names]


def _configured(settings: "BuildSettings") -> Chosen:
    from ctxopt.builds.build import Build

    build = Build(
        settings.name,
        settings.context.value,
        None if settings.dockerfile is None else settings.dockerfile.value,
        None,
        None if settings.target is None else settings.target.value,
        () if settings.build_args is None else settings.build_args.value,
        None if settings.platform is None else settings.platform.value,
    )
    return Chosen(build, settings.name, settings)


def _declared(asked: Asked, context: str, known: "list[Build]") -> "Iterator[Declared]":
    from ctxopt.builds.declared import read_bake, read_compose, top_of

    for files, read in ((asked.compose, read_compose), (asked.bake, read_bake)):
        for file in files:
            yield read(file, file, top_of(os.path.dirname(os.path.abspath(file))))
    if asked.everything:
        yield _every(context, tuple(known))


def _every(context: str, known: "tuple[Build, ...]") -> "Declared":
    """Every build below a directory but those known, and notes about what is not among them."""
    from ctxopt.builds.build import Declared
    from ctxopt.builds.discovery import Contexts, DiscoveryPolicy, Request, discover
    from ctxopt.builds.opened import record
    from ctxopt.core.context.locate import context_root
    from ctxopt.evidence.junk_names import is_installed

    root = context_root(context)
    with progress("search") as update:
        tree = record(root, update)
    found = discover(root, tree, Request(declared=known), DiscoveryPolicy(Contexts.EVERY, is_installed))
    notes = [f"not looked at: {error.text}" for error in found.unreadable]
    notes += [*found.notes, *(build.note for build in found.builds if build.note)]
    notes += [f"not looked at: {build.reason}" for build in found.skipped]
    return Declared(tuple(build.build for build in found.builds), tuple(dict.fromkeys(notes)))
