"""The claims of a judgement as the few patterns that people would write for them."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import compress
from typing import Final

from ctxopt.core.context.tree import Totals, Tree
from ctxopt.core.dockerignore import quote
from ctxopt.core.dockerignore.patterns import PatternSet
from ctxopt.core.lazy_dataclass import dataclass
from ctxopt.core.usage.masks import IS_FILE, both, where
from ctxopt.evidence.model import Claim, ReasonKind
from ctxopt.proposal.draft import heading_of
from ctxopt.proposal.room import Room, is_worth_a_line
from ctxopt.proposal.task import Suggestion

#: Minimum number of entries of a directory for one pattern with exceptions, and the maximum of what stays in it.
_MIN_TOGETHER: Final = 4
_MAX_STAYING: Final = 3
#: What may be excluded with all that will be in the directory.
_TOGETHER: Final = frozenset({ReasonKind.TESTS, ReasonKind.DOCS, ReasonKind.CI, ReasonKind.GIT_IGNORED})

#: What commits change often, and at the root of a project is one entry each.
_OFTEN_CHANGED: Final = frozenset({ReasonKind.CI, ReasonKind.DOCS})
_EXPECTED: Final = frozenset({ReasonKind.VCS, ReasonKind.DEPENDENCY, ReasonKind.OUTPUT})


@dataclass(frozen=True, slots=True)
class Choice:
    """The suggestions for an ignore file, and the sum of what is not worth a line in it."""

    suggestions: tuple[Suggestion, ...]
    omitted: Totals


def choose(claims: Iterable[Claim], usual: Iterable[Claim], tree: Tree, view: int, ignore_file: str | None) -> Choice:
    """The patterns to write for some claims about the entries of a tree that are in a view, and usual ones.

    The ignore file itself counts as empty: how large it is depends on what is written.
    """
    candidates = [candidate for claim in claims for candidate in _candidates(claim, tree, view)]
    candidates = list(_without_covered(candidates))
    files = _Files(tree, view)
    sizes = [
        Totals() if candidate.entries == (ignore_file,) else files.among(candidate.entries) for candidate in candidates
    ]
    candidates += [Suggestion(claim.reason, (), claim.patterns[0]) for claim in usual]
    sizes += [Totals()] * (len(candidates) - len(sizes))
    return _within_limits(candidates, sizes)


# -- patterns -----------------------------------------------------------------------------------


def _candidates(claim: Claim, tree: Tree, view: int) -> Iterator[Suggestion]:
    """A suggestion for each line that a claim takes."""
    left = list(claim.entries)
    for pattern in sorted(claim.patterns, key=lambda pattern: (not pattern.startswith("**/"), pattern)):
        alone = PatternSet((pattern,))
        matched, left = _parted(left, alone.matches_or_parent_matches)
        if matched:
            yield Suggestion(claim.reason, tuple(matched), pattern)
    if claim.reason.kind in _TOGETHER:
        for directory, together in _together(left, tree, view):
            yield Suggestion(claim.reason, tuple(sorted(together)), quote.glob(quote.escaped(directory) + "/*"))
            left = _parted(left, together.__contains__)[1]
    for entry in left:
        yield Suggestion(claim.reason, (entry,))


def _parted(entries: Iterable[str], is_first: Callable[[str], bool]) -> tuple[list[str], list[str]]:
    """The entries for which something is true, and the others."""
    parts: tuple[list[str], list[str]] = ([], [])
    for entry in entries:
        parts[0 if is_first(entry) else 1].append(entry)
    return parts


def _together(entries: Iterable[str], tree: Tree, view: int) -> Iterator[tuple[str, frozenset[str]]]:
    """The directories of which most entries can be excluded, with those."""
    by_directory: dict[str, list[str]] = {}
    for entry in entries:
        by_directory.setdefault(entry.rpartition("/")[0], []).append(entry)
    for path, together in by_directory.items():
        found = tree.find(path) if path else None
        inside = found[0].subdirectories.get(found[0].names[found[1]]) if found is not None else None
        if inside is not None and len(together) >= _MIN_TOGETHER:
            seen = sum(1 for flags in inside.flags if flags & view)
            if seen - len(together) <= min(_MAX_STAYING, len(together) // 2):
                yield path, frozenset(together)


def _without_covered(candidates: Sequence[Suggestion]) -> Iterator[Suggestion]:
    """The candidates, where those whose entries all have an ending that another one is for are joined with that one."""
    by_ending = {ending: index for index, one in enumerate(candidates) if (ending := _ending_everywhere(one))}
    joined: dict[int, list[str]] = {}
    for index, candidate in enumerate(candidates):
        covering = {by_ending.get(_ending(entry), index) for entry in candidate.entries}
        alone = len(covering) > 1 or candidate.reason.kind is ReasonKind.SECRET
        joined.setdefault(index if alone else covering.pop(), []).extend(candidate.entries)
    for index in sorted(joined):
        yield replace(candidates[index], entries=tuple(dict.fromkeys(joined[index])))


def _ending_everywhere(candidate: Suggestion) -> str:
    """The ending that a pattern such as `**/*.log` is for; "" for any other."""
    ending = candidate.pattern[4:] if candidate.pattern.startswith("**/*.") else ""
    return ending if ending[1:].isalnum() else ""


def _ending(path: str) -> str:
    """What follows the last dot in the name of a path, with the dot."""
    return "." + path.rpartition("/")[2].rpartition(".")[2]


# -- limits -------------------------------------------------------------------------------------


def _within_limits(candidates: Sequence[Suggestion], sizes: Sequence[Totals]) -> Choice:
    """The most useful candidates, so that the block stays short: secrets and large entries first."""
    total = sum(totals.size for totals in sizes)
    order = sorted(range(len(candidates)), key=lambda i: (_rank(candidates[i], sizes[i].size, total), -sizes[i].size))
    room = Room(total)
    chosen = {
        index
        for index in order
        if room.take(sizes[index].size, heading_of(candidates[index].reason), secret=_is_secret(candidates[index]))
    }
    omitted = sum((totals for index, totals in enumerate(sizes) if index not in chosen), Totals())
    return Choice(tuple(candidates[index] for index in sorted(chosen)), omitted)


def _rank(candidate: Suggestion, size: int, total: int) -> int:
    """0 for secrets, whatever their size; then what everybody expects to see in an ignore file."""
    if _is_secret(candidate):
        return 0
    if size and candidate.reason.kind in _OFTEN_CHANGED and "/" not in candidate.entries[0]:
        # Small, and each commit to it builds again what copies everything.
        return 1
    is_expected = candidate.reason.kind in _EXPECTED
    return 1 if is_expected and (not candidate.entries or is_worth_a_line(size, total)) else 2


def _is_secret(candidate: Suggestion) -> bool:
    return candidate.reason.kind is ReasonKind.SECRET


class _Files:
    """The files of a tree that are in a view."""

    def __init__(self, tree: Tree, view: int) -> None:
        self._tree = tree
        self._mask = both(tree.all_flags().translate(where(view, 1)), tree.all_kinds.translate(IS_FILE))

    def among(self, entries: Iterable[str]) -> Totals:
        """Those that are among some entries, or below them."""
        files = size = 0
        for entry in entries:
            found = self._tree.find(entry)
            if found is None:
                continue
            directory, index = found
            inside = directory.subdirectories.get(directory.names[index])
            at = self._tree.start(directory.path) + index
            start, end = (at, at + 1) if inside is None else self._tree.span(inside)
            files += self._mask.count(1, start, end)
            size += sum(compress(self._tree.all_sizes[start:end], self._mask[start:end]))
        return Totals(files, size)
