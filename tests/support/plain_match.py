"""Go's `filepath.Match` as it is written there, character by character; `core/golang/match.py` is held against it."""

from ctxopt.core.golang.match import BadPattern
from ctxopt.core.golang.text import replace_invalid


def match(pattern: str, name: str) -> bool:
    """Whether the whole name matches. Raises BadPattern."""
    rest = pattern
    while rest:
        star, chunk, rest = _next_chunk(rest)
        if star and not chunk:
            return "/" not in name
        left = _match_chunk(chunk, name, pattern)
        if left is not None and (not left or rest):
            name = left
            continue
        if star:
            found = _after_star(chunk, name, rest, pattern)
            if found is not None:
                name = found
                continue
        return False
    return not name


def _after_star(chunk: str, name: str, rest: str, pattern: str) -> str | None:
    for i, char in enumerate(name):
        if char == "/":
            break
        left = _match_chunk(chunk, name[i + 1 :], pattern)
        if left is not None and (rest or not left):
            return left
    return None


def _next_chunk(pattern: str) -> tuple[bool, str, str]:
    text = pattern.lstrip("*")
    star = len(text) < len(pattern)
    in_class = False
    i = 0
    while i < len(text):
        char = text[i]
        if char == "\\":
            i += 1
        elif char == "[":
            in_class = True
        elif char == "]":
            in_class = False
        elif char == "*" and not in_class:
            break
        i += 1
    return star, text[:i], text[i:]


def _match_chunk(chunk: str, name: str, pattern: str) -> str | None:
    """What is left of the name after the chunk, or None where it does not match."""
    failed = False
    at = i = 0
    while i < len(chunk):
        failed = failed or at >= len(name)
        char = chunk[i]
        if char == "[":
            i, inside = _class(chunk, i + 1, "" if failed else name[at], pattern)
            failed = failed or not inside
        elif char == "?":
            failed = failed or name[at] == "/"
            i += 1
        else:
            if char == "\\":
                i += 1
                if i == len(chunk):
                    raise BadPattern(pattern)
            failed = failed or chunk[i] != name[at]
            i += 1
        at += 1
    return None if failed else name[at:]


def _class(chunk: str, i: int, char: str, pattern: str) -> tuple[int, bool]:
    """Read a class that opened before `i`; return where it ends and whether it holds the character."""
    char = replace_invalid(char)
    negated = chunk[i : i + 1] == "^"
    if negated:
        i += 1
    found = False
    first = True
    while first or chunk[i : i + 1] != "]":
        low, i = _class_char(chunk, i, pattern)
        high = low
        if chunk[i] == "-":
            high, i = _class_char(chunk, i + 1, pattern)
        found = found or low <= char <= high
        first = False
    return i + 1, found != negated


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
