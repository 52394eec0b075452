"""The repository that contains a directory, found without running git or importing GitPython."""

import os


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


def place_in_repository(directory: str) -> str:
    """The path of a directory in its repository with slashes, "" for its top or where there is no repository."""
    top = repository_of(directory)
    relative = "." if top is None else os.path.relpath(directory, top).replace(os.sep, "/")
    return "" if relative == "." else relative
