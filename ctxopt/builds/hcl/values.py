"""The values of expressions in a bake file, their types, and how one type becomes another.

Follows go-cty: a literal list is a tuple, whose elements may differ in type, a literal object likewise; lists, sets and
maps have elements of one type, and come from functions.
"""

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import field
from fractions import Fraction
from typing import Any, TypeAlias

from ctxopt.core.lazy_dataclass import dataclass

Value: TypeAlias = "bool | Fraction | str | Seq | Obj | None"

#: Maximum length of a text, and maximum size of a value, each shared part counted as often as it occurs.
LONGEST = 1 << 20
_LARGEST = 1 << 20

#: The precision of a number in bits, and the largest exponent that is kept.
_BITS = 512
_EXPONENT = 4096


class UnknownValueError(Exception):
    """An expression whose value is not known here, such as the time."""


class EvaluationError(Exception):
    """An expression that buildx refuses; `str()` says why."""


class TooLargeError(Exception):
    """A value that is larger than any file needs."""


@dataclass(frozen=True, slots=True)
class Seq:
    """A "tuple", "list" or "set". A set is sorted and has no element twice."""

    kind: str
    items: tuple[Value, ...]
    size: int = field(init=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "size", _size(self.items))


@dataclass(frozen=True, slots=True)
class Obj:
    """An "object" or a "map"."""

    kind: str
    entries: Mapping[str, Value]
    size: int = field(init=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "size", _size(self.entries.values()))

    def sorted(self) -> list[tuple[str, Value]]:
        """The entries in the order in which they are gone through."""
        return sorted(self.entries.items(), key=lambda entry: entry[0].encode("utf-8", "surrogatepass"))


def _size(values: Iterable[Value]) -> int:
    size = 1 + sum(value.size if isinstance(value, Seq | Obj) else 1 for value in values)
    if size > _LARGEST:
        raise TooLargeError
    return size


def tuple_of(items: Iterable[Value]) -> Seq:
    """A tuple of these elements."""
    return Seq("tuple", tuple(items))


def object_of(entries: Mapping[str, Value]) -> Obj:
    """An object with these attributes."""
    return Obj("object", entries)


def short(text: str) -> str:
    """A text, if it is not too long. Raises TooLargeError."""
    if len(text) > LONGEST:
        raise TooLargeError
    return text


# -- numbers ------------------------------------------------------------------------------------


def rounded(number: Fraction) -> Fraction:
    """A number with the precision that buildx keeps. Raises TooLargeError beyond what it is sensible to write."""
    if not number:
        return number
    exponent = number.numerator.bit_length() - number.denominator.bit_length() - _BITS
    if abs(exponent) > _EXPONENT:
        raise TooLargeError
    scaled = number / Fraction(2) ** exponent
    whole = round(scaled)
    # The estimate of the exponent may be one too large.
    if abs(whole) < 1 << (_BITS - 1):
        exponent -= 1
        whole = round(scaled * 2)
    return whole * Fraction(2) ** exponent


def parsed_number(text: str) -> Fraction | None:
    """The number that a text is; None if it is none."""
    digits = text[1:] if text[:1] in ("+", "-") else text
    mantissa, mark, exponent = digits.lower().partition("e")
    whole, _, fraction = mantissa.partition(".")
    plain = whole + fraction
    if not plain or not plain.isascii() or not plain.isdigit() or len(text) > 1000:
        return None
    power = 0
    if mark:
        sign = exponent[1:] if exponent[:1] in ("+", "-") else exponent
        if not sign.isascii() or not sign.isdigit() or len(sign) > 6:
            return None
        power = int(exponent)
    if abs(power) > _EXPONENT:
        raise TooLargeError
    number = Fraction(int(plain)) * Fraction(10) ** (power - len(fraction))
    return rounded(-number if text[0] == "-" else number)


def float_value(number: float) -> Fraction:
    """A number of 64 bits, as it is written."""
    return rounded(Fraction(repr(number)))


def number_text(number: Fraction) -> str:
    """A number in the fewest digits that give it back."""
    if number.denominator == 1 and number.numerator.bit_length() <= _BITS:
        return str(number.numerator)
    for digits in range(1, 400):
        shown = _with_digits(number, digits)
        if parsed_number(shown) == number:
            return shown
    raise TooLargeError


