"""Programs that run as any user, and what shows that one needs more than that."""

from functools import cache
from typing import NamedTuple

from ctxopt.catalogue.tables import read_table


class PlainProgram(NamedTuple):
    """A kind of programs by the `commands` that start it, and the names of files with its `code`.

    `starting` are the words that follow the command, where others do something else. Without a command, it is what one
    of `built_by` writes.
    """

    commands: tuple[str, ...]
    code: tuple[str, ...]
    starting: tuple[str, ...] = ()
    built_by: tuple[str, ...] = ()


class PlainPrograms(NamedTuple):
    """What is known of programs that write nothing but temporary files, and need nothing that only root has.

    A container starts one of the kinds in `program`, perhaps after commands of `beside`, or one of `reading`. `runners`
    run scripts of package.json, `wrappers` any command as the same user; `writing_words`, `writing_flags` and
    `written_ends` are words of commands whose program writes, `servers` those of one that serves.

    `changing` are commands after which an image has more than programs, `open_modes` modes that let everybody read, and
    `kept_at_home` texts of instructions whose programs another user cannot use. Of the files of a project, the code and
    `settings` are searched, except for `not_program` and what is in directories of `beside_program`: for `writes` and
    `needs`, and for `tools` where nothing is exposed; `opens` are calls that read files at run time.
    """

    beside: tuple[str, ...]
    reading: tuple[str, ...]
    runners: tuple[str, ...]
    wrappers: tuple[str, ...]
    writing_words: tuple[str, ...]
    writing_flags: tuple[str, ...]
    servers: tuple[str, ...]
    written_ends: tuple[str, ...]
    changing: tuple[str, ...]
    open_modes: tuple[str, ...]
    kept_at_home: tuple[str, ...]
    beside_program: tuple[str, ...]
    not_program: tuple[str, ...]
    settings: tuple[str, ...]
    writes: tuple[str, ...]
    needs: tuple[str, ...]
    opens: tuple[str, ...]
    tools: tuple[str, ...]
    program: tuple[PlainProgram, ...]


@cache
def plain_programs() -> PlainPrograms:
    """All of it."""
    return read_table(PlainPrograms, "plain_programs.toml")
