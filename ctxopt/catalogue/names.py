"""Many name patterns compared with the names of a directory at once: most names match none."""

import re
from collections.abc import Iterable
from fnmatch import translate
from functools import cache
from typing import Generic, TypeVar

_Value = TypeVar("_Value")
_WILD = re.compile(r"[*?\[]")


class NameIndex(Generic[_Value]):
    """What is known by name: pairs of a name, which may have wildcards, and a value.

    Of a name with slashes the last part is looked at here, the others where the path is known.
    """

    def __init__(self, entries: Iterable[tuple[str, _Value]]) -> None:
        self._exact: dict[str, list[_Value]] = {}
        self._ends: dict[str, list[_Value]] = {}
        #: By what a name starts with: what the whole of it must match, if that is not all, and the value.
        self._starts: dict[str, list[tuple[re.Pattern[str] | None, _Value]]] = {}
        self._others: list[tuple[re.Pattern[str], _Value]] = []
        for pattern, value in entries:
            name = pattern.rpartition("/")[2]
            wild = _WILD.search(name)
            if wild is None:
                self._exact.setdefault(name, []).append(value)
            elif name[0] == "*" and len(name) > 1 and not _WILD.search(name[1:]):
                self._ends.setdefault(name[1:], []).append(value)
            elif wild.start():
                whole = None if name[wild.start() :] == "*" else compiled(name)
                self._starts.setdefault(name[: wild.start()], []).append((whole, value))
            else:
                self._others.append((compiled(name), value))
        self._tails = tuple(self._ends)
        self._heads = tuple(self._starts)
        self._known: dict[str, list[_Value]] = {}
        # The alternatives in one expression first: a name is then looked at once, not once a pattern.
        self._any_other = re.compile("|".join(pattern.pattern for pattern, _ in self._others)) if self._others else None

    def find(self, names: Iterable[str]) -> dict[str, list[_Value]]:
        """The values of those of the names that match."""
        given = names if isinstance(names, list) else list(names)
        exact = self._exact.keys() & names if isinstance(names, frozenset) else filter(self._exact.__contains__, given)
        found = {name: list(self._exact[name]) for name in exact}
        if self._tails:
            for name in [name for name in given if name.endswith(self._tails)]:
                for tail, values in self._ends.items():
                    if name.endswith(tail):
                        found.setdefault(name, []).extend(values)
        if self._heads:
            for name in [name for name in given if name.startswith(self._heads)]:
                for head, pairs in self._starts.items():
                    if name.startswith(head):
                        matching = [value for whole, value in pairs if whole is None or whole.match(name)]
                        if matching:
                            found.setdefault(name, []).extend(matching)
        if self._any_other is not None:
            for name in filter(self._any_other.match, given):
                for pattern, value in self._others:
                    if pattern.match(name):
                        found.setdefault(name, []).append(value)
        return found

    def of(self, name: str) -> list[_Value]:
        """The values of one name, which are remembered."""
        if name not in self._known:
            self._known[name] = self.find([name]).get(name, [])
        return self._known[name]

    def has(self, name: str) -> bool:
        """Whether anything is known by this name."""
        return bool(self.of(name))


@cache
def compiled(pattern: str) -> re.Pattern[str]:
    """A pattern of the catalogue for whole words: `*`, `?` and `[...]` as in a shell."""
    return re.compile(translate(pattern))


def any_match(patterns: Iterable[str], name: str) -> bool:
    """Whether a name matches one of the catalogue's patterns."""
    return any(pattern == name or compiled(pattern).match(name) is not None for pattern in patterns)


def ends_with(path: str, pattern: str) -> bool:
    """Whether the last parts of a path match a name of the catalogue, part by part."""
    wanted = pattern.split("/")
    parts = path.split("/")[-len(wanted) :]
    return len(parts) == len(wanted) and all(map(_part_matches, wanted, parts))


def _part_matches(pattern: str, part: str) -> bool:
    return pattern == part or compiled(pattern).match(part) is not None
