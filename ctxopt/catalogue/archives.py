"""Archives, and the commands that download, verify and unpack them."""

from collections.abc import Mapping
from functools import cache
from typing import NamedTuple

from ctxopt.catalogue.tables import read_table


class Unpacker(NamedTuple):
    """Commands that unpack, where one of their words begins with one of `starts`, or always without any."""

    names: tuple[str, ...]
    starts: tuple[str, ...] = ()


class Downloader(NamedTuple):
    """Commands that download.

    `output` are options whose value is the file to write, `directory` those whose value is its directory, and the
    letters those of short options for the same. With an option of `remote`, or always if `named`, the file has the
    last name of the URL.
    """

    names: tuple[str, ...]
    output: tuple[str, ...]
    directory: tuple[str, ...]
    output_letter: str
    directory_letter: str = ""
    remote_letter: str = ""
    remote: tuple[str, ...] = ()
    named: bool = False


class Archives(NamedTuple):
    """The file of archives.

    All but the commands are ends of names: `tars` are unpacked by ADD, `packed` may be, `others` are archives and
    packages. `tiny` are keys and sums, `tiny_packages` and `tiny_archives` parts of the names of packages and archives
    that are as small, and `large` ends of the names of programs and data. `given` are files that a package manager may
    be given. `installers` are parts of the names of scripts with an archive in them. `in_place` are commands that
    replace an archive with its contents, `verifiers` those that verify a file. `replaced` are parts of URLs behind
    which the file changes, and `data` ends of the names of files with data.
    """

    tars: tuple[str, ...]
    packed: tuple[str, ...]
    others: tuple[str, ...]
    tiny: tuple[str, ...]
    tiny_packages: tuple[str, ...]
    tiny_archives: tuple[str, ...]
    large: tuple[str, ...]
    given: tuple[str, ...]
    installers: tuple[str, ...]
    in_place: tuple[str, ...]
    verifiers: tuple[str, ...]
    replaced: tuple[str, ...]
    data: tuple[str, ...]
    unpacker: tuple[Unpacker, ...]
    downloader: tuple[Downloader, ...]


@cache
def archives() -> Archives:
    """All that is known of archives."""
    return read_table(Archives, "archives.toml")


@cache
def unpackers() -> Mapping[str, tuple[str, ...]]:
    """The commands that unpack, each with the starts of words of which one must be there; () for any."""
    return {name: unpacker.starts for unpacker in archives().unpacker for name in unpacker.names}


@cache
def downloaders() -> Mapping[str, Downloader]:
    """The commands that download, by name."""
    return {name: downloader for downloader in archives().downloader for name in downloader.names}


def is_archive(name: str) -> bool:
    """Whether a file of this name is no longer needed once it is unpacked or installed."""
    known = archives()
    name = name.lower()
    return name.endswith((*known.tars, *known.others)) or (
        name.endswith(".sh") and any(mark in name for mark in known.installers)
    )
