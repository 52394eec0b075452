"""Commands by what they do with the files of a project and of an image."""

from collections.abc import Mapping
from functools import cache
from typing import NamedTuple

from ctxopt.catalogue.installs import installs
from ctxopt.catalogue.names import any_match
from ctxopt.catalogue.tables import read_table
from ctxopt.catalogue.vocabulary import Commands


class CommandNeed(NamedTuple):
    """Files that commands need without naming them: paths, where {} stands for the next word of the command.

    Without `optional` ones they do less, and do not fail.
    """

    commands: Commands
    files: tuple[str, ...]
    optional: bool = False


class Outside(NamedTuple):
    """Where people write what runs in an image from outside of it: files at the root, and in some directories.

    `settings` are the ends of those files that only call what runs. `manifests` are directories with files for
    clusters, also in the directories below them.
    """

    files: tuple[str, ...]
    settings: tuple[str, ...]
    directories: tuple[str, ...]
    manifests: tuple[str, ...]


class Aside(NamedTuple):
    """What makes no files in a checkout, in a workflow: actions, commands by their names, and calls of others.

    `placing` are actions that write nothing but the paths which they are told, `making` such commands.
    """

    actions: tuple[str, ...]
    placing: tuple[str, ...]
    commands: tuple[str, ...]
    making: tuple[str, ...]
    calls: tuple[str, ...]


class KnownCommands(NamedTuple):
    """The file of commands.

    `harmless` make nothing of the contents of files, and neither do `blind`, which may find or link them. `indifferent`
    do as well without the files that a search finds for them. `users` make users or groups. `independent` have no use
    for the files of a project, unless a word of theirs is a path. `distribution` install packages of a distribution.
    `copying` take the files that they name elsewhere, and no others; `packing` put all of a directory into an archive.
    `preparing` do what an installation needs, whatever paths they name, and `by_name` install packages that they name.
    `listing` list the files that some patterns match, which search all directories below.
    `reads` has the commands that read a file of a name without being told, `need` those that cannot do without some
    files. `outside` says where people write what runs in an image. `aside` has what leaves a checkout in a workflow as
    it is. `outputs` are options, of many commands, whose value is the path of what they write, `excluding` those whose
    value is what they leave out.
    """

    harmless: tuple[str, ...]
    blind: tuple[str, ...]
    indifferent: tuple[str, ...]
    users: tuple[str, ...]
    independent: Commands
    distribution: Commands
    copying: tuple[str, ...]
    packing: tuple[str, ...]
    preparing: Commands
    by_name: Commands
    listing: Commands
    reads: Mapping[str, tuple[str, ...]]
    outputs: tuple[str, ...]
    excluding: tuple[str, ...]
    need: tuple[CommandNeed, ...]
    outside: Outside
    aside: Aside


@cache
def known_commands() -> KnownCommands:
    """The commands that are known by what they do."""
    return read_table(KnownCommands, "commands.toml")


def is_blind(name: str) -> bool:
    """Whether a command does not look into files."""
    known = known_commands()
    return name in known.harmless or name in known.blind or name in known.users


def reads_unasked(name: str, file: str) -> bool:
    """Whether a command reads a file of a name without being told."""
    return any(any_match(names, name) for pattern, names in _readers().items() if any_match((pattern,), file))


@cache
def _readers() -> Mapping[str, tuple[str, ...]]:
    """For each name of a file, the names of the commands that read it without being told."""
    found = {file: dict.fromkeys(names) for file, names in known_commands().reads.items()}
    for install in installs():
        names = [command.split()[0] for command in (*install.commands, *install.also)]
        for file in (*install.manifest, *install.reads):
            found.setdefault(file, {}).update(dict.fromkeys(names))
    return {file: tuple(names) for file, names in found.items()}
