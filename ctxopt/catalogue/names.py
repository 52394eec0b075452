"""Patterns for names, many of which are compared with the names of a directory at once: most match none."""

import re
from collections.abc import Callable, Iterable, Mapping
from fnmatch import translate
from functools import cache, lru_cache
from typing import Generic, TypeVar

from ctxopt.core.lazy_re import lazy_re

_Value = TypeVar("_Value")
_WILD = lazy_re(r"[*?\[]")
#: Maximum number of names that an index remembers, so that very large directories do not fill the memory.
_REMEMBERED = 1 << 16


class NameIndex(Generic[_Value]):
    """What is known by name: pairs of a name, which may have wildcards, and a value.

    Of a name with slashes only the last part counts here, the others where the path is known. A regular expression is
    compiled only for a name that may match it: that takes longer than all else here.
    """

    def __init__(self, entries: Iterable[tuple[str, _Value]]) -> None:
        self._exact: dict[str, list[_Value]] = {}
        self._ends: dict[str, list[_Value]] = {}
        #: By what a name starts with: the pattern for all of it, "" if any rest will do, and the value.
        self._starts: dict[str, list[tuple[str, _Value]]] = {}
        #: A text that is in every name that matches, the pattern, and the value.
        self._others: list[tuple[str, str, _Value]] = []
        for pattern, value in entries:
            name = pattern.rpartition("/")[2]
            wild = _WILD.search(name)
            if wild is None:
                self._exact.setdefault(name, []).append(value)
            elif name[0] == "*" and len(name) > 1 and not _WILD.search(name[1:]):
                self._ends.setdefault(name[1:], []).append(value)
            elif wild.start():
                whole = "" if name[wild.start() :] == "*" else name
                self._starts.setdefault(name[: wild.start()], []).append((whole, value))
            else:
                self._others.append((_text_in(name), name, value))
        self._tail_lengths = sorted({len(tail) for tail in self._ends})
        self._head_lengths = sorted({len(head) for head in self._starts})
        self._tails = tuple(self._ends)
        self._heads = tuple(self._starts)
        #: The values of names that match, and names that do not: many names occur in many directories.
        self._known: dict[str, list[_Value]] = {}
        self._unknown: set[str] = set()

    def find(self, names: Iterable[str]) -> dict[str, list[_Value]]:
        """The values of those of the names that match."""
        unknown = self._unknown
        open_names = [name for name in names if name not in unknown]
        if not open_names:
            return {}
        known = self._known
        fresh = [name for name in open_names if name not in known]
        if fresh:
            known |= self._compare(fresh)
            unknown.update(name for name in fresh if name not in known)
        found = {name: list(known[name]) for name in open_names if name in known}
        if len(known) + len(unknown) > _REMEMBERED:
            known.clear()
            unknown.clear()
        return found

    def _compare(self, names: list[str]) -> dict[str, list[_Value]]:
        """The values of those of the names that match, compared with all patterns."""
        found = {name: list(self._exact[name]) for name in filter(self._exact.__contains__, names)}
        if self._tails:
            for name in [name for name in names if name.endswith(self._tails)]:
                for tail in self._in_order(self._ends, {name[-length:] for length in self._tail_lengths}):
                    found.setdefault(name, []).extend(self._ends[tail])
        if self._heads:
            for name in [name for name in names if name.startswith(self._heads)]:
                for head in self._in_order(self._starts, {name[:length] for length in self._head_lengths}):
                    pairs = self._starts[head]
                    matching = [value for whole, value in pairs if not whole or matches(whole, name)]
                    if matching:
                        found.setdefault(name, []).extend(matching)
        for text, pattern, value in self._others:
            for name in [name for name in names if text in name]:
                if matches(pattern, name):
                    found.setdefault(name, []).append(value)
        return found

    def _in_order(self, known: Mapping[str, object], parts: set[str]) -> list[str]:
        """Those of some parts of a name that are known, in the order of the entries."""
        found = [part for part in parts if part in known]
        return found if len(found) < 2 else sorted(found, key=list(known).index)

    def of(self, name: str) -> list[_Value]:
        """The values of one name."""
        return self.find([name]).get(name, [])

    def has(self, name: str) -> bool:
        """Whether anything is known by this name."""
        return bool(self.of(name))


def any_match(patterns: Iterable[str], name: str) -> bool:
    """Whether a name matches one of the catalogue's patterns."""
    plain, ends, starts, others = _parted(tuple(patterns))
    return (
        name in plain or name.endswith(ends) or name.startswith(starts) or any(matches(wild, name) for wild in others)
    )


@lru_cache(maxsize=1 << 12)
def _parted(
    patterns: tuple[str, ...],
) -> tuple[frozenset[str], tuple[str, ...], tuple[str, ...], tuple[str, ...]]:
    """Patterns as plain names, the ends and the starts of names behind and before one `*`, and the other patterns."""
    wild = [pattern for pattern in patterns if _WILD.search(pattern) is not None]
    ends = {pattern: pattern[1:] for pattern in wild if pattern[0] == "*" and not _WILD.search(pattern[1:])}
    starts = {pattern: pattern[:-1] for pattern in wild if pattern[-1] == "*" and not _WILD.search(pattern[:-1])}
    others = [pattern for pattern in wild if pattern not in ends and pattern not in starts]
    return frozenset(patterns), tuple(ends.values()), tuple(starts.values()), tuple(others)


def matches(pattern: str, name: str) -> bool:
    """Whether a whole name matches a pattern of the catalogue: `*`, `?` and `[...]` as in a shell."""
    return bool(_test(pattern)(name))


@cache
def _test(pattern: str) -> Callable[[str], object]:
    """What is true of the names that match. To compile an expression takes longer than most patterns are used for."""
    parts = pattern.split("*")
    first, last = parts[0], parts[-1]
    if "?" in pattern or "[" in pattern or (len(parts) > 2 and (first or last or len(parts) > 3)):
        return re.compile(translate(pattern)).match
    if len(parts) == 1:
        return pattern.__eq__
    if len(parts) == 2:
        least = len(first) + len(last)
        return lambda name: len(name) >= least and name.startswith(first) and name.endswith(last)
    return lambda name: parts[1] in name


def _text_in(pattern: str) -> str:
    """The longest text before a class of characters that every name has in it which matches a pattern."""
    return max(pattern.partition("[")[0].replace("?", "*").split("*"), key=len)


def ends_with(path: str, pattern: str) -> bool:
    """Whether the last parts of a path match a name of the catalogue, part by part."""
    patterns = pattern.split("/")
    parts = path.split("/")[-len(patterns) :]
    return len(parts) == len(patterns) and all(map(_part_matches, patterns, parts))


def _part_matches(pattern: str, part: str) -> bool:
    return pattern == part or matches(pattern, part)
