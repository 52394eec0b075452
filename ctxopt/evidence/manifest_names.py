"""The names of manifests and lock files, which say how to build a project."""

from collections.abc import Iterable
from functools import cache

from ctxopt.catalogue.ecosystems import catalogue
from ctxopt.catalogue.names import NameIndex, ends_with


@cache
def _index() -> NameIndex[str]:
    known = catalogue()
    return NameIndex((name, name) for name in (*known.manifests, *known.locks))


def is_manifest(path: str) -> bool:
    """Whether a path is the one of a manifest or a lock file."""
    return any(ends_with(path, pattern) for pattern in _index().of(path.rpartition("/")[2]))


def possible_manifests(names: Iterable[str]) -> Iterable[str]:
    """Those of some names that a manifest may have."""
    return _index().find(names)
