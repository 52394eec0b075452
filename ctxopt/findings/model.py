"""One finding, and the lines of the ignore file that rules look at."""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum

from ctxopt.build_context import BuildContext
from ctxopt.context.tree import Totals, View
from ctxopt.dockerignore.pattern import Pattern
from ctxopt.dockerignore.reader import Line, read_lines


class Severity(Enum):
    """How much a finding matters."""

    WARNING = "warning"
    NOTE = "note"


@dataclass(frozen=True, slots=True)
class Finding:
    """What one rule found at one place.

    `message` says what is so, `fix` what to do. `totals` are the files and logical bytes that are sent
    because of it, where that can be told.
    """

    rule: str
    severity: Severity
    file: str
    line: int | None
    message: str
    fix: str
    totals: Totals | None = None


@dataclass(frozen=True, slots=True)
class IgnoreLine:
    """One pattern of BuildKit's ignore file: as it is written, compiled, and whether it decides about anything.

    `effective` is None where that is not known.
    """

    file: str
    line: Line
    pattern: Pattern
    effective: bool | None


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
