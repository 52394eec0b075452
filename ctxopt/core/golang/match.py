"""Shell patterns as Go's `filepath.Match` reads them (on systems that separate by slashes).

`*` and `?` never cross a slash, `[...]` may match one, a backslash makes the next character literal.
The text between two stars is checked to its end even where the name has already failed to match, but
what follows is not: `nothing*[` is only an error for names that get that far.
"""

from bisect import bisect_right
from collections.abc import Callable
from functools import lru_cache, partial
from itertools import accumulate

from ctxopt.core.golang.text import replace_invalid
from ctxopt.core.lazy_dataclass import dataclass

#: Maximum number of patterns to remember: each source of an instruction is one, and is asked of in turn.
_REMEMBERED = 1 << 13


class BadPattern(ValueError):
    """The pattern is malformed: Go's `filepath.ErrBadPattern`."""

    def __init__(self, pattern: str) -> None:
        super().__init__("syntax error in pattern")
        self.pattern = pattern


def match(pattern: str, name: str) -> bool:
    """Whether the whole name matches. Raises BadPattern.

    After a `*` the earliest match of the text up to the next `*` is kept, without backtracking. The time is
    therefore bounded by the pattern's length and the square of the name's.
    """
    return _match(pattern, _chunks(pattern), name)


def matcher(pattern: str) -> Callable[[str], bool]:
    """The same for one pattern and many names."""
    return partial(_match, pattern, _chunks(pattern))


def _match(pattern: str, chunks: "tuple[_Chunk, ...]", name: str) -> bool:
    at = 0
    for chunk in chunks:
        if chunk.star and not chunk.length:
            return "/" not in name[at:]
        if chunk.bad:
            raise BadPattern(pattern)
        if chunk.fits(name, at) and not (chunk.last and at + chunk.length < len(name)):
            at += chunk.length
            continue
        found = chunk.after_star(name, at) if chunk.star else -1
        if found < 0:
            return False
        at = found + chunk.length
    return at == len(name)


def matches(pattern: str, name: str) -> bool:
    """Whether the whole name matches; a malformed pattern matches nothing."""
    try:
        return match(pattern, name)
    except BadPattern:
        return False


def check(pattern: str) -> None:
    """Raise BadPattern as Go's `filepath.Match(pattern, ".")` would report it."""
    # Only a class or an escape can be malformed.
    if "[" in pattern or "\\" in pattern:
        match(pattern, ".")


def needed_text(pattern: str) -> str | None:
    """The longest text without wildcards that every matching name has in it; None for a malformed pattern.

    NUL stands for where a name begins and ends, and "" says that there is no such text.
    """
    found = [""]
    for number, chunk in enumerate(_chunks(pattern)):
        if chunk.bad:
            return None
        for offset, part in chunk.parts:
            if isinstance(part, str):
                begins = "\0" if not number and not chunk.star and not offset else ""
                ends = "\0" if chunk.last and offset + len(part) == chunk.length else ""
                found.append(f"{begins}{part}{ends}")
    return max(found, key=len)


def keeps_to_levels(pattern: str) -> bool:
    """Whether slashes separate the levels of a pattern and of all names that it matches: none is in a class.

    False where that is not told apart.
    """
    if "[" not in pattern:
        return True
    if "\\" in pattern:
        return False
    chunks = _chunks(pattern)
    if any(chunk.bad or any(not isinstance(part, str) and part("/") for _, part in chunk.parts) for chunk in chunks):
        return False
    plain = sum(part.count("/") for chunk in chunks for _, part in chunk.parts if isinstance(part, str))
    # A slash that is in no plain text is in a class, such as one that matches anything else.
    return plain == pattern.count("/")


def has_wildcards(name: str) -> bool:
    """Whether BuildKit treats a source path as one with wildcards: an unescaped `*`, `?` or `[`."""
    skip = False
    for char in name:
        if skip:
            skip = False
        elif char == "\\":
            skip = True
        elif char in "*?[":
            return True
    return False


#: An offset, and plain characters or a test for one character.
_Part = tuple[int, str | Callable[[str], bool]]


