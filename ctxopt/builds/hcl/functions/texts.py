"""Functions of texts."""

import re
import unicodedata
from collections.abc import Mapping
from fractions import Fraction

from ctxopt.builds.hcl.functions.function import Builtin, on
from ctxopt.builds.hcl.values import LONGEST, EvaluationError, Seq, TooLargeError, Value, text, whole
from ctxopt.core.golang import paths
from ctxopt.core.golang.text import trim_space
from ctxopt.core.lazy_re import lazy_re

_LINE_ENDS = lazy_re(r"[\r\n]+\Z")
_STRINGS = ("list", "string")


def clusters(value: str) -> list[str]:
    """The characters of a text as a reader counts them: letters with their marks, and joined emoji."""
    if value.isascii() and "\r" not in value:
        return list(value)
    found: list[str] = []
    flags = 0
    for char in value:
        previous = found[-1] if found else ""
        joins = bool(found) and (_continues(char) or previous.endswith("\u200d") or previous + char == "\r\n")
        is_flag = "\U0001f1e6" <= char <= "\U0001f1ff"
        flags = flags + 1 if is_flag else 0
        if joins or (is_flag and flags % 2 == 0):
            found[-1] += char
        else:
            found.append(char)
    return found


def _continues(char: str) -> bool:
    marks = unicodedata.category(char) in ("Mn", "Me", "Mc")
    return marks or char == "\u200d" or "\ufe00" <= char <= "\ufe0f" or "\U0001f3fb" <= char <= "\U0001f3ff"


def _each(value: str, *, upper: bool) -> str:
    """Go maps each character to one, so that ß stays."""
    if value.isascii():
        return value.upper() if upper else value.lower()
    mapped = (char.upper() if upper else char.lower() for char in value)
    return "".join(one if len(one) == 1 else char for one, char in zip(mapped, value, strict=True))


def _title(value: str) -> str:
    previous = " "
    titled = []
    for char in value:
        begins = not (previous.isalnum() or previous == "_") if previous.isascii() else previous.isspace()
        titled.append(_each(char, upper=True) if begins else char)
        previous = char
    return "".join(titled)


def _substr(value: str, offset: Fraction, length: Fraction) -> str:
    characters = clusters(value)
    start, count = whole(offset), whole(length)
    if start >= 0 and not count:
        return ""
    if start < 0:
        start = max(start + len(characters), 0)
    elif start > len(characters) or (start and start == len(characters)):
        return ""
    # From the end, a length of zero is no limit.
    return "".join(characters[start:] if count <= 0 else characters[start : start + count])


def _join(separator: str, *lists: Seq) -> str:
    if not lists:
        raise EvaluationError("at least one list is required")
    parts = []
    for items in lists:
        for item in items.items:
            if item is None:
                raise EvaluationError("an element is null")
            parts.append(text(item))
    if sum(map(len, parts)) + len(separator) * len(parts) > LONGEST:
        raise TooLargeError
    return separator.join(parts)


def _split(separator: str, value: str) -> Value:
    count = value.count(separator) if separator else len(value)
    if count > LONGEST // 16:
        raise TooLargeError
    return Seq("list", tuple(value.split(separator) if separator else value))


def _replace(value: str, old: str, new: str) -> str:
    if len(value) + value.count(old) * len(new) > LONGEST:
        raise TooLargeError
    return value.replace(old, new)


def _indent(spaces: Fraction, value: str) -> str:
    count = whole(spaces)
    if count < 0:
        raise EvaluationError("the number of spaces is negative")
    if value.count("\n") * count > LONGEST:
        raise TooLargeError
    return value.replace("\n", "\n" + " " * count)


def _sort(items: Seq) -> Value:
    if None in items.items:
        raise EvaluationError("an element is null")
    return Seq("list", tuple(sorted(items.items, key=lambda item: text(item).encode("utf-8", "surrogatepass"))))


def _basename(path: str) -> str:
    stripped = path.rstrip("/")
    return (stripped.rpartition("/")[2] or "/") if path else "."


def _dirname(path: str) -> str:
    return paths.clean(path[: path.rfind("/") + 1])


FUNCTIONS: Mapping[str, Builtin] = {
    "basename": on(_basename, "string"),
    "chomp": on(lambda value: _LINE_ENDS.sub("", value), "string"),
    "dirname": on(_dirname, "string"),
    "indent": on(_indent, "number", "string"),
    "join": on(_join, "string", rest=_STRINGS),
    "lower": on(lambda value: _each(value, upper=False), "string"),
    "replace": on(_replace, "string", "string", "string"),
    "reverse": on(lambda value: "".join(reversed(clusters(value))), "string"),
    "sanitize": on(lambda value: re.sub(r"[^A-Za-z0-9_-]", "_", value), "string"),
    "sort": on(_sort, _STRINGS),
    "split": on(_split, "string", "string"),
    "strlen": on(lambda value: Fraction(len(clusters(value))), "string"),
    "substr": on(_substr, "string", "number", "number"),
    "title": on(_title, "string"),
    "trim": on(lambda value, characters: value.strip(characters) if characters else value, "string", "string"),
    "trimprefix": on(lambda value, prefix: value.removeprefix(prefix), "string", "string"),
    "trimspace": on(trim_space, "string"),
    "trimsuffix": on(lambda value, suffix: value.removesuffix(suffix), "string", "string"),
    "upper": on(lambda value: _each(value, upper=True), "string"),
}
