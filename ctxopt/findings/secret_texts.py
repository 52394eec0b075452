"""Passwords and keys in texts, found by the plugins of detect-secrets. No service is asked.

The plugins' regular expressions only see short pieces around a word that must be there: most files have
none of these words, and no piece is long enough for an expression to take much time.
"""

import re
from bisect import bisect_left
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from functools import cache
from importlib import import_module
from typing import Final

from ctxopt.catalogue.secret_texts import SecretKind, secret_kinds
from ctxopt.core.lazy_dataclass import dataclass
from ctxopt.core.lazy_re import lazy_re
from ctxopt.errors import CtxoptError

#: Gives the secrets in a piece of text.
_Find = Callable[[str], Iterable[str]]

#: Length of a piece before and after the word, in characters; it ends with the line.
_BEFORE: Final = 100
_AFTER: Final = 400
#: Length of what is read after the header of a key, in characters.
_KEY_AFTER: Final = 8_000
_PLACEHOLDER: Final = lazy_re(r"example|x{4}|0{8}|dummy|placeholder|changeme|password|your|[<>{}$*]", re.IGNORECASE)
#: Programs that read keys often contain the header alone, so some of the key must follow.
_KEY_BODY: Final = lazy_re(r"[^-]{0,300}?[A-Za-z0-9+/=]{40}")
_KEY_WORD: Final = lazy_re(r"[^\s\"',;]+")
_KEY_LINE: Final = lazy_re(r"[A-Za-z0-9+/=]{4,39}")
#: Each of the pieces of a key in a program, whatever is between them, and the length of those of one length in all.
_KEY_PIECE: Final = lazy_re(r"(?=[^a-z]*[a-z])(?=[^A-Z]*[A-Z])(?=[^0-9]*[0-9])[A-Za-z0-9+/=]{16,}")
_KEY_LENGTH: Final = 160
#: A line of a key in PEM before its body, such as "Comment: my-key".
_KEY_HEADER: Final = lazy_re(r"^[ \t]{0,20}[A-Z][\w-]{0,40}:[ \t][^\n]{0,500}$", re.MULTILINE)
_MIXED: Final = (lazy_re("[a-z]"), lazy_re("[A-Z]"), lazy_re("[0-9]"))
_KEYS: Final = "private_key"
#: The host of a URL with a password, if it is not local.
_HOST: Final = lazy_re(r"@(?!localhost|127\.|0\.0|example\.|host)[\w-]{1,63}\.[\w.-]")
#: The comment by which detect-secrets ignores a line.
ALLOWED: Final = "pragma: allowlist secret"


@dataclass(frozen=True, slots=True)
class SecretText:
    """A secret in a text: its kind in words, its line, and whether hardly anything else looks like it.

    `allowed`: a comment beside it says that it is none, which is for whoever judges the text to believe.
    """

    what: str
    line: int
    sure: bool
    allowed: bool = False


@dataclass(slots=True)
class Places:
    """How many more places of words may be looked at, of all texts together; below 0 where some were not."""

    left: int


def secrets_in(parts: Iterable[str], places: Places) -> Iterator[SecretText]:
    """The first secret of each kind in each line of a text that comes in parts.

    Raises CtxoptError if detect-secrets is not installed.
    """
    text, done, line = "", 0, 1
    told: set[tuple[str, int]] = set()
    for part in _with_last(parts):
        last = part is None
        text += part or ""
        # What follows a word must be here, too.
        end = len(text) if last else len(text) - _KEY_AFTER
        lines = _Lines(text, line)
        for kind, at in _secrets_between(text, done, end, places):
            secret = SecretText(kind.what, lines.of(at), kind.sure, ALLOWED in _piece(text, at))
            if (secret.what, secret.line) not in told:
                told.add((secret.what, secret.line))
                yield secret
        kept = max(0, end - _BEFORE)
        line += text.count("\n", 0, kept)
        text, done = text[kept:], max(0, end - kept)


def require_plugins() -> None:
    """Raise CtxoptError if detect-secrets is not installed."""
    _plugin(secret_kinds()[0])


