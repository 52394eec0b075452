"""Parsing a bandwidth, such as "100mbit" or "12.5 MB/s"."""

import re
from typing import Final

from ctxopt.core.lazy_re import lazy_re
from ctxopt.errors import CtxoptError

#: The number of digits is limited, so that no number is slow to parse. A "b" alone is refused: it may mean either.
_BITS: Final = lazy_re(r"([0-9]{1,12})(?:\.([0-9]{1,9}))? *([kmgt]?)(i?)bit(?:/s|ps)?", re.IGNORECASE | re.ASCII)
_BYTES: Final = lazy_re(r"([0-9]{1,12})(?:\.([0-9]{1,9}))? *([kKmMgGtT]?)(i?)B/s")
_BASES: Final = (("", 1000), ("i", 1024))
_FACTORS: Final = {
    "": 1,
    **{unit + binary: base**power for power, unit in enumerate("kmgt", 1) for binary, base in _BASES},
}
_HINT: Final = "write bits or bytes a second, such as 512kbit, 100mbit, 1gbit, 12.5MB/s or 10MiB/s"


def parse_bandwidth(text: str) -> int:
    """Bits per second, rounded down; k, M and G are decimal, Ki, Mi and Gi binary. Raises CtxoptError."""
    given = text.strip(" ")
    bits, in_bytes = _BITS.fullmatch(given), _BYTES.fullmatch(given)
    match = bits or in_bytes
    if match is None or (match[4] and not match[3]):
        raise CtxoptError(f"{_quoted(text)} is not a bandwidth", hint=_HINT)
    decimals = match[2] or ""
    factor: int = _FACTORS[match[3].lower() + match[4].lower()]
    speed = int(match[1] + decimals) * factor * (1 if bits else 8) // int("1" + "0" * len(decimals))
    if not speed:
        raise CtxoptError(f"{_quoted(text)} is too slow: a transfer would never finish", hint=_HINT)
    return speed


def _quoted(text: str) -> str:
    return f'"{text}"' if len(text) <= 60 else f'"{text[:57]}..."'