def _with_digits(number: Fraction, digits: int) -> str:
    """A number rounded to so many significant digits, without an exponent."""
    magnitude = abs(number)
    exponent = math.floor(math.log10(magnitude.numerator) - math.log10(magnitude.denominator))
    while magnitude >= Fraction(10) ** (exponent + 1):
        exponent += 1
    while magnitude < Fraction(10) ** exponent:
        exponent -= 1
    places = digits - 1 - exponent
    if places <= 0:
        return ("-" if number < 0 else "") + str(round(magnitude / 10**-places) * 10**-places)
    scaled = str(round(magnitude * Fraction(10) ** places)).rjust(places + 1, "0")
    shown = f"{scaled[:-places]}.{scaled[-places:]}".rstrip("0").rstrip(".")
    return ("-" if number < 0 else "") + shown


def whole(number: Fraction) -> int:
    """A whole number of a size that counts can have. Raises EvaluationError."""
    if number.denominator != 1:
        raise EvaluationError(f"a whole number is required, not {number_text(number)}")
    if abs(number) >= 1 << 63:
        raise EvaluationError(f"{number_text(number)} is too large")
    return number.numerator


# -- types --------------------------------------------------------------------------------------

#: "string", "number", "bool", "any" (of null, and of the elements of an empty list), or a kind with what it contains.
Type: TypeAlias = str | tuple[Any, ...]

_PRIMITIVES = ("string", "number", "bool")


def type_of(value: Value) -> Type:
    """The type of a value."""
    if value is None:
        return "any"
    if isinstance(value, bool):
        return "bool"
    if isinstance(value, Fraction):
        return "number"
    if isinstance(value, str):
        return "string"
    if isinstance(value, Obj):
        if value.kind == "map":
            return ("map", _common(value.entries.values()))
        return ("object", tuple((name, type_of(item)) for name, item in value.sorted()))
    if value.kind == "tuple":
        return ("tuple", tuple(map(type_of, value.items)))
    return (value.kind, _common(value.items))


def _common(values: Iterable[Value]) -> Type:
    return next((found for found in map(type_of, values) if found != "any"), "any")


def type_name(value: Value) -> str:
    """What the type of a value is called, for people."""
    found = type_of(value)
    return "null" if value is None else found if isinstance(found, str) else str(found[0])


def unified(types: Sequence[Type]) -> Type | None:
    """The type that values of all these types can have; None if there is none."""
    known = list(dict.fromkeys(found for found in types if found != "any"))
    if len(known) < 2:
        return known[0] if known else "any"
    if all(isinstance(found, str) for found in known):
        return "string" if "string" in known else None
    if any(isinstance(found, str) for found in known):
        return None
    kinds = {str(found[0]) for found in known}
    if kinds <= {"tuple", "list", "set"}:
        return _unified_sequences(known, kinds)
    if kinds <= {"object", "map"}:
        return _unified_mappings(known, kinds)
    return None


def _unified_sequences(types: list[Type], kinds: set[str]) -> Type | None:
    contents = [found[1] for found in types]
    if kinds == {"tuple"} and len({len(items) for items in contents if isinstance(items, tuple)}) == 1:
        elements = [unified(column) for column in zip(*contents, strict=True)]
        return None if None in elements else ("tuple", tuple(elements))
    inner: list[Type] = []
    for found in types:
        inner += found[1] if found[0] == "tuple" else (found[1],)
    element = unified(inner)
    return None if element is None else ("set" if "set" in kinds else "list", element)


def _unified_mappings(types: list[Type], kinds: set[str]) -> Type | None:
    found_objects: list[Any] = [found[1] for found in types if found[0] == "object"]
    objects: list[dict[str, Type]] = [dict(found) for found in found_objects]
    if kinds == {"object"} and len({tuple(attributes) for attributes in objects}) == 1:
        made = {name: unified([attributes[name] for attributes in objects]) for name in objects[0]}
        return None if None in made.values() else ("object", tuple(made.items()))
    inner = [item for attributes in objects for item in attributes.values()]
    inner += [found[1] for found in types if found[0] == "map"]
    element = unified(inner)
    return None if element is None else ("map", element)


