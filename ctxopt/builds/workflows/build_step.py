"""What a step with docker/build-push-action builds."""

import os
import posixpath
from collections.abc import Iterable
from dataclasses import replace

from ctxopt.builds import yaml_tree
from ctxopt.builds.dockerfiles import looks_like_dockerfile
from ctxopt.builds.partial import Partial, Unknown, Value, finish
from ctxopt.builds.workflows.actions import BUILD, BUILD_FIX, DEFAULT_CONTEXT, in_git, listed
from ctxopt.builds.workflows.found import Found
from ctxopt.builds.workflows.job import Step
from ctxopt.builds.workflows.model import GitBuild
from ctxopt.core.dockerfile.planning.variables import ANY_ARGUMENT


def add_build(found: Found, step: Step) -> None:
    """Add the build of a step to what was found."""
    context, file = step.value("context"), step.value("file")
    args = _pairs(step, "build-args")
    if context is None or (isinstance(context, str) and context.strip().startswith(DEFAULT_CONTEXT)):
        found.note_from_git(BUILD, step.line, BUILD_FIX)
        if isinstance(file, Unknown):
            found.add_unresolved(step.origin, file.why, step.line)
        else:
            found.git_builds[_from_git(step, context or "", file, args)] = None
        if not isinstance(file, str) or not file.strip() or looks_like_dockerfile(posixpath.basename(file)):
            # It is found by itself.
            return
        # Nothing else tells that this file is built: what git tracks is what is there.
        directory = in_git(context or "")
        placed: Value | None = os.path.normpath(os.path.join(found.root, directory))
        written: Value | None = file.strip()
        file = os.path.normpath(os.path.join(found.root, directory, file.strip()))
    else:
        placed = step.workspace.placed(BUILD, context, step.line)
        written = file or None
        file = step.workspace.placed(BUILD, written, step.line)
    if placed is None or (file is None and written is not None):
        return
    platforms = step.value("platforms")
    partial = Partial(
        placed,
        file,
        None,
        step.value("target"),
        () if isinstance(platforms, Unknown) else listed(platforms or ""),
        {name: replace(value, later=True) if isinstance(value, Unknown) else value for name, value in args.items()},
        {name: step.workspace.placed("", value, step.line) for name, value in _pairs(step, "build-contexts").items()},
    )
    finished = finish(partial, step.origin, found.shown, found.root)
    if finished.build is not None:
        build = replace(finished.build, made=tuple(step.made.within(finished.build.context)))
        found.builds[replace(build, platforms=("",)) if isinstance(platforms, Unknown) else build] = None
    found.add_all_unresolved(finished.unresolved)


def _from_git(step: Step, context: str, file: str | None, args: Iterable[str]) -> GitBuild:
    """The build of a step that is made from git."""
    directory = posixpath.normpath(in_git(context) or ".")
    return GitBuild(
        step.line,
        "" if directory == "." else directory,
        posixpath.normpath((file or "").strip() or "Dockerfile"),
        step.made.files,
        arguments=tuple(args),
    )


def _pairs(step: Step, what: str) -> dict[str, Value | None]:
    """The names and values of lines such as `NAME=value`, ANY_ARGUMENT for those whose names are not known."""
    pairs: dict[str, Value | None] = {}
    whole = step.value(what)
    for written in (whole if isinstance(whole, str) else step.text(what)).splitlines():
        written = written.strip()
        if len(written) > 1 and written[0] == written[-1] == '"':
            # The actions read the lines as CSV.
            written = written[1:-1].replace('""', '"')
        if not written or written.startswith("#"):
            continue
        line = step.values.replaced(yaml_tree.Scalar(written, 0), what)
        name, equals, value = (written if isinstance(line, Unknown) else line or "").partition("=")
        if "${{" in name:
            unknown = f"the expression {written} in {what} is not known"
            pairs[ANY_ARGUMENT] = line if isinstance(line, Unknown) else Unknown(unknown)
        elif isinstance(line, Unknown):
            pairs[name] = line
        else:
            pairs[name] = value if equals else step.values.of_environment(name)
    return pairs
