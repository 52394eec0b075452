"""Builds as they were at the revision that a check compares with, followed where their contexts moved."""

import os
from dataclasses import replace
from typing import TYPE_CHECKING

from ctxopt.builds.reading import inside, relative_to
from ctxopt.core.lazy_dataclass import dataclass
from ctxopt.errors import ContextError, CtxoptError, DockerfileError
from ctxopt.git.repository import repository_of

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Mapping, Sequence

    from ctxopt.builds.build import Build
    from ctxopt.builds.earlier import Earlier
    from ctxopt.checks.changed import CheckChange
    from ctxopt.cli.builds import ChosenBuild
    from ctxopt.config.find import Place, RawConfig
    from ctxopt.core.build_context import BuildContext
    from ctxopt.git.revision import Revision


@dataclass(frozen=True, slots=True)
class Base:
    """A build at a revision, the name of that revision, what cannot be compared, and how the check itself changed.

    `alike` are files of another content that have the same size, `submodules` the commits of those that are empty here,
    for each context by its name.
    """

    context: "BuildContext"
    label: str
    notes: tuple[str, ...]
    changed: "tuple[CheckChange, ...]"
    alike: tuple[str, ...]
    submodules: "Mapping[str, Mapping[str, str]]"


class Bases:
    """Builds at revisions; each directory and each declaration is read once. Names are relative to `directory`.

    `contexts` are those of all builds that are compared.
    """

    def __init__(self, directory: str, contexts: "Collection[str]" = ()) -> None:
        self._contexts = frozenset(contexts)
        self._directories = (os.getcwd(), os.path.abspath(directory))
        self._configurations: dict[str, str] = {}
        self._states: dict[tuple[str, str], Revision | CtxoptError] = {}
        self._declared: dict[tuple[str, str], Earlier] = {}
        self._renamed: dict[tuple[str, str], dict[str, str]] = {}
        self._new_names: dict[tuple[str, str], dict[str, str]] = {}
        self._found: dict[str, set[tuple[str, str | None]]] = {}

    def of(self, build: "Build", revision: str, context: "BuildContext", before: "Build | None" = None) -> Base:
        """A build, which has this context now, at a revision, where it is `before` if that is known.

        Raises CtxoptError.
        """
        from ctxopt.builds.earlier import called
        from ctxopt.builds.opened import open_build_at
        from ctxopt.checks.changed import CheckChange, added_suppressions

        earlier = before or self._earlier(build, revision)
        before = earlier or build
        try:
            state = self._state(before.context, revision)
            opened = open_build_at(self._with_contexts_there(before, revision), state)
        except (DockerfileError, ContextError):
            moved = self._moved(build, revision)
            if moved is None:
                raise
            before = moved
            state = self._state(before.context, revision)
            opened = open_build_at(self._with_contexts_there(before, revision), state)
        self._found.setdefault(revision, set()).add((before.context, before.dockerfile))
        changed = [*self._configuration(build, revision), *added_suppressions(context, opened)]
        if earlier is None and called(build) is not None:
            message = f"{build.origin} is new, so its context is compared by its path"
            changed.insert(0, CheckChange(context.located.dockerfile.name, None, message))
        names = [found[1] for one in (earlier, build) if one is not None and (found := called(one)) is not None]
        if earlier is not None and len(set(names)) > 1:
            message = f"{build.origin} is compared with {earlier.origin} of the base"
            changed.insert(0, CheckChange(context.located.dockerfile.name, None, message))
        if before.context != build.context:
            shown = [relative_to(_top(build), path) for path in (before.context, build.context)]
            message = f"context moved from {shown[0]} to {shown[1]}"
            changed.insert(0, CheckChange(context.located.dockerfile.name, None, message))
        label = f"{revision} ({state.label})"
        submodules = {"": state.submodules}
        for one in self._with_contexts_there(before, revision).contexts:
            if one.directory is not None and self._is_there(one.directory, revision):
                submodules[one.name] = self._state(one.directory, revision).submodules
        return Base(opened, label, state.notes, tuple(changed), state.alike, submodules)

    def as_declared(
        self, build: "Build", revision: str, context: "BuildContext", before: "Build | None" = None
    ) -> "BuildContext | None":
        """A build, which has this context now, with the files and the declaration of a revision; None if it was none.

        One that nothing declared there has no arguments, named contexts and target. `before` is as for `of`.
        """
        from ctxopt.builds.earlier import called

        if before is None and called(build) is not None and self._earlier(build, revision) is None:
            before = replace(build, target=None, build_args=(), unknown_args=(), contexts=())
        try:
            return self.of(build, revision, context, before).context
        except CtxoptError:
            return None

    def gone(self, earlier: "Sequence[ChosenBuild]", revision: str) -> "list[ChosenBuild]":
        """Those builds of a revision that none of the builds asked about comes from."""
        found = self._found.get(revision, set())
        return [one for one in earlier if (one.build.context, one.build.dockerfile) not in found]

    def renamed_to(self, path: str, revision: str) -> str | None:
        """The absolute path that git sees a file of a revision renamed to since, if it does."""
        top = repository_of(os.path.dirname(path)) or os.path.dirname(path)
        key = top, revision
        if key not in self._new_names:
            self._new_names[key] = {old: new for new, old in self._renames(top, revision).items()}
        new = self._new_names[key].get(relative_to(top, path))
        return None if new is None else os.path.normpath(os.path.join(top, new))

    def _renames(self, top: str, revision: str) -> dict[str, str]:
        """The old paths of files that were renamed since a revision, by their new ones; none where git fails."""
        from ctxopt.git.command import NoGit
        from ctxopt.git.renames import renamed_since

        key = top, revision
        if key not in self._renamed:
            try:
                self._renamed[key] = renamed_since(top, revision)
            except NoGit:
                self._renamed[key] = {}
        return self._renamed[key]

    def _configuration(self, build: "Build", revision: str) -> "list[CheckChange]":
        """That the configuration differs from the one at a revision, if it does."""
        from ctxopt.checks.changed import CheckChange
        from ctxopt.config.find import WORK_TREE, Place, find
        from ctxopt.core.context.locate import context_root
        from ctxopt.git.revision import storage_at

        if revision not in self._configurations:
            directory = context_root(self._directories[-1])
            places = WORK_TREE, Place(storage_at(directory, revision))
            found = [_found(find, directory, place) for place in places]
            self._configurations[revision] = next((one[0] for one in found if one), "") if found[0] != found[1] else ""
        file = self._configurations[revision]
        if not file:
            return []
        return [CheckChange(relative_to(build.context, file), None, "configuration changed")]

    def _state(self, directory: str, revision: str) -> "Revision":
        """A directory at a revision. Raises CtxoptError."""
        from ctxopt.git.revision import read_revision

        key = directory, revision
        if key not in self._states:
            try:
                self._states[key] = read_revision(directory, revision)
            except CtxoptError as error:
                self._states[key] = error
        state = self._states[key]
        if isinstance(state, CtxoptError):
            raise state
        return state

    def _is_there(self, directory: str, revision: str) -> bool:
        """Whether a directory can be read at a revision."""
        try:
            self._state(directory, revision)
        except CtxoptError:
            return False
        return True

    def _with_contexts_there(self, build: "Build", revision: str) -> "Build":
        """A build without the named contexts of the repository that are not there at a revision."""
        top = _top(build)
        there = tuple(
            one
            for one in build.contexts
            if one.directory is None or not inside(top, one.directory) or self._is_there(one.directory, revision)
        )
        return replace(build, contexts=there)

    def _earlier(self, build: "Build", revision: str) -> "Build | None":
        """The declared build of a revision that a declared build is now, if there is one.

        That is the one with its context, Dockerfile and target, also where git saw these renamed; else the one of its
        name in a Compose or bake file. The name says nothing where the context of the one of that name still has a
        build, and this one's had a build or its Dockerfile: names that change their places would hide that it grew.
        """
        from ctxopt.builds.earlier import called

        named = called(build)
        if named is None:
            return None
        top = _top(build)
        paths = (os.path.normpath(os.path.join(directory, named[0])) for directory in self._directories)
        path = next((path for path in paths if os.path.isfile(path) and inside(top, path)), None)
        if path is None:
            return None
        declared = self._declarations(top, relative_to(top, path), revision)
        by_name = declared.by_name.get(named[1])
        there = declared.builds if by_name is None else (by_name, *declared.builds)
        found = _same(build, there) or _same(self._renamed_from(build, revision), there) or by_name
        if found is by_name is not None and by_name.context != build.context and by_name.context in self._contexts:
            otherwise = None if self._had_dockerfile(build, revision) else by_name
            found = next((one for one in there if one.context == build.context), otherwise)
        return None if found is None else replace(found, platform=found.platform or build.platform)

    def _had_dockerfile(self, build: "Build", revision: str) -> bool:
        """Whether a build's context was there at a revision, with its Dockerfile in it."""
        from ctxopt.builds.discovery import dockerfile_of

        if not self._is_there(build.context, revision):
            return False
        file = relative_to(build.context, dockerfile_of(build))
        return build.inline is None and self._state(build.context, revision).files.exists(file)

    def _renamed_from(self, build: "Build", revision: str) -> "Build":
        """A build with the context and the Dockerfile that git sees them renamed from; itself where it sees none."""
        try:
            return self._moved(build, revision) or build
        except (CtxoptError, OSError):
            return build

    def _declarations(self, top: str, file: str, revision: str) -> "Earlier":
        from ctxopt.builds.earlier import Earlier, declared_at

        key = file, revision
        if key not in self._declared:
            try:
                self._declared[key] = declared_at(self._state(top, revision), file)
            except (CtxoptError, OSError):
                # Then the build is compared by its path.
                self._declared[key] = Earlier()
        return self._declared[key]

    def _moved(self, build: "Build", revision: str) -> "Build | None":
        """The build in the directory that its context was renamed from, as git sees that; None if it is new."""
        from ctxopt.builds.discovery import dockerfile_of
        from ctxopt.git.renames import directory_before

        top = _top(build)
        renames = self._renames(top, revision)
        dockerfile = None if build.dockerfile is None else relative_to(top, build.dockerfile)
        context = relative_to(top, build.context)
        context = "" if context == "." else context
        located = relative_to(top, dockerfile_of(build)) if build.inline is None else ""
        own = {located: renames[located]} if located in renames else {}
        before = directory_before(context, own, located)
        if own and before is None and self._is_there(build.context, revision):
            # The Dockerfile has another name, in the same context.
            return replace(build, dockerfile=os.path.normpath(os.path.join(top, own[located])))
        before = directory_before(context, renames, dockerfile)
        if before is None:
            return None
        if dockerfile is not None:
            path = relative_to(build.context, os.path.join(top, dockerfile))
            dockerfile = renames.get(dockerfile, dockerfile if path.startswith("../") else os.path.join(before, path))
            dockerfile = os.path.normpath(os.path.join(top, dockerfile))
        return replace(build, context=os.path.normpath(os.path.join(top, before)), dockerfile=dockerfile)


def _found(
    find: "Callable[[str, Place], RawConfig | None]", directory: str, place: "Place"
) -> tuple[str, object] | None:
    """The absolute path of a configuration and what it says; its error where it cannot be read."""
    try:
        config = find(directory, place)
    except CtxoptError as error:
        return os.path.join(directory, error.file or ""), error.problem
    return None if config is None else (os.path.abspath(config.location.file or ""), config.raw)


def _same(build: "Build", others: "Iterable[Build]") -> "Build | None":
    """The first build with the context, the Dockerfile and the target of one; with its arguments, if one has them."""
    from ctxopt.builds.discovery import dockerfile_of

    def what(one: "Build") -> tuple[str, str | None, str | None]:
        return one.context, one.inline or os.path.normpath(dockerfile_of(one)), one.target

    same = [one for one in others if what(one) == what(build)]
    return next((one for one in same if one.build_args == build.build_args), same[0] if same else None)


def _top(build: "Build") -> str:
    return repository_of(build.context) or build.context
