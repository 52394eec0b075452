"""The values of a Bake file, their conversions, and the functions that are supported."""

import re
from collections.abc import Callable, Mapping
from decimal import Decimal, InvalidOperation
from typing import TypeAlias

from ctxopt.core.golang.text import trim_space

Value: TypeAlias = bool | Decimal | str | list["Value"] | dict[str, "Value"] | None

#: Maximum length of a string or a list that a function may return.
_LONGEST = 1 << 20

#: Maximum number of arguments of a variadic function.
_MANY = 1000

_VERB = re.compile(r"%(.?)", re.DOTALL)


class UnknownValueError(Exception):
    """An expression whose value is unknown, or that has none."""


def call(name: str, arguments: list[Value]) -> Value:
    """The result of a supported function. Raises UnknownValueError for others, and for invalid arguments."""
    if name not in _FUNCTIONS:
        raise UnknownValueError
    least, most, function = _FUNCTIONS[name]
    if not least <= len(arguments) <= most:
        raise UnknownValueError
    return function(arguments)


def text(value: Value) -> str:
    """A value converted to a string, as in a template."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Decimal):
        plain = format(checked(value), "f")
        return (plain.rstrip("0").rstrip(".") if "." in plain else plain) or "0"
    if isinstance(value, str):
        return value
    raise UnknownValueError


def number(value: Value) -> Decimal:
    """A value converted to a number."""
    if isinstance(value, Decimal):
        return checked(value)
    if isinstance(value, str):
        try:
            return checked(Decimal(value))
        except InvalidOperation:
            pass
    raise UnknownValueError


def boolean(value: Value) -> bool:
    """A value converted to a boolean."""
    if isinstance(value, bool):
        return value
    if value in ("true", "1"):
        return True
    if value in ("false", "0"):
        return False
    raise UnknownValueError


def checked(value: Decimal) -> Decimal:
    """A number, if it is small enough to be written in full. Raises UnknownValueError otherwise."""
    if not value.is_finite() or abs(value.adjusted()) > 50:
        raise UnknownValueError
    return value


def same(left: Value, right: Value) -> bool:
    """Whether two values are equal. Those of different types are not."""
    if isinstance(left, list | dict) or isinstance(right, list | dict):
        # Comparing nested values can take unbounded time, since parts can be shared.
        raise UnknownValueError
    return type(left) is type(right) and left == right


def join_texts(parts: list[str], separator: str = "") -> str:
    """The strings concatenated, if the result is not too long."""
    if sum(map(len, parts)) + len(separator) * len(parts) > _LONGEST:
        raise UnknownValueError
    return separator.join(parts)


def _list(value: Value) -> list[Value]:
    if not isinstance(value, list):
        raise UnknownValueError
    return value


def _replace(arguments: list[Value]) -> Value:
    whole, old, new = map(text, arguments)
    if len(whole) + whole.count(old) * len(new) > _LONGEST:
        raise UnknownValueError
    return whole.replace(old, new)


def _join(arguments: list[Value]) -> Value:
    separator, *lists = arguments
    return join_texts([text(item) for items in lists for item in _list(items)], text(separator))


def _split(arguments: list[Value]) -> Value:
    separator, whole = map(text, arguments)
    if (whole.count(separator) if separator else len(whole)) > _LONGEST // 16:
        raise UnknownValueError
    return list(whole.split(separator) if separator else whole)


def _concat(arguments: list[Value]) -> Value:
    if sum(len(_list(items)) for items in arguments) > _LONGEST // 16:
        raise UnknownValueError
    return [item for items in arguments for item in _list(items)]


def _coalesce(arguments: list[Value]) -> Value:
    found = next((value for value in arguments if value is not None), None)
    if found is None:
        raise UnknownValueError
    return found


def _format(arguments: list[Value]) -> Value:
    pattern, *values = arguments
    remaining = iter(values)
    parts: list[str] = []
    position = 0
    for verb in _VERB.finditer(text(pattern)):
        parts.append(text(pattern)[position : verb.start()])
        position = verb.end()
        if verb[1] == "%":
            parts.append("%")
            continue
        value = next(remaining, None)
        if verb[1] == "d":
            value = number(value).to_integral_value()
        elif verb[1] not in ("s", "v"):
            raise UnknownValueError
        parts.append(text(value))
    if next(remaining, None) is not None:
        raise UnknownValueError
    parts.append(text(pattern)[position:])
    return join_texts(parts)


def _length(arguments: list[Value]) -> Value:
    (value,) = arguments
    if isinstance(value, list | dict):
        return Decimal(len(value))
    raise UnknownValueError


def _trim_prefix(arguments: list[Value]) -> Value:
    whole, prefix = map(text, arguments)
    return whole.removeprefix(prefix)


def _trim_suffix(arguments: list[Value]) -> Value:
    whole, suffix = map(text, arguments)
    return whole.removesuffix(suffix)


def _trim(arguments: list[Value]) -> Value:
    whole, characters = map(text, arguments)
    return whole.strip(characters) if characters else whole


def _sanitize(arguments: list[Value]) -> Value:
    return re.sub(r"[^A-Za-z0-9_-]", "_", text(arguments[0]))


#: The minimum and maximum number of arguments of each function, and its implementation.
_FUNCTIONS: Mapping[str, tuple[int, int, Callable[[list[Value]], Value]]] = {
    "and": (2, 2, lambda arguments: boolean(arguments[0]) & boolean(arguments[1])),
    "coalesce": (1, _MANY, _coalesce),
    "concat": (1, _MANY, _concat),
    "contains": (2, 2, lambda arguments: any(same(item, arguments[1]) for item in _list(arguments[0]))),
    "equal": (2, 2, lambda arguments: same(*arguments)),
    "format": (1, _MANY, _format),
    "join": (2, _MANY, _join),
    "length": (1, 1, _length),
    "lower": (1, 1, lambda arguments: text(arguments[0]).lower()),
    "not": (1, 1, lambda arguments: not boolean(arguments[0])),
    "notequal": (2, 2, lambda arguments: not same(*arguments)),
    "or": (2, 2, lambda arguments: boolean(arguments[0]) | boolean(arguments[1])),
    "replace": (3, 3, _replace),
    "sanitize": (1, 1, _sanitize),
    "split": (2, 2, _split),
    "trim": (2, 2, _trim),
    "trimprefix": (2, 2, _trim_prefix),
    "trimspace": (1, 1, lambda arguments: trim_space(text(arguments[0]))),
    "trimsuffix": (2, 2, _trim_suffix),
    "upper": (1, 1, lambda arguments: text(arguments[0]).upper()),
}
