"""What a COPY from a build stage carries on into an image that does not need it."""

from functools import cache
from typing import NamedTuple

from ctxopt.catalogue.tables import read_table
from ctxopt.catalogue.vocabulary import Commands


class Kind(NamedTuple):
    """Entries of one kind by the names of their `directories` or `files`; with `always`, however small they are.

    With `compiled_by`, only where one of these commands has made something else of them.
    """

    what: str
    directories: tuple[str, ...] = ()
    files: tuple[str, ...] = ()
    compiled_by: Commands = ()
    always: bool = False


class Leftover(NamedTuple):
    """A directory that certain commands leave in their working directory."""

    made_by: Commands
    path: str


class Carried(NamedTuple):
    """The file; `debuggers` are programs that show the sources of what they run."""

    debuggers: tuple[str, ...]
    kind: tuple[Kind, ...]
    leftover: tuple[Leftover, ...]


@cache
def carried() -> Carried:
    """All kinds."""
    return read_table(Carried, "carried.toml")
