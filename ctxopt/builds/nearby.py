"""Files below a directory that declare builds, where the one that was asked for does not exist."""

import os
from collections import deque
from typing import Final

from ctxopt.builds.build import Build
from ctxopt.builds.dockerfiles import is_compose_file, is_dockerfile_template, looks_like_dockerfile
from ctxopt.builds.opened import open_build
from ctxopt.builds.sources import Home, home_of
from ctxopt.core.context.tree import Directory, EntryKind
from ctxopt.core.lazy_dataclass import dataclass
from ctxopt.errors import CtxoptError

#: Maximum number of entries to look at.
_SEEN: Final = 20_000
#: Names of Dockerfiles that say nothing about what they are for, in lower case.
_PLAIN: Final = {"dockerfile", "containerfile"}
#: Directories that contain the projects of others.
_SKIPPED: Final = {"node_modules", "vendor", "site-packages", "target"}


@dataclass(frozen=True, slots=True)
class Nearby:
    """Files below a directory, as paths relative to it; the nearest first."""

    dockerfiles: list[str]
    compose: list[str]
    templates: list[str]


def nearby(root: str) -> Nearby:
    """The Dockerfiles, Compose files and templates for Dockerfiles below a directory.

    Dockerfiles without a name of their own come before those that have one, such as test.Dockerfile.
    Links are not followed, hidden directories and installed packages are skipped, and a large directory is not
    searched to its end.
    """
    found = Nearby([], [], [])
    waiting, left = deque([""]), _SEEN
    while waiting and left > 0:
        directory = waiting.popleft()
        for name, is_directory in _entries(os.path.join(root, directory), left):
            left -= 1
            path = os.path.join(directory, name)
            if is_directory:
                if name not in _SKIPPED and not name.startswith("."):
                    waiting.append(path)
            elif looks_like_dockerfile(name):
                found.dockerfiles.append(path)
            elif is_compose_file(name):
                found.compose.append(path)
            elif is_dockerfile_template(name):
                found.templates.append(path)
    found.dockerfiles.sort(key=lambda path: os.path.basename(path).lower() not in _PLAIN)
    return found


def is_built_in_its_directory(root: str, dockerfile: str) -> bool:
    """Whether a Dockerfile below a directory, by its relative path, is built from its own directory, not from there.

    False also where that cannot be decided.
    """
    path = os.path.join(root, dockerfile)
    parent = os.path.dirname(dockerfile).replace(os.sep, "/")
    try:
        reads = open_build(Build(dockerfile, root, path)).plan.reads
    except CtxoptError:
        return False
    tree = _listed(root)
    found = tree.locate(parent) if parent else None
    own = found[0].subdirectories.get(found[0].names[found[1]]) if found is not None else None
    return own is not None and home_of(tree, own, reads) is Home.OWN


def _listed(root: str) -> Directory:
    """The names below a directory, the nearest first; a large directory is not listed to its end."""
    top = Directory("")
    waiting, left = deque([top]), _SEEN
    while waiting and left > 0:
        directory = waiting.popleft()
        entries = _entries(os.path.join(root, directory.path), left)
        left -= len(entries)
        directory.kinds = bytes(EntryKind.DIRECTORY if inside else EntryKind.FILE for _, inside in entries)
        for name, is_directory in entries:
            directory.names.append(name)
            if is_directory:
                inside = directory.subdirectories[name] = Directory(directory.child_path(name), directory)
                waiting.append(inside)
    return top


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
