"""Functions that encode, decode and hash."""

import base64
import binascii
import csv
import hashlib
import io
import json
import os
import urllib.parse
import uuid
from collections.abc import Mapping
from decimal import Decimal
from fractions import Fraction
from typing import NoReturn

from ctxopt.builds.hcl.functions.function import Builtin, on
from ctxopt.builds.hcl.functions.private_key import decrypted
from ctxopt.builds.hcl.parse import from_json
from ctxopt.builds.hcl.values import EvaluationError, Obj, Seq, UnknownValueError, Value, number_text, object_of

_NAMESPACES = {
    "dns": uuid.NAMESPACE_DNS,
    "url": uuid.NAMESPACE_URL,
    "oid": uuid.NAMESPACE_OID,
    "x500": uuid.NAMESPACE_X500,
}


def json_text(value: Value) -> str:
    """A value as buildx writes it in JSON."""
    if isinstance(value, str):
        shown = json.dumps(value, ensure_ascii=False)
        for char in "<>&\u2028\u2029":
            shown = shown.replace(char, f"\\u{ord(char):04x}")
        return shown
    if isinstance(value, Fraction):
        return number_text(value)
    if isinstance(value, Seq):
        return f"[{','.join(map(json_text, value.items))}]"
    if isinstance(value, Obj):
        return "{" + ",".join(f"{json_text(name)}:{json_text(item)}" for name, item in value.sorted()) + "}"
    return {None: "null", True: "true", False: "false"}[value]


def _jsondecode(value: str) -> Value:
    try:
        return from_json(json.loads(value, parse_int=Decimal, parse_float=Decimal, parse_constant=_no_constant))
    except (ValueError, ArithmeticError):
        raise EvaluationError("it is not valid JSON") from None


def _no_constant(name: str) -> NoReturn:
    raise ValueError(name)


def _csvdecode(value: str) -> Value:
    try:
        rows = [row for row in csv.reader(io.StringIO(value), strict=True) if row]
    except csv.Error as error:
        raise EvaluationError(f"it is not valid CSV: {error}") from None
    if not rows:
        raise EvaluationError("it has no header")
    header, *rest = rows
    if len(set(header)) != len(header):
        raise EvaluationError("two columns have one name")
    if any(len(row) != len(header) for row in rest):
        raise EvaluationError("the number of columns in a row differs from the header")
    return Seq("list", tuple(object_of(dict(zip(header, row, strict=True))) for row in rest))


def _base64decode(value: str) -> Value:
    try:
        return base64.b64decode("".join(value.split("\n")).replace("\r", ""), validate=True).decode("utf-8")
    except (binascii.Error, ValueError):
        raise EvaluationError("it is not the base64 of a text") from None


def _uuidv5(namespace: str, name: str) -> Value:
    found = _NAMESPACES.get(namespace)
    try:
        return str(uuid.uuid5(found or uuid.UUID(namespace), name))
    except ValueError:
        raise EvaluationError("the namespace is not dns, url, oid, x500 or a UUID") from None


def _random(*_: Value) -> Value:
    raise UnknownValueError


def _no_bytes(*_: Value) -> Value:
    raise EvaluationError("no value is a buffer of bytes")


def _hashed(name: str) -> Builtin:
    return on(lambda value: hashlib.new(name, value.encode(), usedforsecurity=False).hexdigest(), "string")


FUNCTIONS: Mapping[str, Builtin] = {
    "base64decode": on(_base64decode, "string"),
    "base64encode": on(lambda value: base64.b64encode(value.encode()).decode(), "string"),
    "bcrypt": on(_random, "string", rest="number"),
    "byteslen": on(_no_bytes, "any"),
    "bytesslice": on(_no_bytes, "any", "number", "number"),
    "csvdecode": on(_csvdecode, "string"),
    "homedir": on(lambda: os.path.expanduser("~")),
    "jsondecode": on(_jsondecode, "string"),
    "jsonencode": on(json_text, "any", nulls=True),
    "md5": _hashed("md5"),
    "rsadecrypt": on(decrypted, "string", "string"),
    "sha1": _hashed("sha1"),
    "sha256": _hashed("sha256"),
    "sha512": _hashed("sha512"),
    "urlencode": on(lambda value: urllib.parse.quote_plus(value, safe="~"), "string"),
    "uuidv4": on(_random),
    "uuidv5": on(_uuidv5, "string", "string"),
}
