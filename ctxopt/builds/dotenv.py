"""The `.env` file beside a Compose file."""

import re
from collections.abc import Mapping

from ctxopt.builds.interpolate import InvalidTemplateError, MissingVariableError, interpolate
from ctxopt.builds.reading import Budget
from ctxopt.core.lazy_re import lazy_re

_KEY = lazy_re(r"[ \t]*(?:export[ \t]+)?([A-Za-z0-9_.-]+)[ \t]*[=:][ \t]*")
_QUOTED = {'"': re.compile(r'"([^"\\]*(?:\\.[^"\\]*)*)"', re.DOTALL), "'": re.compile(r"'([^']*)'")}
_ESCAPE = lazy_re(r"\\(.)", re.DOTALL)
_CONTROLS = {"n": "\n", "r": "\r", "t": "\t"}


def parse(text: str, environment: Mapping[str, str], budget: Budget) -> dict[str, str]:
    """The variables of the file, overridden by `environment`.

    A value may have variables in it, those of the lines above included, unless it is in single
    quotes. A line that is not understood is skipped. Raises CtxoptError for values that unfold too far.
    """
    budget.spend(len(text) // 16)
    values = dict(environment)
    text = text.replace("\r\n", "\n")
    position = 0
    while position < len(text):
        end = text.find("\n", position)
        end = len(text) if end < 0 else end
        key = _KEY.match(text, position, end)
        if key is None:
            position = end + 1
            continue
        quote = text[key.end() : key.end() + 1]
        # A quoted value may span lines.
        quoted = _QUOTED[quote].match(text, key.end()) if quote in _QUOTED else None
        if quoted is None and quote not in _QUOTED:
            _set(values, environment, key[1], _without_comment(text[key.end() : end]), budget)
        elif quoted is not None:
            value = quoted[1] if quote == "'" else _unescape(quoted[1])
            _set(values, environment, key[1], value, budget, expand=quote == '"')
            end = text.find("\n", quoted.end())
            end = len(text) if end < 0 else end
        position = end + 1
    return values


def _set(
    values: dict[str, str], environment: Mapping[str, str], key: str, value: str, budget: Budget, *, expand: bool = True
) -> None:
    if key in environment:
        return
    try:
        values[key] = interpolate(value, values.get, lambda _: None) if expand else value
    except (InvalidTemplateError, MissingVariableError):
        return
    budget.spend(1 + len(values[key]) // 16)


def _without_comment(value: str) -> str:
    return re.split(r"(?:^|\s)#", value, maxsplit=1)[0].strip()


def _unescape(value: str) -> str:
    # An escaped dollar must survive the replacement of variables.
    return _ESCAPE.sub(lambda match: "$$" if match[1] == "$" else _CONTROLS.get(match[1], match[1]), value)
