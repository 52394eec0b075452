"""The part of Go's `regexp` that an ignore pattern can reach, in time linear in the text.

moby/patternmatcher turns a pattern into a regular expression and leaves brackets, bars, braces, carets
and most backslash escapes to Go's parser, whose quirks (`a|b*` as two alternatives that match anywhere,
`x{2}`, `[[:alpha:]]`, `\\d`, `\\pL`, `\\Q...\\E`, a caret in the middle that can never match) thereby become
part of the ignore syntax. Groups cannot occur: patternmatcher escapes parentheses.

A program is a sequence of items, each a set of characters matched once or any number of times, or an optional
"anything up to and including a slash". It is run as a bit-parallel automaton: one integer holds all live
positions, one step a character, whatever the pattern. There is no backtracking.
"""

import re
import unicodedata
from collections.abc import Callable, Iterable
from enum import Enum
from functools import lru_cache, reduce

from ctxopt.core.golang.text import replace_invalid
from ctxopt.core.lazy_dataclass import dataclass
from ctxopt.core.lazy_re import lazy_re

#: A test for one character.
CharSet = Callable[[str], bool]

#: All live positions: those before an item, and the items that are open ("inside" a slash group).
State = tuple[int, int]

DEAD: State = (0, 0)


class BadRegex(ValueError):
    """The text is not a regular expression that Go's `regexp.Compile` accepts."""


class ItemKind(Enum):
    """How an item consumes the text."""

    ONE = "one character of a set"
    STAR = "any number of characters of a set"
    SLASHED = "nothing, or any text without a newline that ends in a slash"
    ASSERT = "no character, but a condition on the position"


@dataclass(frozen=True, slots=True)
class RegexItem:
    """One item of a program.

    `literal` is the only character that a ONE item matches, if there is just one; an `optional` ONE item may be
    skipped (it comes from a counted repetition).
    """

    kind: ItemKind
    holds: CharSet
    literal: str | None = None
    optional: bool = False


def not_slash(char: str) -> bool:
    return char != "/"


def not_newline(char: str) -> bool:
    return char != "\n"


@lru_cache(maxsize=1 << 12)
def literal(char: str) -> RegexItem:
    """An item for one plain character, the same for all programs: most patterns are made of few of them."""
    return RegexItem(ItemKind.ONE, lambda other: other == char, char)


#: Up to here, one shift for each position takes less than the bytes.
_FEW = 256


def bits(positions: Iterable[int]) -> int:
    """An integer with these bits set; in time linear in the largest, unlike a sum of powers."""
    given = list(positions)
    if not given or max(given) < _FEW:
        return reduce(lambda found, position: found | 1 << position, given, 0)
    found = bytearray()
    for position in given:
        byte = position >> 3
        if byte >= len(found):
            found.extend(bytes(byte + 1 - len(found)))
        found[byte] |= 1 << (position & 7)
    return int.from_bytes(found, "little")


ANYTHING = RegexItem(ItemKind.STAR, lambda _: True)
ANY_IN_SEGMENT = RegexItem(ItemKind.STAR, not_slash)
ANY_ON_LINE = RegexItem(ItemKind.STAR, not_newline)
DIRECTORIES = RegexItem(ItemKind.SLASHED, not_newline)


#: The kinds whose positions a program keeps.
_SKIPPED = (ItemKind.STAR, ItemKind.SLASHED, ItemKind.ASSERT)


