"""From what must stay to the text of one ignore file, tried on both builders until it does what it says.

A first draft is written from the sources and the evidence, then the context is decided with it. What is
lost is excepted, or the pattern that loses it dropped; what is left over gets a pattern of its own.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from operator import or_

from ctxopt.core.build_context import BuildContext
from ctxopt.core.context.locate import SourceFile
from ctxopt.core.context.tree import Directory, EntryKind, Tree, View
from ctxopt.core.dockerfile.model import ContextRead
from ctxopt.core.dockerignore import quote
from ctxopt.core.dockerignore.patterns import PatternSet
from ctxopt.core.dockerignore.reader import read_lines
from ctxopt.core.dockerignore.spec import DockerIgnore
from ctxopt.core.golang import match as gomatch
from ctxopt.core.usage.by_name import could_hide
from ctxopt.proposal.block import Section, merge, without_block
from ctxopt.proposal.cover import Item, cover, left_files
from ctxopt.proposal.group import with_file
from ctxopt.proposal.links import behind_links
from ctxopt.proposal.reopen import exceptions, may_close
from ctxopt.proposal.wanted import Mark, Wanted

#: After as many rounds a draft that still loses something is given up.
_ROUNDS = 12

#: A wildcard source for files of one kind.
_WITH_ENDING = re.compile(r"\*[A-Za-z0-9_-]*\.[A-Za-z0-9]+$")

UNREAD = "read by no instruction"


@dataclass(frozen=True, slots=True)
class Suggestion:
    """Entries that may go for one reason, and the general patterns that people would write for them.

    `warning` says what else matters about them; `junk` that they may go even from inside what an
    instruction names.
    """

    reason: str
    entries: tuple[str, ...]
    patterns: tuple[str, ...]
    warning: str = ""
    junk: bool = False


@dataclass(frozen=True, slots=True)
class Task:
    """One ignore file to be written: its bytes as they are, and the builds that read it.

    The contexts are those of the user's own lines, without our block.
    """

    name: str
    data: bytes
    contexts: tuple[BuildContext, ...]
    wanted: Wanted
    suggestions: tuple[Suggestion, ...] = ()
    allowlist: bool = False
    #: Whether the classic builder reads the file as well.
    classic: bool = True

    @property
    def reads(self) -> Iterator[ContextRead]:
        """The instructions of all builds that read the context."""
        for context in self.contexts:
            yield from context.plan.reads

    @property
    def linked(self) -> Iterator[ContextRead]:
        """The same for where links lead to, as far as instructions pass any."""
        for context in self.contexts:
            for read in context.plan.reads:
                linked = behind_links(context, read)
                if linked is not None:
                    yield linked


@dataclass(frozen=True, slots=True)
class Solution:
    """The text, its patterns with what they are for, and what was dropped because it would do harm.

    `rows` maps each pattern to its reason and the entries that it is for; patterns that only except
    or repeat have none. `left` are files that no pattern could leave out.
    """

    data: bytes
    rows: tuple[tuple[str, str, tuple[str, ...]], ...]
    dropped: tuple[str, ...]
    left: tuple[str, ...]


def solve(task: Task) -> Solution | None:
    """Write the block of one ignore file; None if no draft keeps all that must stay."""
    return _Solver(task).run()


@dataclass(slots=True)
class _Draft:
    #: Directories that are closed but for exceptions; "" is the whole context.
    closed: list[str] = field(default_factory=list)
    #: What is excepted: from which closed directory, and the pattern.
    opened: list[tuple[str, str]] = field(default_factory=list)
    #: Directories on the way to an exception that have to be opened one by one.
    steps: list[str] = field(default_factory=list)
    #: Lines of the user's that count once more for what is open again.
    repeated: list[int] = field(default_factory=list)
    items: dict[str, tuple[str, tuple[str, ...]]] = field(default_factory=dict)
    #: Patterns that leave out something that must stay.
    banned: set[str] = field(default_factory=set)
    #: Patterns for directories that do not reach what is in them.
    weak: set[str] = field(default_factory=set)


class _Solver:
    def __init__(self, task: Task) -> None:
        self.task = task
        self.wanted = task.wanted
        self.tree = task.wanted.tree
        own = read_lines(without_block(task.data, task.name), task.name)
        self.own_patterns = PatternSet(own, task.name)
        self.own_lines = {line.number: line.text for line in own}
        self.draft = _Draft()
        self.reads = list(dict.fromkeys([*task.reads, *task.linked]))
        self.specific = [read for read in self.reads if not read.broad or read.unresolved]
        self.hidden: dict[str, bool] = {}
        self.claimed = {entry: suggestion.reason for suggestion in task.suggestions for entry in suggestion.entries}

    def run(self) -> Solution | None:
        self._first_draft()
        left: list[tuple[Directory, bytearray]] = []
        for _ in range(_ROUNDS):
            views = _Views(self.task, self._text())
            lost = views.lost(self.wanted)
            if lost:
                if not self._mend(lost, views):
                    return None
                continue
            left = views.left(self.wanted)
            if not left or not self._extend(left):
                return Solution(self._text(), self._rows(), tuple(sorted(self.draft.banned)), tuple(_paths(left)))
        return None

    # -- drafts ---------------------------------------------------------------------------------

    def _first_draft(self) -> None:
        if self.task.allowlist:
            self._close("")
        for suggestion in self.task.suggestions:
            for pattern in suggestion.patterns:
                alone = PatternSet((pattern,))
                entries = tuple(entry for entry in suggestion.entries if alone.matches_or_parent_matches(entry))
                if entries and (suggestion.junk or not self._hides_specific(pattern)):
                    self.draft.items[pattern] = (suggestion.reason, entries)
            self._name_free(suggestion)

    def _name_free(self, suggestion: Suggestion) -> None:
        """Name what builders read in any case, for that is never left over; BuildKit need not copy it."""
        covered = {entry for _, entries in self.draft.items.values() for entry in entries}
        for entry in suggestion.entries:
            pattern = quote.literal(entry)
            free = self.wanted.marks(entry) & Mark.FREE
            if free and entry not in covered and not self._hides_specific(pattern):
                self.draft.items[pattern] = (suggestion.reason, (entry,))

    def _close(self, directory: str) -> None:
        self.draft.closed.append(directory)
        self.draft.opened += [(directory, pattern) for pattern in exceptions(self.reads, self.tree, directory)]
        self._repeat_for([read for read in self.reads if exceptions([read], self.tree, directory)])

    def _repeat_for(self, reads: Sequence[ContextRead]) -> None:
        """Repeat the user's patterns that could match what is open again for some instructions, now or later."""
        for place, pattern in enumerate(self.own_patterns.patterns):
            first = not pattern.exception and pattern.cleaned.strip("*/")
            wanted = first or (pattern.exception and self.draft.repeated)
            if (
                wanted
                and self._may_repeat(place)
                and any(could_hide(pattern.cleaned, read, self._is_file) for read in reads)
            ):
                self.draft.repeated.append(place)

    def _text(self) -> bytes:
        return merge(self.task.data or None, self.sections())

    def sections(self) -> list[Section]:
        """The draft as it will stand in the file."""
        sections = []
        for directory in self.draft.closed:
            opened = [pattern for top, pattern in self.draft.opened if top == directory]
            where = f"in {directory}" if directory else "in the context"
            steps = [line for step in self.draft.steps if _is_below(step, directory) for line in _step(step)]
            lines = (self._closing(directory), *steps, *("!" + pattern for pattern in opened))
            sections.append(Section(f"Nothing {where} but what an instruction reads", lines))
        if self.draft.repeated:
            lines = tuple(self._written(place) for place in sorted(self.draft.repeated))
            sections.append(Section("As above, for what is open again", lines))
        reasons: dict[str, list[str]] = {}
        for pattern, (reason, _) in self.draft.items.items():
            reasons.setdefault(reason, []).append(pattern)
        for reason in sorted(reasons, key=lambda reason: (reason != UNREAD, reason)):
            comment = reason[0].upper() + reason[1:]
            sections.append(Section(comment, tuple(sorted(reasons[reason]))))
        return sections

    def _closing(self, directory: str) -> str:
        # After exceptions of the user's a single star would not reach what they open.
        star = "**" if self.own_patterns.exceptions else "*"
        return _inside(directory, star) if directory else star

    def _rows(self) -> tuple[tuple[str, str, tuple[str, ...]], ...]:
        rows: list[tuple[str, str, tuple[str, ...]]] = [
            (self._closing(directory), UNREAD, (directory,)) for directory in self.draft.closed
        ]
        rows += [(pattern, reason, entries) for pattern, (reason, entries) in self.draft.items.items()]
        return tuple(rows)

    # -- mending --------------------------------------------------------------------------------

    def _mend(self, lost: list[str], views: "_Views") -> bool:
        """Except what is lost, or drop the patterns that lose it; False if nothing can be done."""
        # What is dropped may bring back more than the path that it was dropped for.
        dropped = [path for path in lost if self._culprits(path, views)]
        if dropped:
            return True
        opened: list[str] = []
        for path in lost:
            if not any(path.startswith(above + "/") for above in opened) and self._open(path):
                opened.append(path)
        return bool(opened)

    def _culprits(self, path: str, views: "_Views") -> bool:
        """Drop the patterns of ours, but for closed directories, that leave a path out."""
        deciding = views.deciding(path)
        items = [pattern for pattern in deciding if pattern in self.draft.items]
        for pattern in items:
            del self.draft.items[pattern]
        repeated = [] if items else [place for place in self.draft.repeated if self._cleaned(place) in deciding]
        self.draft.repeated = [place for place in self.draft.repeated if place not in repeated]
        self.draft.banned.update(items, map(self._cleaned, repeated))
        return bool(items or repeated)

    def _open(self, path: str) -> bool:
        """Except one path from what is closed; step by step where an exception alone is not enough."""
        closed = [directory for directory in self.draft.closed if not directory or path.startswith(directory + "/")]
        if not closed:
            return False
        pattern = quote.literal(path)
        new = [(top, pattern) for top in closed if (top, pattern) not in self.draft.opened]
        if new:
            self.draft.opened += new
            return True
        top = min(closed, key=len)
        added = False
        for parent in _parents_below(path, top):
            if parent not in self.draft.steps:
                self.draft.steps.append(parent)
                added = True
        return added

    # -- extending ------------------------------------------------------------------------------

    def _extend(self, left: list[tuple[Directory, bytearray]]) -> bool:
        """Add patterns for what is left; False if there are none to add."""
        repeated = self._repeat(left) if self.draft.closed else False
        if repeated:
            return True
        found = cover(
            {directory.path: row for directory, row in left},
            self.wanted,
            self._hides,
            frozenset(self.claimed),
            lambda directory: not self.task.allowlist and may_close(self.reads, directory),
            self.draft.banned,
        )
        added = False
        for directory in found.closed:
            if directory not in self.draft.closed:
                self._close(directory)
                added = True
        for item in found.items:
            added |= self._add(item)
        return added

    def _add(self, item: Item) -> bool:
        pattern = item.pattern
        if pattern in self.draft.items:
            # After exceptions of the user's a directory's pattern may not reach what is in it.
            if self._is_file(quote.escaped(item.entries[0])):
                return False
            del self.draft.items[pattern]
            self.draft.weak.add(pattern)
        if pattern in self.draft.weak:
            path = item.entries[0]
            pattern = _inside(path, "**") if pattern == quote.literal(path) else pattern + "/**"
        if pattern in self.draft.banned or pattern in self.draft.items:
            return False
        self.draft.items[pattern] = (self._reason(item.entries[0]), item.entries)
        return True

    def _repeat(self, left: list[tuple[Directory, bytearray]]) -> bool:
        """Let patterns of the user's that leave out what is open again count once more."""
        added = False
        for path in _paths(left):
            marks = self.wanted.marks(path)
            if marks & (Mark.BUILDKIT | Mark.CLASSIC):
                continue
            for touch in reversed(DockerIgnore(self.own_patterns).explain(path).touches):
                if touch.pattern.exception or not touch.pattern.cleaned.strip("*/"):
                    continue
                place = next(i for i, pattern in enumerate(self.own_patterns.patterns) if pattern is touch.pattern)
                if self._may_repeat(place):
                    # What the user's later lines except must stay excepted.
                    later = range(place + 1, len(self.own_patterns.patterns))
                    excepting = [other for other in later if self.own_patterns.patterns[other].exception]
                    self.draft.repeated += [place, *filter(self._may_repeat, excepting)]
                    added = True
                break
        return added

    def _may_repeat(self, place: int) -> bool:
        known = place in self.draft.repeated or self._cleaned(place) in self.draft.banned
        return not known and _is_text(self._written(place))

    def _written(self, place: int) -> str:
        return self.own_lines[self.own_patterns.patterns[place].line]

    def _cleaned(self, place: int) -> str:
        return self.own_patterns.patterns[place].cleaned

    def _reason(self, path: str) -> str:
        while path:
            if path in self.claimed:
                return self.claimed[path]
            path = path.rpartition("/")[0]
        return UNREAD

    def _hides(self, pattern: str) -> bool:
        if pattern not in self.hidden:
            self.hidden[pattern] = any(could_hide(pattern, read, self._is_file) for read in self.reads)
        return self.hidden[pattern]

    def _hides_specific(self, pattern: str) -> bool:
        """Whether a pattern could hide what instructions name; `package*.json` is taken to name files only."""
        return any(could_hide(pattern, read, self._names_files) for read in self.specific)

    def _is_file(self, source: str) -> bool:
        if gomatch.has_wildcards(source):
            return False
        found = self.tree.find(source.replace("\\", ""))
        return found is not None and found[0].kinds[found[1]] == EntryKind.FILE

    def _names_files(self, source: str) -> bool:
        return self._is_file(source) or _WITH_ENDING.search(source) is not None


