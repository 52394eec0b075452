"""Exceptions from a general pattern for the few entries that it excludes and that have to stay."""

from collections.abc import Collection, Iterator, Sequence
from typing import Final

from ctxopt.core.dockerignore import quote
from ctxopt.core.golang import match as gomatch

#: Maximum number of exceptions from one pattern for few entries, and for many: with more, a pattern for each entry is
#: easier to read.
_MAX_EXCEPTIONS: Final = 3
_MAX_FOR_MANY: Final = 8
#: So many entries justify one exception more.
_ENTRIES_FOR_ONE: Final = 30


def most_exceptions(entries: Sequence[str]) -> int:
    """The maximum number of exceptions from a pattern for some entries."""
    return min(_MAX_EXCEPTIONS + len(entries) // _ENTRIES_FOR_ONE, _MAX_FOR_MANY, len(entries) - 1)


def excepting(pattern: str, entries: Sequence[str], hidden: Sequence[str]) -> tuple[str, ...] | None:
    """Exceptions, without the `!`, for the paths that a pattern must not hide; None where they are not worth it.

    `entries` are what the pattern is for. An exception for a name with wildcards is for its directory, so that it
    applies to such files yet to come as well, if nothing in that directory can be excluded.
    """
    if not entries or not gomatch.has_wildcards(pattern):
        return None
    name = pattern.rpartition("/")[2]
    parents = {parent for entry in entries for parent in _parents(entry)}
    if not gomatch.has_wildcards(name):
        name = ""
    exceptions = tuple(dict.fromkeys(_exception(path, name, parents) for path in hidden))
    most = most_exceptions(entries)
    if len(exceptions) > most and pattern.startswith("**/"):
        exceptions = tuple(dict.fromkeys(_below_top(path, pattern, parents) for path in hidden))
    return exceptions if len(exceptions) <= most else None


def _exception(path: str, name: str, parents: Collection[str]) -> str:
    directory = path.rpartition("/")[0]
    if name and directory and directory not in parents:
        return f"{quote.glob(quote.escaped(directory))}/{name}"
    return quote.literal(path)


def _below_top(path: str, pattern: str, parents: Collection[str]) -> str:
    """The pattern for the top directory of a path only, if nothing in that can be excluded."""
    top, slash, _ = path.partition("/")
    return f"{quote.glob(quote.escaped(top))}/{pattern}" if slash and top not in parents else quote.literal(path)


def _parents(path: str) -> Iterator[str]:
    cut = path.rfind("/")
    while cut > 0:
        yield path[:cut]
        cut = path.rfind("/", 0, cut)
