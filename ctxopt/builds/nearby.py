"""Files below a directory that declare builds, where the one that was asked for does not exist."""

import os
from collections import deque

from ctxopt.builds.dockerfiles import is_compose_file, looks_like_dockerfile

#: Maximum number of entries to look at, and of files to find.
_SEEN = 20_000
_FOUND = 3
#: Directories that contain the projects of others.
_SKIPPED = {"node_modules", "vendor", "site-packages", "target"}


def nearby(root: str) -> tuple[list[str], list[str]]:
    """The first Dockerfiles and Compose files below a directory, as paths relative to it; the nearest first.

    Links are not followed, hidden directories and installed packages are skipped, and a large directory is not
    searched to its end.
    """
    dockerfiles: list[str] = []
    compose: list[str] = []
    waiting, left = deque([""]), _SEEN
    while waiting and left > 0 and len(dockerfiles) < _FOUND:
        directory = waiting.popleft()
        for name, is_directory in _entries(os.path.join(root, directory), left):
            left -= 1
            path = os.path.join(directory, name)
            if is_directory:
                if name not in _SKIPPED and not name.startswith("."):
                    waiting.append(path)
            elif looks_like_dockerfile(name):
                dockerfiles.append(path)
            elif is_compose_file(name):
                compose.append(path)
    return dockerfiles[:_FOUND], compose[:_FOUND]


def _entries(directory: str, most: int) -> list[tuple[str, bool]]:
    """The sorted names in a directory, at most so many, each with whether it is a directory."""
    found: list[tuple[str, bool]] = []
    try:
        with os.scandir(directory) as listing:
            for entry in listing:
                if len(found) == most:
                    break
                found.append((entry.name, entry.is_dir(follow_symlinks=False)))
    except OSError:
        return []
    return sorted(found)
