"""From what has to stay to the text of one ignore file, tried on both builders until it does what it says.

A first draft is written from the sources and the evidence, and the context is decided with it. What is lost gets an
exception, or the pattern that loses it is dropped; what is left over gets a pattern.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from typing import Final

from ctxopt.core.context.tree import Directory, EntryKind, Totals
from ctxopt.core.dockerfile.model import ContextRead
from ctxopt.core.dockerignore import quote
from ctxopt.core.dockerignore.spec import DockerIgnore
from ctxopt.core.golang import match as gomatch
from ctxopt.core.golang.paths import base
from ctxopt.core.lazy_re import lazy_re
from ctxopt.core.usage.by_name import NamesOfReads, SourceNames
from ctxopt.evidence.model import Reason, ReasonKind
from ctxopt.proposal.cover import Item, cover
from ctxopt.proposal.draft import Draft, OwnLines, Purpose, heading_of, inside
from ctxopt.proposal.excepting import excepting, most_exceptions
from ctxopt.proposal.exceptions import exceptions, may_close
from ctxopt.proposal.keep import Mark
from ctxopt.proposal.needed import exception
from ctxopt.proposal.room import Room
from ctxopt.proposal.task import Solution, Suggestion, Task
from ctxopt.proposal.views import Views

#: A draft that still loses something after this number of rounds is given up.
_MAX_ROUNDS: Final = 12
#: Maximum number of single tests and documents that get a line each.
_MAX_SINGLE: Final = 3
#: Maximum number of directories that a pattern is written for one by one where it cannot be written for all.
_MOST_PLACES: Final = 3
#: A wildcard source for files of one kind.
_WITH_ENDING: Final = lazy_re(r"\*[A-Za-z0-9_-]*\.[A-Za-z0-9]+$")


def solve(task: Task) -> Solution | None:
    """The text of one ignore file; None if no draft keeps all that has to stay."""
    return _Solver(task).run()


class _Solver:
    def __init__(self, task: Task) -> None:
        self.task = task
        self.keep = task.keep
        self.own = OwnLines(task.data, task.name)
        self.hiding = _Hiding(task)
        self.draft = Draft(needed=tuple(map(exception, task.needed)))
        #: Entries that could be excluded, and are not worth a line.
        self.omitted: set[str] = set()
        #: The patterns for single tests and documents.
        self._singles: set[str] = set()
        self._left_at_first = 0
        self.claimed = {entry: suggestion.reason for suggestion in task.suggestions for entry in suggestion.entries}

    def run(self) -> Solution | None:
        self._first_draft()
        for _ in range(_MAX_ROUNDS):
            data = self.draft.text(self.task.data, self.own, self.task.record)
            views = Views(self.task, data)
            lost = views.lost(self.keep)
            if lost:
                if not self._restore(lost, views):
                    return None
                continue
            left = views.left(self.keep)
            if not left or not self._extend(left):
                dropped = tuple(sorted(self.draft.banned))
                # A pattern that was found weak may be gone without another in its place.
                data = self.draft.text(self.task.data, self.own, self.task.record)
                unwritten, omitted = self._omitted(left)
                return Solution(data, self.draft.patterns(self.own), dropped, unwritten, omitted)
        return None

    # -- the first draft ------------------------------------------------------------------------

    def _first_draft(self) -> None:
        if self.task.allowlist:
            self._close("")
        for suggestion in self.task.suggestions:
            if suggestion.pattern and not self._hides_source(suggestion):
                self.draft.items[suggestion.pattern] = Purpose(suggestion.reason, suggestion.entries)
            self._name_builders_own(suggestion)

    def _hides_source(self, suggestion: Suggestion) -> bool:
        """Whether the pattern of a suggestion could hide what an instruction names."""
        if suggestion.below_sources:
            return self.hiding.hides_named(suggestion.pattern)
        return not suggestion.junk and self.hiding.hides_specific(suggestion.pattern)

    def _name_builders_own(self, suggestion: Suggestion) -> None:
        """Add patterns for what builders load in any case: it is never left over, but a COPY need not take it."""
        covered = {entry for item in self.draft.items.values() for entry in item.entries}
        for entry in suggestion.entries:
            pattern = quote.literal(entry)
            own = self.keep.marks(entry) & Mark.BUILDER_OWN
            if own and entry not in covered and not self.hiding.hides_specific(pattern):
                self.draft.items[pattern] = Purpose(suggestion.reason, (entry,))

    def _close(self, directory: str) -> None:
        reads, tree = self.hiding.reads, self.keep.tree
        self.draft.closed.append(directory)
        self.draft.opened += [(directory, pattern) for pattern in exceptions(reads, tree, directory)]
        self._repeat_for([read for read in reads if exceptions([read], tree, directory)])

    def _repeat_for(self, reads: Sequence[ContextRead]) -> None:
        """Repeat the user's patterns that could match what is open again for some reads, now or later."""
        for index, pattern in enumerate(self.own.patterns):
            excluding = not pattern.exception and pattern.cleaned.strip("*/")
            if not excluding and not (pattern.exception and self.draft.repeated):
                continue
            if self._may_repeat(index) and self.hiding.hides_any(pattern.cleaned, reads):
                self.draft.repeated.append(index)

    # -- what is lost ---------------------------------------------------------------------------

    def _restore(self, lost: list[str], views: Views) -> bool:
        """Drop the patterns that lose something, or add exceptions; False if nothing can be done."""
        if self._restore_items(lost, views):
            return True
        opened: list[str] = []
        for path in lost:
            if not any(path.startswith(above + "/") for above in opened) and self._open(path):
                opened.append(path)
        return bool(opened)

    def _restore_items(self, lost: list[str], views: Views) -> bool:
        """Write exceptions from our patterns that lose something, or drop them; False if none of them does."""
        hidden: dict[str, list[str]] = {}
        repeated: set[int] = set()
        for path in _topmost(lost):
            deciding = views.deciding(path)
            items = [pattern for pattern in deciding if pattern in self.draft.items]
            for pattern in items:
                hidden.setdefault(pattern, []).append(path)
            if not items:
                repeated |= {index for index in self.draft.repeated if self.own.cleaned(index) in deciding}
        for pattern, paths in hidden.items():
            purpose = self.draft.items[pattern]
            exceptions = excepting(pattern, purpose.entries, paths) if purpose.reason else None
            if exceptions is None or len({*purpose.exceptions, *exceptions}) > most_exceptions(purpose.entries):
                self._drop(pattern)
            else:
                joined = tuple(dict.fromkeys((*purpose.exceptions, *exceptions)))
                self.draft.items[pattern] = replace(purpose, exceptions=joined)
        self.draft.repeated = [index for index in self.draft.repeated if index not in repeated]
        self.draft.banned.update(map(self.own.cleaned, repeated))
        return bool(hidden or repeated)

    def _drop(self, pattern: str) -> None:
        """Drop a pattern; of one for names with a wildcard anywhere the same remains where its entries are."""
        purpose = self.draft.items.pop(pattern)
        self.draft.banned.add(pattern)
        name = pattern.removeprefix("**/")
        if name == pattern or "/" in name or not gomatch.has_wildcards(name) or purpose.reason is None:
            return
        places: dict[str, list[str]] = {}
        for entry in purpose.entries:
            if gomatch.matches(name, base(entry)):
                places.setdefault(entry.rpartition("/")[0], []).append(entry)
        for directory, entries in places.items() if len(places) <= _MOST_PLACES else ():
            narrower = f"{quote.glob(quote.escaped(directory))}/{name}" if directory else name
            if narrower not in self.draft.banned and not self.hiding.hides_specific(narrower):
                self.draft.items.setdefault(narrower, Purpose(purpose.reason, tuple(entries)))

    def _open(self, path: str) -> bool:
        """Add an exception for one path; for each directory above it where one exception is not enough."""
        closed = [directory for directory in self.draft.closed if not directory or path.startswith(directory + "/")]
        if not closed:
            return False
        pattern = quote.literal(path)
        new = [(top, pattern) for top in closed if (top, pattern) not in self.draft.opened]
        if new:
            self.draft.opened += new
            return True
        steps = [step for step in _parents_below(path, min(closed, key=len)) if step not in self.draft.steps]
        self.draft.steps += steps
        return bool(steps)

    # -- what is left over ----------------------------------------------------------------------

    def _extend(self, left: list[tuple[Directory, bytearray]]) -> bool:
        """Add patterns for what is left over; False if there are none to add."""
        if self.draft.closed and self._repeat(left):
            return True
        if self._drop_reopening(left):
            return True
        covering = cover(
            {directory.path: row for directory, row in left},
            self.keep,
            self.hiding.hides,
            frozenset(self.claimed),
            lambda directory: not self.task.allowlist and may_close(self.hiding.reads, directory),
            self.draft.banned,
        )
        added = False
        for directory in covering.closed:
            if directory not in self.draft.closed:
                self._close(directory)
                added = True
        for item in self._worth_a_line(covering.items, left):
            added |= self._add(item)
        return added

    def _worth_a_line(self, items: Sequence[Item], left: list[tuple[Directory, bytearray]]) -> list[Item]:
        """The items that there is room for, in their order; the largest are asked first."""
        if self.task.allowlist:
            return list(items)
        sizes = _sizes_below(left)
        # What is left by the first draft: later ones leave less, of which each entry would be much.
        self._left_at_first = max(self._left_at_first, sizes.get("", 0))
        room = self.draft.room(self.own, self._left_at_first)
        largest = sorted(items, key=lambda item: -sum(sizes.get(entry, 0) for entry in item.entries))
        single = [item for item in largest if self._is_single(item) and item.pattern not in self.draft.items]
        before = sum(1 for pattern in self.draft.items if pattern in self._singles)
        few = single[: max(0, _MAX_SINGLE - before)]
        self._singles.update(item.pattern for item in few)
        asked = [item for item in largest if item in few or item not in single]
        taken = {item for item in asked if item.pattern in self.draft.items or self._takes_line(item, sizes, room)}
        self.omitted.update(entry for item in items if item not in taken for entry in item.entries)
        return [item for item in items if item in taken]

    def _is_single(self, item: Item) -> bool:
        """Whether it is one test or document somewhere below: a list of such is nothing that people write."""
        reason = self._reason(item.entries[0])
        found = self.keep.tree.find(item.entries[0])
        is_file = found is not None and found[0].kinds[found[1]] != EntryKind.DIRECTORY
        return (
            is_file
            and len(item.entries) == 1
            and "/" in item.entries[0]
            and (reason is not None and reason.kind in (ReasonKind.TESTS, ReasonKind.DOCS))
        )

    def _takes_line(self, item: Item, sizes: dict[str, int], room: Room) -> bool:
        reason = self._reason(item.entries[0])
        secret = reason is not None and reason.kind is ReasonKind.SECRET
        return room.take(sum(sizes.get(entry, 0) for entry in item.entries), heading_of(reason), secret=secret)

    def _omitted(self, left: list[tuple[Directory, bytearray]]) -> tuple[tuple[str, ...], Totals]:
        """What is left because no pattern excludes it, and the sum of what is not worth a line."""
        unwritten: list[str] = []
        omitted = Totals()
        for directory, row in left:
            for index, is_left in enumerate(row):
                path = directory.child_path(directory.names[index])
                if is_left and (path in self.omitted or not self.omitted.isdisjoint(_parents_below(path, ""))):
                    omitted += Totals(1, directory.sizes[index])
                elif is_left:
                    unwritten.append(path)
        return tuple(unwritten), omitted

    def _drop_reopening(self, left: list[tuple[Directory, bytearray]]) -> bool:
        """Drop the patterns with exceptions if one of these brings back what the user's lines exclude."""
        excepting = [pattern for pattern, purpose in self.draft.items.items() if purpose.exceptions]
        if excepting and not all(self.keep.marks(path) & (Mark.BUILDKIT | Mark.CLASSIC) for path in _paths(left)):
            for pattern in excepting:
                self._drop(pattern)
            return True
        return False

    def _add(self, item: Item) -> bool:
        pattern = item.pattern
        if pattern in self.draft.items:
            # After exceptions of the user's a directory's pattern may not reach what is in it.
            if self.hiding.is_file(quote.escaped(item.entries[0])):
                return False
            del self.draft.items[pattern]
            self.draft.weak.add(pattern)
        if pattern in self.draft.weak:
            path = item.entries[0]
            pattern = inside(path, "**") if pattern == quote.literal(path) else pattern + "/**"
        if pattern in self.draft.banned or pattern in self.draft.items:
            return False
        self.draft.items[pattern] = Purpose(self._reason(item.entries[0]), item.entries)
        return True

    def _repeat(self, left: list[tuple[Directory, bytearray]]) -> bool:
        """Repeat patterns of the user's that exclude what is open again."""
        added = False
        patterns = self.own.patterns
        for path in _paths(left):
            if self.keep.marks(path) & (Mark.BUILDKIT | Mark.CLASSIC):
                continue
            index = self._excluding(path)
            if index is not None and self._may_repeat(index):
                # What the user's later lines except has to stay excepted.
                excepting = [other for other in range(index + 1, len(patterns)) if patterns[other].exception]
                self.draft.repeated += [index, *filter(self._may_repeat, excepting)]
                added = True
        return added

    def _excluding(self, path: str) -> int | None:
        """The index of the user's last pattern that excludes a path and names more than everything."""
        for touch in reversed(DockerIgnore(self.own.compiled).explain(path).touches):
            if not touch.pattern.exception and touch.pattern.cleaned.strip("*/"):
                return next(index for index, pattern in enumerate(self.own.patterns) if pattern is touch.pattern)
        return None

    def _may_repeat(self, index: int) -> bool:
        known = index in self.draft.repeated or self.own.cleaned(index) in self.draft.banned
        return not known and self.own.is_writable(index)

    def _reason(self, path: str) -> Reason | None:
        """The reason that was claimed for a path or the closest directory above it."""
        while path:
            if path in self.claimed:
                return self.claimed[path]
            path = path.rpartition("/")[0]
        return None


