"""The names of junk that the catalogue has, whatever else is required for excluding it."""

from collections.abc import Iterable
from functools import cache
from typing import Final

from ctxopt.catalogue.ecosystems import Recreated, catalogue
from ctxopt.catalogue.names import NameIndex, any_match
from ctxopt.catalogue.secrets import secrets

#: The kinds of junk that nobody writes.
_LEFT_BEHIND: Final = ("cache", "editor", "os")


def is_history(name: str) -> bool:
    """Whether a directory of this name contains the history of version control."""
    return any(name in kind.names for kind in catalogue().metadata)


def is_installed(name: str, beside: Iterable[str]) -> bool:
    """Whether a directory contains installed packages or version control history: nobody keeps builds there.

    `beside` are the names in the directory above.
    """
    if is_history(name):
        return True
    return _is_one_of(catalogue().dependency, name, beside)


def is_generated(name: str, beside: Iterable[str]) -> bool:
    """Whether a directory contains what was installed, built or cached, or history: it counts as a whole.

    `beside` are the names that lie next to it.
    """
    known = catalogue()
    if is_installed(name, beside) or _is_one_of(known.output, name, beside):
        return True
    return any(name in junk.names for junk in known.junk if junk.key == "cache")


def _is_one_of(kinds: Iterable[Recreated], name: str, beside: Iterable[str]) -> bool:
    return any(
        name in kind.names and (not kind.beside or any(any_match(kind.beside, other) for other in beside))
        for kind in kinds
    )


@cache
def _junk() -> NameIndex[None]:
    known = catalogue()
    names = [
        *(name for kind in (*known.dependency, *known.output) for name in kind.names),
        *(name for metadata in known.metadata for name in metadata.names),
        *(name for junk in known.junk for name in junk.names),
        *(name for secret in secrets() if not secret.program for name in secret.names),
    ]
    # Of a name with slashes only the last part would count, which says too little.
    return NameIndex((name, None) for name in names if "/" not in name)


def is_junk(name: str) -> bool:
    """Whether a name, or a pattern as people write it, is one of junk that some machines have and others do not."""
    return _junk().has(name)


def junk_among(names: Iterable[str]) -> frozenset[str]:
    """Those of some names that are junk."""
    return frozenset(_junk().find(names))


@cache
def _never_source() -> NameIndex[None]:
    known = catalogue()
    names = [
        *(name for kind in known.dependency for name in kind.names),
        *(name for metadata in known.metadata for name in metadata.names),
        *(name for junk in known.junk if junk.key in _LEFT_BEHIND for name in junk.names),
        *(name for secret in secrets() for name in secret.names),
    ]
    return NameIndex((name, None) for name in names if "/" not in name)


def is_never_source(name: str) -> bool:
    """Whether an entry of this name is hardly ever source: installed packages, caches, what editors leave, secrets."""
    return _never_source().has(name)