class Program:
    """A compiled expression, anchored at the start and, unless `open_end`, at the end of the text."""

    __slots__ = (
        *("_last", "_letters", "_moves", "_needs", "_sets", "_skippable", "_slashed", "_star"),
        *("accept", "asserts", "items", "open_end", "start"),
    )

    def __init__(self, items: tuple[RegexItem, ...], *, open_end: bool = False) -> None:
        self.items = items
        self.open_end = open_end
        self.accept = 1 << len(items)
        by_kind: dict[ItemKind, list[int]] = {}
        optional: list[int] = []
        for i, item in enumerate(items):
            if item.kind is not ItemKind.ONE:
                by_kind.setdefault(item.kind, []).append(i)
            if item.optional:
                optional.append(i)
        self._star, self._slashed, self.asserts = (bits(by_kind.get(kind, ())) for kind in _SKIPPED)
        self._skippable = self._star | self._slashed | bits(optional)
        self._moves: dict[str, int] = {}
        #: The single characters by their positions, a slash for whatever is no plain character, and the positions of
        #: every set.
        self._letters = "".join([item.literal if _is_plain(item) and item.literal else "/" for item in items])
        sets: dict[CharSet, list[int]] = {}
        for i, item in enumerate(items):
            if not _is_plain(item) and item.kind in (ItemKind.ONE, ItemKind.STAR):
                sets.setdefault(item.holds, []).append(i)
        self._sets = tuple((holds, tuple(positions)) for holds, positions in sets.items())
        last = items[-1] if items and not open_end else None
        #: The character that every match ends with, if it is known.
        self._last = last.literal if last is not None and _is_plain(last) and not last.optional else None
        #: A text that is in every match.
        always = "" if optional else self._letters
        self._needs = max(always.split("/"), key=len)
        self.start: State = (self._closure(1), 0)

    def matches(self, text: str) -> bool:
        """Whether the text matches; linear in its length."""
        text = replace_invalid(text)
        if self._needs not in text or (self._last is not None and not text.endswith(self._last)):
            return False
        if self.asserts:
            return self._matches_with_asserts(text)
        state = self.feed(self.start, text)
        return self.accepts(state)

    def feed(self, state: State, text: str) -> State:
        """The state after more text. Only for programs without assertions."""
        for char in text:
            if state == DEAD:
                return DEAD
            if self.open_end and state[0] & self.accept:
                return state
            state = self._step(state, char)
        return state

    def at(self, position: int) -> State:
        """The state in which all items before a position have matched, and nothing of those after it."""
        return self._closure(1 << position), 0

    def accepts(self, state: State) -> bool:
        """Whether the text may end in this state."""
        return bool(state[0] & self.accept)

    def _closure(self, live: int) -> int:
        # A live position before a run of skippable items makes all positions up to the run's end live.
        # Adding the run's bits lets a carry ripple through it; the bits that differ are the answer.
        return live | (((live & self._skippable) + self._skippable) ^ self._skippable)

    def _moving(self, char: str) -> int:
        """The positions that a character moves on from."""
        found = [match.start() for match in re.finditer(re.escape(char), self._letters)]
        if char == "/":
            found = [at for at in found if _is_plain(self.items[at])]
        for holds, positions in self._sets:
            if holds(char):
                found += positions
        return bits(found)

    def _step(self, state: State, char: str) -> State:
        live, inside = state
        moves = self._moves.get(char)
        if moves is None:
            moves = self._moves[char] = self._moving(char)
        inside |= live & self._slashed
        taken = live & moves
        live = ((taken & ~self._star) << 1) | (taken & self._star)
        if char == "/":
            live |= inside << 1
        elif char == "\n":
            inside = 0
        return self._closure(live), inside

    def _matches_with_asserts(self, text: str) -> bool:
        state = (1, 0)
        for at in range(len(text) + 1):
            state = self._settle(state, text, at)
            if self.open_end and state[0] & self.accept:
                return True
            if at < len(text):
                state = self._step(state, text[at])
        return self.accepts(state)

    def _settle(self, state: State, text: str, at: int) -> State:
        live, inside = state
        position = _surroundings(text, at)
        live = self._closure(live)
        waiting = live & self.asserts
        while waiting:
            # A condition that is met opens later positions only, so each one is checked once.
            low = waiting & -waiting
            if self.items[low.bit_length() - 1].holds(position):
                live = self._closure(live | low << 1)
            waiting = live & self.asserts & ~(low | (low - 1))
        return live, inside


def _surroundings(text: str, at: int) -> str:
    """What assertions look at, packed into a string: "^" start, "$" end, "b" word boundary."""
    before = at > 0 and _word(text[at - 1])
    after = at < len(text) and _word(text[at])
    return ("^" if at == 0 else "") + ("$" if at == len(text) else "") + ("b" if before != after else "")


