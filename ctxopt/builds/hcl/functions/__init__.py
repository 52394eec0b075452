"""The functions that buildx gives the expressions of a bake file. One group a module, found by its being here."""

from ctxopt.builds.hcl.functions import (
    collections,
    encodings,
    formats,
    networks,
    numbers,
    patterns,
    texts,
    times,
    versions,
)
from ctxopt.builds.hcl.functions.function import Builtin
from ctxopt.builds.hcl.values import EvaluationError, TooLargeError, UnknownValueError, Value, converted

_MODULES = (collections, encodings, formats, networks, numbers, patterns, texts, times, versions)
_BUILTINS: dict[str, Builtin] = {name: one for module in _MODULES for name, one in module.FUNCTIONS.items()}

#: Functions of HCL that take expressions and not their values.
_SPECIAL = ("can", "convert", "try")

#: The names of all functions.
NAMES = frozenset((*_BUILTINS, *_SPECIAL))


def call_builtin(name: str, arguments: list[Value]) -> Value:
    """The result of a function. Raises EvaluationError where buildx would fail, and UnknownValueError."""
    builtin = _BUILTINS.get(name)
    if builtin is None:
        raise EvaluationError(f"there is no function {name}")
    count = len(builtin.parameters)
    if len(arguments) < count or (len(arguments) > count and builtin.rest is None):
        raise EvaluationError(f"{name} takes {count} arguments, not {len(arguments)}")
    types = [*builtin.parameters, *([builtin.rest or "any"] * (len(arguments) - count))]
    try:
        given = []
        for argument, wanted in zip(arguments, types, strict=True):
            if argument is None and not builtin.nulls:
                raise EvaluationError("an argument is null")
            given.append(converted(argument, wanted))
        return builtin.call(*given)
    except EvaluationError as error:
        raise EvaluationError(f"{name}: {error}") from None
    except (OverflowError, MemoryError, RecursionError):
        raise TooLargeError from None


__all__ = ["NAMES", "UnknownValueError", "call_builtin"]
