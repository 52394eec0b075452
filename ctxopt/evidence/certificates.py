"""Whether certificates are signed with their own keys, as those are that people make for tests and first starts."""

from base64 import b64decode
from collections.abc import Iterator
from typing import Final

from ctxopt.core.lazy_re import lazy_re

_BLOCK: Final = lazy_re(rb"-----BEGIN (?:TRUSTED )?CERTIFICATE-----([A-Za-z0-9+/=\s]{1,100000})-----END")
#: The tag of a SEQUENCE in DER, and that of the version of a certificate, which the first version has not.
_SEQUENCE: Final = 0x30
_VERSION: Final = 0xA0
#: What is before the issuer, and between it and the subject: a serial number and an algorithm; the dates.
_BEFORE_ISSUER: Final = 2
#: Bits of the length of a field that is longer than 127 bytes.
_LONG: Final = 0x80


def are_self_signed(text: bytes) -> bool | None:
    """Whether all certificates of a PEM file name themselves as their issuer; None if it has none that can be read."""
    found = [_is_self_signed(one) for one in _certificates(text)]
    return None if not found or None in found else all(found)


def _certificates(text: bytes) -> Iterator[bytes]:
    for block in _BLOCK.finditer(text):
        try:
            yield b64decode(b"".join(block[1].split()), validate=True)
        except ValueError:
            yield b""


def _is_self_signed(certificate: bytes) -> bool | None:
    """Whether the issuer and the subject are the same bytes; None for what is no certificate."""
    try:
        (whole,) = _fields(certificate)
        first = next(_fields(whole[1]))
        fields = [field for field in _fields(first[1]) if field[0] != _VERSION]
        issuer, _, subject = fields[_BEFORE_ISSUER : _BEFORE_ISSUER + 3]
    except (ValueError, IndexError, StopIteration):
        return None
    return issuer[0] == _SEQUENCE and issuer == subject


def _fields(data: bytes) -> Iterator[tuple[int, bytes]]:
    """The tags and the contents of the fields of DER, one after the other. Raises IndexError and ValueError."""
    at = 0
    while at < len(data):
        tag, length = data[at], data[at + 1]
        at += 2
        if length & _LONG:
            count = length & ~_LONG
            length = int.from_bytes(data[at : at + count], "big")
            at += count
        if at + length > len(data):
            raise ValueError("cut off")
        yield tag, data[at : at + length]
        at += length
