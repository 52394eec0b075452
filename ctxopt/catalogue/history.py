"""When a build reads the history that a version control system keeps."""

from functools import cache
from typing import NamedTuple

from ctxopt.catalogue.tables import read_table
from ctxopt.catalogue.vocabulary import Commands

Names = tuple[str, ...]


class Need(NamedTuple):
    """A case in which a build reads the history.

    That is when one of the commands in `run` runs (none: always) and, with `files`, when one of those files has one of
    the texts in it, with `keys` in one of the strings there. A piece with one of `unless` does not count.

    With one of the texts in `dirty`, or "*", what it reads also says whether files that git tracks are missing.
    """

    run: Commands = ()
    files: Names = ()
    text: tuple[str, ...] = ()
    keys: tuple[str, ...] = ()
    unless: tuple[str, ...] = ()
    dirty: tuple[str, ...] = ()


class History(NamedTuple):
    """The file of such cases; `program` has one for the text of any program that a command runs.

    `asks` are the commands by which one tells the text of a Dockerfile that does. `cleaning` are
    words of commands that build nothing. `stamping` is the case of programs that show what they were built from, by one
    of very many files.
    """

    asks: tuple[str, ...]
    cleaning: tuple[str, ...]
    need: tuple[Need, ...]
    program: tuple[Need, ...]
    stamping: Need


@cache
def history() -> History:
    """All that is known of what reads the history."""
    return read_table(History, "history.toml")


def needs() -> tuple[Need, ...]:
    """All cases in which a build reads the history."""
    return history().need
