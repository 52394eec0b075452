"""Words with quotes, escapes and variables, as BuildKit's shell lexer expands them (`shell.Lex`)."""

import re
from collections.abc import Mapping
from dataclasses import field

from ctxopt.core.dockerfile import globs
from ctxopt.core.golang.text import BOM, SPACE, replace_invalid
from ctxopt.core.lazy_dataclass import dataclass
from ctxopt.core.lazy_re import lazy_re

_SPACE = lazy_re(f"[{SPACE}]+")
#: A word in which nothing is to be expanded, whatever the escape character is.
_PLAIN = lazy_re(r"[\w./:@=+*?,~%-]+", re.ASCII)
_NONE: frozenset[str] = frozenset()
#: Maximum number of characters that variables may add to one word. No process accepts an environment of this
#: size, and variables built from variables double in length with every line.
_MOST = 1 << 16
#: Maximum depth of variables in the defaults of other variables.
_DEEPEST = 100


class LexError(ValueError):
    """The word cannot be expanded; `str()` is the reason."""


@dataclass(frozen=True, slots=True)
class Expansion:
    """An expanded word: the text, the words it splits into, and the variables with and without a value.

    `added` is the number of characters that variables have added.
    """

    text: str
    words: tuple[str, ...]
    used: frozenset[str]
    unset: frozenset[str]
    added: int = 0


@dataclass(frozen=True, slots=True)
class Lex:
    """How to read a word: the escape character, and what is kept unchanged."""

    escape: str = "\\"
    raw_quotes: bool = False
    raw_escapes: bool = False
    keep_quotes: bool = False
    keep_unset: bool = False

    def expand(self, word: str, env: Mapping[str, str], *, may_be_set: bool = False) -> Expansion:
        """Expand one word. Raises LexError.

        With `may_be_set`, a variable without a value may have one in the real build: `${x?}` then does not fail.
        """
        if _PLAIN.fullmatch(word):
            return Expansion(word, (word,), _NONE, _NONE)
        run = _Run(self, replace_invalid(word.removeprefix(BOM)), env, may_be_set)
        text, words = run.until("", self.raw_escapes)
        return Expansion(text, tuple(words), frozenset(run.used), frozenset(run.unset), run.added)


@dataclass(slots=True)
class _Words:
    done: list[str] = field(default_factory=list)
    parts: list[str] = field(default_factory=list)
    inside: bool = False

    def add(self, text: str) -> None:
        for index, piece in enumerate(_SPACE.split(text)):
            if index and self.inside:
                self.finish()
            if piece:
                self.add_raw(piece)

    def add_raw(self, text: str) -> None:
        self.parts.append(text)
        self.inside = True

    def finish(self) -> list[str]:
        word = "".join(self.parts)
        if word:
            self.done.append(word)
            self.parts.clear()
            self.inside = False
        return self.done


