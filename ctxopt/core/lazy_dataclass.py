"""Dataclasses whose constructors are compiled after their first instances, not when modules are loaded.

The standard library compiles up to six methods for each class. That took a third of the time of a run on a small
project, though most classes that a command loads get no instance or a few. Here only the constructor is compiled, and
only where it is called more often. A property test holds that classes of both kinds behave the same;
`dataclasses.fields` and `replace` work with both.
"""

from _thread import RLock
from collections.abc import Callable
from dataclasses import KW_ONLY, MISSING, Field, FrozenInstanceError, InitVar
from dataclasses import dataclass as _eager
from inspect import get_annotations
from operator import attrgetter
from reprlib import recursive_repr
from typing import TYPE_CHECKING, Any, ClassVar, get_origin

#: What a class can have of its own only with the standard library, which keeps it, refuses it or calls it.
_METHODS = frozenset(
    ("__init__", "__post_init__", "__eq__", "__hash__", "__repr__", "__setattr__", "__delattr__", "__getstate__")
)

#: As many instances of a class are made before its constructor is compiled: most classes get no more.
_FEW = 4

_compiling = RLock()

if TYPE_CHECKING:
    from dataclasses import dataclass as dataclass
else:

    def dataclass(cls=None, /, **options):
        """`dataclasses.dataclass`, lazy for a class that has no base and only ordinary fields."""
        if cls is None:
            return lambda found: dataclass(found, **options)
        if options.keys() <= {"slots", "frozen", "eq"} and _is_ordinary(cls):
            return _lazy(cls, options)
        return _eager(cls, **options)


def _is_ordinary(cls: type) -> bool:
    """Whether the class has no base, none of the methods that it is to get, and no field that is treated specially."""
    hints = get_annotations(cls)
    defaults = (cls.__dict__.get(name) for name in hints)
    return (
        cls.__bases__ == (object,)
        and _METHODS.isdisjoint(cls.__dict__)
        and all(map(_makes_a_field, hints.values()))
        and all(default.init and default.hash is None for default in defaults if isinstance(default, Field))
    )


def _makes_a_field(hint: object) -> bool:
    """Whether an annotation makes a field, and has no further meaning."""
    if isinstance(hint, str):
        return "Var" not in hint and "KW_ONLY" not in hint
    return not (hint is KW_ONLY or hint is ClassVar or isinstance(hint, InitVar) or get_origin(hint) is ClassVar)


def _lazy(plain: type, options: dict[str, bool]) -> Any:
    """The class with methods that compile nothing but for the first instance; another class if it is to have slots."""
    names = tuple(get_annotations(plain))
    given = {name: plain.__dict__[name] for name in names if name in plain.__dict__}
    special = {name: default for name, default in given.items() if isinstance(default, Field)}
    keywords = [name for name, default in special.items() if default.kw_only is True]
    frozen, slots = options.get("frozen", False), options.get("slots", False)
    methods: dict[str, Any] = {
        "__match_args__": tuple(name for name in names if name not in keywords),
        "__repr__": _shown([name for name in names if name not in special or special[name].repr]),
    }
    if options.get("eq", True):
        methods |= _comparison([name for name in names if name not in special or special[name].compare])
        if not frozen:
            methods["__hash__"] = None
    if frozen:
        methods |= _REFUSALS | (_copying(names) if slots else {})
    left = _FEW

    def construct(self: object, *args: object, **named: object) -> None:
        nonlocal left
        values = _values_given(names, given, keywords, args, named) if left else None
        if values is None:
            # Also where the arguments do not fit: then it says so.
            compile_constructor()
            made.__init__(self, *args, **named)
            return
        left -= 1
        for name in names:
            object.__setattr__(self, name, values[name])

    def compile_constructor() -> None:
        with _compiling:
            if made.__init__ is construct:
                made.__init__ = _constructor(made, names, given, keywords, frozen=frozen)
                del made.__signature__

    def ask_for_parameters() -> None:
        # They are the same for all classes with these options.
        whole: Any = _eager(**options)(type("_Empty", (), {"__doc__": "given"}))
        made.__dataclass_params__ = whole.__dataclass_params__

    def ask_for_fields() -> None:
        # `dataclasses.replace` asks for them in every run, and without methods nothing is compiled. A signature is put
        # together for a class that has no docstring.
        body = {"__annotations__": get_annotations(plain), "__module__": plain.__module__, "__doc__": "given", **given}
        whole: Any = _eager(init=False, repr=False, eq=False, match_args=False)(type(plain.__name__, (), body))
        made.__dataclass_fields__ = whole.__dataclass_fields__

    methods |= {
        "__init__": construct,
        "__signature__": _WhenAsked("__signature__", compile_constructor),
        "__dataclass_params__": _WhenAsked("__dataclass_params__", ask_for_parameters),
        "__dataclass_fields__": _WhenAsked("__dataclass_fields__", ask_for_fields),
    }
    made = _with_slots(plain, names, methods) if slots else _changed(plain, special, methods)
    return made


def _with_slots(plain: type, names: tuple[str, ...], methods: dict[str, Any]) -> Any:
    """A class like another one, with slots and some methods of its own."""
    body = {name: value for name, value in plain.__dict__.items() if name not in (*names, "__dict__", "__weakref__")}
    return type(plain.__name__, (), {**body, "__slots__": names, **methods})


