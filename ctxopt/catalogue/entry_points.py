"""What images run or serve that is not written in a Dockerfile, and commands that serve a directory."""

from functools import cache, lru_cache
from typing import NamedTuple

from ctxopt.catalogue.names import any_match, ends_with
from ctxopt.catalogue.tables import read_table
from ctxopt.catalogue.vocabulary import Commands


class EntryPoint(NamedTuple):
    """Images by name, with the `command` that they run, or the directories that they serve."""

    images: tuple[str, ...]
    command: str = ""
    serves: tuple[str, ...] = ()


class Server(NamedTuple):
    """Commands that serve their working directory, or one of their words."""

    commands: Commands


class EntryPoints(NamedTuple):
    """The file of entry points.

    `configurations` are names of the files of web servers, `programs` words that show that they serve no files.
    """

    configurations: tuple[str, ...]
    programs: tuple[str, ...]
    entry_point: tuple[EntryPoint, ...]
    server: tuple[Server, ...]


@cache
def entry_points() -> EntryPoints:
    """All that is known of entry points."""
    return read_table(EntryPoints, "entry_points.toml")


@lru_cache(maxsize=1 << 8)
def entry_point_of(image: str) -> EntryPoint | None:
    """What is known of an image by its familiar name, such as "nginx" or "alpine/helm"; None if nothing is."""
    for known in entry_points().entry_point:
        if any(any_match((name,), image) or ("/" in name and ends_with(image, name)) for name in known.images):
            return known
    return None


@cache
def servers() -> Commands:
    """The commands that serve a directory."""
    return tuple(command for server in entry_points().server for command in server.commands)
