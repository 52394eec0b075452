"""`format` and `formatlist`, whose verbs are those of Go."""

import re
from collections.abc import Iterator, Mapping
from fractions import Fraction
from math import floor, log10

from ctxopt.builds.hcl.functions.encodings import json_text
from ctxopt.builds.hcl.functions.function import Builtin, on
from ctxopt.builds.hcl.functions.texts import clusters
from ctxopt.builds.hcl.values import (
    EvaluationError,
    Seq,
    TooLargeError,
    Value,
    boolean,
    number,
    number_text,
    short,
    text,
)
from ctxopt.core.lazy_dataclass import dataclass
from ctxopt.core.lazy_re import lazy_re

_VERB = lazy_re(r"%(?:(%)|([ #+\-0]*)([1-9][0-9]*)?(?:\.([0-9]*))?(?:\[([0-9]+)\])?([A-Za-z])?)", re.ASCII)
_WIDEST = 10_000


@dataclass(frozen=True, slots=True)
class _Verb:
    """A verb with its flags; None where there is no width or precision."""

    mode: str
    flags: str
    width: int | None
    precision: int | None

    def padded(self, shown: str) -> str:
        """The text at its width, in characters as a reader counts them."""
        missing = (self.width or 0) - len(clusters(shown))
        pad = ("0" if "0" in self.flags else " ") * missing
        return shown + pad if "-" in self.flags else pad + shown

    def padded_number(self, sign: str, digits: str) -> str:
        """The digits with their sign at its width."""
        missing = max((self.width or 0) - len(sign + digits), 0)
        if "-" in self.flags:
            return sign + digits + " " * missing
        if "0" in self.flags and not (self.precision is not None and self.mode in "bdoxX"):
            return sign + "0" * missing + digits
        return " " * missing + sign + digits

    def sign(self, value: Fraction) -> str:
        """What stands before the digits."""
        return "-" if value < 0 else "+" if "+" in self.flags else " " if " " in self.flags else ""


def _format(pattern: str, *arguments: Value) -> str:
    return short("".join(_pieces(pattern, arguments)))


def _pieces(pattern: str, arguments: tuple[Value, ...]) -> Iterator[str]:
    at = position = used = 0
    for found in _VERB.finditer(pattern):
        yield pattern[at : found.start()]
        at = found.end()
        if found[1]:
            yield "%"
            continue
        if not found[6] or len(found[3] or "") > 5 or len(found[4] or "") > 5:
            raise EvaluationError(f"{found[0]} is no verb of a format")
        position = int(found[5]) if found[5] else position + 1
        used = max(used, position)
        if not 0 < position <= len(arguments):
            raise EvaluationError(f"there is no argument for {found[0]}")
        precision = None if found[4] is None else int(found[4] or 0)
        verb = _Verb(found[6], found[2], int(found[3]) if found[3] else None, precision)
        if max(verb.width or 0, precision or 0) > _WIDEST:
            raise TooLargeError
        yield _shown(verb, arguments[position - 1])
    if "%" in pattern[at:]:
        raise EvaluationError("a verb is missing after %")
    if used < len(arguments):
        raise EvaluationError(f"the format uses {used} of {len(arguments)} arguments")
    yield pattern[at:]


def _shown(verb: _Verb, value: Value) -> str:
    if verb.mode == "v":
        return verb.padded(_as_it_is(verb, value))
    if value is None:
        raise EvaluationError(f"%{verb.mode} takes no null")
    if verb.mode == "t":
        return "true" if boolean(value) else "false"
    if verb.mode in "sq":
        shown = text(value)
        if verb.precision:
            shown = "".join(clusters(shown)[: verb.precision])
        return verb.padded(shown if verb.mode == "s" else json_text(shown))
    if verb.mode in "bdoxX":
        return _integer(verb, number(value))
    if verb.mode in "eEfgG":
        found = number(value)
        return verb.padded_number(verb.sign(found), _decimal(verb, abs(found)))
    raise EvaluationError(f"%{verb.mode} is no verb of a format")