@dataclass(frozen=True, slots=True)
class _Chunk:
    """The text between two stars; `parts` are runs of plain characters and tests, each with its offset in it.

    A match is `length` characters long. `bad` is set if something in the chunk is malformed.
    """

    star: bool
    last: bool
    bad: bool
    length: int
    parts: tuple[_Part, ...]

    def fits(self, name: str, at: int) -> bool:
        """Whether the chunk matches what is at this position of the name."""
        if at + self.length > len(name):
            return False
        for offset, part in self.parts:
            if isinstance(part, str):
                if not name.startswith(part, at + offset):
                    return False
            elif not part(name[at + offset]):
                return False
        return True

    def after_star(self, name: str, at: int) -> int:
        """The first position after this one, with no slash in between, where the chunk matches; -1 for none."""
        slash = name.find("/", at)
        most = min(len(name) if slash < 0 else slash, len(name) - self.length)
        first = max(at + 1, most) if self.last else at + 1
        if self.last and first + self.length != len(name):
            return -1
        offset, part = self.parts[0] if self.parts else (0, "")
        if not isinstance(part, str):
            return next((start for start in range(first, most + 1) if self.fits(name, start)), -1)
        start = name.find(part, first + offset) - offset
        while 0 <= start <= most:
            if self.fits(name, start):
                return start
            start = name.find(part, start + offset + 1) - offset
        return -1


@lru_cache(maxsize=_REMEMBERED)
def _chunks(pattern: str) -> tuple[_Chunk, ...]:
    """The chunks of a pattern up to and including the first malformed one: nothing after that is checked."""
    chunks: list[_Chunk] = []
    at = 0
    while at < len(pattern):
        start = at
        while pattern.startswith("*", at):
            at += 1
        star = at > start
        text = pattern[at : _chunk_end(pattern, at)]
        at += len(text)
        try:
            length, parts = _parts(text, pattern)
        except BadPattern:
            return (*chunks, _Chunk(star, at == len(pattern), True, len(text), ()))
        chunks.append(_Chunk(star, at == len(pattern), False, length, parts))
    return tuple(chunks)


def _chunk_end(pattern: str, at: int) -> int:
    in_class = False
    while at < len(pattern):
        char = pattern[at]
        if char == "\\":
            at += 1
        elif char == "[":
            in_class = True
        elif char == "]":
            in_class = False
        elif char == "*" and not in_class:
            break
        at += 1
    return min(at, len(pattern))


def _parts(chunk: str, pattern: str) -> tuple[int, tuple[_Part, ...]]:
    """The number of characters that a chunk matches, and its parts. Raises BadPattern."""
    parts: list[_Part] = []
    plain: list[str] = []
    length = i = 0
    while i < len(chunk):
        test = None
        if chunk[i] == "[":
            i, test = _class(chunk, i + 1, pattern)
        elif chunk[i] == "?":
            i, test = i + 1, _not_slash
        else:
            i += chunk[i] == "\\"
            if i == len(chunk):
                raise BadPattern(pattern)
            plain.append(chunk[i])
            i += 1
        if test is not None:
            if plain:
                parts.append((length - len(plain), "".join(plain)))
                plain.clear()
            parts.append((length, test))
        length += 1
    if plain:
        parts.append((length - len(plain), "".join(plain)))
    return length, tuple(parts)


def _not_slash(char: str) -> bool:
    return char != "/"


def _class(chunk: str, i: int, pattern: str) -> tuple[int, Callable[[str], bool]]:
    """Read a class that opened before `i`; return where it ends and a test for one character."""
    negated = chunk[i : i + 1] == "^"
    i += negated
    ranges: list[tuple[str, str]] = []
    while not ranges or chunk[i : i + 1] != "]":
        low, i = _class_char(chunk, i, pattern)
        high = low
        if chunk[i] == "-":
            high, i = _class_char(chunk, i + 1, pattern)
        ranges.append((low, high))
    ranges.sort()
    lows = [low for low, _ in ranges]
    # The furthest end of all ranges that begin up to here: a character beyond it is in none of them.
    highs = list(accumulate((high for _, high in ranges), max))

    def holds(char: str) -> bool:
        char = replace_invalid(char)
        index = bisect_right(lows, char) - 1
        return (index >= 0 and char <= highs[index]) != negated

    return i + 1, holds


def _class_char(chunk: str, i: int, pattern: str) -> tuple[str, int]:
    char = chunk[i : i + 1]
    if char in ("", "-", "]"):
        raise BadPattern(pattern)
    if char == "\\":
        i += 1
        char = chunk[i : i + 1]
    # A byte that is not UTF-8 is an error here, and so is a class that the chunk ends in.
    if not char or "\ud800" <= char <= "\udfff" or i + 1 == len(chunk):
        raise BadPattern(pattern)
    return char, i + 1