class _Hiding:
    """Whether patterns could hide what instructions read, now or in files yet to come."""

    def __init__(self, task: Task) -> None:
        self._tree = task.keep.tree
        self.reads = list(dict.fromkeys([*task.reads, *task.linked]))
        self._specific = [read for read in self.reads if not read.broad or read.unresolved]
        self._known: dict[str, bool] = {}
        self._names = {read: SourceNames(read) for read in self.reads}
        self._all_names = NamesOfReads(list(self._names.values()))
        self._specific_names = NamesOfReads([self._names[read] for read in self._specific])

    def hides(self, pattern: str) -> bool:
        """Whether a pattern could hide what any instruction reads."""
        if pattern not in self._known:
            self._known[pattern] = self._all_names.could_be_hidden(pattern, self.is_file)
        return self._known[pattern]

    def hides_any(self, pattern: str, reads: Sequence[ContextRead]) -> bool:
        """Whether a pattern could hide what one of these reads takes."""
        return any(self._names[read].could_be_hidden(pattern, self.is_file) for read in reads)

    def hides_specific(self, pattern: str) -> bool:
        """Whether a pattern could hide what instructions name; `package*.json` is taken to name files only."""
        return self._specific_names.could_be_hidden(pattern, self._names_files)

    def hides_named(self, pattern: str) -> bool:
        """Whether a pattern could hide a source itself, or all that it is in, as opposed to something below it."""
        return self._specific_names.could_be_hidden(pattern, lambda _: True)

    def is_file(self, source: str) -> bool:
        """Whether a source names a file that is there."""
        if gomatch.has_wildcards(source):
            return False
        found = self._tree.find(source.replace("\\", ""))
        return found is not None and found[0].kinds[found[1]] == EntryKind.FILE

    def _names_files(self, source: str) -> bool:
        return self.is_file(source) or _WITH_ENDING.search(source) is not None


