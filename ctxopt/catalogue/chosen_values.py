"""Values that somebody chose to keep others out, in contrast to words that stand for one, or that everybody tries."""

from typing import Final

from ctxopt.catalogue.secret_variables import literal_parts, looks_random
from ctxopt.catalogue.secrets import secret_names
from ctxopt.core.lazy_re import lazy_re

#: Minimum length of a value that keeps anybody out.
_SHORTEST: Final = 8
_LETTERS: Final = lazy_re(r"[a-z]+")
_NUMBERS: Final = lazy_re(r"(?<![0-9])[0-9]{1,8}(?![a-z0-9@$])")
#: What people write for a letter in a word.
_AS_LETTERS: Final = str.maketrans({"0": "o", "@": "a", "$": "s"})
#: Words with which people say that a value is for development, or for nothing.
_SAYS_SO: Final = (
    *("dev-", "dev_", "-dev", "_dev", "development", "not-for-prod", "localhost", "local-", "local_", "demo"),
    *("change-", "change_", "changeit", "changeme", "replace", "placeholder", "dummy", "example", "sample"),
    *("test-", "test_", "for-test", "for_test", "testing", "insecure", "unsafe"),
)


def is_chosen(name: str, value: str) -> bool:
    """Whether a part of a value was drawn by chance, or is long, of letters and digits, and made of no usual words.

    What a value refers to is no part of it, but its defaults are.
    """
    return not says_so(value) and any(_is_strong(name, part) for part in literal_parts(value))


def is_drawn(name: str, value: str) -> bool:
    """Whether a part of a value looks as if a generator made it, and says nowhere that it is for development."""
    return not says_so(value) and any(looks_random(name, part) for part in literal_parts(value))


def is_guessed(name: str, value: str) -> bool:
    """Whether a value has no other words than its name and those that everybody would try first."""
    words = frozenset((*secret_names().tried_first, *_LETTERS.findall(name.lower())))
    # A number at the end is no letter of a word.
    text = _NUMBERS.sub("-", value.lower()).replace("0", "o")
    left = sum(char.isdigit() for char in value)
    return left <= 4 and all(_is_made_of(part, words) for part in _LETTERS.findall(text))


def _is_strong(name: str, text: str) -> bool:
    mixed = any(map(str.isdigit, text)) and any(map(str.isalpha, text))
    if len(text) < _SHORTEST or not mixed:
        return False
    return not (is_guessed(name, text) or is_guessed(name, text.translate(_AS_LETTERS)))


def says_so(value: str) -> bool:
    """Whether a value says that it is for development, or to be replaced."""
    lowered = value.lower()
    return any(word in lowered for word in _SAYS_SO)


def _is_made_of(text: str, words: frozenset[str]) -> bool:
    """Whether a text is one word after another."""
    ends = [True, *(False for _ in text)]
    for end in range(1, len(text) + 1):
        ends[end] = any(ends[start] and text[start:end] in words for start in range(max(0, end - 20), end))
    return ends[-1]
