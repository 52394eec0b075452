"""Passwords and keys in texts, found by the plugins of detect-secrets. No service is asked.

The plugins' regular expressions only see short pieces around a word that must be there: most files have
none of these words, and no piece is long enough for an expression to take much time.
"""

import re
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
#: Maximum number of places of one word to look at in one text.
_MOST: Final = 500
_PLACEHOLDER: Final = lazy_re(r"example|x{4}|0{8}|dummy|placeholder|changeme|password|your|[<>{}$*]", re.IGNORECASE)
#: Programs that read keys often contain the header alone, so some of the key must follow.
_KEY_BODY: Final = lazy_re(r"-----[^-]{0,300}?[A-Za-z0-9+/=]{40}")
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


def secrets_in(text: str) -> Iterator[SecretText]:
    """The first secret of each kind in each line. Raises CtxoptError if detect-secrets is not installed."""
    for kind in secret_kinds():
        told = 0
        for at, piece in _pieces(text, kind.words):
            if not any(_is_real(kind, piece, text[at : at + _AFTER], one) for one in _plugin(kind)(piece)):
                continue
            line = text.count("\n", 0, at) + 1
            if line != told:
                told = line
                yield SecretText(kind.what, line, kind.sure, ALLOWED in piece)


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


def _pieces(text: str, words: tuple[str, ...]) -> Iterator[tuple[int, str]]:
    """The offsets of the words in a text, each with the part of the line around it."""
    for word in words:
        at = text.find(word)
        for _ in range(_MOST):
            if at < 0:
                break
            start = max(text.rfind("\n", 0, at) + 1, at - _BEFORE)
            end = text.find("\n", at, at + _AFTER)
            yield at, text[start : at + _AFTER if end < 0 else end]
            at = text.find(word, at + len(word))


def _is_real(kind: SecretKind, piece: str, following: str, secret: str) -> bool:
    """Whether a secret is a real one: no placeholder, no local host, no key without a body."""
    if kind.module == "private_key":
        return _KEY_BODY.search(following.replace("\\n", "\n")) is not None
    if kind.module == "basic_auth" and _HOST.search(piece) is None:
        return False
    return _PLACEHOLDER.search(secret) is None
