"""Reading Compose and bake files, by their names."""

import os

from ctxopt.builds.build import Declared
from ctxopt.builds.dockerfiles import is_bake_file, is_compose_file
from ctxopt.git.repository import repository_of

#: Maximum number of directories above a context that are searched for files that declare builds.
HIGHEST = 4


def top_of(directory: str) -> str:
    """The top directory of the repository that contains a directory; the directory itself if there is none near."""
    return repository_of(directory, HIGHEST) or directory


def declares_builds(name: str) -> bool:
    """Whether a file of this name is a Compose or a bake file."""
    return is_compose_file(name) or is_bake_file(name)


def read_compose(path: str, shown: str, root: str) -> Declared:
    """The builds of a Compose file; no link is followed out of `root`. Raises CtxoptError."""
    # Loaded here and below, since the parsers take long to load and few contexts need them.
    from ctxopt.builds import compose

    return compose.read(path, shown, root=root)


def read_bake(path: str, shown: str, root: str) -> Declared:
    """The builds of a bake file; no link is followed out of `root`. Raises CtxoptError."""
    from ctxopt.builds import bake

    return bake.read(path, shown, root=root)


def read_declared(path: str, shown: str, root: str) -> Declared:
    """The builds of a file, which is read by its name. Raises CtxoptError."""
    read = read_compose if is_compose_file(os.path.basename(path)) else read_bake
    return read(path, shown, root)
