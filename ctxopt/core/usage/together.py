"""Very many wildcards below one directory, matched together where nobody asks which of them matches."""

from collections.abc import Callable, Iterable, Iterator
from typing import Final

from ctxopt.core.context.tree import EntryKind
from ctxopt.core.golang import match as gomatch
from ctxopt.core.golang.containing import Containing
from ctxopt.core.usage.snapshot import Node, Snapshot

#: Maximum number of sources with patterns for one path that are gone through one by one, as the builder does.
MOST_APART: Final = 64


def may_be_together(pattern: str) -> bool:
    """Whether a pattern can neither be malformed for some names, nor match other levels than it has itself."""
    return gomatch.keeps_to_levels(pattern) and all(
        gomatch.needed_text(level) is not None for level in pattern.split("/")
    )


def matching_any(snapshot: Snapshot, start: Node, patterns: Iterable[str]) -> Iterator[Node]:
    """The entries below a directory that match one of some patterns, but not those inside of such an entry."""
    stack = [(start, [_levels(patterns)])]
    while stack:
        directory, levels = stack.pop()
        for child in snapshot.children(directory):
            name = child.name
            marked = f"\0{name}\0"
            if any(fits(name) for level in levels for fits in level.last.candidates(marked)):
                yield child
            elif child.kind == EntryKind.DIRECTORY:
                below = [inner for level in levels for fits, inner in level.before.candidates(marked) if fits(name)]
                if below:
                    stack.append((child, below))


class _Level:
    """One level of some patterns: `last` tests names that they end with, `before` those with more levels below."""

    def __init__(self) -> None:
        self.last: Containing[Callable[[str], bool]] = Containing()
        self.before: Containing[tuple[Callable[[str], bool], _Level]] = Containing()
        self._known: dict[str, _Level] = {}

    def below(self, pattern: str) -> "_Level":
        """The level below the directories that match a pattern."""
        if pattern not in self._known:
            level = self._known[pattern] = _Level()
            self.before.add(gomatch.needed_text(pattern) or "", (gomatch.matcher(pattern), level))
        return self._known[pattern]


def _levels(patterns: Iterable[str]) -> _Level:
    top = _Level()
    for pattern in dict.fromkeys(patterns):
        *above, last = pattern.split("/")
        level = top
        for part in above:
            level = level.below(part)
        level.last.add(gomatch.needed_text(last) or "", gomatch.matcher(last))
    return top
