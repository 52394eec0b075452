"""The git command, run in a repository that may come from anywhere.

A repository's own configuration can name programs for git to run. Only commands that read are used, with every
setting off that would make them run something or fetch. Revisions are read through GitPython, which is imported with
the first of them. What nearly every run asks, about the work tree, is asked without it: to import it takes longer
than all of git's answers.
"""

import os
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import BinaryIO, Final, cast

from ctxopt.display import shortened
from ctxopt.git.repository import disguised_repository
from ctxopt.git.waiting import waits_for

_OPTIONS: Final = (
    "--no-optional-locks",
    *("-c", "core.fsmonitor=false", "-c", "core.hooksPath=/dev/null", "-c", "core.untrackedCache=false"),
    # Known since git 2.38; older ones are kept from such directories below.
    *("-c", "safe.bareRepository=explicit"),
)
#: No prompt on the terminal, and no transport to fetch a missing object with, whatever the repository allows.
_ENVIRONMENT: Final = {
    "GIT_TERMINAL_PROMPT": "0",
    "GIT_ALLOW_PROTOCOL": "",
    "GIT_NO_LAZY_FETCH": "1",
    # What stands in for other objects in this clone alone (refs/replace) must not stand in for a base.
    "GIT_NO_REPLACE_OBJECTS": "1",
    # Paths are literal, whatever the user's settings say about wildcards in them.
    "GIT_LITERAL_PATHSPECS": "1",
    **dict.fromkeys(("GIT_GLOB_PATHSPECS", "GIT_NOGLOB_PATHSPECS", "GIT_ICASE_PATHSPECS"), "0"),
}
#: Maximum time to wait for git, in seconds; for the largest repositories it takes a few.
_LONGEST = 120
_NOT_RUN: Final = "the git command cannot be run"


class NoGit(Exception):
    """Git has no answer; `str()` is the reason."""


class GitFailed(NoGit):
    """A git command failed; `error` is what it wrote to standard error."""

    def __init__(self, error: str) -> None:
        super().__init__(_reason(error))
        self.error = error


def run_git(
    directory: str, *words: str, given: BinaryIO | None = None, environment: Mapping[str, str] = MappingProxyType({})
) -> bytes:
    """The output of a git command that only reads, run in a directory; `given` is its standard input.

    `environment` are variables besides those that keep git from running programs. Raises NoGit, and GitFailed if
    git ran and failed.
    """
    command = _prepared(directory, words)
    # GitPython looks for the command when it is imported, and asks what it finds for its version.
    os.environ.setdefault("GIT_PYTHON_REFRESH", "quiet")
    os.environ.setdefault("GIT_PYTHON_GIT_EXECUTABLE", command[0])
    try:
        from git.cmd import Git
        from git.exc import GitCommandError, GitCommandNotFound
    except ImportError:
        raise NoGit(_NOT_RUN) from None

    try:
        started = Git(os.path.abspath(directory)).execute(
            command, istream=given, env={**environment, **_ENVIRONMENT}, as_process=True
        )
    except GitCommandNotFound:
        raise NoGit(_NOT_RUN) from None
    except (GitCommandError, OSError, ValueError) as failure:
        raise NoGit(f"git failed: {failure}") from None
    # Only the process inside GitPython's wrapper can be waited for with a timeout.
    return _answer(cast("subprocess.Popen[bytes]", started.proc))


def ask_git(directory: str, *words: str, given: BinaryIO | None = None) -> bytes:
    """The same as `run_git` for what git knows of the index and the files of a directory, in less time."""
    command = _prepared(directory, words)
    try:
        process = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL if given is None else given,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            # What git says of errors is compared.
            env={**os.environ, "LANGUAGE": "C", "LC_ALL": "C", **_ENVIRONMENT},
            creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0),
        )
    except (OSError, ValueError):
        raise NoGit(_NOT_RUN) from None
    return _answer(process)


def require_git(directory: str) -> None:
    """Raise NoGit if what has the name of git is another program, so that it is no answer that it says nothing."""
    if not ask_git(directory, "version").startswith(b"git version"):
        raise NoGit(_NOT_RUN)


def _prepared(directory: str, words: Sequence[str]) -> list[str]:
    """A git command to run for a directory. Raises NoGit where git is not there, or should not look."""
    command = _command()
    disguised = disguised_repository(os.path.abspath(directory))
    if disguised is not None:
        raise NoGit(f"{shortened(disguised)} looks like a git repository of its own, which git would take for this one")
    endless = waits_for(directory)
    if endless is not None:
        raise NoGit(f"{endless} is no regular file")
    # If the directory is missing, it would be run in the current one; with -C, git itself reports that.
    return [command, *_OPTIONS, "-C", os.path.abspath(directory), *words]


def _answer(process: "subprocess.Popen[bytes]") -> bytes:
    """What git writes until it exits. Raises NoGit if that takes too long, and GitFailed if it fails."""
    try:
        out, error = process.communicate(timeout=_LONGEST)
    except subprocess.TimeoutExpired:
        process.kill()
        # Its own children may keep the streams open: nothing more is read from them.
        for stream in (process.stdout, process.stderr):
            if stream is not None:
                stream.close()
        process.wait()
        raise NoGit(f"git did not finish within {_LONGEST} seconds") from None
    except BaseException:
        # Who interrupts ctxopt does not wait for git either.
        process.kill()
        raise
    if process.returncode:
        raise GitFailed(error.decode("utf-8", "surrogateescape"))
    return out


def _command() -> str:
    """The absolute path of the git command. Raises NoGit.

    Relative directories in PATH are skipped: they depend on the current directory, which is mostly in the project,
    and that may contain a program of this name.
    """
    places = os.pathsep.join(filter(os.path.isabs, os.environ.get("PATH", os.defpath).split(os.pathsep)))
    found = shutil.which("git", path=places) if places else None
    if found is None or not os.path.isabs(found):
        raise NoGit(_NOT_RUN)
    return found


def _reason(error: str) -> str:
    """Why git failed, in its own words or in shorter ones."""
    if "dubious ownership" in error:
        return "the repository belongs to another user, so git does not read it (see safe.directory)"
    if "not a git repository" in error:
        return "it is not in a git repository"
    if "must be run in a work tree" in error or "safe.bareRepository" in error:
        return "not in a git work tree"
    line = next((line for line in error.splitlines() if line.startswith(("fatal:", "error:"))), "no reason given")
    return f"git failed: {line.partition(': ')[2] or line}"
