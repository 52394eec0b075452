"""What git tracks and what it ignores in a directory, asked of the git command.

A repository may come from anywhere, and its own configuration can name commands for git to run. Only
commands that read are used, with every setting off that would make them run something or fetch.
"""

import os
import shutil
import subprocess
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import BinaryIO, Final, cast

from ctxopt.git.repository import repository_of

_OPTIONS: Final = (
    "--no-optional-locks",
    *("-c", "core.fsmonitor=false", "-c", "core.hooksPath=/dev/null", "-c", "core.untrackedCache=false"),
)
#: No question on the terminal, and no transport to fetch a missing object by, whatever the repository allows.
_ENVIRONMENT: Final = {
    "GIT_TERMINAL_PROMPT": "0",
    "GIT_ALLOW_PROTOCOL": "",
    "GIT_NO_LAZY_FETCH": "1",
    # Paths are given to git as they are, whatever the user's settings make of wildcards in them.
    "GIT_LITERAL_PATHSPECS": "1",
    **dict.fromkeys(("GIT_GLOB_PATHSPECS", "GIT_NOGLOB_PATHSPECS", "GIT_ICASE_PATHSPECS"), "0"),
}
#: As many seconds is git waited for; for the largest repositories it takes a few.
_LONGEST = 120
#: The mode in the index of a submodule, or of another repository that lies in the work tree.
_GITLINK: Final = b"160000"


@dataclass(frozen=True, slots=True)
class GitFacts:
    """What git knows of a directory; all paths are relative to it, without a slash at the end.

    `tracked` are the files in the index, `repositories` those of them that are repositories of their own;
    `ignored_files` and `ignored_directories` are ignored and have nothing in them that is tracked.
    `tracked_directories` are all directories that a tracked file is in.
    """

    tracked: frozenset[str]
    repositories: frozenset[str]
    ignored_files: frozenset[str]
    ignored_directories: frozenset[str]
    tracked_directories: frozenset[str]

    def tracks(self, path: str) -> bool:
        """Whether git tracks a file, or anything below a directory; all of another repository counts."""
        if path in self.tracked or path in self.tracked_directories:
            return True
        return bool(self.repositories) and any(parent in self.repositories for parent in _parents(path))

    def ignored(self, path: str) -> bool:
        """Whether git ignores a path, by itself or with a directory above it, and does not track it."""
        if path in self.ignored_files or path in self.ignored_directories:
            return True
        return any(parent in self.ignored_directories for parent in _parents(path))


def is_in_repository(root: str) -> bool:
    """Whether a directory is in a git repository, or git is told where one is."""
    return "GIT_DIR" in os.environ or repository_of(os.path.abspath(root)) is not None


def git_facts(root: str, note: Callable[[str], object] | None = None) -> GitFacts | None:
    """What git knows of a directory, or None where it knows nothing; `note` is then told why."""
    if not is_in_repository(root):
        if note is not None:
            note("it is not in a git repository")
        return None
    try:
        ignored = _listed(root, "--others", "--ignored", "--exclude-standard", "--directory")
        index = _listed(root, "--cached", "--stage")
    except NoGit as reason:
        if note is not None:
            note(str(reason))
        return None
    if b"./" in ignored:
        if note is not None:
            note("git ignores the whole directory, so it says nothing of what is in it")
        return None
    return _facts(index, ignored)


class NoGit(Exception):
    """Why there is nothing to learn from git."""


class GitFailed(NoGit):
    """A git command failed; `error` is all that it said."""

    def __init__(self, error: str) -> None:
        super().__init__(_reason(error))
        self.error = error


