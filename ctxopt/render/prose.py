"""Text for a terminal that is never wrapped inside a figure with its unit, a command, or a name of a path."""

from collections.abc import Iterator
from typing import Final

from rich.cells import cell_len
from rich.console import Console, Group, JustifyMethod, OverflowMethod
from rich.containers import Lines
from rich.text import Text

from ctxopt.core.lazy_re import lazy_re

#: What stays on one line if it fits on one: figures with their units, and code.
_FIGURE: Final = r"[-+]?\d[\d.,]* (?:B|kB|MB|GB|TB|%|s|min|h|days|files?|more)(?!\w)"
_UNBROKEN: Final = lazy_re(rf"(?<![\w.]){_FIGURE}(?: (?:→|->) {_FIGURE})?|`[^`\n]{{1,200}}`")
#: Stands for a blank that must stay: a lone surrogate is one cell wide, no blank, and never in `printable` text.
_GLUE: Final = "\ud800"
#: A part of a word that is longer than a line of any width, though signs without a width of their own are in it.
_LONG: Final = 2000
_WORD: Final = lazy_re(r"\S+")


class Prose(Text):
    """A text that wraps at blanks and, where a path is longer than a line, after a slash."""

    def wrap(
        self,
        console: Console,
        width: int,
        *,
        justify: JustifyMethod | None = None,
        overflow: OverflowMethod | None = None,
        tab_size: int = 8,
        no_wrap: bool | None = None,
    ) -> Lines:
        """The lines of a width."""
        if no_wrap or overflow == "ignore":
            return super().wrap(console, width, justify=justify, overflow=overflow, tab_size=tab_size, no_wrap=no_wrap)
        text = self.copy()
        text.plain = _UNBROKEN.sub(lambda found: _glued(found[0], width), self.plain)
        parts = text.divide(_breaks(text.plain, width))
        lines = Text("\n").join(parts).wrap(console, width, justify=justify, overflow=overflow, tab_size=tab_size)
        for line in lines:
            line.plain = line.plain.replace(_GLUE, " ")
            line.rstrip()
        return lines


def put(console: Console, *texts: Text) -> None:
    """Print texts, each on lines of its own; `Console.print` alone would make plain texts of them."""
    console.print(Group(*texts))


def _glued(text: str, width: int) -> str:
    return text.replace(" ", _GLUE) if cell_len(text) <= width else text


def _breaks(text: str, width: int) -> Iterator[int]:
    """Where words are broken that are longer than a line: after the last slash that fits."""
    for word in _WORD.finditer(text):
        start, end = word.span()
        while cell_len(text[start : min(end, start + _LONG)]) > width:
            slash = text.rfind("/", start, start + width)
            if slash < 0:
                break
            start = slash + 1
            yield start
