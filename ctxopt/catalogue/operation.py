"""Where and how a repository says how its images are built and run."""

from functools import cache
from typing import NamedTuple

from ctxopt.catalogue.tables import read_table


class Operation(NamedTuple):
    """Names of files that build (`builds`) and run (`runs`) images; of dot names only `hidden`, and nothing `foreign`.

    Directories called one of `fixtures` have files for tests to read.
    One of `building` is in each text that builds. `bases` are words in names of variables for the image that another
    one is built on, `images` those for any image. `flags`, `compose` and `kubernetes` are texts that give a container
    what only root may have or use, or another user.
    """

    builds: tuple[str, ...]
    runs: tuple[str, ...]
    hidden: tuple[str, ...]
    fixtures: tuple[str, ...]
    foreign: tuple[str, ...]
    building: tuple[str, ...]
    bases: tuple[str, ...]
    images: tuple[str, ...]
    flags: tuple[str, ...]
    compose: tuple[str, ...]
    kubernetes: tuple[str, ...]


@cache
def operation() -> Operation:
    """All of it."""
    return read_table(Operation, "operation.toml")