def _is_plain(item: RegexItem) -> bool:
    return item.literal is not None and item.kind is ItemKind.ONE


class Regex:
    """A compiled expression: one program for each alternative."""

    __slots__ = ("_alternatives", "program")

    def __init__(self, alternatives: tuple[Program, ...]) -> None:
        self._alternatives = alternatives
        #: The program, if there is only one and it can be fed a path piece by piece.
        self.program = alternatives[0] if len(alternatives) == 1 and not alternatives[0].asserts else None

    def matches(self, text: str) -> bool:
        """Whether the expression matches somewhere in the text; linear in its length."""
        return any(program.matches(text) for program in self._alternatives)


#: Go's bounds: a count in braces, and (by memory) the size of the whole.
_MAX_REPEAT = 1000
#: Characters that stand for themselves, whatever comes before or after them.
_PLAIN = lazy_re(r"[\w/-]+")
_MAX_ITEMS = 100_000
#: A class that is not longer than those that people write, with no escape or class in it.
_CLASS = lazy_re(r"\[\^?[\w.-]{1,40}\]", re.ASCII)


def parse(regex: str) -> Regex:
    """Compile an expression that patternmatcher built. Raises BadRegex.

    The generated forms `[^/]*`, `[^/]`, `(.*/)?` and `.*` are recognised. An expression with
    more than 100,000 items, far more than any sensible pattern, is refused as too large.
    """
    return _Parser(regex).parse()


def read_set(regex: str, at: int) -> tuple[CharSet, int] | None:
    """The set of characters that is named at a place of an expression, such as `[a-z]` or `\\d`, and where it ends.

    None if something else stands there. Raises BadRegex.
    """
    parser = _Parser(regex, at)
    holds = parser.character_class() if regex.startswith("[", at) else parser.named_set()
    return None if holds is None else (holds, parser.at)


def read_escape(regex: str, at: int) -> tuple[str, int]:
    """The character that an escape at a place of an expression is, and where it ends. Raises BadRegex."""
    parser = _Parser(regex, at)
    return parser.escaped_char(), parser.at


@lru_cache(maxsize=1 << 12)
def _item(kind: ItemKind, holds: CharSet) -> RegexItem:
    """An item for a set of characters, the same for the same set."""
    return RegexItem(kind, holds)


@lru_cache(maxsize=1 << 12)
def _class(text: str) -> CharSet:
    """The set of characters that a class in brackets is. Raises BadRegex."""
    return _Parser(text).character_class()


