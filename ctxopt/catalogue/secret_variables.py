"""Secrets in the text of a Dockerfile: by the names of variables, by their values, and by the words of commands."""

import re
from collections.abc import Iterator
from enum import Enum
from functools import cache
from typing import Final, NamedTuple

from ctxopt.catalogue.tables import read_table
from ctxopt.core.lazy_re import lazy_re

#: Beginnings of the words of values that say what to put in their place, or that they are no secret.
_PLACEHOLDERS: Final = (
    *("your", "change", "replac", "placeholder", "dummy", "fake", "example", "sample", "todo", "fixme", "insert"),
    *("unused", "insecure", "xxx", "yyy", "000", "notset", "temp", "build", "redact", "enter", "mytoken", "mysecret"),
    *(
        "nokey",
        "nosecret",
        "notoken",
        "nopass",
        "notneed",
        "notused",
        "mypass",
        "mykey",
        "tobe",
        "foo",
        "bar",
        "test",
        "key_here",
        "here",
    ),
    *("cafebabe", "deadbeef", "cafed00d", "baadf00d", "badc0de", "feedface", "0xcafebabe", "0xdeadbeef"),
)
#: Words that are in what people write as a value for a step that needs any.
_WRITTEN: Final = ("secret", "passw", "token", "build", "dummy", "insecure", "collectstatic", "example")
_WORD_BREAK: Final = lazy_re("[^a-z0-9]+")
_NO_LETTERS: Final = lazy_re("[^A-Z0-9]+")
#: Where a word begins in a name such as dbPassword.
_HUMP: Final = lazy_re(r"(?<=[a-z0-9])(?=[A-Z])")
#: What keys in manuals have in them.
_FILLED: Final = lazy_re(r"example|x{6}|0{8}|1234567|\.\.\.|your", re.IGNORECASE)
_VARIABLE: Final = lazy_re(r"[$`]|%\w+%")
#: What a reference to a variable has for its case that it is not set, or that it is; and such a reference.
_DEFAULT: Final = lazy_re(r"\$\{\w{1,80}:?[-+]([^${}]{1,500})\}")
_VARIABLES: Final = lazy_re(r"\$\{[^{}]{0,500}\}|\$\w{1,80}")
_RANDOM: Final = lazy_re(r"[A-Za-z0-9]{10,}")
#: A word between asterisks or underscores, with which a script compares what it is given.
_MARKER: Final = lazy_re(r"\*\*[A-Za-z _-]{1,80}\*\*|__[A-Za-z_]{1,80}__")
_PATH: Final = lazy_re(r"[.~]{0,2}/[\w.{}/-]*|[\w.-]+\.(?:txt|json|key|pem|crt|ya?ml)")


class Marked(NamedTuple):
    """Secrets of one kind in a text that has `word` in it: those that `pattern` finds."""

    what: str
    word: str
    pattern: str


class Accounts(NamedTuple):
    """Variables from which images of some names make the password of an account."""

    images: tuple[str, ...]
    variables: tuple[str, ...]


class SecretVariables(NamedTuple):
    """The file: ends of names, and exceptions; values; keys of providers and what stands before a secret; accounts."""

    ends: tuple[str, ...]
    never: tuple[str, ...]
    harmless: tuple[str, ...]
    suffixes: tuple[str, ...]
    weak: tuple[str, ...]
    switches: tuple[str, ...]
    token: tuple[Marked, ...]
    place: tuple[Marked, ...]
    account: tuple[Accounts, ...]


class Value(Enum):
    """What the value of a variable with the name of a secret is."""

    #: None is given, or it says that it is none.
    NONE = "none"
    #: A reference to another variable.
    REFERENCE = "reference"
    #: One that everybody would try first.
    WEAK = "weak"
    SECRET = "secret"


@cache
def _data() -> SecretVariables:
    return read_table(SecretVariables, "secret_variables.toml")


@cache
def _ends() -> frozenset[tuple[str, ...]]:
    return frozenset(tuple(end.split("_")) for end in _data().ends)