def _changed(plain: Any, special: dict[str, "Field[Any]"], methods: dict[str, Any]) -> Any:
    """The class itself, with some methods of its own, and with defaults where it has descriptions of fields."""
    for name, described in special.items():
        if described.default is MISSING:
            delattr(plain, name)
        else:
            setattr(plain, name, described.default)
    for name, method in methods.items():
        setattr(plain, name, method)
    return plain


class _WhenAsked:
    """An attribute of a class that a function replaces or removes before it is read."""

    def __init__(self, name: str, replace: Callable[[], None]) -> None:
        self._name, self._replace = name, replace

    def __get__(self, instance: object, owner: type) -> object:
        self._replace()
        return getattr(owner, self._name)


class _FromFactory:
    """The default of a parameter whose field has a factory."""

    def __repr__(self) -> str:
        return "<factory>"


_FROM_FACTORY = _FromFactory()


def _values_given(
    names: tuple[str, ...],
    given: dict[str, Any],
    keywords: list[str],
    args: tuple[object, ...],
    named: dict[str, object],
) -> dict[str, object] | None:
    """The value of each field by the arguments of a constructor; None if they do not fit."""
    positional = [name for name in names if name not in keywords]
    values = dict(zip(positional, args, strict=False))
    if len(args) > len(positional) or not values.keys().isdisjoint(named):
        return None
    values |= named
    for name in names:
        if name not in values:
            default = given.get(name, MISSING)
            if isinstance(default, Field):
                factory = default.default_factory
                default = default.default if factory is MISSING else factory()
            if default is MISSING:
                return None
            values[name] = default
    return values if len(values) == len(names) else None


def _constructor(
    made: Any, names: tuple[str, ...], given: dict[str, Any], keywords: list[str], *, frozen: bool
) -> Callable[..., None]:
    """The constructor, with a parameter for each field; `given` has defaults, or the descriptions of fields."""
    known: dict[str, Any] = {"_FROM_FACTORY": _FROM_FACTORY, "_set": object.__setattr__, "__name__": made.__module__}
    slots = made.__dict__.get("__slots__", ())
    parameters, lines = ["self"], []
    for name in sorted(names, key=keywords.__contains__):
        default, factory = given.get(name, MISSING), None
        if isinstance(default, Field):
            factory = None if default.default_factory is MISSING else default.default_factory
            default = default.default
        if keywords and name == keywords[0]:
            parameters.append("*")
        known[f"_new_{name}"] = factory
        known[f"_default_{name}"] = _FROM_FACTORY if factory else default
        optional = factory or default is not MISSING
        parameters.append(f"{name}=_default_{name}" if optional else name)
        value = f"_new_{name}() if {name} is _FROM_FACTORY else {name}" if factory else name
        if not frozen:
            lines.append(f" self.{name} = {value}")
        elif name in slots:
            # A class that is frozen refuses to assign, but its slots do not.
            known[f"_set_{name}"] = made.__dict__[name].__set__
            lines.append(f" _set_{name}(self, {value})")
        else:
            lines.append(f" _set(self, {name!r}, {value})")
    exec(f"def __init__({', '.join(parameters)}):\n" + ("\n".join(lines) or " pass"), known)
    constructor: Callable[..., None] = known["__init__"]
    constructor.__qualname__ = f"{made.__qualname__}.__init__"
    constructor.__annotations__ = {**get_annotations(made), "return": None}
    return constructor


def _values_of(names: list[str]) -> Callable[[object], object]:
    """A function that returns the values of these attributes; of one alone without a tuple."""
    return attrgetter(*names) if names else lambda _: ()


def _comparison(names: list[str]) -> dict[str, Any]:
    """The methods that compare objects of the same class by these fields."""
    values = _values_of(names)

    def equal(self: object, other: object) -> bool:
        return values(self) == values(other) if other.__class__ is self.__class__ else NotImplemented

    def hashed(self: object) -> int:
        return hash(values(self))

    return {"__eq__": equal, "__hash__": hashed}


def _shown(names: list[str]) -> Callable[[object], str]:
    def shown(self: object) -> str:
        fields = ", ".join(f"{name}={getattr(self, name)!r}" for name in names)
        return f"{self.__class__.__qualname__}({fields})"

    return recursive_repr()(shown)


def _refuse_to_assign(self: object, name: str, value: object) -> None:
    raise FrozenInstanceError(f"cannot assign to field {name!r}")


def _refuse_to_delete(self: object, name: str) -> None:
    raise FrozenInstanceError(f"cannot delete field {name!r}")


#: The methods that refuse changes.
_REFUSALS: dict[str, Any] = {"__setattr__": _refuse_to_assign, "__delattr__": _refuse_to_delete}


def _copying(names: tuple[str, ...]) -> dict[str, Any]:
    """The methods by which a copy is made of what refuses changes and has slots."""

    def state(self: object) -> list[object]:
        return [getattr(self, name) for name in names]

    def restored(self: object, state: list[object]) -> None:
        for name, value in zip(names, state, strict=True):
            object.__setattr__(self, name, value)

    return {"__getstate__": state, "__setstate__": restored}
