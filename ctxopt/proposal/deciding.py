"""Which of many patterns excludes a path, found without trying all of them."""

from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import Final

from ctxopt.core.dockerignore.patterns import PatternSet
from ctxopt.core.golang.match import has_wildcards

_EVERYWHERE: Final = "**/"


class PatternIndex:
    """Patterns by what they begin or end with; they are tried only on paths that they may match.

    Few have wildcards in another place than a proposal puts them: these are tried on every path.
    """

    def __init__(self, patterns: Sequence[str]) -> None:
        self._patterns = patterns
        self._by_key: dict[tuple[str, str], list[int]] = {}
        for number, pattern in enumerate(patterns):
            self._by_key.setdefault(_key(pattern), []).append(number)

    def first(self, path: str) -> int | None:
        """The index of the first pattern that matches a path or a directory above it; None if there is none."""
        near = sorted({number for key in _keys(path) for number in self._by_key.get(key, ())})
        matching = (number for number in near if _compiled(self._patterns[number]).matches_or_parent_matches(path))
        return next(matching, None)


def _key(pattern: str) -> tuple[str, str]:
    """What a path that a pattern matches must have."""
    if "\\" in pattern:
        return "", ""
    if not has_wildcards(pattern):
        return "path", pattern.strip("/")
    name = pattern.removeprefix(_EVERYWHERE)
    if name != pattern and "/" not in name:
        if not has_wildcards(name):
            return "name", name
        stem, dot, ending = name.rpartition(".")
        return ("ending", ending) if stem == "*" and dot and not has_wildcards(ending) else ("", "")
    parent = pattern.rpartition("/")[0]
    return ("inside", parent) if parent and not has_wildcards(parent) else ("", "")


def _keys(path: str) -> Iterator[tuple[str, str]]:
    """The keys of all patterns that may match a path or a directory above it."""
    yield "", ""
    parts = path.split("/")
    for depth, name in enumerate(parts):
        yield "path", "/".join(parts[: depth + 1])
        yield "inside", "/".join(parts[: depth + 1])
        yield "name", name
        yield "ending", name.rpartition(".")[2]


@lru_cache(maxsize=4096)
def _compiled(pattern: str) -> PatternSet:
    return PatternSet((pattern,))
