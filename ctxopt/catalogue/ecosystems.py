"""What is known of tools and ecosystems: one TOML file each in `projects/`.

A *command* is a pattern as `image/commands.py` has it.

A *key* is a path through a TOML or JSON document, parts separated by dots: `*` is any key or item,
`**` at the end is all that is below.
"""

import tomllib
from collections.abc import Iterable
from functools import cache
from importlib.resources import files
from itertools import chain
from typing import Literal, NamedTuple

from ctxopt.catalogue.tables import table
from ctxopt.catalogue.vocabulary import Commands

Names = tuple[str, ...]


class Recreated(NamedTuple):
    """Directories that a command makes anew, so that the local ones need not be sent.

    `made_by` are commands that make it in the directory they work in, `made_at` those that get it as
    a word. `beside` are names of which one must lie next to it. `nested` tells what one command makes
    below its own directory: nothing, what is in the members of its workspace, or all.
    """

    names: Names
    made_by: Commands = ()
    made_at: Commands = ()
    beside: Names = ()
    nested: Literal["no", "workspaces", "all"] = "no"


class Junk(NamedTuple):
    """Files that a build has no use for.

    `where` is anywhere, in a project (the root, or beside a manifest) or in the root. `inside_sources`
    marks what may also go from inside a directory that an instruction takes as a whole, `tracked` what
    may go though git tracks it. `unless` names the commands that need it: those that run tests, or
    those that build documentation; `used_by` are others that may read it.
    """

    key: Literal["cache", "editor", "os", "ci", "docker", "docs", "tests"]
    names: Names
    text: str
    but: Names = ()
    where: Literal["anywhere", "project", "root"] = "anywhere"
    inside_sources: bool = False
    tracked: bool = False
    unless: Literal["", "tests", "docs"] = ""
    used_by: Commands = ()


class Metadata(NamedTuple):
    """What a version control system keeps beside the files; `needed` tells that some builds read it."""

    names: Names
    text: str
    needed: bool = False


class Reference(NamedTuple):
    """Where a file names others that a build needs: in all its words, or in the strings at some keys.

    With `when`, only if one of these commands runs. `but` are files of that name which do not count. With
    `find`, a regular expression in linear time for lines of source code, only the words in its group
    are names. With `rootless`, they need not begin in the file's own directory.
    """

    file: str
    format: Literal["toml", "json", "text"]
    keys: tuple[str, ...] = ()
    when: Commands = ()
    but: Names = ()
    find: str = ""
    rootless: bool = False


class Hook(NamedTuple):
    """Scripts that a command runs by itself."""

    by: Commands
    names: tuple[str, ...]


class Scripts(NamedTuple):
    """Commands that a JSON file gives names, at the key `table`.

    `run` are the commands that get such a name as their next word, `hooks` those that run scripts of
    certain names; `before` and `after` are put before a name for scripts that go with it.
    """

    file: str
    table: str
    run: Commands
    before: str = ""
    after: str = ""
    hooks: tuple[Hook, ...] = ()


class Workspaces(NamedTuple):
    """Where a file names the directories of its workspace."""

    file: str
    format: Literal["toml", "json", "text"]
    keys: tuple[str, ...] = ()


class Catalogue(NamedTuple):
    """All that is known, the files' entries one after the other.

    `manifests` and `locks` never go. `runs_tests` and `builds_docs` are the commands for which tests and
    documentation stay.
    """

    manifests: Names = ()
    locks: Names = ()
    runs_tests: Commands = ()
    builds_docs: Commands = ()
    dependency: tuple[Recreated, ...] = ()
    output: tuple[Recreated, ...] = ()
    junk: tuple[Junk, ...] = ()
    metadata: tuple[Metadata, ...] = ()
    reference: tuple[Reference, ...] = ()
    scripts: tuple[Scripts, ...] = ()
    workspaces: tuple[Workspaces, ...] = ()


@cache
def catalogue() -> Catalogue:
    """The catalogue that comes with ctxopt."""
    found = sorted((files(__package__) / "projects").iterdir(), key=lambda file: file.name)
    return joined(parsed(file.read_text(encoding="utf-8"), file.name) for file in found)


def parsed(text: str, name: str) -> Catalogue:
    """One file of the catalogue. Raises ValueError for keys that do not exist and values of wrong types."""
    return table(Catalogue, tomllib.loads(text), name)


def joined(parts: Iterable[Catalogue]) -> Catalogue:
    """Several catalogues as one."""
    given = list(parts)
    return Catalogue(*(tuple(chain.from_iterable(getattr(part, name) for part in given)) for name in Catalogue._fields))
