"""Kinds of passwords and keys in texts, and the plugins of detect-secrets that find them."""

from dataclasses import dataclass
from functools import cache

from ctxopt.catalogue.tables import read_table


@dataclass(frozen=True, slots=True)
class SecretKind:
    """One plugin; all that it finds has one of `words` in it. `sure` says that hardly anything else looks like it."""

    module: str
    plugin: str
    words: tuple[str, ...]
    what: str
    sure: bool = True


@dataclass(frozen=True, slots=True)
class _Kinds:
    kind: tuple[SecretKind, ...]


@cache
def secret_kinds() -> tuple[SecretKind, ...]:
    """Return all kinds."""
    return read_table(_Kinds, "secret_texts.toml").kind
