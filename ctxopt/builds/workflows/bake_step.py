"""What steps with docker/bake-action build: targets of bake files, with what the steps set for them."""

import os
import posixpath
import re
from collections.abc import Collection, Iterable, Iterator
from functools import cached_property

from ctxopt.builds import yaml_tree
from ctxopt.builds.bake_set import Override, overridden, overrides_of
from ctxopt.builds.build import Build, Declared, DeclaringFile
from ctxopt.builds.dockerfiles import is_bake_file
from ctxopt.builds.partial import Unknown, Value, is_remote
from ctxopt.builds.reading import LeadsOut, inside, is_outside, relative_to
from ctxopt.builds.workflows.actions import BAKE, BAKE_FIX, bakes_from_git, listed
from ctxopt.builds.workflows.found import Found
from ctxopt.builds.workflows.job import Step
from ctxopt.builds.workflows.model import GitBuild
from ctxopt.errors import CtxoptError

#: What stands before a file of the checkout, where others are those of a repository.
_HERE = "cwd://"


class BakeSteps:
    """Adds what the steps of one workflow bake to what was found; a bake file is read once for the same values."""

    def __init__(self, found: Found) -> None:
        self._found = found
        #: What bake files declare, by their paths and the variables that they were read with.
        self._declared: dict[tuple[object, ...], Declared] = {}

    def add(self, step: Step, version: str) -> None:
        """Add the targets of bake files of other names; those of the usual names are found by themselves."""
        found = self._found
        source, directory = step.value("source"), step.value("workdir")
        unknown = next((one for one in (directory, source) if isinstance(one, Unknown)), None)
        if unknown is not None or isinstance(directory, Unknown) or isinstance(source, Unknown):
            # Files of the usual names are found wherever they are.
            if unknown is not None and step.text("files"):
                found.add_unresolved(step.origin, unknown.why, step.line)
            return
        from_git = not source and bakes_from_git(version)
        if from_git:
            found.note_from_git(BAKE, step.line, BAKE_FIX)
        if source and is_remote(source):
            return
        below = posixpath.join(source or "", directory or "")
        here = os.path.normpath(os.path.join(found.root, below))
        place = here if from_git else step.workspace.placed(BAKE, below, step.line)
        if not isinstance(place, str):
            return
        named = [os.path.join(place, one) for one in self._files(step, place)]
        if any(is_outside(os.path.normpath(path), found.root, found.root) for path in named):
            found.add_unresolved(step.origin, "it names a bake file outside of the project", step.line)
            return
        overrides = tuple(overrides_of(self._set_lines(step)))
        gives = overrides or step.values.environment or step.made.variables
        files = named or (_usual_in(place) if gives else [])
        declared = self._read(step, files, place) if files else None
        if declared is not None:
            self._add_builds(step, declared, overrides, every=bool(named))
        if from_git:
            found.git_builds |= dict.fromkeys(_from_git(step, declared or self._usual, found.root))

    def _set_lines(self, step: Step) -> Iterator[tuple[str, Value]]:
        """The lines of the input `set`, each as it is written and with its expressions replaced."""
        whole = step.value("set")
        for written in (whole if isinstance(whole, str) else step.text("set")).splitlines():
            self._found.budget.spend(1)
            line = written.strip().strip('"')
            if line and not line.startswith("#"):
                yield line, step.values.replaced(yaml_tree.Scalar(line, 0), "set") or ""

    def _files(self, step: Step, place: str) -> list[str]:
        """The files that a step names, relative to the directory `place`.

        Those that an earlier step makes, such as one with tags, are left to that.
        """
        named: list[str] = []
        unknown: list[Unknown] = []
        for written in listed(step.text("files")):
            file = step.values.replaced(yaml_tree.Scalar(written, step.line), "files")
            if isinstance(file, Unknown):
                unknown += [] if "steps." in file.why else [file]
            elif file is not None and file.startswith(_HERE):
                # It may be one that an earlier step makes.
                here = file.removeprefix(_HERE)
                named += [here] if os.path.lexists(os.path.join(place, here)) else []
            elif file and not is_remote(file):
                named.append(file)
        if unknown:
            self._found.add_unresolved(step.origin, unknown[0].why, step.line)
        return [] if unknown else named

    def _add_builds(self, step: Step, declared: Declared, overrides: tuple[Override, ...], *, every: bool) -> None:
        """Add the builds of a step with what it sets, and with `every` also those that it does not build."""
        wanted = _wanted(step, declared)
        for build in declared.builds:
            self._found.budget.spend(1 + len(overrides))
            target = _target_of(build)
            changed, why = overridden(build, target, overrides if target in wanted else (), self._found.root)
            if every or target in wanted:
                self._found.builds[changed] = None
            if why:
                self._found.add_unresolved(step.origin, why, step.line)

    def _read(self, step: Step, paths: list[str], directory: str) -> Declared | None:
        """What bake files declare for a step; None, which is noted, for those that are refused."""
        from ctxopt.builds.declared import read_bake

        found, values = self._found, step.values
        files = [DeclaringFile(path, os.path.relpath(path, found.root).replace(os.sep, "/")) for path in paths]
        given = {name: values.of_environment(name) for name in values.environment}
        known = {name: value for name, value in given.items() if isinstance(value, str)}
        unknown = (given.keys() | step.made.variables) - known.keys()
        key = (*paths, directory, frozenset(known.items()), frozenset(unknown))
        try:
            if key not in self._declared:
                sizes = (os.path.getsize(path) for path in paths if os.path.isfile(path))
                found.budget.spend(2_000 + sum(sizes) // 2)
                environment = {**os.environ, **known} if given else None
                self._declared[key] = read_bake(files, found.root, directory, environment, unknown)
        except CtxoptError as error:
            found.add_unresolved(step.origin, error.text)
            return None
        found.add_all_unresolved(self._declared[key].unresolved)
        return self._declared[key]

    @cached_property
    def _usual(self) -> Declared:
        """What the bake files declare that buildx reads where none is named; what is refused is said elsewhere."""
        from ctxopt.builds.declared import read_bake
        from ctxopt.builds.projects import bake_files_in

        root = self._found.root
        try:
            files = [DeclaringFile(path, os.path.basename(path)) for path in bake_files_in(root)]
            return read_bake(files, root, root) if files else Declared(())
        except (CtxoptError, LeadsOut):
            return Declared(())


def _usual_in(directory: str) -> list[str]:
    """The bake files that buildx reads in a directory where none is named."""
    from ctxopt.builds.projects import bake_files_in

    try:
        found = bake_files_in(directory)
    except CtxoptError:
        return []
    # What Compose files declare depends on the environment of who reads them, wherever that is.
    return [path for path in found if is_bake_file(os.path.basename(path))]


def _from_git(step: Step, declared: Declared, root: str) -> Iterable[GitBuild]:
    """The targets that a step builds from git."""
    wanted = _wanted(step, declared)
    for build in declared.builds:
        if _target_of(build) in wanted and build.inline is None and inside(root, build.context):
            dockerfile = build.dockerfile or os.path.join(build.context, "Dockerfile")
            directory = relative_to(root, build.context)
            yield GitBuild(
                step.line,
                "" if directory == "." else directory,
                relative_to(build.context, dockerfile),
                step.made.files,
                BAKE_FIX,
            )


def _wanted(step: Step, declared: Declared) -> Collection[str]:
    """The targets that a step builds: those that it names, or all where it names a group or none."""
    wanted = set(filter(None, re.split(r"[\s,]+", step.values.known(step.text("targets")))))
    names = {_target_of(build) for build in declared.builds}
    return wanted if wanted and wanted <= names else names


def _target_of(build: Build) -> str:
    """The name of a target of a bake file."""
    return build.origin.rpartition(" ")[2]
