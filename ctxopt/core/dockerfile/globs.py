"""Shell patterns in variable expansions: `${x#p}`, `${x%p}` and `${x/p/r}` as BuildKit does them.

`*` stands for any text on one line, `?` for one character of it, a backslash makes `*`, `?` or itself
literal. Each position in the value is visited once; nothing backtracks.
"""

import re
from collections.abc import Callable
from itertools import takewhile

from ctxopt.core.golang.regex import ANY_ON_LINE, DEAD, ItemKind, Program, RegexItem, bits, literal, not_newline

_ANY_CHAR = RegexItem(ItemKind.ONE, not_newline)


class BadGlob(ValueError):
    """The pattern has an escape that BuildKit refuses."""


def trim_prefix(pattern: str, value: str, *, longest: bool) -> str:
    """`${value#pattern}`, or `${value##pattern}` for the longest match. Raises BadGlob."""
    end = _match_end(_compile(pattern), value, 0, longest=longest)
    return value if end is None else value[end:]


def trim_suffix(pattern: str, value: str, *, longest: bool) -> str:
    """`${value%pattern}`, or `${value%%pattern}` for the longest match. Raises BadGlob."""
    return trim_prefix(_reverse(pattern), value[::-1], longest=longest)[::-1]


def replace(pattern: str, replacement: str, value: str, *, every: bool) -> str:
    """`${value/pattern/replacement}`, or `${value//pattern/replacement}` for every match.

    Raises BadGlob. For every match Go expands `$name` in the replacement, for one it does not.
    """
    program = _compile(pattern)
    first = _first_piece(program)
    out = []
    at = copied = 0
    last_end = -1
    while (at := first(value, at)) >= 0:
        end = _match_end(program, value, at, longest=True)
        if end is None:
            # The first piece fits here but what follows is nowhere on this line: nor is it further on.
            newline = value.find("\n", at)
            if newline < 0:
                break
            at = newline + 1
        elif every and end == at == last_end:
            at += 1
        else:
            out += [value[copied:at], _expand(replacement, value[at:end]) if every else replacement]
            copied = last_end = end
            if not every:
                break
            at = max(end, at + (end == at))
    return "".join(out) + value[copied:]


def _compile(pattern: str) -> Program:
    items = []
    i = 0
    while i < len(pattern):
        char = pattern[i]
        i += 1
        if char == "*":
            items.append(ANY_ON_LINE)
        elif char == "?":
            items.append(_ANY_CHAR)
        elif char == "\\":
            following = pattern[i : i + 1]
            if following in ("}", "/"):
                continue
            if following not in ("*", "?", "\\"):
                raise BadGlob(f"invalid escape '\\{following}'")
            items.append(literal(following))
            i += 1
        else:
            items.append(literal(char))
    return Program(tuple(items))


def _match_end(program: Program, value: str, start: int, *, longest: bool) -> int | None:
    state = program.start
    found = start if program.accepts(state) else None
    for at in range(start, len(value)):
        if found is not None and not longest:
            break
        state = program.feed(state, value[at])
        if state == DEAD:
            break
        if program.accepts(state):
            found = at + 1
    return found


def _first_piece(program: Program) -> Callable[[str, int], int]:
    """A function that finds the next match, from a position on, of the text before the first star; -1 for none."""
    items = list(takewhile(lambda item: item is not ANY_ON_LINE, program.items))
    if not items:
        return lambda value, at: at if at <= len(value) else -1
    plain = [item.literal for item in items if item.literal is not None]
    if len(plain) == len(items):
        text = "".join(plain)
        return lambda value, at: value.find(text, at)
    last = 1 << (len(items) - 1)
    positions: dict[str, list[int]] = {}
    wild: list[int] = []
    for position, item in enumerate(items):
        (wild if item.literal is None else positions.setdefault(item.literal, [])).append(position)
    anything = bits(wild)
    fitting = {char: bits(at) | (0 if char == "\n" else anything) for char, at in positions.items()}

    def find(value: str, at: int) -> int:
        # One bit for each position at which a match may have begun: all are tried at once.
        live = 0
        for position in range(at, len(value)):
            char = value[position]
            live = (live << 1 | 1) & fitting.get(char, 0 if char == "\n" else anything)
            if live & last:
                return position + 1 - len(items)
        return -1

    return find


def _reverse(pattern: str) -> str:
    return "".join(reversed(re.findall(r"\\.|.", pattern, re.DOTALL)))


def _expand(template: str, matched: str) -> str:
    """Go's `Regexp.Expand` for an expression without groups."""

    def one(found: re.Match[str]) -> str:
        if found[0] == "$$":
            return "$"
        return matched if (found[1] or found[2]) == "0" else ""

    return re.sub(r"\$\$|\$\{(\w+)\}|\$(\w+)", one, template)
