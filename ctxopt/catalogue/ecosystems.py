"""What is known of tools and ecosystems: one TOML file each in `projects/`.

A *command* is a pattern as `image/commands.py` describes it.

A *key* is a path through a TOML or JSON document, with parts separated by dots: `*` matches any key or item, `**` at
the end everything below.
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
    """Directories that a command regenerates, so that the local ones need not be sent.

    `made_by` are commands that make it in their working directory, `made_at` commands with its path as a word. `beside`
    are names of which one must be in the same directory. `nested` says what one command makes below its working
    directory: nothing, what is in the members of its workspace, or everything.
    """

    names: Names
    made_by: Commands = ()
    made_at: Commands = ()
    beside: Names = ()
    nested: Literal["no", "workspaces", "all"] = "no"


class Junk(NamedTuple):
    """Files that a build does not need.

    `where` is anywhere, in a project (the root, or beside a manifest) or in the root. `inside_sources` marks what can
    be excluded from a directory that an instruction copies as a whole, `tracked` what can be excluded although git
    tracks it. `unless` names the commands that need it: those that run tests, or those that build documentation;
    `used_by` are others that may read it.
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
    """What a version control system stores beside the files; `needed` says that some builds read it."""

    names: Names
    text: str
    needed: bool = False


class Reference(NamedTuple):
    """Where a file names other files that a build needs: in all its words, or in the strings at some keys.

    With `when`, only if one of these commands runs. `but` are files with a name of `file` that do not count. With
    `find`, a regular expression for lines of source code that takes linear time, only the words in its group are names.
    With `rootless`, names need not be relative to the directory of the file.
    """

    file: str
    format: Literal["toml", "json", "text"]
    keys: tuple[str, ...] = ()
    when: Commands = ()
    but: Names = ()
    find: str = ""
    rootless: bool = False


class Hook(NamedTuple):
    """Scripts that a command runs without being told."""

    by: Commands
    names: tuple[str, ...]


class Scripts(NamedTuple):
    """Named commands in a JSON file, at the key `table`.

    `run` are the commands whose next word is such a name, `hooks` those that run scripts with certain names; `before`
    and `after` are prefixes of the scripts that run before and after another one.
    """

    file: str
    table: str
    run: Commands
    before: str = ""
    after: str = ""
    hooks: tuple[Hook, ...] = ()


class Workspaces(NamedTuple):
    """Where a file lists the directories of its workspace."""

    file: str
    format: Literal["toml", "json", "text"]
    keys: tuple[str, ...] = ()


class Usual(NamedTuple):
    """Names of what people exclude even if it is not there; with `beside`, in projects with one of these files.

    The names are those of other entries, which say why.
    """

    names: Names
    beside: Names = ()


class Catalogue(NamedTuple):
    """The entries of all files, one file after the other.

    `manifests` and `locks` are never excluded. `runs_tests` and `builds_docs` are the commands for which tests and
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
    usual: tuple[Usual, ...] = ()


@cache
def catalogue() -> Catalogue:
    """Return the catalogue that comes with ctxopt."""
    found = sorted((files(__package__) / "projects").iterdir(), key=lambda file: file.name)
    return joined(parsed(file.read_text(encoding="utf-8"), file.name) for file in found)


def parsed(text: str, name: str) -> Catalogue:
    """Return one file of the catalogue. Raises ValueError for unknown keys and values of wrong types."""
    return table(Catalogue, tomllib.loads(text), name)


def joined(parts: Iterable[Catalogue]) -> Catalogue:
    """Return several catalogues as one."""
    given = list(parts)
    return Catalogue(*(tuple(chain.from_iterable(getattr(part, name) for part in given)) for name in Catalogue._fields))
