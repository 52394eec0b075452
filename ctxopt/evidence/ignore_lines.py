"""The lines of BuildKit's ignore file, and what the walk found out about each."""

from collections.abc import Iterator, Sequence

from ctxopt.core.build_context import BuildContext
from ctxopt.core.context.tree import View
from ctxopt.core.dockerignore.pattern import Pattern
from ctxopt.core.dockerignore.reader import Line, read_lines
from ctxopt.core.lazy_dataclass import dataclass
from ctxopt.display import shortened


@dataclass(frozen=True, slots=True)
class IgnoreLine:
    """One pattern: as it is written, compiled, and whether it decides about any entry.

    `effective` is None where that is not known.
    """

    file: str
    line: Line
    pattern: Pattern
    effective: bool | None

    @property
    def shown(self) -> str:
        """The pattern in backticks, with its `!`; the middle of a very long one is cut out."""
        text = shortened(self.pattern.cleaned)
        return f"`!{text}`" if self.pattern.exception else f"`{text}`"


def ignore_lines(build: BuildContext) -> Sequence[IgnoreLine]:
    """The patterns of the ignore file that BuildKit reads, in their order; none without a file."""
    # What the ignore file decides is the same for the same files, so what several rules ask is put together once.
    tree = build.tree.base or build.tree
    return tree.once(ignore_lines, lambda: tuple(_lines(build)))


def _lines(build: BuildContext) -> Iterator[IgnoreLine]:
    file = build.ignore_file(View.BUILDKIT)
    if file is None:
        return
    lines = {line.number: line for line in read_lines(file.data, file.name)}
    effective = build.tree.effective
    for index, pattern in enumerate(build.patterns(View.BUILDKIT).patterns):
        known = None if effective is None else index in effective
        yield IgnoreLine(file.name, lines[pattern.line], pattern, known)
