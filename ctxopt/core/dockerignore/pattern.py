"""One pattern and whether it matches one path, as moby/patternmatcher decides it."""

from dataclasses import field
from enum import Enum
from functools import lru_cache
from typing import Final

from ctxopt.core.golang import match as gomatch
from ctxopt.core.golang import paths
from ctxopt.core.golang.regex import BadRegex, Regex, parse
from ctxopt.core.golang.text import BOM, replace_invalid, trim_space
from ctxopt.core.lazy_dataclass import dataclass
from ctxopt.core.lazy_re import lazy_re


class PatternKind(Enum):
    """The four ways in which patternmatcher compares a pattern with a path."""

    EXACT = "equal to the text"
    PREFIX = "starts with the text"
    SUFFIX = "ends with the text"
    REGEX = "matches the expression"


class BadPattern(ValueError):
    """A pattern that Docker refuses. `str()` says why."""


@dataclass(frozen=True, slots=True)
class Pattern:
    """A pattern ready for matching.

    `cleaned` is the pattern without `!`, as patternmatcher's `String()` gives it; `line` is its number
    in the ignore file (0 where it is in none). `text` is what EXACT, PREFIX and SUFFIX compare with,
    `regex` what REGEX runs. `error` is set where the pattern passes Docker's check when the file is
    read but fails when it is first compared with a path: Docker reports it only then.
    """

    cleaned: str
    exception: bool
    line: int
    kind: PatternKind
    text: str = ""
    regex: Regex | None = field(default=None, compare=False)
    error: str | None = None

    def matches(self, path: str) -> bool:
        """Whether the pattern matches this very path. Raises BadPattern where Docker would then fail."""
        if self.error is not None:
            raise BadPattern(self.error)
        if self.kind is PatternKind.EXACT:
            return path == self.text
        if self.kind is PatternKind.PREFIX:
            return path.startswith(self.text)
        if self.kind is PatternKind.SUFFIX:
            return path.endswith(self.text) or (self.text.startswith("/") and path == self.text[1:])
        assert self.regex is not None
        return self.regex.matches(path)


#: What makes a pattern more than a path.
_SIGN: Final = lazy_re(r"[*?\[\]\\]")


def compile_pattern(pattern: str, line: int = 0) -> Pattern | None:
    """Compile one pattern (`!` in front makes an exception); None for an empty one.

    Raises BadPattern for what Docker refuses when it reads the file.
    """
    pattern = trim_space(pattern)
    if not pattern:
        return None
    pattern = paths.clean(pattern)
    exception = pattern.startswith("!")
    if exception:
        pattern = pattern[1:]
        if not pattern:
            raise BadPattern('"!" alone is not a pattern')
    try:
        gomatch.check(pattern)
    except gomatch.BadPattern as error:
        raise BadPattern(str(error)) from None
    if not _SIGN.search(pattern):
        return Pattern(pattern, exception, line, PatternKind.EXACT, pattern)
    compiled = _compiled_short if len(pattern) <= _SHORT else _compiled_long
    return Pattern(pattern, exception, line, *compiled(pattern))


def _compiled(pattern: str) -> tuple[PatternKind, str, Regex | None, str | None]:
    """The kind of a pattern, its text, its expression, and why that is refused on use."""
    kind, regex = _translate(pattern)
    if kind is PatternKind.EXACT:
        return kind, pattern, None, None
    if kind is PatternKind.PREFIX:
        return kind, pattern[:-2], None, None
    if kind is PatternKind.SUFFIX:
        return kind, pattern[2:], None, None
    try:
        return kind, "", parse(regex), None
    except BadRegex as error:
        return kind, "", None, f"syntax error in pattern ({error})"


#: Both builders read the same patterns, and a proposal tries them in many drafts, so that each is compiled once. Few
#: are remembered that take much memory.
_SHORT: Final = 200
_compiled_short = lru_cache(maxsize=1 << 14)(_compiled)
_compiled_long = lru_cache(maxsize=1 << 3)(_compiled)


def _translate(pattern: str) -> tuple[PatternKind, str]:
    """The kind of match that patternmatcher picks, and the regular expression it would build."""
    # Go's text/scanner drops a byte order mark at the start and reads invalid UTF-8 as U+FFFD.
    text = replace_invalid(pattern.removeprefix(BOM))
    regex = ["^"]
    kind = PatternKind.EXACT
    i = 0
    while i < len(text):
        char = text[i]
        at_start = i == 0
        i += 1
        if char == "*" and text.startswith("*", i):
            i += 1
            if text.startswith("/", i):
                i += 1
            if i < len(text):
                regex.append("(.*/)?")
                kind = PatternKind.REGEX
            elif kind is PatternKind.EXACT:
                kind = PatternKind.PREFIX
            else:
                regex.append(".*")
                kind = PatternKind.REGEX
            if at_start:
                kind = PatternKind.SUFFIX
        elif char == "*":
            regex.append("[^/]*")
            kind = PatternKind.REGEX
        elif char == "?":
            regex.append("[^/]")
            kind = PatternKind.REGEX
        elif char in ".+()$":
            # patternmatcher means to escape `|`, `{` and `}` too, but its table has no room for them.
            regex.append("\\" + char)
        elif char == "\\":
            regex.append(char + text[i : i + 1])
            if i < len(text):
                i += 1
                kind = PatternKind.REGEX
        else:
            if char in "[]":
                kind = PatternKind.REGEX
            regex.append(char)
    if kind is not PatternKind.REGEX:
        return kind, ""
    return kind, "".join(regex) + "$"
