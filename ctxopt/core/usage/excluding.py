"""What many instructions read of one directory that only differ in their `--exclude`: decided in one pass."""

from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache, reduce
from itertools import compress
from operator import or_
from typing import Final

from ctxopt.core.context.tree import Directory, EntryKind, Totals
from ctxopt.core.dockerfile.model import ContextRead
from ctxopt.core.dockerignore.pattern import Pattern
from ctxopt.core.dockerignore.patterns import PatternSet
from ctxopt.core.dockerignore.scope import Scope, scope_by_path, set_bits
from ctxopt.core.golang import match as gomatch
from ctxopt.core.golang import paths
from ctxopt.core.ids import ReadId, SetId
from ctxopt.core.lazy_dataclass import dataclass
from ctxopt.core.usage.readers import ReaderRows
from ctxopt.core.usage.snapshot import Snapshot
from ctxopt.errors import PatternError

#: From so many on, one pass for all is faster than one for each.
MANY: Final = 16


@dataclass(frozen=True, slots=True)
class ExcludingRead:
    """What a read takes: a directory without what its patterns match, of which none is an exception."""

    read: ReadId
    top: Directory
    excludes: tuple[str, ...]


def excluding_read(snapshot: Snapshot, read: ContextRead) -> ExcludingRead | None:
    """What a read takes, if it is that of one directory, and there are no links that could lead elsewhere."""
    if not read.excludes or read.unresolved or read.parents or read.kind == "RUN" or len(read.sources) != 1:
        return None
    if gomatch.has_wildcards(read.sources[0]) or EntryKind.SYMLINK in snapshot.tree.all_kinds:
        return None
    node = snapshot.find(paths.join("/", read.sources[0])[1:])
    if node is None or node.inside is None or _plain(read.excludes) is None:
        return None
    return ExcludingRead(read.number, node.inside, read.excludes)


def take_all(rows: ReaderRows, snapshot: Snapshot, reads: Sequence[ExcludingRead]) -> dict[ReadId, Totals]:
    """Mark what these reads of the same directory take; returns the sum of the files for each, by its number.

    They must be in their order, and read different things.
    """
    together = _together(tuple(one.excludes for one in reads))
    readers = [one.read for one in reads]
    after: dict[tuple[int, int], SetId] = {}
    taking: dict[int, tuple[ReadId, ...]] = {}
    everything = Totals()
    excluded: dict[int, Totals] = {}
    for directory, hits in together.matching(reads[0].top):
        used = rows.of(directory)
        changed: list[tuple[int, SetId]] = []
        for index, (flags, hit) in enumerate(zip(directory.flags, hits, strict=True)):
            if not flags & snapshot.view:
                continue
            if hit not in taking:
                taking[hit] = tuple(compress(readers, together.taking(hit)))
            if directory.kinds[index] != EntryKind.DIRECTORY:
                totals = Totals(1, directory.sizes[index])
                everything += totals
                if hit:
                    excluded[hit] = excluded.get(hit, Totals()) + totals
            if taking[hit]:
                key = used[index], hit
                if key not in after:
                    after[key] = rows.join_all(used[index], taking[hit])
                changed.append((index, after[key]))
        if changed:
            row = rows.writable(directory, max(number for _, number in changed))
            for index, number in changed:
                row[index] = number
    sums = dict.fromkeys(readers, everything)
    for hit, totals in excluded.items():
        for reader, takes in zip(readers, together.taking(hit), strict=True):
            if not takes:
                sums[reader] = Totals(sums[reader].files - totals.files, sums[reader].size - totals.size)
    return sums


class Masks:
    """What passes each of many lists of patterns below a directory; patterns that are no exceptions count."""

    def __init__(self, top: Directory, excludes: Sequence[tuple[str, ...]]) -> None:
        self._together = _together(tuple(excludes))
        #: The directories, each with the bits of its entries, and those that any of them has.
        self._directories = [
            (directory, hits, reduce(or_, hits, 0)) for directory, hits in self._together.matching(top)
        ]

    def passing(self, excludes: PatternSet, view: int) -> Iterator[tuple[Directory, bytes | None]]:
        """For each directory 1 for each entry in a view that passes one of the lists; None for all in the view."""
        wanted = self._together.bits_of(excludes)
        for directory, hits, any_hit in self._directories:
            if not any_hit & wanted:
                yield directory, None
            else:
                flags = directory.flags
                yield (
                    directory,
                    bytes(bool(flag & view and not hit & wanted) for flag, hit in zip(flags, hits, strict=True)),
                )


class _Together:
    """The patterns of many reads as one set; of each, the reads that it excludes something from."""

    def __init__(self, excludes: Iterable[PatternSet]) -> None:
        patterns: dict[str, Pattern] = {}
        excluding: dict[str, list[int]] = {}
        self._count = 0
        for number, one in enumerate(excludes):
            self._count = number + 1
            for pattern in one.patterns:
                patterns.setdefault(pattern.cleaned, pattern)
                excluding.setdefault(pattern.cleaned, []).append(number)
        self._excluding = list(excluding.values())
        self._bits = {cleaned: 1 << number for number, cleaned in enumerate(excluding)}
        self._patterns = PatternSet.of(patterns.values())

    def bits_of(self, excludes: PatternSet) -> int:
        """One bit for each of some of the patterns."""
        return reduce(or_, (self._bits[pattern.cleaned] for pattern in excludes.patterns), 0)

    def matching(self, top: Directory) -> Iterator[tuple[Directory, list[int]]]:
        """For each entry at and below a directory, one bit for each pattern that matches it or what it is in."""
        stack: list[tuple[Directory, Scope]] = [(top, scope_by_path(self._patterns))]
        while stack:
            directory, inside = stack.pop()
            yield directory, [inside.hits(name) for name in directory.names]
            stack += [(below, inside.within(name)[1]) for name, below in directory.subdirectories.items()]

    def taking(self, hit: int) -> bytearray:
        """For each of the reads 1 if none of its patterns is among these, else 0."""
        takes = bytearray(b"\1") * self._count
        for pattern in set_bits(hit):
            for number in self._excluding[pattern]:
                takes[number] = 0
        return takes


@lru_cache(maxsize=4)
def _together(excludes: tuple[tuple[str, ...], ...]) -> _Together:
    """The excludes of many reads together, as they are written; kept for the trees of the drafts of a proposal."""
    return _Together(filter(None, map(_plain, excludes)))


def _plain(excludes: tuple[str, ...]) -> PatternSet | None:
    """Compiled patterns of which none is an exception, fails when it is used, or is refused; None for others."""
    try:
        patterns = PatternSet(excludes)
    except PatternError:
        return None
    return None if patterns.exceptions or patterns.fails_on_use else patterns
