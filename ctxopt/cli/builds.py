"""Which builds a command is about, where there may be several: options, declarations, the configuration."""

import os
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import TYPE_CHECKING, Any, TypeVar

import click

from ctxopt.cli.options import WALK, BuildOptions, as_value, exclude_option, excluded_directories
from ctxopt.cli.outputs import note_build
from ctxopt.cli.terminal import is_quiet, is_verbose, progress
from ctxopt.core.lazy_dataclass import dataclass
from ctxopt.display import alike, printable
from ctxopt.errors import CtxoptError

if TYPE_CHECKING:
    from ctxopt.builds.build import Build, Declared, DeclaringFile, Unresolved
    from ctxopt.builds.discovery import DiscoveryPolicy
    from ctxopt.builds.opened import Opened
    from ctxopt.checks.outcome import Unchecked
    from ctxopt.config.model import BuildSettings, Config
    from ctxopt.core.context.walk import IgnoredPolicy
    from ctxopt.core.dockerignore.pattern import Pattern

#: Maximum size of a declaration on standard input, in bytes.
_LARGEST_INPUT = 4 << 20

#: Where the text on standard input is kept.
_INPUT = "ctxopt.standard_input"

_F = TypeVar("_F", bound=Callable[..., Any])


@dataclass(frozen=True, slots=True)
class BuildSources:
    """Where builds are to be taken from: Compose files, bake files, names in the configuration, or all of these.

    Empty, the command is about the one build that BuildOptions describe.
    """

    compose: tuple[str, ...] = ()
    bake: tuple[str, ...] = ()
    names: tuple[str, ...] = ()
    everything: bool = False
    exclude: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.compose or self.bake or self.names or self.everything)

    def require_alone(self, options: BuildOptions) -> None:
        """Raise UsageError if one build is described besides."""
        if self and options:
            raise click.UsageError(
                "--file, --target, --build-arg, --build-context and --platform do not go with --compose, --bake, "
                "--build and --all."
            )


@dataclass(frozen=True, slots=True)
class ChosenBuild:
    """A Build that a command is about, with its name in reports and its settings in the configuration, if any.

    `notes` are those of the choice about what was assumed of it, `other` is what it may be instead, in another context.
    """

    build: "Build"
    name: str | None = None
    settings: "BuildSettings | None" = None
    notes: tuple[str, ...] = ()
    other: "Build | None" = None


@dataclass(frozen=True, slots=True)
class Choice:
    """The builds that a command is about; builds that were found and cannot be resolved, and notes about others."""

    builds: list[ChosenBuild]
    unchecked: "list[Unchecked]"
    notes: list[str]

    def with_others(self) -> "Choice":
        """The same with what builds may be instead as builds of their own."""
        from ctxopt.builds.reading import relative_to

        others = [
            ChosenBuild(one.other, f"{one.name} (from {relative_to(os.getcwd(), one.other.context)})", notes=one.notes)
            for one in self.builds
            if one.other is not None
        ]
        return Choice([*self.builds, *others], self.unchecked, self.notes)

    def with_platforms(self, first: "Callable[[Build], Build]" = lambda build: build) -> "Choice":
        """The same with builds of their own for further platforms that read other files or use other images.

        `first` gives each build the platform that it is looked at for itself.
        """
        from ctxopt.builds.platforms import further_platforms

        further = [
            replace(one, build=build, name=build.origin, other=None)
            for one in self.builds
            for build in further_platforms(first(one.build))
        ]
        return Choice([*self.builds, *further], self.unchecked, self.notes)


def sources_options(function: _F) -> _F:
    """The options that name builds by where they are declared: the command gets BuildSources as `sources`."""
    return as_value(
        "sources",
        BuildSources,
        click.option(
            "--compose",
            multiple=True,
            metavar="FILE",
            help="Every service of a Compose file (repeatable: merged); a directory's files, or - for standard input.",
        ),
        click.option(
            "--bake",
            multiple=True,
            metavar="FILE",
            help="Every target of a bake file (repeatable: merged); a directory's files, or - for standard input.",
        ),
        click.option(
            "--build", "names", multiple=True, metavar="NAME", help="Named build from the configuration (repeatable)."
        ),
        click.option("--all", "everything", is_flag=True, help="Every build found below CONTEXT."),
        exclude_option(),
    )(function)


