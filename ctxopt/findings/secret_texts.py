"""Passwords and keys in texts, as the plugins of detect-secrets know them. Nothing is asked of any service.

The plugins' regular expressions are only given short pieces around a word that must be there: most files
have none of these words, and no piece is long enough to keep an expression busy.
"""

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from typing import Final

from ctxopt.errors import CtxoptError

#: Told a piece of text: the secrets in it.
_Find = Callable[[str], Iterable[str]]

#: A piece is as long before and after the word, in characters, and ends where the line does.
_BEFORE: Final = 100
_AFTER: Final = 400
#: A word is looked at as often in one text.
_MOST: Final = 500
_PLACEHOLDER: Final = re.compile(r"example|x{4}|0{8}|dummy|placeholder|changeme|password|your|[<>{}$*]", re.IGNORECASE)
#: A header alone is in many a program that reads keys.
_KEY_BODY: Final = re.compile(r"-----[^-]{0,300}?[A-Za-z0-9+/=]{40}")
#: The host that a password is for, if it is one that others can reach.
_HOST: Final = re.compile(r"@(?!localhost|127\.|0\.0|example\.|host)[\w-]{1,63}\.[\w.-]")
#: With this comment, people tell detect-secrets that it is none.
_ALLOWED: Final = "pragma: allowlist secret"


@dataclass(frozen=True, slots=True)
class _Kind:
    """One plugin, the words of which one is in all that it finds, and how sure that is."""

    module: str
    plugin: str
    words: tuple[str, ...]
    what: str
    sure: bool = True


_KINDS: Final = (
    _Kind("aws", "AWSKeyDetector", ("AKIA", "ASIA", "aws", "AWS"), "a key of AWS"),
    _Kind("azure_storage_key", "AzureStorageKeyDetector", ("AccountKey=",), "a key of Azure Storage"),
    _Kind("basic_auth", "BasicAuthDetector", ("://",), "an address with a password", sure=False),
    _Kind("github_token", "GitHubTokenDetector", ("ghp_", "gho_", "ghu_", "ghs_", "ghr_"), "a token of GitHub"),
    _Kind(
        "gitlab_token", "GitLabTokenDetector", ("glpat-", "gldt-", "glrt-", "glcbt-", "GR1348941"), "a token of GitLab"
    ),
    _Kind("mailchimp", "MailchimpDetector", ("-us",), "a key of Mailchimp"),
    _Kind("npm", "NpmDetector", ("_authToken",), "a token of npm"),
    _Kind("private_key", "PrivateKeyDetector", ("PRIVATE KEY",), "a private key"),
    _Kind("pypi_token", "PypiTokenDetector", ("pypi-AgE",), "a token of PyPI"),
    _Kind("sendgrid", "SendGridDetector", ("SG.",), "a key of SendGrid"),
    _Kind("slack", "SlackDetector", ("xox", "hooks.slack.com"), "a token of Slack"),
    _Kind("square_oauth", "SquareOAuthDetector", ("sq0csp-",), "a token of Square"),
    _Kind("stripe", "StripeDetector", ("k_live_",), "a key of Stripe"),
    _Kind("telegram_token", "TelegramBotTokenDetector", (":A",), "a token of Telegram"),
)


@dataclass(frozen=True, slots=True)
class SecretText:
    """A secret in a text: what kind it is of, its line, and whether hardly anything else looks like that."""

    what: str
    line: int
    sure: bool


def secrets_in(text: str) -> Iterator[SecretText]:
    """The first secret of each kind in each line. Raises CtxoptError if detect-secrets is not installed."""
    for kind in _KINDS:
        told = 0
        for at, piece in _pieces(text, kind.words):
            if not any(_is_real(kind, piece, text[at : at + _AFTER], one) for one in _plugin(kind)(piece)):
                continue
            line = text.count("\n", 0, at) + 1
            if line != told:
                told = line
                yield SecretText(kind.what, line, kind.sure)


def require_plugins() -> None:
    """Raise CtxoptError if detect-secrets is not installed."""
    _plugin(_KINDS[0])


@cache
def _plugin(kind: _Kind) -> _Find:
    try:
        module = import_module(f"detect_secrets.plugins.{kind.module}")
    except ImportError:
        raise CtxoptError(
            "detect-secrets is not installed, which looks for secrets in files",
            hint="pip install 'docker-ctxopt[secrets]'",
        ) from None
    find: _Find = getattr(module, kind.plugin)().analyze_string
    return find


def _pieces(text: str, words: tuple[str, ...]) -> Iterator[tuple[int, str]]:
    """The places of the words in a text, each with the part of its line around it."""
    for word in words:
        at = text.find(word)
        for _ in range(_MOST):
            if at < 0:
                break
            start = max(text.rfind("\n", 0, at) + 1, at - _BEFORE)
            end = text.find("\n", at, at + _AFTER)
            yield at, text[start : at + _AFTER if end < 0 else end]
            at = text.find(word, at + len(word))


def _is_real(kind: _Kind, piece: str, following: str, secret: str) -> bool:
    """Whether it is no example, and in earnest."""
    if _ALLOWED in piece:
        return False
    if kind.module == "private_key":
        return _KEY_BODY.search(following.replace("\\n", "\n")) is not None
    if kind.module == "basic_auth" and _HOST.search(piece) is None:
        return False
    return _PLACEHOLDER.search(secret) is None