@cache
def names_secret(name: str) -> bool:
    """Whether a variable of this name contains a secret, such as DB_PASSWORD; not TOKEN_URL or NEXT_PUBLIC_API_KEY.

    A number at the end, or a word that says where it applies, is none: API_TOKEN2, DB_PASSWORD_PROD.
    """
    data = _data()
    words = [word for word in _NO_LETTERS.split(_HUMP.sub("_", name).upper()) if word]
    while words and (words[-1] in data.suffixes or words[-1][-1].isdigit()):
        last = words.pop()
        if last not in data.suffixes and (shorter := last.rstrip("0123456789")):
            words.append(shorter)
    if "_".join(words) in data.never or not set(data.harmless).isdisjoint(words):
        return False
    return any(tuple(words[-count:]) in _ends() for count in (1, 2, 3) if count <= len(words))


def value_of(name: str, value: str) -> Value:
    """What the value of a variable with the name of a secret is."""
    text = value.strip().strip("\"'").strip()
    data = _data()
    if not text or text.lower() in data.switches or _PATH.fullmatch(text) or _is_placeholder(text):
        return Value.NONE
    if _VARIABLE.search(text):
        return Value.REFERENCE
    # A sentence is no secret, and neither is the name of a variable, be it that of its own.
    if " " in text or (text.isupper() and text.isidentifier() and "_" in text):
        return Value.NONE
    is_weak = text.lower() in data.weak or text.lower() == name.lower() or text.isdigit()
    return Value.WEAK if is_weak else Value.SECRET


def has_literal(name: str, value: str) -> bool:
    """Whether a value with references to variables has a secret of its own: as a default, or beside them.

    What a command gives is none.
    """
    if any(value_of(name, found[1]) is Value.SECRET for found in _DEFAULT.finditer(value)):
        return True
    return "$(" not in value and "`" not in value and looks_random(name, _VARIABLES.sub(" ", value))


def accounts_of(image: str) -> frozenset[str]:
    """The variables from which an image, by the last part of its name, makes the password of an account."""
    return frozenset(name for one in _data().account if image in one.images for name in one.variables)


def literal_parts(value: str) -> list[str]:
    """What a value has in it beside references to variables, and the defaults of these."""
    text = value.strip().strip("\"'")
    return [*(found[1] for found in _DEFAULT.finditer(text)), *_VARIABLES.sub(" ", text).split()]


def is_composed(value: str) -> bool:
    """Whether a value has more in it than references to variables."""
    return bool(_VARIABLES.sub("", value).strip("\"'"))


def looks_random(name: str, text: str) -> bool:
    """Whether a part of a value that is composed of several looks like a secret, and like nothing that people write."""
    return any(
        sum(char.isdigit() for char in found[0]) >= 2 and value_of(name, found[0]) is Value.SECRET
        for found in _RANDOM.finditer(text)
    )


def looks_drawn(name: str, text: str) -> bool:
    """Whether a part of a value looks as if it was drawn by chance: no generator writes words such as SecretKey."""
    return looks_random(name, text) and not any(word in text.lower() for word in _WRITTEN)


def _is_placeholder(text: str) -> bool:
    # Something like **None** says that there is none yet, and **Random** what a script puts there.
    if _MARKER.fullmatch(text):
        return True
    framed = text.strip("*_-")
    if text[0] in "<{%[" or not set(text) - set("x*.-_") or (framed != text and framed.lower() in _data().switches):
        return True
    return any(word.startswith(_PLACEHOLDERS) for word in _WORD_BREAK.split(text.lower()))


