"""Kinds of passwords and keys in texts, and the plugins of detect-secrets that find them."""

from functools import cache
from typing import NamedTuple

from ctxopt.catalogue.tables import read_list


class SecretKind(NamedTuple):
    """One plugin; all that it finds has one of `words` in it, and `beside` near that.

    `sure` says that hardly anything else looks like it. `pattern` finds further ones, each its first group, that have
    digits and letters of both cases in them.
    """

    module: str
    plugin: str
    words: tuple[str, ...]
    what: str
    sure: bool = True
    beside: str = ""
    pattern: str = ""


@cache
def secret_kinds() -> tuple[SecretKind, ...]:
    """All kinds."""
    return read_list(SecretKind, "secret_texts.toml")
