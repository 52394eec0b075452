"""Builds as they were declared at a revision, so that a build is followed where its context moves."""

import os
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import field, replace

from ctxopt.builds.build import Build
from ctxopt.builds.declared import declares_builds
from ctxopt.builds.projects import declared_in
from ctxopt.builds.reading import LARGEST, inside, relative_to
from ctxopt.core.context.tree import EntryKind
from ctxopt.core.lazy_dataclass import dataclass
from ctxopt.errors import CtxoptError
from ctxopt.git.revision import Revision

#: Maximum number of files and of directories that a declaration may be spread over.
_MOST_FILES = 200
_MOST_DIRECTORIES = 20_000
_READ = (".yaml", ".yml", ".hcl", ".json", ".env")


@dataclass(frozen=True, slots=True)
class Earlier:
    """All builds of a revision that Compose and bake files declare, and the one of each name that counts."""

    builds: tuple[Build, ...] = ()
    by_name: Mapping[str, Build] = field(default_factory=dict)


def declared_at(revision: Revision, file: str) -> Earlier:
    """The builds of Compose and bake files at a revision of the top of a repository.

    Of builds that are called the same, the one in `file` counts, a path relative to the top; then the first one, so
    that a build is followed into a file of another name. The files that may belong to declarations are read from a copy
    of them, which is removed again. Raises CtxoptError and OSError.
    """
    with tempfile.TemporaryDirectory() as made:
        shadow = os.path.realpath(made)
        declaring = _copy(revision, shadow)
        found: dict[str, Build] = {}
        every: list[Build] = []
        # The directory of the file first, and in it the file itself.
        home = os.path.dirname(file)
        for place in sorted(set(map(os.path.dirname, declaring)), key=lambda place: (place != home, place)):
            builds = list(_declared_in(os.path.join(shadow, place), shadow))
            for build in sorted(builds, key=lambda build: not build.origin.startswith(f"{file}: ")):
                every.append(moved(build, shadow, revision.root))
                found.setdefault(_name(build.origin), every[-1])
        return Earlier(tuple(every), found)


def _declared_in(directory: str, shadow: str) -> Iterator[Build]:
    """The builds that the files of a directory declare; what cannot be read there is no base."""
    names = sorted(os.listdir(directory))
    with suppress(CtxoptError):
        for declared in declared_in(directory, names, lambda path: relative_to(shadow, path), shadow, [shadow]):
            yield from declared.builds


def called(build: Build) -> tuple[str, str] | None:
    """The file that declares a build, as it is shown, and what the build is called in it; None for a Dockerfile."""
    for kind in (": service ", ": target "):
        file, found, name = build.origin.rpartition(kind)
        if found:
            return file, kind + name
    return None


def _name(origin: str) -> str:
    return next((kind + origin.rpartition(kind)[2] for kind in (": service ", ": target ") if kind in origin), origin)


def _copy(revision: Revision, shadow: str) -> list[str]:
    """Write the directories of a revision, and its files from which builds may be read; returns those with builds."""
    wanted = []
    for count, directory in enumerate(revision.tree.directories()):
        if count > _MOST_DIRECTORIES:
            raise CtxoptError("it has too many directories to follow its builds", file=revision.root)
        os.makedirs(os.path.join(shadow, directory.path), exist_ok=True)
        rows = zip(directory.names, directory.kinds, directory.sizes, strict=True)
        wanted += [
            directory.child_path(name)
            for name, kind, size in rows
            if kind == EntryKind.FILE and size <= LARGEST and name.endswith(_READ)
        ]
    wanted.sort(key=lambda path: not declares_builds(os.path.basename(path)))
    for path in wanted[:_MOST_FILES]:
        with open(os.path.join(shadow, path), "wb") as file:
            file.write(revision.storage.read(os.path.join(revision.root, path), LARGEST))
    return [path for path in wanted[:_MOST_FILES] if declares_builds(os.path.basename(path))]


def moved(build: Build, shadow: str, top: str) -> Build:
    """A build of a copy of the repository, the directory `shadow`, as one of the repository itself."""

    def place(path: str) -> str:
        back = os.path.normpath(os.path.join(top, relative_to(shadow, path)))
        return back if inside(shadow, path) else path

    return replace(
        build,
        context=place(build.context),
        dockerfile=None if build.dockerfile is None else place(build.dockerfile),
        contexts=tuple(
            replace(context, value=place(context.value)) if context.directory is not None else context
            for context in build.contexts
        ),
    )
