"""A draft of the block of one ignore file, and the text that it makes."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import field
from typing import Final

from ctxopt.core.dockerignore import quote
from ctxopt.core.dockerignore.patterns import PatternSet
from ctxopt.core.dockerignore.reader import read_lines
from ctxopt.core.golang.match import has_wildcards
from ctxopt.core.lazy_dataclass import dataclass
from ctxopt.evidence.model import Reason, ReasonKind
from ctxopt.proposal.block import BUILDING_ONLY, BY_HAND, Record, Section, is_record, merge, without_block
from ctxopt.proposal.room import Room
from ctxopt.proposal.task import SolvedPattern

#: The evidence for a pattern that has no other.
UNREAD: Final = "unused"
#: The comments of a block, in their order, each for some kinds of reasons.
_HEADINGS: Final = {
    "Secrets": (ReasonKind.SECRET,),
    "Version control": (ReasonKind.VCS,),
    "Regenerated or removed by the build": (ReasonKind.DEPENDENCY, ReasonKind.OUTPUT, ReasonKind.REMOVED_LATER),
    "Caches, logs, editor and OS files": (ReasonKind.CACHE, ReasonKind.EDITOR, ReasonKind.OS),
    "Local files that git ignores": (ReasonKind.GIT_IGNORED,),
    "Docker and CI files": (ReasonKind.DOCKER, ReasonKind.CI),
    "Tests and documentation": (ReasonKind.TESTS, ReasonKind.DOCS),
    BUILDING_ONLY: (ReasonKind.BUILDING_ONLY,),
}
#: What people look for first.
_FIRST: Final = "Version control"
_REPEATED: Final = "Repeated for what the exceptions reopen"
_NEEDED: Final = "Needed by the build"
_CLOSED: Final = "Exclude everything {where} except what instructions read"
_HEADING_OF: Final = {kind: heading for heading, kinds in _HEADINGS.items() for kind in kinds}


class OwnLines:
    """The user's own patterns, by their indexes, and the lines that they are written in."""

    def __init__(self, data: bytes, file: str) -> None:
        lines = read_lines(without_block(data, file), file)
        self.compiled = PatternSet(lines, file)
        self.patterns = self.compiled.patterns
        self._texts = {line.number: line.text for line in lines}

    def text(self, index: int) -> str:
        """The line of a pattern as it is written."""
        return self._texts[self.patterns[index].line]

    def cleaned(self, index: int) -> str:
        """The pattern as Docker compares it."""
        return self.patterns[index].cleaned

    def is_writable(self, index: int) -> bool:
        """Whether the line can be written again: bytes that are not UTF-8 cannot."""
        return not any("\ud800" <= char <= "\udfff" for char in self.text(index))


@dataclass(frozen=True, slots=True)
class Purpose:
    """The entries that a pattern is for; without a reason no instruction reads them.

    `exceptions` are patterns, without the `!`, for what it excludes and must not.
    """

    reason: Reason | None
    entries: tuple[str, ...]
    exceptions: tuple[str, ...] = ()


