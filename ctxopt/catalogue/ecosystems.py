"""What is known of tools and ecosystems: one TOML file each in `projects/`.

A *command* is a pattern as `image/commands.py` describes it.

A *key* is a path through a TOML or JSON document, with parts separated by dots: `*` matches any key or item, `**` at
the end everything below, and `@` at the end the keys themselves.
"""

import os
from collections.abc import Iterable
from functools import cache
from itertools import chain
from pkgutil import get_data
from typing import Literal, NamedTuple

from ctxopt.catalogue.tables import read_table, table
from ctxopt.catalogue.vocabulary import Commands

Names = tuple[str, ...]


class Recreated(NamedTuple):
    """Directories that a command regenerates, so that the local ones need not be sent.

    `made_by` are commands that make it in their working directory, `made_at` commands with its path as a word, and
    `made_in` commands that run in it after a `mkdir` made it. `beside`
    are names of which one must be in the same directory. `nested` says what one command makes below its working
    directory: nothing, what is in the members of its workspace, or everything. `unless` are commands that need what
    is there already. `chain` is the name of the toolchain without which nobody needs it. `sure` are names that
    nothing else has, so that git need not ignore what has them. What is `local` only works on the machine on which it
    was made. Where nothing makes what is `ignored_too`, it counts as all does that git ignores. With `of`, only a file
    is meant beside which there is its source: the same name with one of these ends; a command that is given such
    sources makes only what comes of these. Of directories with `holds`, only those count that have one of these names
    right in them.

    `spared_by` are commands that build the project in their working directory, and `spared_at` commands that build the
    project at a path that is a word of theirs, without looking at what is there of an earlier build.
    """

    names: Names
    made_by: Commands = ()
    made_at: Commands = ()
    made_in: Commands = ()
    beside: Names = ()
    nested: Literal["no", "workspaces", "all"] = "no"
    unless: Commands = ()
    chain: str = ""
    sure: bool = False
    local: bool = False
    ignored_too: bool = False
    of: Names = ()
    holds: Names = ()
    spared_by: Commands = ()
    spared_at: Commands = ()


class Toolchain(NamedTuple):
    """The commands that use what is installed or built for one kind of project, by their names.

    `without` are commands of these tools that need nothing of it. `absent_from` are images that come without the tools,
    and `brought_by` words of whatever brings them.
    """

    name: str
    commands: tuple[str, ...]
    without: Commands = ()
    absent_from: Names = ()
    brought_by: Names = ()


class Junk(NamedTuple):
    """Files that a build does not need.

    `where` is anywhere, in a project (the root, or beside a manifest) or in the root; with `beside`, one of these files
    is beside them. `inside_sources` marks what can be excluded from a directory that an instruction copies as a whole,
    `tracked` what can be excluded although git tracks it. `unless` names the commands that need it: those that run
    tests, or those that build documentation; `used_by` are others that may read it. Of directories with `holds`, only
    those count that have one of these names right in them, and with `lacks` those that have nothing with such a name;
    with `near`, those beside which, or below what is beside which, something has such a name.

    With the key `git-ignored`, only what git ignores. What is `stray` somebody left there, where nothing names it: git
    ignores it, or neither ignores nor tracks it and it is large.
    """

    key: Literal["cache", "editor", "os", "ci", "docker", "docs", "tests", "git-ignored"]
    names: Names
    text: str
    but: Names = ()
    where: Literal["anywhere", "project", "root"] = "anywhere"
    inside_sources: bool = False
    tracked: bool = False
    unless: Literal["", "tests", "docs"] = ""
    used_by: Commands = ()
    stray: bool = False
    beside: Names = ()
    holds: Names = ()
    lacks: Names = ()
    near: Names = ()


class Metadata(NamedTuple):
    """What a version control system stores beside the files; `needed` says that some builds read it.

    Without one of the `parts` of a directory, its commands fail on what is left of it.
    """

    names: Names
    text: str
    needed: bool = False
    parts: Names = ()


class Reference(NamedTuple):
    """Where a file names other files that a build needs: in all its words, or in the strings at some keys.

    With `when`, only if one of these commands runs. With `template`, what is named is that path with the string in it.
    With `says`, a name is `gives` if one of these texts is in the file. With `unless`, a file with one of these texts
    names nothing, and with `only` one without any of these. What matches `cut`, a regular expression that takes linear
    time, is no part of a text. With `behind`, only strings that begin with one of these count, without it. With
    `modules`, they are names as in `app.cli:main`.
    """

    file: str
    format: Literal["toml", "json", "yaml", "ini", "text"]
    keys: tuple[str, ...] = ()
    when: Commands = ()
    template: str = "{}"
    says: tuple[str, ...] = ()
    gives: Names = ()
    unless: tuple[str, ...] = ()
    only: tuple[str, ...] = ()
    cut: str = ""
    behind: tuple[str, ...] = ()
    modules: bool = False


