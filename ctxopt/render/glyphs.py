"""The characters that drawings are made of: what the output can write, or else ASCII."""

from dataclasses import dataclass

from rich.console import Console

from ctxopt.reports.listing import Use


@dataclass(frozen=True, slots=True)
class Glyphs:
    """One set of characters.

    `steps` are parts of a block, from the smallest to the whole; `fills` three that are told apart without
    colours; `fork`, `last` and `bar` the lines of a tree; `arrow` leads from a size to the one after it; `marks` are
    a character for each use of a file.
    """

    steps: str
    fills: str
    fork: str
    last: str
    bar: str
    arrow: str
    marks: dict[Use, str]


_UNICODE = Glyphs(
    "▏▎▍▌▋▊▉█",
    "█▒░",
    "├── ",
    "└── ",
    "│   ",
    "→",
    {Use.IMAGE: "●", Use.BUILD: "◐", Use.BUILDER: "◆", Use.UNUSED: "○", Use.IGNORED: "✕", Use.SECRET: "!"},
)
_ASCII = Glyphs(
    "#",
    "#=.",
    "|-- ",
    "`-- ",
    "|   ",
    "->",
    {Use.IMAGE: "*", Use.BUILD: "+", Use.BUILDER: "@", Use.UNUSED: "-", Use.IGNORED: "x", Use.SECRET: "!"},
)

#: The colours of uses, in the words of rich. Each use has a mark as well, for where there are no colours.
STYLES = {
    Use.IMAGE: "blue",
    Use.BUILD: "cyan",
    Use.BUILDER: "magenta",
    Use.UNUSED: "yellow",
    Use.IGNORED: "dim",
    Use.SECRET: "bold red",
}


def glyphs(console: Console) -> Glyphs:
    """The characters for a console, by its encoding."""
    wanted = _UNICODE.steps + _UNICODE.fills + _UNICODE.fork + _UNICODE.last + _UNICODE.bar + _UNICODE.arrow
    try:
        (wanted + "".join(_UNICODE.marks.values())).encode(console.encoding)
    except (UnicodeEncodeError, LookupError):
        return _ASCII
    return _UNICODE


def bar(part: int, whole: int, width: int, glyphs: Glyphs) -> str:
    """A bar as long as a part of the whole, of `width` characters; something of it is seen of any part but 0."""
    if not part or not whole:
        return " " * width
    steps = len(glyphs.steps)
    length = max(1, round(width * steps * part / whole))
    full, rest = divmod(length, steps)
    return (glyphs.steps[-1] * full + (glyphs.steps[rest - 1] if rest else "")).ljust(width)
