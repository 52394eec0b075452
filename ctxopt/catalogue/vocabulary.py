"""How commands are read: which only run another command, and what the words of a tool stand for."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

from ctxopt.catalogue.tables import read_table

Commands = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Tool:
    """How the words of some tools are read.

    The first `words` of them are not paths; -1 stands for those before the first option, -2 for all. `values` are
    options whose value is neither a path nor a command, `files` options whose value is a path and no command, and
    `directory` options whose value is the working directory.
    """

    names: tuple[str, ...]
    words: int = 0
    values: tuple[str, ...] = ()
    files: tuple[str, ...] = ()
    directory: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Wrapper:
    """Commands that run the command behind their own options and arguments.

    Of `names` each is one or more words. `values` are options whose value is the next word, `arguments` is the number
    of words before the command, `optional` that of those which stand right behind the name or not at all. With one of
    the options `instead` there are no arguments. `assignments` says that variables may be set before the command.

    `script` are options whose value is a text for a shell; without `words` there is no other way to give a command,
    unless one of `instead` is given. With an option of `never` no command is run, or not as it is written. `runs` are
    the only commands that are run, () for any.

    `directory` are options whose value is the working directory. With an option of `moves`, and always if `moved`, the
    working directory is unknown. `project` says that files of a project are read first.
    """

    names: tuple[str, ...]
    values: tuple[str, ...] = ()
    arguments: int = 0
    optional: int = 0
    instead: tuple[str, ...] = ()
    assignments: bool = False
    script: tuple[str, ...] = ()
    words: bool = True
    never: tuple[str, ...] = ()
    runs: tuple[str, ...] = ()
    directory: tuple[str, ...] = ()
    moves: tuple[str, ...] = ()
    moved: bool = False
    project: bool = False


@dataclass(frozen=True, slots=True)
class Wrappers:
    """The file of wrappers and shells.

    `shells` are POSIX shells, `other_shells` those with another language. `sourcing` are commands that run a file in
    the current shell, `script_endings` ends of the names of files for a shell.
    """

    shells: tuple[str, ...]
    other_shells: tuple[str, ...]
    sourcing: tuple[str, ...]
    script_endings: tuple[str, ...]
    wrapper: tuple[Wrapper, ...]


@dataclass(frozen=True, slots=True)
class _Tools:
    tool: tuple[Tool, ...]


@cache
def wrappers() -> Wrappers:
    """Return the wrappers and shells that are known."""
    return read_table(Wrappers, "wrappers.toml")


@cache
def wrappers_by_name() -> Mapping[str, tuple[tuple[tuple[str, ...], Wrapper], ...]]:
    """Return the wrappers by the first word of their names, each with all words of the name, the longest first."""
    found: dict[str, list[tuple[tuple[str, ...], Wrapper]]] = {}
    for wrapper in wrappers().wrapper:
        for name in wrapper.names:
            words = tuple(name.split())
            found.setdefault(words[0], []).append((words, wrapper))
    return {name: tuple(sorted(entries, key=lambda entry: -len(entry[0]))) for name, entries in found.items()}


@cache
def tools() -> Mapping[str, Tool]:
    """Return the tools whose words are known, by name."""
    return {name: tool for tool in read_table(_Tools, "tools.toml").tool for name in tool.names}
