"""The repository that contains a directory, found without running git or importing GitPython."""

import os
from contextlib import suppress

#: What the `.git` file of a submodule names, in contrast to that of another work tree: a directory below this one.
_SUBMODULES = "/modules/"
#: Maximum size of such a file in bytes.
_LARGEST = 1 << 16


def repository_of(directory: str, highest: int | None = None) -> str | None:
    """The nearest directory with `.git`, from an absolute path upwards, None if there is none.

    `highest` is the maximum number of directories above that are checked.
    """
    above = directory
    steps = 0
    while not os.path.lexists(os.path.join(above, ".git")):
        above, below = os.path.dirname(above), above
        if above == below or steps == highest:
            return None
        steps += 1
    return above


def disguised_repository(directory: str) -> str | None:
    """The directory between an absolute path and its repository that git would take for a repository without files.

    Its configuration, revisions and objects are files of the repository around it, which anybody may have written. No
    commit can contain a directory that is called `.git`.
    """
    above, found = directory, None
    while not os.path.lexists(os.path.join(above, ".git")):
        if os.path.basename(above).lower() == ".git":
            return None
        found = found or (above if _looks_like_a_repository(above) else None)
        above, below = os.path.dirname(above), above
        if above == below:
            # With no repository around it, nobody but its user made it.
            return None
    return found


def _looks_like_a_repository(directory: str) -> bool:
    """Whether git may take a directory for its own: that of another work tree has the rest where `commondir` says."""

    def has(*names: str) -> bool:
        return all(os.path.lexists(os.path.join(directory, name)) for name in names)

    return has("HEAD", "objects", "refs") or has("HEAD", "commondir")


def is_in_git_directory(path: str) -> bool:
    """Whether an absolute path is a git directory or in one, by its name or by what is there."""
    while True:
        if os.path.basename(path).lower() == ".git" or _looks_like_a_repository(path):
            return True
        path, below = os.path.dirname(path), path
        if path == below:
            return False


def judging_repository(directory: str) -> str | None:
    """The repository whose configuration and revisions count for a directory, an absolute path without links.

    That is the nearest one. But for submodules of the current directory's repository it is that one: what a change
    turns into a submodule must not bring its own configuration and branches to be judged by.
    """
    top = repository_of(directory)
    here = repository_of(os.path.realpath(os.curdir))
    while top is not None and here is not None and top.startswith(os.path.join(here, "")) and _is_submodule(top):
        top = repository_of(os.path.dirname(top))
    return top


def _is_submodule(top: str) -> bool:
    link = os.path.join(top, ".git")
    with suppress(OSError, ValueError):
        if os.path.isfile(link) and os.path.getsize(link) <= _LARGEST:
            with open(link, encoding="utf-8", errors="replace") as file:
                return _SUBMODULES in file.read().replace(os.sep, "/")
    return False


def place_in_repository(directory: str) -> str:
    """The path of a directory in its repository with slashes, "" for its top or where there is no repository."""
    top = repository_of(directory)
    relative = "." if top is None else os.path.relpath(directory, top).replace(os.sep, "/")
    return "" if relative == "." else relative
