"""What a function of a bake file takes, and how it is called."""

from collections.abc import Callable
from typing import Any

from ctxopt.builds.hcl.values import Type, Value
from ctxopt.core.lazy_dataclass import dataclass


@dataclass(frozen=True, slots=True)
class Builtin:
    """A function: the types of its parameters, to which arguments are converted, and of further ones if it takes any.

    `nulls`: arguments may be null.
    """

    parameters: tuple[Type, ...]
    call: Callable[..., Value]
    rest: Type | None = None
    nulls: bool = False


def on(call: Callable[..., Any], *parameters: Type, rest: Type | None = None, nulls: bool = False) -> Builtin:
    """A function of these parameters."""
    return Builtin(parameters, call, rest, nulls)
