"""The git command, run through GitPython in a repository that may come from anywhere.

A repository's own configuration can name programs for git to run. Only commands that read are used, with every
setting off that would make them run something or fetch. GitPython is imported with the first command: it takes
longer than most of them.
"""

import os
import shutil
import subprocess
from collections.abc import Mapping
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
    command = _command()
    disguised = disguised_repository(os.path.abspath(directory))
    if disguised is not None:
        raise NoGit(f"{shortened(disguised)} looks like a git repository of its own, which git would take for this one")
    endless = waits_for(directory)
    if endless is not None:
        raise NoGit(f"{endless} is no regular file")
    # GitPython looks for the command when it is imported, and asks what it finds for its version.
    os.environ.setdefault("GIT_PYTHON_REFRESH", "quiet")
    os.environ.setdefault("GIT_PYTHON_GIT_EXECUTABLE", command)
    try:
        from git.cmd import Git
        from git.exc import GitCommandError, GitCommandNotFound
    except ImportError:
        raise NoGit("the git command cannot be run") from None

    # If the directory is missing, GitPython runs git in the current one; with -C, git itself reports that.
    directory = os.path.abspath(directory)
    try:
        started = Git(directory).execute(
            [command, *_OPTIONS, "-C", directory, *words],
            istream=given,
            env={**environment, **_ENVIRONMENT},
            as_process=True,
        )
    except GitCommandNotFound:
        raise NoGit("the git command cannot be run") from None
    except (GitCommandError, OSError, ValueError) as failure:
        raise NoGit(f"git failed: {failure}") from None
    # Only the process inside GitPython's wrapper can be waited for with a timeout.
    process = cast("subprocess.Popen[bytes]", started.proc)
    out, error = _answer(process)
    if process.returncode:
        raise GitFailed(error.decode("utf-8", "surrogateescape"))
    return out


def _answer(process: "subprocess.Popen[bytes]") -> tuple[bytes, bytes]:
    """What a process writes to both its streams until it exits. Raises NoGit if that takes too long."""
    try:
        return process.communicate(timeout=_LONGEST)
    except subprocess.TimeoutExpired:
        process.kill()
        # Its own children may keep the streams open: nothing more is read from them.
        for stream in (process.stdout, process.stderr):
            if stream is not None:
                stream.close()
        process.wait()
        raise NoGit(f"git did not finish within {_LONGEST} seconds") from None


def _command() -> str:
    """The absolute path of the git command. Raises NoGit.

    Relative directories in PATH are skipped: they depend on the current directory, which is mostly in the project,
    and that may contain a program of this name.
    """
    places = os.pathsep.join(filter(os.path.isabs, os.environ.get("PATH", os.defpath).split(os.pathsep)))
    found = shutil.which("git", path=places) if places else None
    if found is None or not os.path.isabs(found):
        raise NoGit("the git command cannot be run")
    return found


def _reason(error: str) -> str:
    """Why git failed, in its own words or in shorter ones."""
    if "dubious ownership" in error:
        return "the repository belongs to another user, so git does not read it (see safe.directory)"
    if "not a git repository" in error:
        return "it is not in a git repository"
    if "must be run in a work tree" in error:
        return "not in a git work tree"
    line = next((line for line in error.splitlines() if line.startswith(("fatal:", "error:"))), "no reason given")
    return f"git failed: {line.partition(': ')[2] or line}"
