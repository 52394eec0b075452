"""What package managers keep of what they download, and how to keep it out of a layer."""

from collections.abc import Mapping
from functools import cache
from types import MappingProxyType
from typing import NamedTuple

from ctxopt.catalogue.tables import read_list
from ctxopt.catalogue.vocabulary import Commands


class Mount(NamedTuple):
    """A directory that some `commands` fill, () for all; "~/" stands for the home directory of who runs them.

    One of the variables `under`, if it is set, puts it below its value, and in `images`, by their familiar names, it is
    another one.
    """

    target: str
    commands: Commands = ()
    images: Mapping[str, str] = MappingProxyType({})
    under: Mapping[str, str] = MappingProxyType({})


class PackageCache(NamedTuple):
    """What one package manager keeps: the commands that fill its cache, and what keeps it out of a layer.

    `uses` are commands that fail or do less with an empty cache, and `looks` those that fail for a package which is not
    installed.
    `flags` are options with which nothing is kept, `settings` names of variables and files that set that; `clears` are
    commands that empty the cache, `asks` commands that say where it is, and `paths` parts of the paths that it has, in
    words of an `rm` or of a mount.
    `clean` is the command to add, "" where only a mount helps, in which {tool} is the command that filled the cache,
    and `cleans` the same for tools with another one; `mounts` are its directories. With one of the files `modern` in
    the context, or one of the texts `newer` in a step or in a `manifest`, the tool has no such cache, and with `only`,
    only where each of these files has the text.

    One rule is about all with a name in `tool`. What is installed is `linked` to the cache, and takes its space once.
    The tool `builds`: an image that needs no compiler needs no such cache. A container that runs one of `run_by` may
    use the cache. Images like one of `bases` keep nothing, and neither do those of `since` before a version. Without
    the file `needs` in its directory, a command fails. `prefetches` only download: where nothing builds after one, the
    image is there for what it downloads. With a word of `stores`, a command puts there what it builds.
    """

    name: str
    fills: Commands
    flags: tuple[str, ...] = ()
    settings: tuple[str, ...] = ()
    clears: Commands = ()
    asks: Commands = ()
    paths: tuple[str, ...] = ()
    clean: str = ""
    cleans: Mapping[str, str] = MappingProxyType({})
    modern: tuple[str, ...] = ()
    newer: tuple[str, ...] = ()
    manifest: str = ""
    uses: Commands = ()
    looks: Commands = ()
    only: Mapping[str, str] = MappingProxyType({})
    tool: str = ""
    linked: bool = False
    builds: bool = False
    run_by: Commands = ()
    mounts: tuple[Mount, ...] = ()
    bases: tuple[str, ...] = ()
    since: Mapping[str, str] = MappingProxyType({})
    needs: str = ""
    prefetches: Commands = ()
    stores: tuple[str, ...] = ()

    def clean_command(self, tool: str) -> str:
        """The command that empties the cache of a tool."""
        return self.cleans.get(tool, self.clean.replace("{tool}", tool))


@cache
def package_caches() -> Mapping[str, PackageCache]:
    """All caches by their names."""
    return {known.name: known for known in read_list(PackageCache, "package_caches.toml")}
