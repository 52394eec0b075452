"""Paths and globs written as patterns of an ignore file, so that Docker matches what is meant."""

from ctxopt.core.golang.text import BOM, SPACE
from ctxopt.core.lazy_re import lazy_re

#: What makes a pattern more than plain text for patternmatcher.
_SPECIAL = frozenset("*?[]\\")
#: Characters that it passes to its regular expression unescaped, once a pattern is more than plain text.
_UNESCAPED = frozenset("^{}|")
_CONTROL = {"\n": "\\n", "\r": "\\r", "\t": "\\t"}
#: Classes that mean the same to Go's `filepath.Match` and to a regular expression.
_PLAIN_CLASS = lazy_re(r"\[\^?(?:[A-Za-z0-9](?:-[A-Za-z0-9])?)+\]")


def literal(path: str) -> str:
    """The pattern that matches this path and, bytes that are not UTF-8 aside, no other.

    For such a byte the pattern has a `?`: an ignore file cannot name it.
    """
    plain = all(_quoted(char) == char or char in _UNESCAPED for char in path)
    if plain and _guarded(path) == path:
        return path
    return _guarded("".join(map(_quoted, path)))


def glob(source: str) -> str:
    """The pattern for a path with the wildcards of a COPY source (Go's `filepath.Match`).

    A class that the two would read differently becomes a `?`, which matches more.
    """
    out: list[str] = []
    at = 0
    while at < len(source):
        char = source[at]
        if char == "*":
            # Two stars in a row mean the same as one in a source, but not in an ignore file.
            if out[-1:] != ["*"]:
                out.append("*")
        elif char == "[":
            plain = _PLAIN_CLASS.match(source, at)
            out.append(plain[0] if plain else "?")
            at = plain.end() if plain else _class_end(source, at)
            continue
        elif char == "?":
            out.append("?")
        else:
            if char == "\\":
                at += 1
            out.append(_quoted(source[at : at + 1] or "\\"))
        at += 1
    return _guarded("".join(out))


def escaped(path: str) -> str:
    """The source of an instruction (Go's `filepath.Match`) that matches this path only."""
    return "".join("\\" + char if char in "*?[\\" else char for char in path)


def _quoted(char: str) -> str:
    if char < " " or char == "\x7f":
        # No line may contain some of these, and BuildKit fails on all of them.
        return _CONTROL.get(char) or f"\\x{ord(char):02x}"
    if "\ud800" <= char <= "\udfff":
        return "?"
    return "\\" + char if char in _SPECIAL or char in _UNESCAPED else char


def _guarded(pattern: str) -> str:
    """Keep the ends of a pattern from being read as space, a comment, an exception or a byte order mark."""
    first, last = pattern[:1], pattern[-1:]
    if last in SPACE and len(pattern) > 1:
        pattern = f"{pattern[:-1]}[{last}]"
    if first in SPACE or first == BOM:
        return f"[{first}]{pattern[1:]}"
    return "\\" + pattern if first in "!#" else pattern


def _class_end(source: str, at: int) -> int:
    """Where a class that starts at `at` ends."""
    at += 2 if source[at + 1 : at + 2] == "^" else 1
    start = at
    while at < len(source) and (source[at] != "]" or at == start):
        at += 2 if source[at] == "\\" else 1
    return at + 1
