"""Parsing amounts: sizes such as "50 MB", and shares such as "5%" or "1 MB"."""

import re

from ctxopt.core.lazy_dataclass import dataclass
from ctxopt.core.lazy_re import lazy_re
from ctxopt.errors import CtxoptError

#: A size and a percentage, as expressions that JSON Schema supports. The number of digits is limited, so that no
#: number is slow to parse. "50M" is refused: some tools read it as 50,000,000 bytes, others as 52,428,800.
SIZE = r"^(?:[0-9]{1,15} *[bB]?|[0-9]{1,15}(?:\.[0-9]{1,9})? *[kKmMgGtT][iI]?[bB])$"
PERCENTAGE = r"^[0-9]{1,15}(?:\.[0-9]{1,9})? *%$"

_PARTS = lazy_re(r"([0-9]+)(?:\.([0-9]+))? *([a-z%]*)")
_POWERS = {"k": 1, "m": 2, "g": 3, "t": 4}

_SIZES = "write bytes, or kB, MB, GB, TB, KiB, MiB, GiB or TiB, such as 50MB or 1.5GiB"
_SHARES = f"write a percentage such as 5%, or a size: {_SIZES.removeprefix('write ')}"


@dataclass(frozen=True, slots=True)
class Share:
    """A share of a total: a fraction of it, or a fixed number of bytes.

    `text` is how it was written. It is `count` bytes, or with `per` the fraction `count / per`.
    """

    text: str
    count: int
    per: int | None = None

    def of(self, total: int) -> int:
        """The share of a total in bytes, rounded down."""
        return self.count if self.per is None else total * self.count // self.per


def parse_size(text: str) -> int:
    """A size in bytes, rounded down. Units may be in upper or lower case. Raises CtxoptError."""
    size = _size(text)
    if size is None:
        raise CtxoptError(f"{quoted(text)} is not a size", hint=_SIZES)
    return size


def parse_share(text: str) -> Share:
    """A share, from a percentage or a size. Raises CtxoptError."""
    size = _size(text)
    if size is not None:
        return Share(text, size)
    if re.fullmatch(PERCENTAGE, text) is None:
        raise CtxoptError(f"{quoted(text)} is neither a percentage nor a size", hint=_SHARES)
    count, per, _ = _split(text)
    return Share(text, count, 100 * per)


def quoted(text: str) -> str:
    """The user's text in quotation marks, shortened for a message."""
    return f'"{text}"' if len(text) <= 60 else f'"{text[:57]}..."'


def _size(text: str) -> int | None:
    if re.fullmatch(SIZE, text) is None:
        return None
    count, per, unit = _split(text)
    if unit in ("", "b"):
        return count
    base = 1024 if "i" in unit else 1000
    return int(count * base ** _POWERS[unit[0]] // per)


def _split(text: str) -> tuple[int, int, str]:
    """A number as a fraction, and its unit."""
    parts = _PARTS.fullmatch(text.lower())
    assert parts is not None
    whole, decimals, unit = parts[1], parts[2] or "", parts[3]
    return int(whole + decimals), 10 ** len(decimals), unit
