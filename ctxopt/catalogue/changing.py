"""Names of files and directories that change with every build, commit or test run."""

from collections.abc import Mapping
from functools import cache
from typing import NamedTuple

from ctxopt.catalogue.tables import read_table


class Changing(NamedTuple):
    """Names that change on every event of the kind `when`; a name that begins with "*" is the end of one.

    They are those of directories if `directory`, and then only count with one of `proof` inside; `history` are those
    of version control systems, and `started` those that a program writes which runs. What git tracks only changes where
    a file with one of the names `settings` says that a tool writes it, () for any.
    """

    names: tuple[str, ...]
    when: str
    directory: bool = False
    history: bool = False
    started: bool = False
    proof: tuple[str, ...] = ()
    settings: tuple[str, ...] = ()


class ChangingNames(NamedTuple):
    """The file of such names; in directories named like one of `still`, files do not change often.

    A program writes its logs in directories named like one of `written_in`, or beside one of `written_beside`.
    """

    still: tuple[str, ...]
    written_in: tuple[str, ...]
    written_beside: tuple[str, ...]
    changing: tuple[Changing, ...]


@cache
def changing_names() -> ChangingNames:
    """All such names."""
    return read_table(ChangingNames, "changing.toml")


@cache
def changing(directory: bool) -> Mapping[str, Changing]:
    """Those of directories, or those of files, by name."""
    return {name: known for known in changing_names().changing if known.directory is directory for name in known.names}
