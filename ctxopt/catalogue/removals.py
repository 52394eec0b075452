"""Commands that take away what others have installed or built."""

from functools import cache
from typing import NamedTuple

from ctxopt.catalogue.tables import read_list
from ctxopt.catalogue.vocabulary import Commands


class Removal(NamedTuple):
    """How one tool installs and removes.

    `installs` are commands that bring files, unless one of the words `omits` is in them or one of the texts of
    `environment` in what sets variables, and `removes` commands that take them away. Without `what`, both name the
    packages, with `values` for options whose value is no package; else all of `what` is removed. With `place`, only
    what was made in the same directory.
    """

    tool: str
    installs: Commands
    removes: Commands
    omits: tuple[str, ...] = ()
    values: tuple[str, ...] = ()
    what: str = ""
    environment: tuple[str, ...] = ()
    place: bool = False


@cache
def removals() -> tuple[Removal, ...]:
    """All tools."""
    return read_list(Removal, "removals.toml")