@dataclass(slots=True)
class Draft:
    """The parts of a block, which grow and shrink while it is solved."""

    #: Directories that are excluded except for what is read; "" is the whole context.
    closed: list[str] = field(default_factory=list)
    #: Exceptions: the closed directory that each is for, and the pattern.
    opened: list[tuple[str, str]] = field(default_factory=list)
    #: Directories on the way to an exception that have to be opened one by one.
    steps: list[str] = field(default_factory=list)
    #: Indexes of the user's patterns that are repeated, for what is open again.
    repeated: list[int] = field(default_factory=list)
    #: All other patterns.
    items: dict[str, Purpose] = field(default_factory=dict)
    #: Patterns that exclude something that has to stay.
    banned: set[str] = field(default_factory=set)
    #: Patterns of directories that do not reach what is in them.
    weak: set[str] = field(default_factory=set)
    #: Exceptions, with the `!`, for what the user's lines exclude and must not.
    needed: tuple[str, ...] = ()

    def text(self, data: bytes, own: OwnLines, record: Record) -> bytes:
        """The ignore file with the block in it."""
        return merge(data or None, self.sections(own), record=record)

    def sections(self, own: OwnLines) -> list[Section]:
        """The sections of the block."""
        sections = [self._closing_section(directory, own) for directory in self.closed]
        if self.repeated:
            lines = tuple(own.text(index) for index in sorted(self.repeated))
            sections.append(Section(_REPEATED, lines))
        by_heading: dict[str, list[str]] = {UNREAD.capitalize(): [], **{heading: [] for heading in _HEADINGS}}
        for pattern, purpose in self.items.items():
            by_heading[heading_of(purpose.reason)].append(pattern)
        headed = [
            Section(heading, tuple(self._lines(patterns))) for heading, patterns in by_heading.items() if patterns
        ]
        if not all(map(_is_plain, headed)):
            # An exception must not bring back what another section excludes.
            headed.sort(key=lambda section: (not self._is_before_exceptions(section), _is_plain(section)))
        return [*sections, *headed, Section(_NEEDED, self.needed)]

    def _is_before_exceptions(self, section: Section) -> bool:
        """Whether a section is that of version control, and no exception can bring back what it excludes."""
        opened = {exception.split("/")[0] for purpose in self.items.values() for exception in purpose.exceptions}
        closed = {line.split("/")[0] for line in section.patterns}
        return (
            section.comment == _FIRST
            and _is_plain(section)
            and closed.isdisjoint(opened)
            and not any(map(has_wildcards, opened | closed))
        )

    def _lines(self, patterns: Iterable[str]) -> Iterator[str]:
        """The lines of a section: patterns with exceptions before those without."""
        for pattern in sorted(patterns, key=lambda pattern: (not self.items[pattern].exceptions, pattern)):
            yield pattern
            yield from ("!" + exception for exception in self.items[pattern].exceptions)

    def room(self, own: OwnLines, total: int) -> Room:
        """What may be added, where so many bytes are left to exclude."""
        lines = sum(1 + len(section.patterns) for section in self.sections(own) if section.patterns)
        return Room(total, lines, frozenset(heading_of(purpose.reason) for purpose in self.items.values()))

    def patterns(self, own: OwnLines) -> tuple[SolvedPattern, ...]:
        """All patterns that exclude something."""
        closing = [SolvedPattern(_closing(directory, own), None, (directory,)) for directory in self.closed]
        items = [SolvedPattern(pattern, item.reason, item.entries) for pattern, item in self.items.items()]
        return (*closing, *items)

    def _closing_section(self, directory: str, own: OwnLines) -> Section:
        opened = [pattern for top, pattern in self.opened if top == directory]
        steps = [line for step in self.steps if _is_below(step, directory) for line in _step_lines(step)]
        where = f"in {directory}" if directory else "in the context"
        lines = (_closing(directory, own), *steps, *("!" + pattern for pattern in opened))
        return Section(_CLOSED.format(where=where), lines)


def _is_plain(section: Section) -> bool:
    return all(line[0] != "!" for line in section.patterns)


def heading_of(reason: Reason | None) -> str:
    """The comment that patterns with a reason are written below."""
    return UNREAD.capitalize() if reason is None else _HEADING_OF[reason.kind]


def is_heading(line: str) -> bool:
    """Whether a line of a block is one that blocks have beside their patterns: a comment of a section or a record."""
    opening, closing = _CLOSED.split("{where}")
    text = line.removeprefix("# ")
    named = text in (UNREAD.capitalize(), _REPEATED, _NEEDED, BY_HAND, *_HEADINGS)
    return line.startswith("# ") and (named or is_record(line) or (text.startswith(opening) and text.endswith(closing)))


def inside(directory: str, star: str) -> str:
    """The pattern for the content of a directory; with a wildcard, more has to be escaped than without."""
    return quote.glob(quote.escaped(directory) + "/*") + star[1:]


def _closing(directory: str, own: OwnLines) -> str:
    # After exceptions of the user's a single star would not reach what they open.
    star = "**" if own.compiled.exceptions else "*"
    return inside(directory, star) if directory else star


def _step_lines(directory: str) -> Sequence[str]:
    return "!" + quote.literal(directory), inside(directory, "*")


def _is_below(path: str, directory: str) -> bool:
    return not directory or path.startswith(directory + "/")
