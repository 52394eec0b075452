"""The text that was encrypted for an RSA key: PKCS #1, as buildx's `rsadecrypt` takes it."""

import base64
import binascii

from ctxopt.builds.hcl.values import EvaluationError

#: Maximum length of a number in a key, in bytes.
_LONGEST = 1024


def decrypted(ciphertext: str, key: str) -> str:
    """The text behind a ciphertext in base64, with a private key in PEM. Raises EvaluationError."""
    try:
        data = base64.b64decode(ciphertext, validate=True)
        modulus, _, exponent = _numbers(_der(key))[1:4]
        size = (modulus.bit_length() + 7) // 8
        if len(data) != size:
            raise ValueError
        padded = pow(int.from_bytes(data), exponent, modulus).to_bytes(size)
        end = padded.index(0, 2)
        if padded[:2] != b"\0\2" or end < 10:
            raise ValueError
        return padded[end + 1 :].decode("utf-8", "replace")
    except (ValueError, IndexError, binascii.Error):
        raise EvaluationError("it cannot be decrypted with this key") from None


def _der(key: str) -> bytes:
    begin, _, rest = key.partition("-----BEGIN RSA PRIVATE KEY-----")
    body, end, _ = rest.partition("-----END RSA PRIVATE KEY-----")
    if begin.strip() or not end:
        raise ValueError
    return base64.b64decode("".join(body.split()), validate=True)


def _numbers(der: bytes) -> list[int]:
    """The integers in a sequence."""
    if der[0] != 0x30:
        raise ValueError
    at, end = _length(der, 1)
    end = min(at + end, len(der))
    numbers = []
    while at < end:
        if der[at] != 0x02:
            raise ValueError
        at, length = _length(der, at + 1)
        if length > _LONGEST:
            raise ValueError
        numbers.append(int.from_bytes(der[at : at + length]))
        at += length
    return numbers


def _length(der: bytes, at: int) -> tuple[int, int]:
    """Where contents begin, and how long they are."""
    first = der[at]
    if first < 0x80:
        return at + 1, first
    count = first & 0x7F
    if not 1 <= count <= 4:
        raise ValueError
    return at + 1 + count, int.from_bytes(der[at + 1 : at + 1 + count])
