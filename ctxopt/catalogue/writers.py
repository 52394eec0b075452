"""Commands that write a directory with files into an image."""

from functools import cache
from typing import NamedTuple

from ctxopt.catalogue.tables import read_list
from ctxopt.catalogue.vocabulary import Commands


class Writer(NamedTuple):
    """Commands that write a directory with files.

    The directory is the value of one of `options`, or the word with the number `operand` (-1 for none) among those
    that are no options and no value of `values`. Without it, one that is `named` has the last name of the first word.
    One that `unpacks` writes a directory with the name of each archive into that directory.
    """

    commands: Commands
    options: tuple[str, ...] = ()
    values: tuple[str, ...] = ()
    operand: int = -1
    named: bool = False
    unpacks: bool = False


@cache
def writers() -> tuple[Writer, ...]:
    """All commands."""
    return read_list(Writer, "writers.toml")
