"""Variables in the values of a Compose file and of its .env file, as Compose replaces them."""

from collections.abc import Callable

from ctxopt.core.lazy_re import lazy_re

#: Maximum length of a value after all variables are replaced, in characters.
_LONGEST = 1 << 20

#: Maximum nesting of defaults in defaults.
_DEEPEST = 50

_NAME = lazy_re(r"[A-Za-z_][A-Za-z0-9_]*")
_OPERATOR = lazy_re(r":?[-?+]")
_BRACE = lazy_re(r"\$\{|\}")


class InvalidTemplateError(ValueError):
    """A `$` that does not begin a variable, or a value that grows too large."""


class MissingVariableError(ValueError):
    """A required variable without a value, as in `${NAME:?why}`; `str()` is its name."""


def interpolate(text: str, lookup: Callable[[str], str | None], unset: Callable[[str], None]) -> str:
    """The text with its variables replaced; `unset` is told each name that has no value and no default.

    Raises InvalidTemplateError and MissingVariableError. Follows compose-go's `template`, except that a
    default that is not used is not looked into.
    """
    return _interpolate(text, lookup, unset, 0) if "$" in text else text


def _interpolate(text: str, lookup: Callable[[str], str | None], unset: Callable[[str], None], depth: int) -> str:
    if depth > _DEEPEST:
        raise InvalidTemplateError(f"defaults are nested deeper than {_DEEPEST}")
    parts: list[str] = []
    length = position = 0
    while True:
        dollar = text.find("$", position)
        part = text[position : dollar if dollar >= 0 else len(text)]
        value = ""
        if dollar >= 0:
            value, position = _variable(text, dollar + 1, lookup, unset, depth)
        length += len(part) + len(value)
        if length > _LONGEST:
            raise InvalidTemplateError("the value becomes longer than 1 MiB")
        parts += (part, value)
        if dollar < 0:
            return "".join(parts)


def _variable(
    text: str, start: int, lookup: Callable[[str], str | None], unset: Callable[[str], None], depth: int
) -> tuple[str, int]:
    """The value of what follows a `$`, and the index after it."""
    if text.startswith("$", start):
        return "$", start + 1
    braced = text.startswith("{", start)
    name = _NAME.match(text, start + braced)
    if name is None and not braced:
        return "$", start
    if name is None:
        raise InvalidTemplateError("${ without a variable's name; a plain $ is written $$")
    value = lookup(name[0])
    if not braced:
        return _or_empty(name[0], value, unset), name.end()
    if text.startswith("}", name.end()):
        return _or_empty(name[0], value, unset), name.end() + 1
    operator = _OPERATOR.match(text, name.end())
    end = _closing(text, start)
    if operator is None or end < 0 or "\n" in text[start:end]:
        raise InvalidTemplateError(f"${{{name[0]} has no end" if end < 0 else f"${{{name[0]} is not a form it knows")
    has_value = bool(value) if operator[0].startswith(":") else value is not None
    kind = operator[0][-1]
    if has_value and kind != "+":
        return value or "", end + 1
    if kind == "?":
        raise MissingVariableError(name[0])
    if kind == "+" and not has_value:
        return "", end + 1
    return _interpolate(text[operator.end() : end], lookup, unset, depth + 1), end + 1


def _or_empty(name: str, value: str | None, unset: Callable[[str], None]) -> str:
    if value is None:
        unset(name)
        return ""
    return value


def _closing(text: str, brace: int) -> int:
    """The index of the closing brace, or -1. As in Compose, only `${` opens another and any `}` closes one."""
    depth = 0
    for token in _BRACE.finditer(text, brace - 1):
        depth += 1 if token[0] == "${" else -1
        if not depth:
            return token.start()
    return -1