def _sizes_below(left: Sequence[tuple[Directory, bytearray]]) -> dict[str, int]:
    """The bytes that are left of each entry, and below each directory; "" is the root."""
    sizes: dict[str, int] = {}
    for directory, row in left:
        own = 0
        for index, is_left in enumerate(row):
            if is_left:
                sizes[directory.child_path(directory.names[index])] = directory.sizes[index]
                own += directory.sizes[index]
        path = directory.path
        while path:
            sizes[path] = sizes.get(path, 0) + own
            path = path.rpartition("/")[0]
        sizes[""] = sizes.get("", 0) + own
    return sizes


def _topmost(paths: Iterable[str]) -> Iterator[str]:
    """The paths without those that are below another one; parents come before what is in them."""
    seen: set[str] = set()
    for path in paths:
        if not any(parent in seen for parent in _parents_below(path, "")):
            seen.add(path)
            yield path


def _parents_below(path: str, top: str) -> Iterator[str]:
    """The directories above a path and below another one, from the top down."""
    cut = path.find("/", len(top) + 1)
    while cut > 0:
        yield path[:cut]
        cut = path.find("/", cut + 1)


def _paths(left: Sequence[tuple[Directory, bytearray]]) -> Iterator[str]:
    for directory, row in left:
        for name, is_left in zip(directory.names, row, strict=True):
            if is_left:
                yield directory.child_path(name)
