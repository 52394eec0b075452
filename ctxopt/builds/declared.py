"""Reading Compose and bake files, by their names."""

from collections.abc import Collection, Mapping, Sequence

from ctxopt.builds.build import Declared, DeclaringFile
from ctxopt.builds.dockerfiles import is_bake_file, is_compose_file, is_devcontainer_file, is_skaffold_file
from ctxopt.git.repository import repository_of

#: Maximum number of directories above a context that are searched for files that declare builds.
HIGHEST = 4


def top_of(directory: str) -> str:
    """The top directory of the repository that contains a directory; the directory itself if there is none near."""
    return repository_of(directory, HIGHEST) or directory


def declares_builds(name: str) -> bool:
    """Whether a file of this name declares builds."""
    return is_compose_file(name) or is_bake_file(name) or is_skaffold_file(name) or is_devcontainer_file(name)


def read_compose(files: Sequence[DeclaringFile], root: str, directory: str | None = None) -> Declared:
    """The builds of Compose files that are merged; no link is followed out of `root`. Raises CtxoptError.

    `directory` is that of the project, by default that of the first file.
    """
    # Loaded here and below, since the parsers take long to load and few contexts need them.
    from ctxopt.builds import compose

    return compose.read(files, directory, root=root)


def read_bake(
    files: Sequence[DeclaringFile],
    root: str,
    directory: str,
    environment: Mapping[str, str] | None = None,
    unknown: Collection[str] = (),
) -> Declared:
    """The builds of bake files that are read together, by a buildx that runs in a directory. Raises CtxoptError.

    No link is followed out of `root`. `environment` is the process's own by default; `unknown` are the names of further
    variables in it whose values are not known.
    """
    from ctxopt.builds import bake

    return bake.read(files, directory, environment=environment, unknown=unknown, root=root)