class _Parser:
    def __init__(self, regex: str, at: int = 0) -> None:
        self.text = regex
        self.at = at
        self.items: list[RegexItem] = []
        self.repeated = False

    def parse(self) -> Regex:
        alternatives = []
        while self.at < len(self.text):
            if self.text[self.at] == "|":
                self.at += 1
                alternatives.append(self._finish())
            else:
                self._next()
        alternatives.append(self._finish())
        return Regex(tuple(alternatives))

    def _finish(self) -> Program:
        items, self.items = self.items, []
        self.repeated = False
        if items and items[0] is _BEGIN:
            del items[0]
        else:
            items.insert(0, ANYTHING)
        closed = bool(items) and items[-1] is _END
        if closed:
            del items[-1]
        return Program(tuple(items), open_end=not closed)

    def _repeat(self) -> bool:
        """Parse a count in braces, if there is one here, and apply it to the last item."""
        found = re.match(r"\{(0|[1-9][0-9]*)(,(0|[1-9][0-9]*)?)?\}", self.text[self.at : self.at + 64], re.ASCII)
        if found is None:
            return False
        least = int(found[1])
        most = least if found[2] is None else None if found[3] is None else int(found[3])
        if self.repeated or not self.items:
            raise BadRegex("nothing to repeat")
        if least > _MAX_REPEAT or (most is not None and (most > _MAX_REPEAT or most < least)):
            raise BadRegex("invalid repeat count")
        self.at += found.end()
        self.repeated = True
        item = self.items.pop()
        if item.kind is ItemKind.ASSERT:
            self.items.extend([item] if least else [])
            return True
        self.items.extend([item] * least)
        if most is None:
            self.items.append(RegexItem(ItemKind.STAR, item.holds))
        else:
            self.items.extend([RegexItem(item.kind, item.holds, item.literal, optional=True)] * (most - least))
        if len(self.items) > _MAX_ITEMS:
            raise BadRegex("expression too large")
        return True

    def _next(self) -> None:
        text, at = self.text, self.at
        char = text[at]
        if char == "{" and self._repeat():
            return
        self.repeated = False
        if text.startswith("(.*/)?", at):
            self.at += 6
            self.repeated = True
            self.items.append(DIRECTORIES)
        elif text.startswith(".*", at):
            self.at += 2
            self.repeated = True
            self.items.append(ANY_ON_LINE)
        elif char == "[":
            self._class_item()
        elif char == "^":
            self.at += 1
            self.items.append(_BEGIN)
        elif char == "$":
            self.at += 1
            self.items.append(_END)
        elif char == "\\":
            self._escape_item()
        else:
            run = _PLAIN.match(text, at)
            end = at + 1 if run is None else run.end()
            self.at = end
            self.items.extend(map(literal, text[at:end]))

    def _class_item(self) -> None:
        holds: CharSet
        if self.text.startswith("[^/]", self.at):
            self.at += 4
            holds = not_slash
        else:
            # Patterns that begin alike then have items that are the same.
            simple = _CLASS.match(self.text, self.at)
            holds = self.character_class() if simple is None else _class(simple[0])
            self.at = self.at if simple is None else simple.end()
        starred = self.text[self.at : self.at + 1] == "*"
        self.at += starred
        self.repeated = starred
        if starred and holds is not_slash:
            self.items.append(ANY_IN_SEGMENT)
        else:
            self.items.append(_item(ItemKind.STAR if starred else ItemKind.ONE, holds))

    def _escape_item(self) -> None:
        second = self.text[self.at + 1 : self.at + 2]
        if second in ("A", "z", "b", "B"):
            self.at += 2
            condition = {"A": "^", "z": "$", "b": "b", "B": "b"}[second]
            wanted = second != "B"
            self.items.append(RegexItem(ItemKind.ASSERT, lambda position: (condition in position) == wanted))
        elif second == "Q":
            quoted, _, rest = self.text[self.at + 2 :].partition("\\E")
            self.at = len(self.text) - len(rest)
            self.items.extend(literal(char) for char in quoted)
        else:
            named = self.named_set()
            self.items.append(RegexItem(ItemKind.ONE, named) if named else literal(self.escaped_char()))

    def character_class(self) -> CharSet:
        self.at += 1
        negated = self.text[self.at : self.at + 1] == "^"
        self.at += negated
        sets: list[CharSet] = []
        first = True
        while first or self.text[self.at : self.at + 1] != "]":
            first = False
            sets.append(self._posix_set() or self.named_set() or self._range())
        self.at += 1
        return lambda char: any(one(char) for one in sets) != negated

    def _range(self) -> CharSet:
        low = self._class_char()
        high = low
        if self.text[self.at : self.at + 1] == "-" and self.text[self.at + 1 : self.at + 2] not in ("", "]"):
            self.at += 1
            high = self._class_char()
            if high < low:
                raise BadRegex("invalid character class range")
        return lambda char: low <= char <= high

    def _class_char(self) -> str:
        if self.at >= len(self.text):
            raise BadRegex("missing closing ]")
        if self.text[self.at] == "\\":
            return self.escaped_char()
        self.at += 1
        return self.text[self.at - 1]

    def _posix_set(self) -> CharSet | None:
        if not self.text.startswith("[:", self.at):
            return None
        end = self.text.find(":]", self.at + 2)
        if end < 0:
            return None
        name = self.text[self.at + 2 : end]
        negated = name.startswith("^")
        members = _POSIX.get(name.removeprefix("^"))
        if members is None:
            raise BadRegex("invalid character class range")
        self.at = end + 2
        return lambda char: (char in members) != negated

    def named_set(self) -> CharSet | None:
        """`\\d`, `\\W`, `\\pL` and their like; None if something else stands here."""
        if self.text[self.at : self.at + 1] != "\\":
            return None
        second = self.text[self.at + 1 : self.at + 2]
        if second in ("p", "P"):
            return self._unicode_set(negated=second == "P")
        members = _PERL.get(second.lower()) if second else None
        if members is None:
            return None
        self.at += 2
        negated = second.isupper()
        return lambda char: (char in members) != negated

    def _unicode_set(self, *, negated: bool) -> CharSet:
        name = self.text[self.at + 2 : self.at + 3]
        self.at += 3
        if name == "{":
            end = self.text.find("}", self.at)
            if end < 0:
                raise BadRegex("invalid character class range")
            name = self.text[self.at : end]
            self.at = end + 1
            negated ^= name.startswith("^")
            name = name.removeprefix("^")
        if name not in _CATEGORIES:
            # Go also knows the names of scripts, for which Python has no tables.
            raise BadRegex(f"character class \\p{{{name}}} is not supported")

        def holds(char: str) -> bool:
            found = unicodedata.category(char)
            return (found.startswith(name) and found != "Cn") != negated

        return holds

    def escaped_char(self) -> str:
        code = self.text[self.at + 1 : self.at + 2]
        if not code:
            raise BadRegex("trailing backslash at end of expression")
        self.at += 2
        if code.isascii() and not code.isalnum():
            return code
        following = self.text[self.at : self.at + 1]
        if code == "0" or (code in "1234567" and following and following in "01234567"):
            return self._octal(code)
        if code == "x":
            braced = re.match(r"\{([0-9A-Fa-f]+)\}", self.text[self.at :])
            if braced is not None and int(braced[1], 16) <= 0x10FFFF:
                self.at += braced.end()
                return chr(int(braced[1], 16))
            digits = self.text[self.at : self.at + 2]
            if len(digits) == 2 and all(digit in _POSIX["xdigit"] for digit in digits):
                self.at += 2
                return chr(int(digits, 16))
        elif code in _C_ESCAPES:
            return _C_ESCAPES[code]
        raise BadRegex("invalid escape sequence")

    def _octal(self, first: str) -> str:
        digits = first
        while len(digits) < 3 and self.text[self.at : self.at + 1] in tuple("01234567"):
            digits += self.text[self.at]
            self.at += 1
        return chr(int(digits, 8))