class _Views:
    """The context as both builders see it with a text, over all builds that read the file."""

    def __init__(self, task: Task, data: bytes) -> None:
        self._task = task
        self._tree = task.wanted.tree
        views = View.BUILDKIT | (View.CLASSIC if task.classic else 0)
        self._seen = bytes(flags & views for flags in range(256))
        file = SourceFile(task.name, data) if data else None
        trees: dict[tuple[object, object], Tree] = {}
        for context in task.contexts:
            changed = with_file(context, file, task.name, self._tree)
            key = (changed.patterns(View.BUILDKIT).sources, _sources(changed))
            if key not in trees:
                trees[key] = changed.tree
        self._data = data
        self._rows: list[Mapping[str, bytearray]] = [
            {directory.path: directory.flags for directory in tree.directories()} for tree in trees.values()
        ]

    def lost(self, wanted: Wanted) -> list[str]:
        """The paths, parents first, that a builder sends today, that must stay, and that it would not send."""
        found = []
        for directory in self._tree.directories():
            marks = wanted.rows[directory.path]
            needed = marks.translate(_NEEDED)
            if not any(needed):
                continue
            for rows in self._rows:
                flags = rows.get(directory.path, b"").ljust(len(marks), b"\0")
                if any(_differ(needed, flags)):
                    missing = _differ(needed, flags)
                    found += [directory.child_path(directory.names[i]) for i, lost in enumerate(missing) if lost]
        return list(dict.fromkeys(found))

    def left(self, wanted: Wanted) -> list[tuple[Directory, bytearray]]:
        """For each directory with any, the files that a builder would send and that nobody needs."""
        found = []
        for directory in self._tree.directories():
            joined = bytearray(len(directory.names))
            for rows in self._rows:
                flags = rows.get(directory.path)
                if flags is not None:
                    joined = bytearray(map(or_, joined, flags.translate(self._seen)))
            if any(joined):
                row = left_files(directory, joined, wanted)
                if any(row):
                    found.append((directory, row))
        return found

    def deciding(self, path: str) -> list[str]:
        """The patterns that leave a path out, for either builder."""
        ignore = DockerIgnore(PatternSet(read_lines(self._data, self._task.name), self._task.name))
        found = []
        for classic in (False, True):
            for touch in ignore.explain(path, classic=classic).touches:
                if not touch.pattern.exception:
                    found.append(touch.pattern.cleaned)
        return list(dict.fromkeys(found))


