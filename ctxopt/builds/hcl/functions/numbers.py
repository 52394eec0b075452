"""Functions of numbers, booleans and comparisons."""

import math
from collections.abc import Callable, Mapping
from fractions import Fraction

from ctxopt.builds.hcl.functions.function import Builtin, on
from ctxopt.builds.hcl.values import (
    EvaluationError,
    TooLargeError,
    Value,
    converted,
    float_value,
    rounded,
    same,
    type_name,
    type_of,
    unified,
    whole,
)

_DIGITS = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"


def _divide(left: Fraction, right: Fraction) -> Value:
    if not right:
        raise EvaluationError("division by zero")
    return rounded(left / right)


def _modulo(left: Fraction, right: Fraction) -> Value:
    if not right:
        raise EvaluationError("division by zero")
    return rounded(left - right * int(left / right))


def _floating(function: Callable[[float, float], float]) -> Callable[[Fraction, Fraction], Value]:
    """A function that buildx computes with 64 bits."""

    def call(left: Fraction, right: Fraction) -> Value:
        try:
            found = function(float(left), float(right))
        except (ValueError, ZeroDivisionError, OverflowError):
            raise EvaluationError("it has no result for these numbers") from None
        if not math.isfinite(found):
            raise EvaluationError("it has no result for these numbers")
        return float_value(found)

    return call


def _parse_int(value: Value, base: Fraction) -> Value:
    if not isinstance(value, str):
        raise EvaluationError(f"a string is required, not {type_name(value)}")
    radix = whole(base)
    if not 2 <= radix <= 62:
        raise EvaluationError("the base must be between 2 and 62")
    if len(value) > 1000:
        raise TooLargeError
    digits = value[1:] if value[:1] in ("+", "-") else value
    places = [_DIGITS.find(digit.lower() if radix <= 36 else digit) for digit in digits]
    if not places or any(not 0 <= place < radix for place in places):
        raise EvaluationError(f"{value[:40]} is no number of base {radix}")
    number = 0
    for place in places:
        number = number * radix + place
    return Fraction(-number if value[0] == "-" else number)


def _least(*numbers: Fraction) -> Value:
    if not numbers:
        raise EvaluationError("at least one number is required")
    return min(numbers)


def _largest(*numbers: Fraction) -> Value:
    if not numbers:
        raise EvaluationError("at least one number is required")
    return max(numbers)


def _signum(number: Fraction) -> Value:
    found = whole(number)
    return Fraction((found > 0) - (found < 0))


def _coalesce(*values: Value) -> Value:
    wanted = unified([type_of(value) for value in values])
    if wanted is None:
        raise EvaluationError("all arguments must have the same type")
    found = next((value for value in values if value is not None), None)
    if found is None:
        raise EvaluationError("all arguments are null")
    return converted(found, wanted)


_TWO = ("number", "number")

FUNCTIONS: Mapping[str, Builtin] = {
    "absolute": on(abs, "number"),
    "add": on(lambda left, right: rounded(left + right), *_TWO),
    "and": on(lambda left, right: left and right, "bool", "bool"),
    "ceil": on(lambda number: Fraction(math.ceil(number)), "number"),
    "coalesce": on(_coalesce, rest="any", nulls=True),
    "divide": on(_divide, *_TWO),
    "equal": on(same, "any", "any", nulls=True),
    "floor": on(lambda number: Fraction(math.floor(number)), "number"),
    "greaterthan": on(lambda left, right: left > right, *_TWO),
    "greaterthanorequalto": on(lambda left, right: left >= right, *_TWO),
    "int": on(lambda number: Fraction(int(number)), "number"),
    "lessthan": on(lambda left, right: left < right, *_TWO),
    "lessthanorequalto": on(lambda left, right: left <= right, *_TWO),
    "log": on(_floating(lambda number, base: math.log(number) / math.log(base)), *_TWO),
    "max": on(_largest, rest="number"),
    "min": on(_least, rest="number"),
    "modulo": on(_modulo, *_TWO),
    "multiply": on(lambda left, right: rounded(left * right), *_TWO),
    "negate": on(lambda number: -number, "number"),
    "not": on(lambda value: not value, "bool"),
    "notequal": on(lambda left, right: not same(left, right), "any", "any", nulls=True),
    "or": on(lambda left, right: left or right, "bool", "bool"),
    "parseint": on(_parse_int, "any", "number"),
    "pow": on(_floating(math.pow), *_TWO),
    "signum": on(_signum, "number"),
    "subtract": on(lambda left, right: rounded(left - right), *_TWO),
}
