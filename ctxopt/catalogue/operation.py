"""Where and how a repository says how its images are built and run."""

from functools import cache
from typing import NamedTuple

from ctxopt.catalogue.tables import read_table


class Operation(NamedTuple):
    """Names of files that build (`builds`) and run (`runs`) images; of dot names only `hidden`, and nothing `foreign`.

    One of `building` is in each text that builds. `bases` are words in names of variables for the image that another
    one is built on, `images` those for any image. `flags`, `compose` and `kubernetes` are texts that give a container
    what only root may have or use, or another user; `others` are names of images that others make. `fixtures` are
    directories with data of tests, `below_tests` others that are such somewhere below one of `tests`, and one of
    `names_build` is in each line that builds what it names.
    """

    builds: tuple[str, ...]
    runs: tuple[str, ...]
    hidden: tuple[str, ...]
    foreign: tuple[str, ...]
    fixtures: tuple[str, ...]
    tests: tuple[str, ...]
    below_tests: tuple[str, ...]
    names_build: tuple[str, ...]
    building: tuple[str, ...]
    bases: tuple[str, ...]
    images: tuple[str, ...]
    flags: tuple[str, ...]
    compose: tuple[str, ...]
    kubernetes: tuple[str, ...]
    others: tuple[str, ...]


@cache
def operation() -> Operation:
    """All of it."""
    return read_table(Operation, "operation.toml")
