"""Commands by what they do with the files of a project and of an image."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Final

from ctxopt.catalogue.installs import installs
from ctxopt.catalogue.tables import read_table
from ctxopt.catalogue.vocabulary import Commands

#: Commands that change the owner or the mode of files, and those that remove files by their names.
CHANGERS: Final = ("chown", "chgrp", "chmod")
REMOVERS: Final = ("rm", "unlink")


@dataclass(frozen=True, slots=True)
class KnownCommands:
    """The file of commands.

    `harmless` make nothing of the contents of files, and neither do `blind`, which may find or link them. `users` make
    users or groups. `removers` remove what their words name. `independent` have no use for the files of a project,
    unless a word of theirs is a path. `reads` has the commands that read a file of a name without being told.
    """

    harmless: tuple[str, ...]
    blind: tuple[str, ...]
    users: tuple[str, ...]
    removers: tuple[str, ...]
    independent: Commands
    reads: Mapping[str, tuple[str, ...]]
    spellings: Mapping[str, tuple[str, ...]]


@cache
def known_commands() -> KnownCommands:
    """Return the commands that are known by what they do."""
    return read_table(KnownCommands, "commands.toml")


@cache
def readers() -> Mapping[str, frozenset[str]]:
    """Return, for each file that is read without being named, the names of the commands that read it."""
    found = {file: set(names) for file, names in known_commands().reads.items()}
    for install in installs():
        names = {command.split()[0] for command in (*install.commands, *install.alone)}
        for file in (*install.manifest, *install.reads):
            found.setdefault(file, set()).update(names)
    return {file: frozenset(names) for file, names in found.items()}
