"""Functions of regular expressions."""

import re
from collections.abc import Mapping

from ctxopt.builds.hcl.functions.function import Builtin, on
from ctxopt.builds.hcl.regex import Places, Program, compiled
from ctxopt.builds.hcl.values import EvaluationError, Seq, Value, object_of, short, tuple_of
from ctxopt.core.golang.regex import BadRegex
from ctxopt.core.lazy_re import lazy_re

_REFERENCE = lazy_re(r"\$(?:\$|(\w+)|\{(\w+)\})")


def _compiled(pattern: str) -> Program:
    try:
        return compiled(pattern)
    except BadRegex as error:
        raise EvaluationError(f"{pattern[:60]} is no regular expression: {error}") from None


def _groups(pattern: str) -> Program:
    """A program whose groups all have names, or none has."""
    program = _compiled(pattern)
    if len({bool(name) for name in program.names}) > 1:
        raise EvaluationError("groups with and without names cannot be mixed")
    return program


def _result(program: Program, text: str, places: Places) -> Value:
    """The text that matches, or that of its groups."""
    if not program.names:
        return _part(text, places, 0)
    groups = [_part(text, places, number + 1) for number in range(len(program.names))]
    return object_of(dict(zip(program.names, groups, strict=True))) if program.names[0] else tuple_of(groups)


def _part(text: str, places: Places, number: int) -> str | None:
    begin, end = places[2 * number : 2 * number + 2]
    return None if begin is None or end is None else text[begin:end]


def _regex(pattern: str, text: str) -> Value:
    program = _groups(pattern)
    places = program.search(text)
    if places is None:
        raise EvaluationError("the pattern matches no part of the text")
    return _result(program, text, places)


def _regexall(pattern: str, text: str) -> Value:
    program = _groups(pattern)
    return Seq("list", tuple(_result(program, text, places) for places in program.all(text)))


def _regex_replace(text: str, pattern: str, replacement: str) -> Value:
    program = _compiled(pattern)
    parts: list[str] = []
    at = 0
    for places in program.all(text):
        begin, end = places[0] or 0, places[1] or 0
        parts += [text[at:begin], _expanded(replacement, program, text, places)]
        at = end
    return short("".join([*parts, text[at:]]))


def _expanded(replacement: str, program: Program, text: str, places: Places) -> str:
    numbers = {str(number): number for number in range(len(program.names) + 1)}
    numbers |= {name: number + 1 for number, name in enumerate(program.names) if name}

    def value(reference: re.Match[str]) -> str:
        name = reference[1] or reference[2]
        if name is None:
            return "$"
        return (_part(text, places, numbers[name]) or "") if name in numbers else ""

    return _REFERENCE.sub(value, replacement)


FUNCTIONS: Mapping[str, Builtin] = {
    "regex": on(_regex, "string", "string"),
    "regex_replace": on(_regex_replace, "string", "string", "string"),
    "regexall": on(_regexall, "string", "string"),
}