# -- conversions --------------------------------------------------------------------------------


def text(value: Value) -> str:
    """A value converted to a string, as in a template. Raises EvaluationError."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Fraction):
        return number_text(value)
    if isinstance(value, str):
        return value
    raise EvaluationError(f"a string is required, not {type_name(value)}")


def number(value: Value) -> Fraction:
    """A value converted to a number. Raises EvaluationError."""
    if isinstance(value, Fraction):
        return value
    found = parsed_number(value) if isinstance(value, str) else None
    if found is None:
        raise EvaluationError(f"a number is required, not {type_name(value)}")
    return found


def boolean(value: Value) -> bool:
    """A value converted to a boolean. Raises EvaluationError."""
    if isinstance(value, bool):
        return value
    if value in ("true", "1"):
        return True
    if value in ("false", "0"):
        return False
    raise EvaluationError(f"a bool is required, not {type_name(value)}")


def converted(value: Value, wanted: Type) -> Value:
    """A value converted to a type. Raises EvaluationError."""
    if value is None or wanted == "any":
        return value
    if isinstance(wanted, str):
        conversions: Mapping[str, Callable[[Value], Value]] = {"string": text, "number": number, "bool": boolean}
        return conversions[wanted](value)
    kind, inner = str(wanted[0]), wanted[1]
    if kind in ("list", "set"):
        if not isinstance(value, Seq):
            raise EvaluationError(f"a {kind} is required, not {type_name(value)}")
        return sequence(kind, value.items, inner)
    if kind == "tuple" and isinstance(value, Seq) and isinstance(inner, tuple):
        if value.kind == "set" or len(value.items) != len(inner):
            raise EvaluationError(f"a tuple of {len(inner)} elements is required")
        return tuple_of(converted(item, of) for item, of in zip(value.items, inner, strict=True))
    if kind == "map" and isinstance(value, Obj):
        return mapping(value.entries, inner)
    if kind == "object" and isinstance(value, Obj) and isinstance(inner, tuple):
        return object_of({name: converted(_attribute(value, name), of) for name, of in inner})
    raise EvaluationError(f"{'an' if kind[0] in 'ao' else 'a'} {kind} is required, not {type_name(value)}")


def _attribute(value: Obj, name: str) -> Value:
    if name not in value.entries:
        raise EvaluationError(f'the attribute "{name}" is required')
    return value.entries[name]


def sequence(kind: str, items: Iterable[Value], element: Type = "any") -> Seq:
    """A "list" or a "set" whose elements have one type, converted to it. Raises EvaluationError."""
    items = tuple(items)
    of = _element_type(items, element)
    made = tuple(converted(item, of) for item in items)
    return Seq("set", _distinct_and_sorted(made)) if kind == "set" else Seq(kind, made)


def mapping(entries: Mapping[str, Value], element: Type = "any") -> Obj:
    """A map whose elements have one type, converted to it. Raises EvaluationError."""
    of = _element_type(tuple(entries.values()), element)
    return Obj("map", {name: converted(item, of) for name, item in entries.items()})


def _element_type(items: Sequence[Value], element: Type) -> Type:
    if element != "any":
        return element
    of = unified([type_of(item) for item in items])
    if of is None:
        raise EvaluationError("all elements must have the same type")
    return of


def _distinct_and_sorted(items: Sequence[Value]) -> tuple[Value, ...]:
    found = {key(item): item for item in items}
    return tuple(found[name] for name in sorted(found))


def key(value: Value) -> tuple[object, ...]:
    """Equal for equal values, and ordered as the elements of a set are."""
    if value is None:
        # Null comes last.
        return (9,)
    if isinstance(value, bool | Fraction):
        return (1, "bool" if isinstance(value, bool) else "number", value)
    if isinstance(value, str):
        return (1, "string", value.encode("utf-8", "surrogatepass"))
    if isinstance(value, Obj):
        entries = ((name.encode("utf-8", "surrogatepass"), key(item)) for name, item in value.sorted())
        return (2, value.kind, tuple(entries))
    return (2, value.kind, tuple(map(key, value.items)))


def same(left: Value, right: Value) -> bool:
    """Whether two values are equal. Those of different types are not."""
    return key(left) == key(right)
