"""The text of a Makefile with the values of variables and functions in it, as far as they are known without make."""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Final

from ctxopt.core.lazy_re import lazy_re

#: The paths that a pattern with wildcards matches, relative to the directory of the Makefile.
Listed = Callable[[str], Sequence[str]]

#: Maximum length of a value, and of all texts together that one Makefile is expanded to.
LONGEST: Final = 16_000
_TOTAL: Final = 2 << 20
#: What a reference costs even if its value is empty.
_COST: Final = 32
#: Maximum depth of references in the values of others.
_DEEPEST: Final = 30
#: Maximum number of patterns that words are filtered by; with more of them all words count.
_MOST_PATTERNS: Final = 30
_OPEN: Final = "({"
_CLOSED: Final = ")}"
_BRACKET: Final = lazy_re(r"[(){}]")
_MARK: Final = lazy_re(r"[(){},]")
#: A variable that is known, or a function whose arguments are: two dollars are one for the shell.
_UNKNOWN: Final = lazy_re(r"\$(?!\$)")
_PAIRS: Final = "$$"
_NAME: Final = lazy_re(r"[\w.-]+")
_LETTER: Final = lazy_re(r"[A-Za-z]")
#: `VAR:suffix=suffix` and `VAR:pattern=pattern`.
_SUBSTITUTED: Final = lazy_re(r"([\w.-]+):([^=]*)=(.*)", re.DOTALL)
#: A variable that make sets for each target, also its directory or its name alone.
_AUTOMATIC: Final = lazy_re(r"\$\$|\$([@<^+?*|])|\$[({]([@<^+?*|])([DF]?)[)}]")


class Expansion:
    """Expands the texts of one Makefile, and of those that it includes; `known` are the values of variables.

    What is not known stays as it is written. `spent` says that there was too much to expand.
    """

    def __init__(self, known: dict[str, str], listed: Listed = lambda _: ()) -> None:
        self.known = known
        self.spent = False
        self._listed = listed
        self._left = _TOTAL
        #: The variables of which the values are being expanded.
        self._within: set[str] = set()

    def expanded(self, text: str) -> str:
        """A text with all values in it that are known."""
        return self._text(text, 0) if "$" in text else text

    def assign(self, name: str, value: str) -> None:
        """Note the value of a variable."""
        self.spent |= len(value) > LONGEST
        self.known[name] = value[:LONGEST]

    def spend(self, count: int) -> None:
        """Count what is kept of the texts besides."""
        self._left -= count
        self.spent |= self._left < 0

    def _text(self, text: str, depth: int) -> str:
        self.spend(len(text) + _COST)
        if self._left < 0 or depth > _DEEPEST:
            return text
        found: list[str] = []
        at = 0
        while (dollar := text.find("$", at)) >= 0:
            found.append(text[at:dollar])
            following = text[dollar + 1 : dollar + 2]
            if following and following in _OPEN:
                inside = inner(text, dollar + 2)
                at = dollar + 3 + len(inside)
                found.append(self._reference(inside, text[dollar:at], depth + 1))
            else:
                at = dollar + 2
                letter = following if _LETTER.fullmatch(following) else ""
                found.append(self._value(letter, text[dollar:at], depth + 1))
        found.append(text[at:])
        result = "".join(found)
        self.spent |= len(result) > LONGEST
        return result[:LONGEST]

    def _reference(self, inside: str, written: str, depth: int) -> str:
        """The value of what stands between the brackets behind a dollar; `written` where it is not known."""
        name, blank, rest = inside.lstrip().partition(" ")
        if blank and name == "foreach":
            return self._each(rest, written, depth)
        if blank and name in _FUNCTIONS:
            arguments = [self._text(part, depth) for part in _split(rest, _FUNCTIONS[name])]
            if any(map(_UNKNOWN.search, (part.replace(_PAIRS, "") for part in arguments))):
                return f"$({name} {','.join(arguments)})"
            return self._called(name, arguments)
        if blank and _NAME.fullmatch(name):
            # A function that only make knows, such as `shell` and `call`.
            return f"{written[:2]}{name} {self._text(rest, depth)}{_CLOSED[_OPEN.index(written[1])]}"
        inside = self._text(inside, depth) if "$" in inside else inside
        substituted = _SUBSTITUTED.fullmatch(inside)
        if substituted is not None and substituted[1] in self.known:
            value = self._value(substituted[1], written, depth)
            before, after = substituted[2], substituted[3]
            if _UNKNOWN.search(value.replace(_PAIRS, "")):
                return value
            whole = "%" in before
            return _patsubst([before if whole else f"%{before}", after if whole else f"%{after}", value])
        return self._value(inside, written, depth)

    def _value(self, name: str, written: str, depth: int) -> str:
        """The value of a variable; `written` where it is not known, or is the one of which this is the value."""
        if name not in self.known or name in self._within:
            return written
        self._within.add(name)
        value = self._text(self.known[name], depth)
        self._within.discard(name)
        return value

    def _each(self, rest: str, written: str, depth: int) -> str:
        parts = list(_split(rest, 3))
        if len(parts) < 3:
            return written
        name, items = parts[0].strip(), self._text(parts[1], depth)
        if _UNKNOWN.search(items.replace(_PAIRS, "")):
            return f"$(foreach {name},{items},{self._text(parts[2], depth)})"
        before = self.known.get(name)
        found = []
        for item in items.split():
            self.known[name] = item
            found.append(self._text(parts[2], depth))
            if self.spent:
                break
        if before is None:
            self.known.pop(name, None)
        else:
            self.known[name] = before
        return " ".join(found)

    def _called(self, name: str, arguments: Sequence[str]) -> str:
        if name == "wildcard":
            return " ".join(path for word in arguments[0].split() for path in self._listed(word) or (word,))
        return _CALLED[name](arguments)


