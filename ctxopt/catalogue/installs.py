"""Commands that install the dependencies of a project, and the files that they need for that."""

from functools import cache
from typing import Final, NamedTuple

from ctxopt.catalogue.tables import read_table
from ctxopt.catalogue.vocabulary import Commands

Names = tuple[str, ...]

#: Texts of which one is in every command that may install dependencies, so that the table is read only then.
WORDS: Final = (
    *("npm", "yarn", "bun", "pip", "conda", "mamba", "poetry", "uv", "go ", "composer", "mvn", "dotnet", "mix", "pub"),
    *("cargo", "gradle"),
)


class Install(NamedTuple):
    """How the dependencies of one kind of project are installed.

    `commands` install them, `also` are other commands that fetch the same. `manifest` are names, with wildcards, of
    which one must be in the working directory, `reads` other files there and `directories` directories that are read
    as a whole. `named_by` are options whose value is a file that is needed as well; without a `manifest`, one must be
    given. `requirements` says that such a file may name others, as those of pip do. `nested` are manifests at any
    depth.

    `alone` are commands that install dependencies and nothing else, the first the best, if `commands` do more. With
    `builds` they build the project as well, so that they run again in any case, and a mounted cache is as good.
    `downloads` is a text in one of `reads` if anything is downloaded at all. With `mount`, no command installs
    dependencies alone, and this is the directory of the cache.

    The files may say that more is needed: with a text of `members`, the manifests of all members of a workspace; with
    one of `unless`, other files of the project; with one of `mind`, perhaps. `scripts` are scripts in the manifest that
    run by themselves, and may need any file.
    """

    name: str
    commands: Commands
    also: Commands = ()
    manifest: Names = ()
    reads: Names = ()
    directories: Names = ()
    named_by: tuple[str, ...] = ()
    requirements: bool = False
    nested: Names = ()
    alone: Commands = ()
    builds: bool = False
    downloads: str = ""
    mount: str = ""
    members: tuple[str, ...] = ()
    unless: tuple[str, ...] = ()
    mind: tuple[str, ...] = ()
    scripts: Names = ()


class _Installs(NamedTuple):
    install: tuple[Install, ...]


@cache
def installs() -> tuple[Install, ...]:
    """Return the commands that install dependencies, the kinds of projects one after the other."""
    return read_table(_Installs, "installs.toml").install
