"""Tables of TOML as named tuples, their keys and types checked, or as they were compiled from that.

Reading TOML took a sixth of a short run, so that commands load the modules in `compiled/` instead, which
`make catalogue` writes and a test compares.

A text in a list that begins with a name in braces, such as "{pip} install", stands for several: one for each spelling
of that name in spellings.toml.
"""

from collections.abc import Mapping
from functools import cache
from importlib import import_module
from pkgutil import get_data
from typing import Any, Literal, TypeVar, cast, get_args, get_origin, get_type_hints

from ctxopt.core.lazy_re import lazy_re

_Table = TypeVar("_Table")


_SPELLED = lazy_re(r"\{([\w ]+)\}")


@cache
def spellings() -> Mapping[str, tuple[str, ...]]:
    """The spellings of commands by the names that stand for them."""
    return {name: tuple(given) for name, given in _loaded("spellings.toml").items()}


def read_table(kind: type[_Table], file: str) -> _Table:
    """What a file of this package says, as a named tuple of this kind; from its compiled module."""
    return cast(_Table, _compiled(file))


def read_list(kind: type[_Table], file: str) -> tuple[_Table, ...]:
    """What a file of this package lists, each as a named tuple of this kind; from its compiled module."""
    return cast(tuple[_Table, ...], _compiled(file))


def _compiled(file: str) -> object:
    return import_module(f"{__package__}.compiled.{file.removesuffix('.toml')}_table").VALUE


def source_table(kind: type[_Table], file: str) -> _Table:
    """A file of this package as a named tuple. Raises ValueError for unknown or missing keys and wrong types."""
    return table(kind, _loaded(file), file)


def source_list(kind: type[_Table], file: str) -> tuple[_Table, ...]:
    """A file of this package that has nothing but one list of tables, whatever its key is. Raises ValueError."""
    ((key, value),) = _loaded(file).items()
    return tuple(table(kind, item, f"{file}: {key}") for item in value)


def _loaded(file: str) -> dict[str, Any]:
    import tomllib

    return tomllib.loads((get_data(__package__, file) or b"").decode())


def table(kind: type[_Table], value: object, where: str) -> _Table:
    """A table as a named tuple. Raises ValueError for unknown or missing keys and values of wrong types."""
    if not isinstance(value, Mapping):
        raise ValueError(f"{where} must be a table")
    hints, needed = _keys(cast(Any, kind))
    unknown = sorted(value.keys() - hints.keys())
    if unknown:
        raise ValueError(f"{where} has an unknown key: {', '.join(unknown)}")
    missing = [name for name in needed if name not in value]
    if missing:
        raise ValueError(f"{where} lacks a key: {', '.join(missing)}")
    return kind(**{key: _value(hints[key], item, f"{where}: {key}") for key, item in value.items()})


@cache
def _keys(kind: Any) -> tuple[dict[str, Any], tuple[str, ...]]:
    """The keys of a named tuple with their types, and those that must be there."""
    return get_type_hints(kind), tuple(name for name in kind._fields if name not in kind._field_defaults)


def _value(hint: Any, value: object, where: str) -> Any:
    origin = get_origin(hint)
    if origin is tuple:
        return _list(get_args(hint)[0], value, where)
    if origin is Mapping:
        if not isinstance(value, dict):
            raise ValueError(f"{where} must be a table")
        return {key: _value(get_args(hint)[1], item, f"{where}: {key}") for key, item in value.items()}
    if origin is Literal:
        if value not in get_args(hint):
            raise ValueError(f"{where} must be one of: {', '.join(map(repr, get_args(hint)))}")
        return value
    if hint in (str, bool, int):
        if type(value) is not hint:
            raise ValueError(f"{where} must be a {hint.__name__}")
        return value
    return table(hint, value, where)


def _list(hint: Any, value: object, where: str) -> tuple[Any, ...]:
    if not isinstance(value, list):
        raise ValueError(f"{where} must be a list")
    if hint is not str:
        return tuple(_value(hint, item, where) for item in value)
    if not all(type(item) is str for item in value):
        raise ValueError(f"{where} must be a list of texts")
    if not any(item[:1] == "{" for item in value):
        return tuple(value)
    return tuple(text for item in value for text in _spelled(item, where))


def _spelled(text: str, where: str) -> tuple[str, ...]:
    """All texts that a text with a name in braces stands for."""
    found = _SPELLED.match(text)
    if found is None:
        return (text,)
    if found[1] not in spellings():
        raise ValueError(f"{where} has an unknown name: {found[0]}")
    return tuple(spelling + text[found.end() :] for spelling in spellings()[found[1]])
