"""Lazy dataclasses behave as those of the standard library do."""

import copy
import dataclasses
import inspect
from collections.abc import Callable
from typing import Any, ClassVar

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ctxopt.core import lazy_dataclass

_NAMES = ("a", "b", "c", "d")
_FIELDS: dict[str, Callable[[], Any]] = {
    "needed": lambda: dataclasses.MISSING,
    "default": lambda: 7,
    "described": lambda: dataclasses.field(default=7),
    "factory": lambda: dataclasses.field(default_factory=list),
    "not compared": lambda: dataclasses.field(default=7, compare=False),
    "not shown": lambda: dataclasses.field(default=7, repr=False),
    "named": lambda: dataclasses.field(kw_only=True),
    "named default": lambda: dataclasses.field(default=7, kw_only=True, compare=False),
    "apart": lambda: dataclasses.field(default=7, init=False),
    "not hashed": lambda: dataclasses.field(default=7, hash=False),
}
_kinds = st.lists(st.sampled_from(sorted(_FIELDS)), max_size=len(_NAMES))
_values = st.lists(st.integers(0, 2), max_size=len(_NAMES))


def _made(dataclass: Callable[..., Any], kinds: list[str], options: dict[str, bool]) -> Any:
    body: dict[str, Any] = {"__annotations__": {}, "__qualname__": "Example", "__module__": __name__}
    for name, kind in zip(_NAMES, kinds, strict=False):
        body["__annotations__"][name] = int
        if (default := _FIELDS[kind]()) is not dataclasses.MISSING:
            body[name] = default
    return dataclass(**options)(type("Example", (), body))


def _outcome(call: Callable[[], object]) -> object:
    """What a call returns or raises, as text: the classes of both kinds have the same name."""
    try:
        return repr(call())
    except Exception as error:  # compared, whatever it is
        return type(error), str(error)


@given(_kinds, st.booleans(), st.booleans(), st.booleans(), _values, st.sets(st.sampled_from(_NAMES)), _values)
def test_both_kinds_behave_the_same(
    kinds: list[str], frozen: bool, eq: bool, slots: bool, values: list[int], named: set[str], others: list[int]
) -> None:
    options = {"frozen": frozen, "eq": eq, "slots": slots}
    # What lacks a default comes first: the type checker refuses anything else.
    kinds.sort(key=lambda kind: kind != "needed")

    def outcomes(dataclass: Callable[..., Any]) -> list[object]:
        made = _made(dataclass, kinds, options)
        keywords = dict.fromkeys(sorted(named), 1)
        found = [
            _outcome(lambda: made(*values, **keywords)),
            _outcome(lambda: inspect.signature(made)),
            _outcome(lambda: made.__match_args__),
            _outcome(lambda: [(field.name, field.compare, field.kw_only) for field in dataclasses.fields(made)]),
            repr(made.__dataclass_params__),
            {name: repr(vars(made).get(name, "none")) for name in _NAMES} if not slots else None,
        ]
        try:
            one, two = made(*values, **keywords), made(*others, **keywords)
        except TypeError:
            return found
        return [
            *found,
            one == two,
            one == one,
            one == "text",
            _outcome(lambda: hash(one) == hash(copy.copy(one)) if eq else None),
            _outcome(lambda: copy.copy(one)),
            _outcome(lambda: dataclasses.replace(one, a=5)),
            _outcome(lambda: dataclasses.asdict(one)),
            _outcome(lambda: setattr(one, "a", 3)) if kinds else None,
            _outcome(lambda: delattr(one, "a")) if kinds and frozen else None,
            _outcome(lambda: one),
        ]

    assert outcomes(lazy_dataclass.dataclass) == outcomes(dataclasses.dataclass)


def test_the_constructor_is_compiled_where_it_is_called_often() -> None:
    made = _made(lazy_dataclass.dataclass, ["needed"], {"frozen": True, "slots": True})
    before = made.__init__
    assert made(1) == made(1)
    assert made.__init__ is before
    assert len({made(number) for number in range(9)}) == 9
    assert made.__init__ is not before


@pytest.mark.parametrize(
    "body",
    [
        {"__post_init__": lambda self: object.__setattr__(self, "a", 8)},
        {"__eq__": lambda self, other: True},
        {"__repr__": lambda self: "shown"},
        {"__annotations__": {"a": int, "b": ClassVar[int]}},
        {"__annotations__": {"a": int, "b": "ClassVar[int]"}, "b": 2},
        {"__annotations__": {"_": dataclasses.KW_ONLY, "a": int}},
        {"__annotations__": {"a": dataclasses.InitVar[int]}},
    ],
)
def test_what_is_special_is_left_to_the_standard_library(body: dict[str, Any]) -> None:
    def outcome(dataclass: Callable[..., Any]) -> object:
        plain = type("Example", (), {"__annotations__": {"a": int}, "__module__": __name__, **body})
        made = dataclass(frozen=True, slots=True)(plain)
        return _outcome(lambda: (made(a=1), made(a=1) == made(a=2), made.__match_args__))

    assert outcome(lazy_dataclass.dataclass) == outcome(dataclasses.dataclass)


def test_a_class_can_be_derived_from_a_lazy_one() -> None:
    base = _made(lazy_dataclass.dataclass, ["needed", "default"], {"frozen": True, "slots": True})
    derived: Any = lazy_dataclass.dataclass(frozen=True, slots=True)(
        type("Derived", (base,), {"__annotations__": {"e": int}, "e": 3, "__module__": __name__})
    )
    found: Any = derived(1)
    assert (found.a, found.b, found.e) == (1, 7, 3)
    assert [field.name for field in dataclasses.fields(derived)] == ["a", "b", "e"]
    with pytest.raises(dataclasses.FrozenInstanceError):
        found.a = 2