def choose(sources: BuildSources, options: BuildOptions, config: "Config") -> Choice:
    """The builds that a command is about. Raises CtxoptError, also where there is none."""
    if not sources:
        return Choice([ChosenBuild(options.build())], [], [])
    from ctxopt.config.builds import build_of

    configured = _named(config, sources.names, sources.everything)
    chosen = Choice([ChosenBuild(build_of(settings), settings.name, settings) for settings in configured], [], [])
    known = tuple(one.build for one in chosen.builds)
    exclude = excluded_directories(sources.exclude, config)
    for directory, declared in _declared(sources, options.directory, known, exclude):
        assumed, others = dict(declared.assumed), dict(declared.others)
        for build in declared.builds:
            notes = (assumed[build],) if build in assumed else ()
            chosen.builds.append(ChosenBuild(build, build.origin, notes=notes, other=others.get(build)))
        chosen.unchecked.extend(unchecked_in(directory, one) for one in declared.unresolved)
        chosen.notes.extend(declared.notes)
    if not (chosen.builds or chosen.unchecked):
        raise CtxoptError("no builds found", hint="; ".join(chosen.notes) or "name a Dockerfile with -f")
    if options.dialect is not None:
        chosen.builds[:] = [replace(one, build=replace(one.build, dialect=options.dialect)) for one in chosen.builds]
    return chosen


def unchecked_in(directory: str, unresolved: "Unresolved") -> "Unchecked":
    """What cannot be resolved, with the path of its file in the repository; the file is relative to a directory."""
    from ctxopt.annotations.model import placed
    from ctxopt.checks.outcome import Unchecked
    from ctxopt.git.repository import place_in_repository

    return Unchecked(unresolved, placed(place_in_repository(os.path.realpath(directory)), unresolved.file))


def open_chosen(
    chosen: list[ChosenBuild], ignored: "IgnoredPolicy", *, unfiltered_too: bool = False
) -> "Iterator[tuple[ChosenBuild, Opened]]":
    """The builds with their contexts; those that share a directory share the walk of it.

    With `unfiltered_too`, each context also has the `unfiltered` tree.
    """
    from ctxopt.builds.opened import open_builds

    with progress(WALK) as update:
        builds = [one.build for one in chosen]
        opened = open_builds(builds, ignored, update, unfiltered_too=unfiltered_too)
        for one, build in zip(chosen, opened, strict=True):
            if not isinstance(build.context, CtxoptError):
                note_build(build.context)
            yield one, build


def show_notes(notes: list[str]) -> None:
    """Print notes about the builds that were found on standard error, unless --quiet is set.

    Where many are alike only one of them is shown, unless --verbose is set.
    """
    if not is_quiet():
        for note in notes if is_verbose() else alike(notes, "-v"):
            click.echo(f"note: {printable(note)}", err=True)


def _named(config: "Config", names: tuple[str, ...], everything: bool) -> "list[BuildSettings]":
    """The builds of the configuration of these names, or all. Raises CtxoptError for an unknown name."""
    from ctxopt.config.table import suggestion

    known = {build.name: build for build in config.builds}
    for name in names:
        if name not in known:
            raise CtxoptError(f'no build "{name}" in the configuration', hint=suggestion(name, known))
    return list(config.builds) if everything else [known[name] for name in names]