class Sections(NamedTuple):
    """The table of a file in which tools have a section each, by their names; "" for the file itself.

    What a section names counts if a command runs the tool, whose name follows `tool`, if that is not "".
    """

    file: str
    format: Literal["toml", "json", "ini"]
    table: str = ""
    tool: str = ""


class Required(NamedTuple):
    """Files that a file names at some keys, and without which some commands fail.

    Only a file that has one of the texts of `given` counts, unless there is none.
    """

    file: str
    format: Literal["toml", "json"]
    keys: tuple[str, ...]
    when: Commands
    given: tuple[str, ...] = ()


class Hook(NamedTuple):
    """Scripts that a command runs without being told."""

    by: Commands
    names: tuple[str, ...]


class Scripts(NamedTuple):
    """Named commands in files with one of the names `files`, in the tables at some keys.

    `run` are the commands whose next word is such a name, `many` those of which every word is one, and `texts` those
    whose words are commands themselves. Of these, the ones in `default` run the first script without a name, those in
    `all` every script. `options` are options whose value is a name, `file_options` those whose value is the file.
    `members` are commands, and options, by which the scripts of all members of a workspace run. `hooks` are commands
    that run scripts with certain names. `includes` are the keys of tables of other such files, by the names with which
    those of their scripts begin; `before` and `after` are prefixes of those that run before and after another.
    """

    files: Names
    format: Literal["json", "toml", "yaml", "ini", "make", "just", "quoted", "lines"]
    tables: tuple[str, ...] = ()
    run: Commands = ()
    many: Commands = ()
    texts: Commands = ()
    default: Commands = ()
    all: Commands = ()
    options: tuple[str, ...] = ()
    file_options: tuple[str, ...] = ()
    members: Commands = ()
    before: str = ""
    after: str = ""
    hooks: tuple[Hook, ...] = ()
    includes: tuple[str, ...] = ()


class Workspaces(NamedTuple):
    """Where a file lists the directories of its workspace."""

    file: str
    format: Literal["toml", "json", "yaml", "text"]
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
    documentation stay. `shipped` are names of what people build before, and ship though git ignores it; `builds` are
    commands that build, whatever they make. `scratch` are names of directories in which programs put what they need for
    a while.
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
    sections: tuple[Sections, ...] = ()
    scripts: tuple[Scripts, ...] = ()
    workspaces: tuple[Workspaces, ...] = ()
    usual: tuple[Usual, ...] = ()
    required: tuple[Required, ...] = ()
    toolchain: tuple[Toolchain, ...] = ()
    shipped: Names = ()
    builds: Commands = ()
    scratch: Names = ()


@cache
def catalogue() -> Catalogue:
    """The catalogue that comes with ctxopt."""
    return read_table(Catalogue, "projects")


def source_catalogue() -> Catalogue:
    """The catalogue as its files say it. Raises ValueError for unknown keys and values of wrong types."""
    names = sorted(os.listdir(os.path.join(os.path.dirname(__file__), "projects")))
    return joined(parsed((get_data(__package__, f"projects/{name}") or b"").decode(), name) for name in names)


@cache
def installed_names() -> frozenset[str]:
    """The names of what builds install or make, such as `node_modules`, and that mean nothing else elsewhere."""
    known = catalogue()
    return frozenset(name for kind in (*known.dependency, *known.output) if not kind.ignored_too for name in kind.names)


@cache
def installed_anywhere() -> frozenset[str]:
    """Those names of what builds install that say so in projects of all kinds."""
    return frozenset(name for kind in catalogue().dependency if not kind.beside for name in kind.names)


def parsed(text: str, name: str) -> Catalogue:
    """One file of the catalogue. Raises ValueError for unknown keys and values of wrong types."""
    import tomllib

    return table(Catalogue, tomllib.loads(text), name)


def joined(parts: Iterable[Catalogue]) -> Catalogue:
    """Several catalogues as one."""
    given = list(parts)
    return Catalogue(*(tuple(chain.from_iterable(getattr(part, name) for part in given)) for name in Catalogue._fields))
