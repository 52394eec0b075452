"""Texts for a shell that several builds run, each parsed once."""

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Final

from ctxopt.image.shell.model import Command

if TYPE_CHECKING:
    from ctxopt.image.shell.values import Values

#: Maximum number of times that the same text is remembered, with other values in its variables.
_MOST: Final = 8
#: Where a variable begins with some values: the first that knows any says so.
_Given = Callable[[str], Sequence[str]]


class Texts:
    """Parses texts, and remembers them with the values that their variables began with."""

    def __init__(self) -> None:
        self._parsed: dict[str, list[tuple[Values, tuple[Command, ...] | None]]] = {}
        self._late: list[tuple[Mapping[str, Sequence[str]], Values]] = []

    def commands(self, text: str, *given: _Given) -> "tuple[tuple[Command, ...] | None, Mapping[str, Sequence[str]]]":
        """The commands in a text, None where it cannot be parsed, and the values that it assigns to variables."""
        # Imported here because the parser takes time to load.
        from ctxopt.image.shell.parse import commands
        from ctxopt.image.shell.values import Values

        known = self._parsed.setdefault(text, [])
        for values, parsed in known:
            if values.began_alike(*given):
                return parsed, values.assigned
        values = Values(*given)
        parsed = commands(text, values)
        if len(known) < _MOST:
            known.append((values, parsed))
        return parsed, values.assigned

    def values(self, assigned: Mapping[str, Sequence[str]]) -> "Values":
        """The values that texts assign to variables, which do not change any more: for equal ones the same object."""
        from ctxopt.image.shell.values import Values

        for known, values in self._late:
            if known == assigned:
                return values
        copied = dict(assigned)
        values = Values(lambda name: copied.get(name, ()))
        self._late.append((copied, values))
        return values