def run_git(directory: str, *words: str, given: BinaryIO | None = None) -> bytes:
    """What a git command prints that only reads, run in a directory; `given` is its standard input.

    Raises NoGit, and GitFailed where git ran and gave up.
    """
    command = _command()
    # GitPython looks for the command when it is imported, and asks what it finds for its version.
    os.environ.setdefault("GIT_PYTHON_REFRESH", "quiet")
    os.environ.setdefault("GIT_PYTHON_GIT_EXECUTABLE", command)
    try:
        from git.cmd import Git
        from git.exc import GitCommandError, GitCommandNotFound
    except ImportError:
        raise NoGit("the git command cannot be run") from None

    # GitPython works where the process is if the directory is missing; git itself says that it is.
    directory = os.path.abspath(directory)
    try:
        started = Git(directory).execute(
            [command, *_OPTIONS, "-C", directory, *words], istream=given, env=_ENVIRONMENT, as_process=True
        )
    except GitCommandNotFound:
        raise NoGit("the git command cannot be run") from None
    except (GitCommandError, OSError, ValueError) as failure:
        raise NoGit(f"git failed: {failure}") from None
    # Behind what GitPython hands out for a process is that process, which alone can be waited for a while.
    process = cast("subprocess.Popen[bytes]", started.proc)
    out, error = _answer(process)
    if process.returncode:
        raise GitFailed(error.decode("utf-8", "surrogateescape"))
    return out


def _answer(process: "subprocess.Popen[bytes]") -> tuple[bytes, bytes]:
    """What a process writes, to both its streams, until it ends. Raises NoGit if it takes too long."""
    try:
        return process.communicate(timeout=_LONGEST)
    except subprocess.TimeoutExpired:
        process.kill()
        # What it has started itself may hold the streams open: nothing more is read from them.
        for stream in (process.stdout, process.stderr):
            if stream is not None:
                stream.close()
        process.wait()
        raise NoGit(f"git has not answered within {_LONGEST} seconds") from None


def _listed(root: str, *options: str) -> list[bytes]:
    """The records that `git ls-files` prints. Raises NoGit."""
    return run_git(root, "ls-files", "-z", *options).split(b"\0")[:-1]


def _command() -> str:
    """Where git is. Raises NoGit.

    Directories that depend on where the process works do not count: that is mostly in the project, which
    may have a program of that name.
    """
    places = os.pathsep.join(filter(os.path.isabs, os.environ.get("PATH", os.defpath).split(os.pathsep)))
    found = shutil.which("git", path=places) if places else None
    if found is None or not os.path.isabs(found):
        raise NoGit("the git command cannot be run")
    return found


def _reason(error: str) -> str:
    """Why git gave up, in its own words or in shorter ones."""
    if "dubious ownership" in error:
        return "the repository belongs to another user, so git does not look into it (see safe.directory)"
    if "not a git repository" in error:
        return "it is not in a git repository"
    if "must be run in a work tree" in error:
        return "it is in no work tree of git"
    line = next((line for line in error.splitlines() if line.startswith(("fatal:", "error:"))), "no reason given")
    return f"git failed: {line.partition(': ')[2] or line}"


def _facts(index: list[bytes], ignored: list[bytes]) -> GitFacts:
    # A record is "mode object stage<TAB>path"; a path in conflict comes once a stage.
    records = [record.partition(b"\t") for record in index]
    tracked = frozenset(_texts(path for _, _, path in records))
    repositories = frozenset(_texts(path for mode, _, path in records if mode.startswith(_GITLINK)))
    return GitFacts(
        tracked,
        repositories,
        frozenset(_texts(path for path in ignored if not path.endswith(b"/"))),
        frozenset(_texts(path[:-1] for path in ignored if path.endswith(b"/"))),
        frozenset(_directories(tracked)),
    )


def _texts(found: Iterable[bytes]) -> Iterator[str]:
    return (path.decode("utf-8", "surrogateescape") for path in found)


def _directories(files: Iterable[str]) -> set[str]:
    """All directories above some files, each gone up only as far as it is new."""
    found: set[str] = set()
    for path in files:
        for parent in _parents(path):
            if parent in found:
                break
            found.add(parent)
    return found


def _parents(path: str) -> Iterator[str]:
    """The directories above a path, the innermost first, without the root."""
    cut = path.rfind("/")
    while cut > 0:
        yield path[:cut]
        cut = path.rfind("/", 0, cut)
