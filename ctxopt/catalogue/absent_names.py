"""What people exclude although their checkouts do not have it, as data."""

from functools import cache
from typing import NamedTuple

from ctxopt.catalogue.tables import read_table


class AbsentNames(NamedTuple):
    """The file: `names` as people write them into ignore files, in one text, and what such a name `starts` or
    `ends` with. One of `words` in it says that it is a secret, a report or of one machine alone, and what is in one of
    the directories `kept` is what a program keeps there.

    What git has, people write: files with one of the extensions `sources` may be named by wildcards, those with one of
    `extensions` a program writes, and a name with one of the words `made` in it is that of something which is made,
    filled or kept on one machine. A comment with one of the words `headings` says so of the lines below it.

    `scripts` are the names of files that make or clean something; so are files without an extension in one of the
    `directories`. `programs` are ends of the names of programs and their settings.
    """

    names: str
    starts: tuple[str, ...]
    ends: tuple[str, ...]
    words: tuple[str, ...]
    kept: tuple[str, ...]
    scripts: tuple[str, ...]
    directories: tuple[str, ...]
    sources: tuple[str, ...]
    extensions: tuple[str, ...]
    made: tuple[str, ...]
    headings: tuple[str, ...]
    programs: tuple[str, ...]


@cache
def absent_names() -> AbsentNames:
    """All that is known of them."""
    return read_table(AbsentNames, "absent_names.toml")


@cache
def usual_names() -> frozenset[str]:
    """The names of the lists, each as it is written."""
    return frozenset(absent_names().names.split())