def _as_it_is(verb: _Verb, value: Value) -> str:
    if "#" not in verb.flags:
        if isinstance(value, str):
            return value
        if isinstance(value, Fraction) and not isinstance(value, bool):
            return ("-" if value < 0 else "") + _general(abs(value), None, "e")
    return json_text(value)


def _integer(verb: _Verb, value: Fraction) -> str:
    if value.denominator != 1:
        raise EvaluationError(f"%{verb.mode} takes a whole number")
    digits = format(abs(value.numerator), verb.mode).rjust(verb.precision or 0, "0")
    prefix = {"b": "0b", "o": "0", "x": "0x", "X": "0X"}.get(verb.mode, "") if "#" in verb.flags else ""
    return verb.padded_number(verb.sign(value) + prefix, digits)


def _decimal(verb: _Verb, value: Fraction) -> str:
    """A number that is not negative, by a verb for decimals."""
    if verb.mode == "f":
        return _fixed(value, 6 if verb.precision is None else verb.precision)
    mark = "E" if verb.mode in "EG" else "e"
    if verb.mode in "eE":
        return _scientific(value, 7 if verb.precision is None else verb.precision + 1, mark)
    return _general(value, verb.precision, mark)


def _fixed(value: Fraction, places: int) -> str:
    scaled = str(round(value * 10**places)).rjust(places + 1, "0")
    return f"{scaled[: len(scaled) - places]}.{scaled[len(scaled) - places :]}" if places else scaled


def _exponent(value: Fraction) -> int:
    if not value:
        return 0
    estimate = floor(log10(value.numerator) - log10(value.denominator))
    while value >= Fraction(10) ** (estimate + 1):
        estimate += 1
    while value < Fraction(10) ** estimate:
        estimate -= 1
    return estimate


def _scientific(value: Fraction, digits: int, mark: str) -> str:
    exponent = _exponent(value)
    scaled = str(round(value / Fraction(10) ** (exponent - digits + 1)))
    if len(scaled) > digits:
        scaled, exponent = scaled[:digits], exponent + 1
    scaled = scaled.ljust(digits, "0")
    fraction = f".{scaled[1:]}" if digits > 1 else ""
    return f"{scaled[0]}{fraction}{mark}{'-' if exponent < 0 else '+'}{abs(exponent):02}"


def _general(value: Fraction, precision: int | None, mark: str) -> str:
    """The shorter form, without zeros at its end: with an exponent for what is very small or large."""
    if precision is None:
        plain = number_text(value)
        digits = len(plain.replace(".", "").strip("0")) or 1
        most = 6
    else:
        plain = _trimmed(_scientific(value, max(precision, 1), mark))
        digits = len(plain.partition(mark)[0].replace(".", ""))
        most = max(precision, 1)
        most = digits if most > digits >= _exponent(value) + 1 else most
    exponent = _exponent(value)
    if exponent < -4 or exponent >= most:
        return _scientific(value, digits, mark)
    return plain if precision is None else _fixed(value, max(digits - 1 - exponent, 0))


def _trimmed(scientific: str) -> str:
    mantissa, mark, exponent = re.split(r"([eE])", scientific)
    return (mantissa.rstrip("0").rstrip(".") if "." in mantissa else mantissa) + mark + exponent


def _formatlist(pattern: str, *arguments: Value) -> Value:
    lengths = {len(argument.items) for argument in arguments if isinstance(argument, Seq)}
    if len(lengths) > 1:
        raise EvaluationError("the lists have not the same length")
    rounds = next(iter(lengths), 1)
    if rounds * (len(arguments) + 1) > 1 << 16:
        raise TooLargeError
    return Seq(
        "list",
        tuple(
            _format(pattern, *(one.items[at] if isinstance(one, Seq) else one for one in arguments))
            for at in range(rounds)
        ),
    )


FUNCTIONS: Mapping[str, Builtin] = {
    "format": on(_format, "string", rest="any", nulls=True),
    "formatlist": on(_formatlist, "string", rest="any", nulls=True),
}
