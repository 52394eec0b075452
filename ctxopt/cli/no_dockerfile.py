"""What to type where there is no Dockerfile."""

import os

from ctxopt.builds.nearby import nearby
from ctxopt.cli.shell import quoted
from ctxopt.errors import CtxoptError, NoDockerfileError

#: The commands that take no context as their argument.
_OTHERS = {"explain"}


def with_found(error: NoDockerfileError, command: str) -> CtxoptError:
    """The error with the Dockerfiles that were found instead, and the command to type for the first of them."""
    directory = _relative(error.root)
    where = "the current directory" if directory == os.curdir else directory
    problem = f"no Dockerfile in {where}" if error.default else error.problem
    if command == "diff":
        # It may be missing at a revision, which is not what is on disk.
        return CtxoptError(problem)
    dockerfiles, compose = nearby(error.root)
    found = [os.path.normpath(os.path.join(directory, path)) for path in dockerfiles]
    option = "-f"
    if not found:
        found, option = [os.path.normpath(os.path.join(directory, path)) for path in compose], "--compose"
    if not found:
        return CtxoptError(f"{problem}. Name one with -f, or pass another directory: `ctxopt {command} DIR`")
    typed = "analyze" if option == "--compose" or command in _OTHERS else command
    context = "" if directory == os.curdir or option == "--compose" else f" {quoted(directory)}"
    return CtxoptError(
        f"{problem}. Found: {', '.join(found)}. Try: `ctxopt {typed}{context} {option} {quoted(found[0])}`"
    )


def _relative(directory: str) -> str:
    """A directory as it is shown: relative to the current one, if it lies below it."""
    try:
        relative = os.path.relpath(directory)
    except ValueError:
        return directory
    return directory if relative.split(os.sep)[0] == os.pardir else relative
