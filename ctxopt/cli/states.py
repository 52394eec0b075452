"""What `digest` and `affected` share: states of the repository, the builds in them, and pinned base images."""

import os
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any, TypeVar

import click

from ctxopt.cli.builds import (
    BuildSources,
    Choice,
    ChosenBuild,
    choose,
    everywhere,
    given_files,
    unchecked_in,
)
from ctxopt.cli.configuration import configuration, configuration_at
from ctxopt.cli.options import BuildOptions, excluded_directories
from ctxopt.errors import ContextError, CtxoptError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from ctxopt.builds.at_state import Shadow
    from ctxopt.builds.build import Build, Declared, DeclaringFile
    from ctxopt.core.dockerignore.pattern import Pattern
    from ctxopt.digest.base_digests import BaseDigests
    from ctxopt.git.states import State

_F = TypeVar("_F", bound="Callable[..., Any]")

#: Maximum size of a file with digests of base images, in bytes.
_LARGEST = 4 << 20


def base_digests_option(function: _F) -> _F:
    """The option for the file that pins base images."""
    return click.option(
        "--base-digests",
        metavar="FILE",
        help="Digests of base images: a JSON object, or lines of an image and its digest.",
    )(function)


def chosen_now(options: BuildOptions, sources: BuildSources) -> tuple[Choice, BuildSources]:
    """The builds that a command is about as they are on disk, and where they are taken from. Raises CtxoptError."""
    sources.require_alone(options)
    config = configuration(options.directory)
    if not sources and options.context in (None, os.curdir) and not options and config.builds:
        sources = BuildSources(names=tuple(build.name for build in config.builds))
    choice = choose(sources, options, config)
    return Choice(choice.builds, choice.unchecked, [*config.notes, *choice.notes]), sources


def chosen_at(
    options: BuildOptions, sources: BuildSources, state: "State", now: Sequence[ChosenBuild], read: Iterable[str]
) -> Choice:
    """The builds that the same options are about at a revision; `now` are those of another state.

    `read` are the absolute paths of files that these are known from, which are read besides those that declare builds.

    A file or a name that was not there then has no builds. Raises CtxoptError.
    """
    from ctxopt.builds.at_state import shadow
    from ctxopt.config.builds import build_of

    if not sources:
        return Choice(list(now), [], [])
    assert state.revision is not None
    config = configuration_at(options.directory, state.revision)
    wanted = [one for one in config.builds if sources.everything or one.name in sources.names]
    found = Choice([ChosenBuild(build_of(one), one.name, one) for one in wanted], [], [])
    known = tuple(one.build for one in found.builds)
    exclude = excluded_directories(sources.exclude, config)
    with shadow(state, read) as copied:
        for directory, declared in _declared_at(sources, options.directory, known, exclude, state, copied):
            original = copied.original(declared)
            found.builds.extend(ChosenBuild(build, build.origin) for build in original.builds)
            found.unchecked.extend(unchecked_in(directory, one) for one in original.unresolved)
    builds = found.builds
    if options.dialect is not None:
        builds = [replace(one, build=replace(one.build, dialect=options.dialect)) for one in builds]
    return Choice(builds, found.unchecked, [])


def _declared_at(
    sources: BuildSources,
    context: str,
    known: "tuple[Build, ...]",
    exclude: "tuple[Pattern, ...]",
    state: "State",
    copied: "Shadow",
) -> "Iterator[tuple[str, Declared]]":
    """What each source declared, as it is in the copy, with the directory of its names."""
    from ctxopt.builds.build import Declared, Unresolved
    from ctxopt.builds.declared import read_bake, read_compose
    from ctxopt.builds.discovery import Request, discover
    from ctxopt.builds.earlier import moved
    from ctxopt.builds.projects import bake_files_in, compose_files_in
    from ctxopt.core.context.locate import context_root

    top, here = copied.directory, copied.place(os.getcwd())

    def composed(files: "list[DeclaringFile]") -> Declared:
        return read_compose(files, top)

    def baked(files: "list[DeclaringFile]") -> Declared:
        return read_bake(files, top, here)

    readers = ((sources.compose, compose_files_in, composed), (sources.bake, bake_files_in, baked))
    for paths, found_in, read in readers:
        files = given_files(paths, found_in, lambda path: copied.place(os.path.abspath(path))) if paths else []
        if not files or not all(os.path.lexists(one.path) or one.text is not None for one in files):
            continue
        try:
            declared = read(files)
        except CtxoptError as error:
            declared = Declared((), unresolved=(Unresolved.by_error(error, files[0].shown),))
        yield os.curdir, declared
    if sources.everything:
        root = context_root(context)
        try:
            tree = state.tree(root)
        except ContextError:
            return
        there = tuple(moved(build, copied.top, copied.directory) for build in known)
        discovery = discover(copied.place(root), tree, Request(declared=there, exclude=exclude), everywhere(root))
        yield context, Declared(tuple(found.build for found in discovery.builds), (), discovery.unresolved)


def read_bases(file: str | None, state: "State | None" = None) -> "BaseDigests":
    """The digests of base images in a file, if one is given: as a state has it, or as it is. Raises CtxoptError."""
    from ctxopt.builds.reading import read_text
    from ctxopt.core.context.locate import DISK
    from ctxopt.digest.base_digests import BaseDigests, read_base_digests

    if file is None:
        return BaseDigests()
    path = os.path.abspath(file)
    text = None
    if state is not None and state.revision is not None and state.inside(os.path.realpath(path)) is not None:
        text = read_text(os.path.realpath(path), file, state.top, state.storage)
    if text is None:
        text = read_text(path, file, os.path.dirname(path), DISK)
    if text is None:
        raise CtxoptError(f"file with base digests not found: {file}")
    if len(text) > _LARGEST:
        raise CtxoptError("it is larger than 4 MiB", file=file, hint="is it the right file?")
    return read_base_digests(text, file)


def named_builds(choice: Choice, top: str) -> "list[tuple[str, Build]]":
    """The builds with their names, "" for one without a name; those of a matrix are told apart by their Dockerfiles.

    `top` is the repository, to which the Dockerfiles are relative.
    """
    from ctxopt.builds.reading import relative_to

    known = Counter(one.name for one in choice.builds)
    found = []
    for one in choice.builds:
        name, file = one.name or "", one.build.dockerfile
        own = f" ({relative_to(top, file)})" if name and known[one.name] > 1 and file is not None else ""
        found.append((name + own, one.build))
    return found


def unknown_in(choice: Choice) -> list[str]:
    """What was found and cannot be resolved, in sentences."""
    return [one.unresolved.text for one in choice.unchecked]
