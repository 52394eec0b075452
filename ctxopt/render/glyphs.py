"""The characters of drawings: Unicode if the output's encoding has them, otherwise ASCII."""

from rich.console import Console

from ctxopt.core.lazy_dataclass import dataclass
from ctxopt.reports.uses import Use


@dataclass(frozen=True, slots=True)
class Glyphs:
    """One set of characters.

    `steps` are parts of a block, from the smallest to the whole; `fills` are those of a bar of all bytes, which differ
    without colors; `fork`, `last` and `bar` are the lines of a tree; `arrow` goes from a value before to the one after;
    `marks` has a character for each use of a file; `dots` show that something was cut; `closed` and `opened` stand
    before directories.
    """

    steps: str
    fills: dict[Use, str]
    fork: str
    last: str
    bar: str
    arrow: str
    marks: dict[Use, str]
    dots: str
    closed: str
    opened: str


_UNICODE = Glyphs(
    "▏▎▍▌▋▊▉█",
    {Use.IMAGE: "█", Use.BUILD: "▓", Use.UNKNOWN: "▚", Use.UNUSED: "▒", Use.IGNORED: "░"},
    "├── ",
    "└── ",
    "│   ",
    "→",
    dict(zip(Use, "●◐?◆○✕!", strict=True)),
    "…",
    "▸",
    "▾",
)
_ASCII = Glyphs(
    "#",
    {Use.IMAGE: "#", Use.BUILD: "+", Use.UNKNOWN: "?", Use.UNUSED: "=", Use.IGNORED: "."},
    "|-- ",
    "`-- ",
    "|   ",
    "->",
    dict(zip(Use, "*+?@-x!", strict=True)),
    "...",
    ">",
    "v",
)

#: The rich styles of uses. Each use has a mark as well, for output without colors.
STYLES = {
    Use.IMAGE: "blue",
    Use.BUILD: "cyan",
    Use.UNKNOWN: "yellow",
    Use.BUILDER: "magenta",
    Use.UNUSED: "yellow",
    Use.IGNORED: "dim",
    Use.SECRET: "bold red",
}


def glyphs(console: Console) -> Glyphs:
    """The characters that a console's encoding has."""
    return glyphs_in(console.encoding)


def glyphs_in(encoding: str) -> Glyphs:
    """The characters that an encoding has."""
    drawn = _UNICODE
    wanted = (drawn.steps, drawn.fork, drawn.last, drawn.bar, drawn.dots, drawn.arrow, drawn.closed, drawn.opened)
    try:
        "".join((*wanted, *drawn.fills.values(), *drawn.marks.values())).encode(encoding)
    except (UnicodeEncodeError, LookupError):
        return _ASCII
    return _UNICODE


def bar(part: int, whole: int, width: int, glyphs: Glyphs) -> str:
    """A bar for a part of the whole, padded to `width` characters; any part but 0 is visible."""
    if not part or not whole:
        return " " * width
    steps = len(glyphs.steps)
    length = max(1, round(width * steps * part / whole))
    full, rest = divmod(length, steps)
    return (glyphs.steps[-1] * full + (glyphs.steps[rest - 1] if rest else "")).ljust(width)
