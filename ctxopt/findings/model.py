"""One finding, and what rules look at: the lines of the ignore file, and what their patterns match."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from enum import Enum

from ctxopt.core.build_context import BuildContext
from ctxopt.core.context.tree import KEPT, Directory, Totals, Tree, View
from ctxopt.core.dockerignore.pattern import Pattern
from ctxopt.core.dockerignore.patterns import PatternSet
from ctxopt.core.dockerignore.reader import Line, read_lines
from ctxopt.core.dockerignore.scope import Scope, scope


class Severity(Enum):
    """How much a finding matters; the worst first."""

    ERROR = "error"
    WARNING = "warning"
    NOTE = "note"
    INFO = "info"

    @property
    def rank(self) -> int:
        """0 for the worst."""
        return list(Severity).index(self)


class Confidence(Enum):
    """How sure a finding is: seen in the files, told from what is usual, or a guess."""

    HIGH = "high"
    MEDIUM = "medium"
    LOW = "low"


@dataclass(frozen=True, slots=True)
class Finding:
    """What one rule found at one place.

    `message` says what is so, `fix` what to do. `totals` are the files and logical bytes that it costs,
    where that can be told: what is sent, or stays in a layer, because of it. `evidence` are lines for
    people that show it, such as the largest files. `subject` is the entry of the context that it is about,
    where that is another than `file`: it can be suppressed by either.
    """

    rule: str
    severity: Severity
    file: str
    line: int | None
    message: str
    fix: str
    totals: Totals | None = None
    confidence: Confidence = Confidence.HIGH
    evidence: tuple[str, ...] = ()
    end_line: int | None = None
    subject: str | None = None


@dataclass(frozen=True, slots=True)
class IgnoreLine:
    """One pattern of BuildKit's ignore file: as it is written, compiled, and whether it decides about anything.

    `effective` is None where that is not known.
    """

    file: str
    line: Line
    pattern: Pattern
    effective: bool | None

    @property
    def shown(self) -> str:
        """The pattern in quotation marks, with its `!`."""
        return f'"!{self.pattern.cleaned}"' if self.pattern.exception else f'"{self.pattern.cleaned}"'


def ignore_lines(context: BuildContext) -> Iterator[IgnoreLine]:
    """The patterns of BuildKit's ignore file with what the walk found out about them."""
    file = context.ignore_file(View.BUILDKIT)
    if file is None:
        return
    lines = {line.number: line for line in read_lines(file.data, file.name)}
    effective = context.tree.effective
    for place, pattern in enumerate(context.patterns(View.BUILDKIT).patterns):
        known = None if effective is None else place in effective
        yield IgnoreLine(file.name, lines[pattern.line], pattern, known)


#: Told a directory and a place in it: whether that entry is one to be found.
Accept = Callable[[Directory, int], bool]

#: As many entries that are left out are compared with patterns, so that a rule costs less than the walk.
_COMPARED = 20_000


@dataclass(frozen=True, slots=True)
class LeftOutMatches:
    """For the text of each pattern that was looked for the first path that is left out and that it matches.

    `complete` is False if there were too many to look at all.
    """

    paths: dict[str, str]
    complete: bool


def first_left_out(tree: Tree, texts: Iterable[str], accept: Accept = lambda *_: True) -> LeftOutMatches:
    """Look for patterns without `!` among the recorded entries that BuildKit's ignore file leaves out.

    Matches are of the entry itself: what lies in a directory that one of the patterns matches is not
    looked at. No pattern may be one that fails on use.
    """
    found: dict[str, str] = {}
    search = _Search(text for text in texts if not text.startswith("!"))
    compared = 0
    for directory in tree.directories():
        names = [name for name, flags in zip(directory.names, directory.flags, strict=True) if not flags & KEPT]
        compared += len(names)
        if compared > _COMPARED:
            return LeftOutMatches(found, False)
        while search.patterns and names:
            # What is found of one pattern must not hide what is there of another: look again without it.
            hit = next(
                (name for name in search.hits(directory, names) if accept(directory, directory.find(name))), None
            )
            path = None if hit is None else directory.child_path(hit)
            here = [] if path is None else [text for text, one in search.patterns.items() if one.matches(path)]
            if path is None or not here:
                break
            found |= dict.fromkeys(here, path)
            search = _Search(text for text in search.patterns if text not in here)
    return LeftOutMatches(found, True)


class _Search:
    """Several patterns looked for together."""

    def __init__(self, texts: Iterable[str]) -> None:
        compiled = PatternSet(texts)
        self.patterns = {pattern.cleaned: pattern for pattern in compiled.patterns}
        self._inside: dict[str, Scope | None] = {"": scope(compiled)}

    def hits(self, directory: Directory, names: list[str]) -> list[str]:
        """Which of these names in a directory are matched; none in a directory that is matched itself."""
        inside = self._scope(directory)
        answer = False if inside is None else inside.matched(names)
        if isinstance(answer, bool):
            return names if answer else []
        return [name for name, hit in zip(names, answer, strict=True) if hit]

    def _scope(self, directory: Directory) -> Scope | None:
        """The patterns as seen from inside a directory, None where one of them matches it or one above it."""
        unknown = []
        above = directory
        while above.path not in self._inside and above.parent is not None:
            unknown.append(above)
            above = above.parent
        inside = self._inside[above.path]
        for below in reversed(unknown):
            if inside is not None:
                matched, inside = inside.enter(below.path.rpartition("/")[2])
                inside = None if matched else inside
            self._inside[below.path] = inside
        return inside
