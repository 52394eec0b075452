"""What git tracks and what it ignores in a directory, asked of the git command."""

import os
from collections.abc import Callable, Iterable, Iterator
from typing import Final

from ctxopt.core.lazy_dataclass import dataclass
from ctxopt.git.repository import repository_of

#: The mode in the index of a submodule, or of another repository that lies in the work tree.
_GITLINK: Final = b"160000"


@dataclass(frozen=True, slots=True)
class GitFacts:
    """What git knows about a directory; all paths are relative to it, without a slash at the end.

    `tracked` are the files in the index, or in the last commit where there is no index, `repositories` those of them
    that are repositories of their own; `ignored_files` and `ignored_directories` are ignored and contain nothing that
    is tracked. `tracked_directories` are all directories that contain a tracked file.
    """

    tracked: frozenset[str]
    repositories: frozenset[str]
    ignored_files: frozenset[str]
    ignored_directories: frozenset[str]
    tracked_directories: frozenset[str]

    def tracks(self, path: str) -> bool:
        """Whether git tracks a file, or anything below a directory; everything in a nested repository counts."""
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
    """What git knows about a directory; None if git has no answer, and `note` is called with the reason."""
    if not is_in_repository(root):
        if note is not None:
            note("it is not in a git repository")
        return None
    # Imported here because most of this is asked where there is no repository, and it takes subprocess.
    from ctxopt.git.command import NoGit, require_git

    try:
        ignored = _listed(root, "--others", "--ignored", "--exclude-standard", "--directory")
        index = _listed(root, "--cached", "--stage")
        if not index:
            require_git(root)
            index = _committed(root)
    except NoGit as reason:
        if note is not None:
            note(str(reason))
        return None
    if b"./" in ignored:
        if note is not None:
            note("git ignores the whole directory, so it gives no evidence about its contents")
        return None
    return _facts(index, ignored)


def _listed(root: str, *options: str) -> list[bytes]:
    """The records that `git ls-files` prints. Raises NoGit."""
    from ctxopt.git.command import ask_git

    return ask_git(root, "ls-files", "-z", *options).split(b"\0")[:-1]


def _committed(root: str) -> list[bytes]:
    """What the last commit has, as records, where git never wrote an index: a clone whose checkout failed has none.

    Raises NoGit.
    """
    from ctxopt.git.command import GitFailed, ask_git

    index = ask_git(root, "rev-parse", "--git-path", "index").decode("utf-8", "surrogateescape").rstrip("\n")
    if os.path.lexists(os.path.join(root, index)):
        return []
    try:
        return ask_git(root, "ls-tree", "-r", "-z", "HEAD").split(b"\0")[:-1]
    except GitFailed:
        # Nothing is committed yet.
        return []


def _facts(index: list[bytes], ignored: list[bytes]) -> GitFacts:
    # A record is "mode object stage<TAB>path"; a path in conflict occurs once per stage.
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
    """All directories above some files; the walk up stops at the first known directory."""
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