class _Run:
    def __init__(self, lex: Lex, text: str, env: Mapping[str, str], may_be_set: bool) -> None:
        self.lex = lex
        self.text = text
        self.env = env
        self.may_be_set = may_be_set
        self.at = 0
        self.raw = lex.raw_escapes
        self.added = 0
        self.depth = 0
        self.used: set[str] = set()
        self.unset: set[str] = set()

    def peek(self) -> str:
        return self.text[self.at : self.at + 1]

    def next(self) -> str:
        char = self.text[self.at : self.at + 1]
        self.at += len(char)
        return char

    def until(self, stop: str, raw: bool) -> tuple[str, list[str]]:
        """Expand up to and including the stop character; up to the end if it is ""."""
        before, self.raw = self.raw, raw
        self.depth += 1
        if self.depth > _DEEPEST:
            raise LexError("its variables are nested too deeply")
        try:
            return self._until(stop)
        finally:
            self.raw = before
            self.depth -= 1

    def _until(self, stop: str) -> tuple[str, list[str]]:
        out: list[str] = []
        words = _Words()
        while char := self.peek():
            if char == stop:
                self.at += 1
                return "".join(out), words.finish()
            if char == "$":
                value = self._variable()
                out.append(value)
                words.add(value)
            elif char in "'\"" and not self.lex.keep_quotes:
                value = self._single_quoted() if char == "'" else self._double_quoted()
                out.append(value)
                words.add_raw(value)
            else:
                self.at += 1
                if char != self.lex.escape:
                    out.append(char)
                    words.add(char)
                    continue
                if self.raw:
                    out.append(char)
                    words.add_raw(char)
                escaped = self.next()
                if not escaped:
                    break
                out.append(escaped)
                words.add_raw(escaped)
        if stop:
            raise LexError(f"unexpected end of statement while looking for matching {stop}")
        return "".join(out), words.finish()

    def _single_quoted(self) -> str:
        end = self.text.find("'", self.at + 1)
        if end < 0:
            raise LexError("unexpected end of statement while looking for matching single-quote")
        start, self.at = self.at, end + 1
        return self.text[start : end + 1] if self.lex.raw_quotes else self.text[start + 1 : end]

    def _double_quoted(self) -> str:
        quote = self.next()
        out = [quote] if self.lex.raw_quotes else []
        while char := self.peek():
            if char == '"':
                self.at += 1
                if self.lex.raw_quotes:
                    out.append(char)
                return "".join(out)
            if char == "$":
                out.append(self._variable())
                continue
            self.at += 1
            if char == self.lex.escape:
                if self.raw:
                    out.append(char)
                following = self.peek()
                if not following:
                    continue
                if following in ('"', "$", self.lex.escape):
                    char = self.next()
            out.append(char)
        raise LexError("unexpected end of statement while looking for matching double-quote")

    def _variable(self) -> str:
        self.at += 1
        if self.peek() != "{":
            name = self._name()
            if not name:
                return "$"
            value = self._value(name)
            if value is None:
                return "$" + name if self.lex.keep_unset else ""
            return value
        self.at += 1
        following = self.peek()
        if not following:
            raise LexError("syntax error: missing '}'")
        if following in "{}:":
            raise LexError("syntax error: bad substitution")
        return self._braced(self._name())

    def _braced(self, name: str) -> str:
        operator = self.next()
        if operator == "}":
            value = self._value(name)
            if value is None:
                return f"${{{name}}}" if self.lex.keep_unset else ""
            return value
        if operator == "/":
            return self._replaced(name)
        written = operator
        empty_is_unset = operator == ":"
        if empty_is_unset:
            operator = self.next()
            written += operator
            if operator in ("#", "%"):
                raise LexError(f"unsupported modifier ({written}) in substitution")
        elif operator not in ("+", "-", "?", "#", "%"):
            raise LexError(f"unsupported modifier ({operator}) in substitution")
        word = self._operand("}", raw=operator in ("#", "%"))
        value = self._value(name)
        if value is None and self.lex.keep_unset:
            return f"${{{name}{written}{word}}}"
        if value is None and operator == "?" and self.may_be_set:
            return ""
        return _apply(operator, name, value, word, empty_is_unset=empty_is_unset, written=written)

    def _replaced(self, name: str) -> str:
        every = self.peek() == "/"
        self.at += every
        pattern = self._operand("/", raw=True)
        replacement = self._operand("}", raw=True)
        value = self._value(name)
        if value is None and self.lex.keep_unset:
            return f"${{{name}/{pattern}/{replacement}}}"
        if every:
            self._account(len(value or "") * len(replacement))
        try:
            return globs.replace(pattern, replacement, value or "", every=every)
        except globs.BadGlob as error:
            raise LexError(f"invalid pattern ({pattern}) in substitution: {error}") from None

    def _operand(self, stop: str, *, raw: bool) -> str:
        try:
            return self.until(stop, raw)[0]
        except LexError:
            if not self.peek():
                raise LexError(f"syntax error: missing '{stop}'") from None
            raise

    def _name(self) -> str:
        start = self.at
        first = self.peek()
        if first.isdecimal():
            while self.peek().isdecimal():
                self.at += 1
        elif first and first in "@*#?-$!":
            self.at += 1
        else:
            while (char := self.peek()) and (char == "_" or char.isalpha() or char.isdecimal()):
                self.at += 1
        return self.text[start : self.at]

    def _value(self, name: str) -> str | None:
        value = self.env.get(name)
        (self.unset if value is None else self.used).add(name)
        self._account(len(value or ""))
        return value

    def _account(self, length: int) -> None:
        self.added += length
        if self.added > _MOST:
            raise LexError(f"its variables fill in more than {_MOST:,} characters")


def _apply(operator: str, name: str, value: str | None, word: str, *, empty_is_unset: bool, written: str) -> str:
    missing = value is None or (empty_is_unset and value == "")
    if operator == "-":
        return word if missing else value or ""
    if operator == "+":
        return "" if missing else word
    if operator == "?":
        if missing:
            reason = "unset" if value is None else "empty"
            raise LexError(f"{name}: {word or f'is not allowed to be {reason}'}")
        return value or ""
    if operator not in ("#", "%"):
        raise LexError(f"unsupported modifier ({written}) in substitution")
    longest = word.startswith(operator)
    pattern = word[1:] if longest else word
    trim = globs.trim_prefix if operator == "#" else globs.trim_suffix
    try:
        return trim(pattern, value or "", longest=longest)
    except globs.BadGlob as error:
        raise LexError(f"invalid pattern ({pattern}) in substitution: {error}") from None
