"""The lines of an ignore file as Docker reads them (moby/patternmatcher, package `ignorefile`)."""

from functools import lru_cache

from ctxopt.core.golang import paths
from ctxopt.core.golang.text import BOM, LineTooLong, scan_lines, trim_space
from ctxopt.core.lazy_dataclass import dataclass
from ctxopt.errors import PatternError


@dataclass(frozen=True, slots=True)
class Line:
    """One pattern line: the text as written, and the pattern Docker makes of it before matching."""

    number: int
    text: str
    pattern: str


@lru_cache(maxsize=2)
def read_lines(data: bytes, file: str) -> tuple[Line, ...]:
    """The pattern lines of an ignore file; without comments and empty lines.

    Only a `#` in the first column starts a comment; a byte order mark is dropped; space around a
    pattern, and between `!` and a pattern, does not count; patterns are cleaned and one leading slash
    is dropped. Raises PatternError for a line of 64 KiB or more, at which Docker stops.
    """
    lines = []
    try:
        for number, raw in enumerate(scan_lines(data), 1):
            text = raw.removesuffix("\n").removesuffix("\r")
            if number == 1:
                text = text.removeprefix(BOM)
            if text.startswith("#"):
                continue
            body = trim_space(text)
            if not body:
                continue
            exception = body.startswith("!")
            if exception:
                body = trim_space(body[1:])
            if body:
                body = paths.clean(body)
                if len(body) > 1 and body.startswith("/"):
                    body = body[1:]
            lines.append(Line(number, text, "!" + body if exception else body))
    except LineTooLong as error:
        raise PatternError(
            f"a {error}, which is more than Docker reads", file=file, line=error.line, hint="split the line"
        ) from None
    return tuple(lines)
