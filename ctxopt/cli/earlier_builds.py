"""Builds of the revision that a check compares with, which are checked as they were declared there as well.

Otherwise a declaration that takes a Dockerfile with a smaller context, another stage or another named context would
take the build itself out of the check.
"""

import os
from collections.abc import Collection, Iterator, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from ctxopt.cli.builds import BuildSources, Choice, ChosenBuild
from ctxopt.cli.configuration import configuration_at
from ctxopt.cli.options import BuildOptions
from ctxopt.cli.terminal import progress
from ctxopt.core.lazy_dataclass import dataclass
from ctxopt.errors import CtxoptError

if TYPE_CHECKING:
    from collections.abc import Hashable

    from ctxopt.builds.build import Build, Unresolved
    from ctxopt.cli.bases import Bases

#: Maximum number of new builds to name.
_NAMED: Final = 3


@dataclass(frozen=True, slots=True)
class Again:
    """A build to check as it was declared at the revision, and that build there: its Dockerfile may be renamed since.

    `original` is the name of the build there. With `declared`, the same file still declares a build of that name, in
    another way.
    """

    chosen: ChosenBuild
    before: "Build"
    original: str
    declared: bool = False

    def impossible(self, revision: str, error: CtxoptError) -> "Gone":
        """That the build is not checked, since no builder builds what was declared there any more."""
        return Gone(
            self.original,
            self.chosen.build,
            f"as it was declared at {revision} it cannot be built any more: {error.text}",
        )


@dataclass(frozen=True, slots=True)
class Gone:
    """A build of the revision that is no build any more, by its name there, and why it is not checked."""

    name: str
    build: "Build"
    reason: str

    @property
    def text(self) -> str:
        """The whole in one line."""
        return f"{self.name}: {self.reason}: not checked"

    def may_be(self, new: Sequence[str], contexts: Collection[str], *, growth: bool) -> bool:
        """Whether one of the new builds may be this one, which nobody can tell where git sees no rename.

        `contexts` are the real paths of all contexts that are checked. Where growth is limited, a build that may be
        this one is not compared with it; else only what is left in its context, and checked in no other build, could
        be missed.
        """
        context = self.build.context
        is_left = os.path.isdir(context) and os.path.realpath(context) not in contexts
        return bool(new) and (growth or is_left)

    def unresolved(self, new: Sequence[str]) -> "Unresolved":
        """That the build counts as not checked, since new ones may be it."""
        from ctxopt.builds.build import Unresolved

        names = " and ".join(new[:_NAMED]) + (f" and {len(new) - _NAMED:,} more" if len(new) > _NAMED else "")
        reason = (
            f"{self.reason}, and new here is {names}, which may be the same build: leave its Dockerfile similar enough "
            "for git to see where it moved"
        )
        return Unresolved(self.name, self.name.partition(": ")[0], reason)


@dataclass(frozen=True, slots=True)
class EarlierBuilds:
    """The builds of a revision that are not among those that are checked, as far as they can be checked `again`.

    `rest` are those without a Dockerfile or a context of their names; `unknown` says why nothing is known. `there` are
    the identities of all builds of the revision; None where nobody asked for them.
    """

    again: tuple[Again, ...] = ()
    rest: tuple[ChosenBuild, ...] = ()
    unknown: "tuple[Unresolved, ...]" = ()
    there: "frozenset[Hashable] | None" = None

    def undeclared(self, build: "Build") -> "Build | None":
        """A build without what a declaration gives it, if the revision has no such build; None where it may have it.

        Those of Compose and bake files are followed by their names as well, and not looked at here.
        """
        from ctxopt.builds.earlier import called

        if self.there is None or called(build) is not None or _identity(build) in self.there:
            return None
        return replace(build, target=None, build_args=(), unknown_args=(), contexts=())

    def in_the_same_context(self, build: "Build") -> "list[Build]":
        """Those of `rest` that had the context of a build: their Dockerfiles have other names or texts now."""
        return [one.build for one in self.rest if one.build.context == build.context and one.build.inline is None]


def earlier_builds(
    options: BuildOptions, sources: BuildSources, choice: Choice, bases: "Bases", revision: str, *, configured: bool
) -> EarlierBuilds:
    """The builds of a revision that are declared otherwise in `choice`, or not at all. None if `revision` is "".

    Of a `configured` choice, which is all that the configuration has, the one of the revision says which builds those
    were.
    """
    from ctxopt.builds.earlier import called
    from ctxopt.cli.states import chosen_at
    from ctxopt.core.context.locate import context_root
    from ctxopt.git.states import revision_state

    if not revision or not (sources or configured):
        return EarlierBuilds()
    read = {one.build.dockerfile for one in choice.builds if one.build.dockerfile is not None}
    read |= {os.path.abspath(path) for path in (*sources.compose, *sources.bake) if path != "-"}
    try:
        with progress("Reading earlier builds"):
            if configured:
                then = configuration_at(options.directory, revision).builds
                sources = BuildSources(names=tuple(one.name for one in then))
                if not sources:
                    return EarlierBuilds()
            state = revision_state(context_root(options.directory), revision)
            earlier = chosen_at(options, sources, state, choice.builds, read).builds
    except CtxoptError as error:
        from ctxopt.builds.build import Unresolved

        reason = f"what was built at {revision} is not known: {CtxoptError(error.problem, hint=error.hint).text}"
        return EarlierBuilds(
            unknown=(Unresolved(f"builds at {revision}", error.file or os.curdir, reason, error.line),)
        )
    known = {_identity(one.build) for one in choice.builds}
    names = {name for one in choice.builds if (name := called(one.build)) is not None}
    return _declared_otherwise(earlier, known, names, bases, revision)


def _declared_otherwise(
    earlier: Sequence[ChosenBuild],
    known: "set[Hashable]",
    names: Collection[tuple[str, str]],
    bases: "Bases",
    revision: str,
) -> EarlierBuilds:
    from ctxopt.builds.earlier import called

    again: list[Again] = []
    rest: list[ChosenBuild] = []
    there: set[Hashable] = set()
    for one in earlier:
        here = _here(one.build, bases, revision)
        identity = _identity(here or one.build)
        there.add(identity)
        if identity in known:
            continue
        if here is None:
            rest.append(one)
            continue
        known.add(identity)
        name = one.name or ""
        note = f"{name}: not declared like this any more: checked as it was at {revision}"
        chosen = replace(one, build=here, name=f"{name} (as at {revision})", notes=(note,))
        again.append(Again(chosen, one.build, name, called(one.build) in names))
    return EarlierBuilds(tuple(again), tuple(rest), there=frozenset(there))


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


def not_found(builds: Sequence[ChosenBuild], revision: str) -> Iterator[Gone]:
    """The builds of a revision that are no builds any more."""
    for one in builds:
        yield Gone(one.name or "", one.build, f"built at {revision}, and not found here")