_BEGIN = RegexItem(ItemKind.ASSERT, lambda position: "^" in position)
_END = RegexItem(ItemKind.ASSERT, lambda position: "$" in position)


def _span(first: str, last: str) -> frozenset[str]:
    return frozenset(map(chr, range(ord(first), ord(last) + 1)))


_C_ESCAPES = {"a": "\a", "f": "\f", "n": "\n", "r": "\r", "t": "\t", "v": "\v"}
_CATEGORIES = frozenset(
    letter + other
    for letter, others in {
        "C": "cfos",
        "L": "lmotu",
        "M": "cen",
        "N": "dlo",
        "P": "cdefios",
        "S": "ckmo",
        "Z": "lps",
    }.items()
    for other in ("", *others)
)
_DIGIT = _span("0", "9")
_LOWER = _span("a", "z")
_UPPER = _span("A", "Z")
_ALNUM = _DIGIT | _LOWER | _UPPER
_PERL = {"d": _DIGIT, "s": frozenset("\t\n\f\r "), "w": _ALNUM | {"_"}}
_POSIX = {
    "alnum": _ALNUM,
    "alpha": _LOWER | _UPPER,
    "ascii": _span("\0", "\x7f"),
    "blank": frozenset("\t "),
    "cntrl": _span("\0", "\x1f") | {"\x7f"},
    "digit": _DIGIT,
    "graph": _span("!", "~"),
    "lower": _LOWER,
    "print": _span(" ", "~"),
    "punct": _span("!", "/") | _span(":", "@") | _span("[", "`") | _span("{", "~"),
    "space": frozenset("\t\n\v\f\r "),
    "upper": _UPPER,
    "word": _PERL["w"],
    "xdigit": _DIGIT | _span("A", "F") | _span("a", "f"),
}


def _word(char: str) -> bool:
    return char in _PERL["w"]