@cache
def _plugin(kind: SecretKind) -> _Find:
    try:
        module = import_module(f"detect_secrets.plugins.{kind.module}")
    except ImportError:
        raise CtxoptError(
            "detect-secrets, which finds secrets in files, is not installed",
            hint="pip install 'docker-ctxopt[secrets] @ git+https://github.com/ctxopt/ctxopt'",
        ) from None
    find: _Find = getattr(module, kind.plugin)().analyze_string
    return find


def _with_last(parts: Iterable[str]) -> Iterator[str | None]:
    """The parts, and None after the last one."""
    yield from parts
    yield None


class _Lines:
    """The numbers of the lines of a text that begins in line `first`."""

    def __init__(self, text: str, first: int) -> None:
        self._text = text
        self._first = first
        self._breaks: list[int] | None = None

    def of(self, at: int) -> int:
        """The number of the line of an offset."""
        if self._breaks is None:
            self._breaks = [found.start() for found in re.finditer("\n", self._text)]
        return self._first + bisect_left(self._breaks, at)


def _secrets_between(text: str, start: int, end: int, places: Places) -> Iterator[tuple[SecretKind, int]]:
    """The kinds of the secrets whose words begin between two offsets, with the offsets of the words."""
    for kind in secret_kinds():
        for word in kind.words:
            at = text.find(word, start)
            while 0 <= at < end:
                piece = _piece(text, at)
                if kind.beside in piece and not _ends_key(text, at):
                    places.left -= 1
                    if places.left < 0:
                        return
                    following = text[at : at + (_KEY_AFTER if kind.module == _KEYS else _AFTER)]
                    if any(_is_real(kind, piece, following, one) for one in _found_by(kind, piece)):
                        yield kind, at
                at = text.find(word, at + len(word))


def _ends_key(text: str, at: int) -> bool:
    """Whether the word at an offset is in the line that ends a key."""
    return "-----END " in text[max(0, at - len("-----END ENCRYPTED ")) : at]


def _found_by(kind: SecretKind, piece: str) -> Iterator[str]:
    """The secrets of a kind in a piece of text."""
    yield from _plugin(kind)(piece)
    if kind.pattern:
        found = (one[1] for one in _pattern(kind.pattern).finditer(piece))
        yield from (one for one in found if all(part.search(one) for part in _MIXED))


@cache
def _pattern(text: str) -> re.Pattern[str]:
    return re.compile(text)


def _piece(text: str, at: int) -> str:
    """The part of a line around an offset."""
    start = max(text.rfind("\n", max(at - _BEFORE, 0), at) + 1, at - _BEFORE, 0)
    end = text.find("\n", at, at + _AFTER)
    return text[start : at + _AFTER if end < 0 else end]


def _is_real(kind: SecretKind, piece: str, following: str, secret: str) -> bool:
    """Whether a secret is a real one: no placeholder, no local host, no key without a body."""
    if kind.module == _KEYS:
        return _has_key(following.replace("\\n", "\n"))
    if kind.module == "basic_auth" and _HOST.search(piece) is None:
        return False
    return _PLACEHOLDER.search(secret) is None


def _has_key(text: str) -> bool:
    """Whether a text with the header of a key in it has a body of at least 40 characters behind that.

    The body may be in short lines of one length, after any space.
    """
    behind = _KEY_HEADER.sub("", text.partition("-----")[2].partition("-----END")[0].replace("\r", "\n"))
    words = _KEY_WORD.findall(behind)
    if _KEY_BODY.match(" ".join(words)) is not None:
        return True
    pieces = Counter(len(word) for word in words if _KEY_PIECE.fullmatch(word))
    if any(count * length >= _KEY_LENGTH for length, count in pieces.items()):
        return True
    length = alike = 0
    for word in words:
        if _KEY_LINE.fullmatch(word) is None:
            length = alike = 0
            continue
        alike = alike + 1 if len(word) == length else 1
        length = len(word)
        if length * alike >= 40:
            return True
    return False
