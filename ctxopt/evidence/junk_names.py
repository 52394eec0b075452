"""The names of junk that the catalogue has, whatever else is required for excluding it."""

from collections.abc import Iterable
from functools import cache

from ctxopt.catalogue.ecosystems import catalogue
from ctxopt.catalogue.names import NameIndex, any_match
from ctxopt.catalogue.secrets import secrets


def is_installed(name: str, beside: Iterable[str]) -> bool:
    """Whether a directory contains installed packages or version control history: nobody keeps builds there.

    `beside` are the names in the directory above.
    """
    if any(name in kind.names for kind in catalogue().metadata):
        return True
    for kind in catalogue().dependency:
        if name in kind.names and (not kind.beside or any(any_match(kind.beside, other) for other in beside)):
            return True
    return False


@cache
def _junk() -> NameIndex[None]:
    known = catalogue()
    names = [
        *(name for kind in (*known.dependency, *known.output) for name in kind.names),
        *(name for metadata in known.metadata for name in metadata.names),
        *(name for junk in known.junk for name in junk.names),
        *(name for secret in secrets() for name in secret.names),
    ]
    # Of a name with slashes only the last part would count, which says too little.
    return NameIndex((name, None) for name in names if "/" not in name)


def is_junk(name: str) -> bool:
    """Whether a name, or a pattern as people write it, is one of junk that some machines have and others do not."""
    return _junk().has(name)
