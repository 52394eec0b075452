"""Hostile text and names: what is allowed, spoilt."""

import json
import random
from collections.abc import Sequence

from tests.fuzz.samples import Language

#: What files of every kind may hold and should not.
SPOILERS = (
    *("\0", "\x1b[31m", "\x07", "\r", "\n", "\t", "\v", "\x85", "\u2028", "\u202e", "\u200b", "\ufeff", "\ufffd"),
    *("\udcff", "\udc80", "\ud800", "é", "日本", "\U0001f600", "ß", "İ", "٣", "%0A", "::error::x", "<b>", "[red]"),
    *("'", '"', "`", "\\", "/", "//", "/../", "..", ".", "#", "!", "$", "${", "}", "{", "[", "]", "(", ")", "*", "**"),
    *("?", "^", "-", "|", "+", ",", ":", ";", "=", "&", "~", "@", " ", "  ", "0", "-1", "9" * 30, "1e999", "a" * 70),
)


def spoilt(rng: random.Random, language: Language) -> str:
    """A text of a language, or some pieces of it, with a few changes."""
    if rng.random() < 0.15:
        text = "".join(rng.choices(language.pieces, k=rng.randint(1, 30)))
    else:
        text = rng.choice(language.samples)
    for _ in range(rng.choice((0, 1, 1, 1, 2, 2, 3, 8))):
        text = _changed(rng, text, language)
    return text[:20_000]


def _changed(rng: random.Random, text: str, language: Language) -> str:
    start = rng.randint(0, len(text))
    end = min(len(text), start + rng.choice((0, 0, 0, 1, 1, 2, 5, 20)))
    choice = rng.randrange(8)
    if choice == 0:
        return text[:start] + text[end:]
    if choice == 1:
        return text[:end] + text[start:end] * rng.choice((1, 2, 50)) + text[end:]
    if choice == 2:
        other = rng.choice(language.samples)
        cut = rng.randint(0, len(other))
        return text[:start] + other[cut : cut + rng.randint(1, 60)] + text[end:]
    if choice == 3:
        lines = text.split("\n")
        lines.insert(rng.randint(0, len(lines)), rng.choice(lines))
        return "\n".join(lines)
    if choice == 4:
        return text[:start] + rng.choice(SPOILERS) * rng.choice((1, 1, 3, 200)) + text[end:]
    return text[:start] + rng.choice(SPOILERS if choice == 5 else language.pieces) + text[end:]


def encoded(text: str) -> bytes:
    """The text as the bytes of a file; what no byte gives is three of them, as a lax encoder writes it."""
    try:
        return text.encode("utf-8", "surrogateescape")
    except UnicodeEncodeError:
        return text.encode("utf-8", "surrogatepass")


def as_read(text: str) -> str:
    """The text as it is read back from the bytes of a file."""
    return encoded(text).decode("utf-8", "surrogateescape")


def copies(rng: random.Random, names: Sequence[str]) -> str:
    """A Dockerfile that copies some of these names, mostly written so that they are found."""
    lines = ["FROM scratch AS " + rng.choice(("a", "build", "x-1"))]
    for number in range(rng.randint(1, 4)):
        chosen = rng.sample(names, min(len(names), rng.choice((1, 1, 2))))
        if rng.random() < 0.2:
            lines.append(f"COPY {rng.choice((*names, '*', '.'))} /x{number}/")
        else:
            # A JSON text holds any character, and a backslash makes a wildcard plain.
            plain = ["".join("\\" + char if char in "*?[\\" else char for char in name) for name in chosen]
            ascii_only = rng.random() < 0.5 and max(map(max, plain)) < "\udc00"
            lines.append("COPY " + json.dumps([*plain, f"/x{number}/"], ensure_ascii=ascii_only))
    return "\n".join(lines) + "\n"