def _declared(
    sources: BuildSources, context: str, known: "tuple[Build, ...]", exclude: "tuple[Pattern, ...]"
) -> "Iterator[tuple[str, Declared]]":
    """The builds of each source but the configuration, whose builds are `known`, with the directory of its names."""
    from ctxopt.builds.build import Declared, Unresolved
    from ctxopt.builds.declared import read_bake, read_compose, top_of
    from ctxopt.builds.projects import bake_files_in, compose_files_in

    readers = (
        (sources.compose, compose_files_in, read_compose),
        (sources.bake, bake_files_in, lambda files, root: read_bake(files, root, os.curdir)),
    )
    for paths, found_in, read in readers:
        if not paths:
            continue
        files = given_files(paths, found_in)
        try:
            declared = read(files, top_of(os.path.dirname(os.path.abspath(files[0].path))))
        except CtxoptError as error:
            declared = Declared((), unresolved=(Unresolved.by_error(error, files[0].shown),))
        yield os.curdir, declared
    if sources.everything:
        yield context, _every(context, known, exclude)


def given_files(
    paths: tuple[str, ...],
    found_in: "Callable[[str], tuple[str, ...]]",
    place: "Callable[[str], str]" = lambda path: path,
) -> "list[DeclaringFile]":
    """The files that were named; a directory has those that its tool finds there, and `-` is standard input.

    `place` gives where a path is looked for, and read. Raises CtxoptError.
    """
    from ctxopt.builds.build import DeclaringFile
    from ctxopt.builds.projects import compose_files_in

    if paths.count("-") > 1:
        raise CtxoptError("- can be given once", hint="standard input is one file")
    files: list[DeclaringFile] = []
    for path in paths:
        if path == "-":
            files.append(DeclaringFile("standard-input", "standard input", standard_input()))
        elif os.path.isdir(path):
            at = place(path)
            found = [os.path.normpath(one) for one in (found_in(at) if os.path.isdir(at) else ())]
            if not found and at == path:
                kind = "Compose file" if found_in is compose_files_in else "bake file"
                raise CtxoptError(f"no {kind} in this directory", file=path, hint="name the file")
            files += [DeclaringFile(one, os.path.normpath(os.path.join(path, os.path.basename(one)))) for one in found]
        else:
            files.append(DeclaringFile(place(path), path))
    return files


def standard_input() -> str:
    """The text on standard input, which is read once. Raises CtxoptError."""
    context = click.get_current_context()
    known: str | None = context.meta.get(_INPUT)
    if known is None:
        known = context.meta[_INPUT] = _standard_input()
    return known


def _standard_input() -> str:
    data = sys.stdin.buffer.read(_LARGEST_INPUT + 1)
    if len(data) > _LARGEST_INPUT:
        raise CtxoptError("standard input is larger than 4 MiB", hint="is it the right file?")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise CtxoptError("standard input is not UTF-8 text") from None


def everywhere(root: str) -> "DiscoveryPolicy":
    """How every build below a directory, which is absolute and has no links, is looked for."""
    from ctxopt.builds.discovery import Contexts, DiscoveryPolicy
    from ctxopt.catalogue.installs import is_manifest
    from ctxopt.evidence.fixtures import fixtures_in
    from ctxopt.evidence.junk_names import is_installed

    return DiscoveryPolicy(Contexts.EVERY, is_installed, is_manifest, fixtures_in(root))


def _every(context: str, known: "tuple[Build, ...]", exclude: "tuple[Pattern, ...]") -> "Declared":
    """Every build below a directory but those known, and notes about what is not among them."""
    from ctxopt.builds.build import Declared
    from ctxopt.builds.discovery import Request, discover
    from ctxopt.builds.opened import walk_unfiltered
    from ctxopt.core.context.locate import context_root

    root = context_root(context)
    with progress("Searching for builds") as update:
        tree = walk_unfiltered(root, update)
    discovery = discover(root, tree, Request(declared=known, exclude=exclude), everywhere(root))
    notes = [*discovery.notes, *(found.note for found in discovery.builds if found.note)]
    refused = {one.origin for one in discovery.unresolved}
    notes += [f"skipped: {skipped.reason}" for skipped in discovery.skipped if skipped.origin not in refused]
    builds = tuple(found.build for found in discovery.builds)
    assumed = tuple((found.build, found.note) for found in discovery.builds if found.note)
    others = tuple((found.build, found.other) for found in discovery.builds if found.other is not None)
    return Declared(builds, tuple(dict.fromkeys(notes)), discovery.unresolved, assumed, others)
