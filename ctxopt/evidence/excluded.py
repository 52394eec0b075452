"""The search for excluded entries that some patterns match."""

from collections.abc import Callable, Iterable
from itertools import groupby
from operator import itemgetter
from typing import Final

from ctxopt.core.context.tree import KEPT, Directory, Tree
from ctxopt.core.dockerignore.patterns import PatternSet
from ctxopt.core.dockerignore.scope import Scope, scope
from ctxopt.core.lazy_dataclass import dataclass

#: Given a directory and an index in it: whether to accept that entry.
Accept = Callable[[Directory, int], bool]

#: Maximum number of excluded entries to compare, so that the search costs less than the walk.
_MOST_COMPARED: Final = 20_000
_IS_EXCLUDED: Final = bytes(not flags & KEPT for flags in range(256))


@dataclass(frozen=True, slots=True)
class ExcludedMatches:
    """For the text of each pattern the first excluded path that it matches.

    `complete` is False if there were too many entries to compare them all.
    """

    paths: dict[str, str]
    complete: bool


def first_excluded(tree: Tree, texts: Iterable[str], accept: Accept = lambda *_: True) -> ExcludedMatches:
    """The first entry that BuildKit's ignore file excludes and that a pattern without `!` matches, for each pattern.

    Only recorded entries are compared, each by its own path: what is below a directory that one of the
    patterns matches is not searched. No pattern may be one that fails on use.
    """
    found: dict[str, str] = {}
    search = _Search(text for text in texts if not text.startswith("!"))
    compared = 0
    excluded = tree.all_flags().translate(_IS_EXCLUDED)
    for directory, entries in groupby(tree.selected(excluded), itemgetter(0)):
        names = [directory.names[index] for _, index in entries]
        compared += len(names)
        if compared > _MOST_COMPARED:
            return ExcludedMatches(found, False)
        while search.patterns and names:
            # What one pattern matches must not hide what another one does: search again without it.
            hits = search.hits(directory, names)
            hit = next((name for name in hits if accept(directory, directory.find(name))), None)
            if hit is None:
                break
            path = directory.child_path(hit)
            matching = [text for text, pattern in search.patterns.items() if pattern.matches(path)]
            if not matching:
                break
            found |= dict.fromkeys(matching, path)
            search = _Search(text for text in search.patterns if text not in matching)
    return ExcludedMatches(found, True)


def excluded_by(tree: Tree, texts: Iterable[str]) -> ExcludedMatches:
    """The same, searched once for all builds whose trees share what the ignore file decides."""
    shared, wanted = tree.base or tree, tuple(texts)
    return shared.once((excluded_by, wanted), lambda: first_excluded(shared, wanted))


class _Search:
    """Several patterns that are searched for together."""

    def __init__(self, texts: Iterable[str]) -> None:
        compiled = PatternSet(texts)
        self.patterns = {pattern.cleaned: pattern for pattern in compiled.patterns}
        self._scopes: dict[str, Scope | None] = {"": scope(compiled)}

    def hits(self, directory: Directory, names: list[str]) -> list[str]:
        """Those of the names in a directory that are matched; none in a directory that is matched itself."""
        inside = self._scope(directory)
        matched = False if inside is None else inside.matched(names)
        if isinstance(matched, bool):
            return names if matched else []
        return [name for name, hit in zip(names, matched, strict=True) if hit]

    def _scope(self, directory: Directory) -> Scope | None:
        """The patterns as seen from a directory; None where one of them matches it or a directory above it."""
        unknown = []
        above = directory
        while above.path not in self._scopes and above.parent is not None:
            unknown.append(above)
            above = above.parent
        inside = self._scopes[above.path]
        for below in reversed(unknown):
            if inside is not None:
                matched, inside = inside.enter(below.path.rpartition("/")[2])
                inside = None if matched else inside
            self._scopes[below.path] = inside
        return inside
