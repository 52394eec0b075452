"""Directories of the systems that base images have."""

from functools import cache
from typing import NamedTuple

from ctxopt.catalogue.tables import read_table


class System(NamedTuple):
    """The file of directories.

    `existing` are in common base images. `never_project` are starts of paths that no project is copied to, `left_over`
    those of paths that have nothing to do with a project. In `programs` commands are looked for. What is in a directory
    named in `run_there` is run when a container starts, or later, and so are `run_files`. `scheduled` are names of the
    tables of cron, which the commands `schedulers` are given. What is copied below one of the top directories
    `configured` may be meant for the package manager.
    """

    existing: tuple[str, ...]
    never_project: tuple[str, ...]
    left_over: tuple[str, ...]
    programs: tuple[str, ...]
    run_there: tuple[str, ...]
    run_files: tuple[str, ...]
    scheduled: tuple[str, ...]
    schedulers: tuple[str, ...]
    configured: tuple[str, ...]


@cache
def system() -> System:
    """The directories of a system."""
    return read_table(System, "system.toml")
