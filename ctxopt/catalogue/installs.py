"""Commands that install the dependencies of a project, and the files that they need for that."""

from collections.abc import Mapping
from functools import cache
from typing import NamedTuple

from ctxopt.catalogue.names import any_match
from ctxopt.catalogue.tables import read_list
from ctxopt.catalogue.vocabulary import Commands

Names = tuple[str, ...]


class Install(NamedTuple):
    """How the dependencies of one kind of project are installed.

    `commands` install them, `also` are other commands that fetch the same. `manifest` are names, with wildcards, of
    which one must be in the working directory, `reads` other files there and `directories` directories that are read
    as a whole. `named_by` are options whose value is a file that is needed as well; without a `manifest`, one must be
    given. `requirements` says that such a file may name others, as those of pip do, and `lists` are the names that such
    files mostly have. `nested` are manifests at any depth.

    `alone` are commands that install dependencies and nothing else, the first the best, if `commands` do more. With
    `builds` they build the project as well, so that they run again in any case, and a mounted cache is as good.
    `downloads` is a text in one of `reads` if anything is downloaded at all. With `cache`, no command installs
    dependencies alone, and this is the name of the cache that keeps them.

    What installs and builds with one command does the first alone with the options `flags`, or as the command `fetch`,
    with those of the variables in its own line that match `fetch_given`.
    `follow` is how manifests are read that name further ones. `into` are the directories, relative to the working
    directory, in which the packages are put.

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
    lists: Names = ()
    nested: Names = ()
    alone: Commands = ()
    builds: bool = False
    downloads: str = ""
    cache: str = ""
    members: tuple[str, ...] = ()
    unless: tuple[str, ...] = ()
    mind: tuple[str, ...] = ()
    scripts: Names = ()
    flags: tuple[str, ...] = ()
    fetch: str = ""
    fetch_given: Names = ()
    follow: str = ""
    into: Names = ()


@cache
def installs() -> tuple[Install, ...]:
    """The commands that install dependencies, the kinds of projects one after the other."""
    return read_list(Install, "installs.toml")


def is_manifest(name: str) -> bool:
    """Whether a file of this name only says what is to be installed, or how."""
    return name.endswith(".lock") or any(
        any_match((*install.manifest, *install.reads, *install.nested, *install.lists), name) for install in installs()
    )


class Caution(NamedTuple):
    """What a manifest with one of the `texts` says of other files, as the end of a sentence about it."""

    texts: tuple[str, ...]
    says: str


@cache
def cautions() -> Mapping[str, str]:
    """What each text of `unless` and `mind` says."""
    return {text: one.says for one in read_list(Caution, "cautions.toml") for text in one.texts}
