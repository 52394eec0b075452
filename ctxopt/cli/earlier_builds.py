"""Builds of the revision that a check compares with, which are checked as they were declared there as well.

Otherwise a declaration that takes a Dockerfile with a smaller context, another stage or another named context would
take the build itself out of the check.
"""

import os
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from ctxopt.cli.builds import BuildSources, Choice, ChosenBuild
from ctxopt.cli.options import BuildOptions
from ctxopt.cli.terminal import progress
from ctxopt.core.lazy_dataclass import dataclass
from ctxopt.errors import CtxoptError

if TYPE_CHECKING:
    from collections.abc import Hashable

    from ctxopt.builds.build import Build
    from ctxopt.cli.bases import Bases


@dataclass(frozen=True, slots=True)
class Again:
    """A build to check as it was declared at the revision, and that build there: its Dockerfile may be renamed since.

    `original` is the name of the build there.
    """

    chosen: ChosenBuild
    before: "Build"
    original: str

    def impossible(self, revision: str, error: CtxoptError) -> str:
        """That the build is not checked, since no builder builds what was declared there any more."""
        return (
            f"{self.original}: as it was declared at {revision} it cannot be built any more: {error.text}: not checked"
        )


@dataclass(frozen=True, slots=True)
class EarlierBuilds:
    """The builds of a revision that are not among those that are checked, as far as they can be checked `again`.

    `rest` are those without a Dockerfile or a context of their names; `notes` say why nothing is known.
    """

    again: tuple[Again, ...] = ()
    rest: tuple[ChosenBuild, ...] = ()
    notes: tuple[str, ...] = ()

    def in_the_same_context(self, build: "Build") -> "list[Build]":
        """Those of `rest` that had the context of a build: their Dockerfiles have other names or texts now."""
        return [one.build for one in self.rest if one.build.context == build.context and one.build.inline is None]


def earlier_builds(
    options: BuildOptions, sources: BuildSources, choice: Choice, bases: "Bases", revision: str
) -> EarlierBuilds:
    """The builds of a revision that are declared otherwise in `choice`, or not at all. None if `revision` is ""."""
    from ctxopt.cli.states import chosen_at
    from ctxopt.core.context.locate import context_root
    from ctxopt.git.states import revision_state

    if not revision or not (sources.compose or sources.bake or sources.everything):
        return EarlierBuilds()
    read = {one.build.dockerfile for one in choice.builds if one.build.dockerfile is not None}
    read |= {os.path.abspath(path) for path in (*sources.compose, *sources.bake) if path != "-"}
    try:
        with progress("Reading earlier builds"):
            state = revision_state(context_root(options.directory), revision)
            earlier = chosen_at(options, sources, state, choice.builds, read).builds
    except CtxoptError as error:
        return EarlierBuilds(notes=(f"what was built at {revision} is not known: {error.text}",))
    known = {_identity(one.build) for one in choice.builds}
    return _declared_otherwise(earlier, known, bases, revision)


def _declared_otherwise(
    earlier: Sequence[ChosenBuild], known: "set[Hashable]", bases: "Bases", revision: str
) -> EarlierBuilds:
    again: list[Again] = []
    rest: list[ChosenBuild] = []
    for one in earlier:
        here = _here(one.build, bases, revision)
        identity = _identity(here or one.build)
        if identity in known:
            continue
        if here is None:
            rest.append(one)
            continue
        known.add(identity)
        name = one.name or ""
        note = f"{name}: not declared like this any more: checked as it was at {revision}"
        chosen = replace(one, build=here, name=f"{name} (as at {revision})", notes=(note,))
        again.append(Again(chosen, one.build, name))
    return EarlierBuilds(tuple(again), tuple(rest))


def _here(build: "Build", bases: "Bases", revision: str) -> "Build | None":
    """A build of a revision where it is now, as git sees renames; None if its Dockerfile or context is not here."""
    from ctxopt.builds.discovery import dockerfile_of
    from ctxopt.builds.reading import relative_to

    if build.inline is not None:
        return None
    path = dockerfile_of(build)
    if os.path.isdir(build.context) and os.path.lexists(path):
        return build
    renamed = bases.renamed_to(path, revision)
    if renamed is None:
        return None
    if not os.path.isdir(build.context):
        # It moved together with its Dockerfile, or it is not known where it is.
        ending = os.sep + os.path.normpath(relative_to(build.context, path))
        if not renamed.endswith(ending):
            return None
        build = replace(build, context=renamed.removesuffix(ending))
    return replace(build, dockerfile=renamed)


def _identity(build: "Build") -> "Hashable":
    """What is equal for two builds that differ in nothing but where they are declared."""
    from ctxopt.builds.build import with_platform
    from ctxopt.builds.discovery import dockerfile_of

    return (
        os.path.realpath(build.context),
        os.path.realpath(dockerfile_of(build)) if build.inline is None else None,
        build.inline,
        build.target,
        frozenset(build.build_args),
        with_platform(build).platform,
        frozenset(build.contexts),
        frozenset(build.unknown_args),
        build.ignore_file,
        build.dialect,
    )


def cannot_be_built(build: "Build", error: CtxoptError) -> bool:
    """Whether an error of a build that was declared otherwise is that its target is no stage any more."""
    from ctxopt.builds.opened import open_build
    from ctxopt.errors import DockerfileError

    if build.target is None or not isinstance(error, DockerfileError):
        return False
    try:
        open_build(replace(build, target=None))
    except CtxoptError:
        return False
    return True


def not_found(builds: Sequence[ChosenBuild], revision: str) -> Iterator[str]:
    """What is said of builds of a revision that are no builds any more."""
    for one in builds:
        yield f"{one.name or ''}: built at {revision}, and not found here: not checked"