#: A key and its value in YAML, JSON, TOML, properties, Python and PHP. In a program, only a text in quotes is a value.
#: It begins a word, so that the expression is tried once for each word.
_KEY: Final = (
    r"""(?<![\w.-])[\d_.-]{0,80}([A-Za-z][\w.-]{0,80})["']?\s{0,20}(?:=>|[:=,])\s{0,20}"""
    r"""(?:"([^"]{1,500})"|'([^']{1,500})'"""
)
_QUOTED: Final = lazy_re(_KEY + ")")
_KEYED: Final = lazy_re(_KEY + r"""|([^\s"'#,;(){}]{1,500})(?![\w(]))""")
_CODE: Final = lazy_re(r"^\s{0,9}<\?php|^(?:import|from|require|use) ", re.MULTILINE)
_CONNECTION: Final = lazy_re(r"(?i);\s{0,5}(?:password|pwd)\s{0,5}=\s{0,5}([^;\"']{1,200})")
_REFERENCE: Final = lazy_re(
    r"<%|\$\{|\{\{|\bENV\[|\bgetenv|\benviron|!vault|!reference|\bsecretKeyRef|\bvault:|%\(|\bENC\("
)


#: What asks for a variable of the environment, which may have a default behind it.
_ENVIRONMENT: Final = lazy_re(
    r"\bgetenv\(|\benviron(?:\.get\(|\[)|\bprocess\.env\b|\bENV(?:\.fetch\(|\[)|(?<![\w.])(?:env|config)\("
)


def keyed_values(text: str) -> Iterator[tuple[str, str]]:
    """The names and values of a configuration file whose names are those of secrets. Comments have none."""
    keyed = _QUOTED if _CODE.search(text) else _KEYED
    for line in text.split("\n"):
        if line.lstrip()[:1] not in ("#", ";", "*", "/"):
            asks = _ENVIRONMENT.search(line) is not None
            for found in keyed.finditer(line):
                value = next(group for group in found.groups()[1:] if group is not None)
                # What a program does without a variable is a default that everybody has, unless somebody drew it.
                if names_secret(found[1]) and (not asks or looks_drawn(found[1], value)):
                    yield found[1], value
            yield from (("Password", found[1]) for found in _CONNECTION.finditer(line))


def keyed_secrets(text: str) -> Iterator[str]:
    """The names of secrets for which a configuration file has a value of its own that is no placeholder."""
    for name, value in keyed_values(text):
        if _REFERENCE.search(value) is None and value_of(name, value) is Value.SECRET:
            yield name


def gives_a_keyed_secret(text: str) -> bool:
    """Whether a configuration file has a value of its own for a name of a secret, and no placeholder."""
    return next(keyed_secrets(text), None) is not None


def only_refers(text: str) -> bool:
    """Whether all secrets of a configuration file are references to variables, and there is one."""
    return _REFERENCE.search(text) is not None and not gives_a_keyed_secret(text)


class Found(NamedTuple):
    """A secret in a text: what it is, the user and the value, and whether everybody would try it first.

    The key of a provider has no value here: it is one wherever it is.
    """

    what: str
    weak: bool
    user: str = ""
    value: str = ""


def secrets_in_text(text: str) -> Iterator[Found]:
    """The secrets in the text of an instruction, one of each kind. Variables and placeholders are none."""
    keys = [found for kind in _data().token if kind.word in text for found in _keys(kind, text)]
    yield from keys
    if keys:
        return
    for kind in _data().place:
        if kind.word in text:
            yield from _placed(kind, text)


def _keys(kind: Marked, text: str) -> Iterator[Found]:
    for found in _pattern(kind.pattern).finditer(text):
        if not _FILLED.search(found[0]):
            yield Found(kind.what, weak=False)
            return


def _placed(kind: Marked, text: str) -> Iterator[Found]:
    weak = None
    for found in _pattern(kind.pattern).finditer(text):
        user, text = found.groupdict().get("user") or "", found["value"]
        value = value_of(user, text)
        if value is Value.SECRET:
            yield Found(kind.what, weak=False, user=user, value=text)
            return
        weak = weak or (Found(kind.what, weak=True, user=user, value=text) if value is Value.WEAK else None)
    if weak is not None:
        yield weak


@cache
def _pattern(text: str) -> re.Pattern[str]:
    return re.compile(text)