def automatic(line: str, name: str, stem: str, needs: Sequence[str]) -> str:
    """A line of a recipe with what make sets for one target; the shell sees one dollar of two."""
    if "$" not in line:
        return line
    values = {"@": [name], "*": [stem], "<": needs[:1], "^": needs, "+": needs, "?": needs, "|": []}

    def value(found: re.Match[str]) -> str:
        words = values.get(found[1] or found[2] or "")
        if words is None:
            return found[0]
        parts = {"D": _dir, "F": _notdir}.get(found[3] or "", _same)
        return " ".join(map(parts, words))

    return _AUTOMATIC.sub(value, line)[:LONGEST]


def inner(text: str, start: int) -> str:
    """What stands before the bracket that closes the one around a place."""
    depth = 1
    for bracket in _BRACKET.finditer(text, start):
        depth += 1 if bracket[0] in _OPEN else -1
        if not depth:
            return text[start : bracket.start()]
    return text[start:]


def _split(text: str, count: int) -> Iterator[str]:
    """The arguments of a function, at most so many: the last one has the other commas in it."""
    depth, start = 0, 0
    for mark in _MARK.finditer(text) if count > 1 else ():
        depth += (mark[0] in _OPEN) - (mark[0] in _CLOSED)
        if mark[0] == "," and not depth and count > 1:
            yield text[start : mark.start()]
            start, count = mark.end(), count - 1
    yield text[start:]


def _patsubst(arguments: Sequence[str]) -> str:
    pattern, replacement, words = (*arguments, "", "")[:3]
    return " ".join(
        word if (stem := stem_of(pattern.strip(), word)) is None else replacement.strip().replace("%", stem, 1)
        for word in words.split()
    )


def stem_of(pattern: str, word: str) -> str | None:
    """What the `%` of a pattern stands for in a word; None if that does not match."""
    before, percent, after = pattern.partition("%")
    if not percent:
        return word if word == pattern else None
    fits = len(word) >= len(before) + len(after) and word.startswith(before) and word.endswith(after)
    return word[len(before) : len(word) - len(after)] if fits else None


def _subst(arguments: Sequence[str]) -> str:
    before, after, text = (*arguments, "", "")[:3]
    return text.replace(before, after) if before else text


def _filtered(arguments: Sequence[str], wanted: bool) -> str:
    patterns = arguments[0].split()
    words = arguments[-1].split() if len(arguments) > 1 else []
    exact = {pattern for pattern in patterns if "%" not in pattern}
    open_ones = [pattern for pattern in patterns if "%" in pattern]
    if len(open_ones) > _MOST_PATTERNS:
        return " ".join(words)
    return " ".join(
        word
        for word in words
        if (word in exact or any(stem_of(pattern, word) is not None for pattern in open_ones)) == wanted
    )


def _same(word: str) -> str:
    return word


def _dir(word: str) -> str:
    return word[: word.rfind("/") + 1].rstrip("/") or ("/" if word.startswith("/") else ".")


def _notdir(word: str) -> str:
    return word.rpartition("/")[2]


def _basename(word: str) -> str:
    head, dot, _ = word.rpartition(".")
    return head if dot and "/" not in word[len(head) :] else word


def _suffix(word: str) -> str:
    return word[len(_basename(word)) :]


def _each_word(change: Callable[[str], str]) -> Callable[[Sequence[str]], str]:
    return lambda arguments: " ".join(filter(None, (change(word) for word in arguments[0].split())))


def _joined(arguments: Sequence[str]) -> str:
    first, second = arguments[0].split(), arguments[-1].split()
    longest = max(len(first), len(second))
    padded = ([*words, *[""] * (longest - len(words))] for words in (first, second))
    return " ".join(map("".join, zip(*padded, strict=True)))


#: Functions, and the number of their arguments.
_FUNCTIONS: Final[Mapping[str, int]] = {
    "wildcard": 1,
    "patsubst": 3,
    "subst": 3,
    "strip": 1,
    "sort": 1,
    "filter": 2,
    "filter-out": 2,
    "addprefix": 2,
    "addsuffix": 2,
    "basename": 1,
    "suffix": 1,
    "dir": 1,
    "notdir": 1,
    "join": 2,
    "firstword": 1,
    "lastword": 1,
    "abspath": 1,
    "realpath": 1,
}
_CALLED: Final[Mapping[str, Callable[[Sequence[str]], str]]] = {
    "patsubst": _patsubst,
    "subst": _subst,
    "strip": lambda arguments: " ".join(arguments[0].split()),
    "sort": lambda arguments: " ".join(sorted(set(arguments[0].split()))),
    "filter": lambda arguments: _filtered(arguments, wanted=True),
    "filter-out": lambda arguments: _filtered(arguments, wanted=False),
    "addprefix": lambda arguments: " ".join(arguments[0].strip() + word for word in arguments[-1].split()),
    "addsuffix": lambda arguments: " ".join(word + arguments[0].strip() for word in arguments[-1].split()),
    "basename": _each_word(_basename),
    "suffix": _each_word(_suffix),
    "dir": _each_word(lambda word: word[: word.rfind("/") + 1] or "./"),
    "notdir": _each_word(_notdir),
    "join": _joined,
    "firstword": lambda arguments: "".join(arguments[0].split()[:1]),
    "lastword": lambda arguments: "".join(arguments[0].split()[-1:]),
    "abspath": _each_word(_same),
    "realpath": _each_word(_same),
}