#: From marks to the views in which an entry must be: it stays where it is sent today.
_NEEDED = bytes(
    ((View.BUILDKIT if marks & Mark.BUILDKIT else 0) | (View.CLASSIC if marks & Mark.CLASSIC else 0))
    if marks & Mark.STAYS
    else 0
    for marks in range(256)
)


def _differ(needed: bytes | bytearray, flags: bytes | bytearray) -> bytes:
    """The bits that are needed and not there."""
    size = len(needed)
    missing = int.from_bytes(needed, "little") & ~int.from_bytes(flags, "little")
    return missing.to_bytes(size, "little")


def _sources(context: BuildContext) -> object:
    return context.patterns(View.CLASSIC).sources if context.located.classic_refusal is None else None


def _is_text(line: str) -> bool:
    """Whether a line can be written again: bytes that are not UTF-8 cannot."""
    return not any("\ud800" <= char <= "\udfff" for char in line)


def _is_below(path: str, directory: str) -> bool:
    return not directory or path.startswith(directory + "/")


def _step(directory: str) -> tuple[str, str]:
    return "!" + quote.literal(directory), _inside(directory, "*")


def _inside(directory: str, star: str) -> str:
    """The pattern for what is in a directory; with a wildcard, more has to be escaped than without."""
    return quote.glob(quote.escaped(directory) + "/*") + star[1:]


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
