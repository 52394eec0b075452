"""What to type where there is no Dockerfile."""

import os

import click

from ctxopt.builds.nearby import is_built_in_its_directory, nearby
from ctxopt.cli.shell import has_option, quoted, typed
from ctxopt.core.context.locate import default_dockerfile
from ctxopt.errors import CtxoptError, NoDockerfileError

#: Maximum number of files to name.
_SHOWN = 3


def with_found(error: NoDockerfileError, command: click.Command, name: str) -> CtxoptError:
    """The error with the Dockerfiles that were found instead, and the command to type for the first of them.

    `name` is the command's.
    """
    directory = _relative(error.root)
    where = "the current directory" if directory == os.curdir else directory
    problem = f"no Dockerfile in {where}" if error.default else error.problem
    if name == "diff":
        # It may be missing at a revision, which is not what is on disk.
        return CtxoptError(problem)
    near = nearby(error.root)
    dockerfiles = near.dockerfiles
    path = f"ctxopt {name}"
    found = [os.path.normpath(os.path.join(directory, file)) for file in dockerfiles or near.compose]
    if not found and near.templates:
        template = os.path.normpath(os.path.join(directory, near.templates[0]))
        line = typed(command, path, "-f", "FILE", context="" if directory == os.curdir else quoted(directory))
        return CtxoptError(f"{problem}. {template} is a template: render it, and name the result: `{line}`")
    if not found:
        another = typed(command, path, context="DIR")
        return CtxoptError(f"{problem}. Name one with -f, or pass another directory: `{another}`")
    if dockerfiles and is_built_in_its_directory(error.root, dockerfiles[0]):
        # A Dockerfile of another name than the default is a context as well: its directory, and the file.
        is_default = default_dockerfile(os.path.dirname(found[0])) == found[0]
        line = typed(command, path, context=quoted(os.path.dirname(found[0]) if is_default else found[0]))
    elif dockerfiles:
        context = "" if directory == os.curdir else quoted(directory)
        line = typed(command, path, "-f", quoted(found[0]), context=context)
    elif has_option(command, "--compose"):
        line = typed(command, path, "--compose", quoted(found[0]))
    else:
        line = f"ctxopt analyze --compose {quoted(found[0])}"
    every = ""
    if len(dockerfiles) > 1 and has_option(command, "--all"):
        every = f", or `{typed(command, path, '--all', context=quoted(directory) if directory != os.curdir else '')}`"
    return CtxoptError(f"{problem}. Found: {_listed(found)}. Try: `{line}`{every}")


def _listed(found: list[str]) -> str:
    more = f" and {len(found) - _SHOWN:,} more" if len(found) > _SHOWN else ""
    return ", ".join(found[:_SHOWN]) + more


def _relative(directory: str) -> str:
    """A directory as it is shown: relative to the current one, if it lies below it."""
    try:
        relative = os.path.relpath(directory)
    except ValueError:
        return directory
    return directory if relative.split(os.sep)[0] == os.pardir else relative
