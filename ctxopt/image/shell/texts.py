"""Texts for a shell that several builds run, each parsed once."""

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Final

from ctxopt.image.shell.model import Command

if TYPE_CHECKING:
    from ctxopt.image.shell.values import Values

#: Maximum number of times that the same text is remembered, with other values in its variables.
_MOST: Final = 8
#: Maximum number of characters of the texts to which new ones are added; then it is begun anew.
_FULL: Final = 1 << 20
#: Where a variable begins with some values: the first that knows any says so.
_Given = Callable[[str], Sequence[str]]


class Texts:
    """Parses texts, and remembers them with the values that their variables began with."""

    def __init__(self) -> None:
        self._parsed: dict[str, list[tuple[Values, tuple[Command, ...] | None]]] = {}
        self._late: list[tuple[Mapping[str, Sequence[str]], Values]] = []
        self._characters = 0

    @property
    def is_full(self) -> bool:
        """Whether so many texts are remembered that others should begin anew."""
        return self._characters > _FULL

    def commands(self, text: str, *given: _Given) -> "tuple[tuple[Command, ...] | None, Mapping[str, Sequence[str]]]":
        """The commands in a text, None where it cannot be parsed, and the values that it assigns to variables."""
        # Imported here because the parser takes time to load.
        from ctxopt.image.shell.parse import commands
        from ctxopt.image.shell.values import Values

        if text not in self._parsed:
            self._characters += len(text)
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


_LAST: list[Texts] = []


def texts_of_run() -> Texts:
    """The texts that all builds of one run of the program share: each is asked about several times."""
    if not _LAST or _LAST[-1].is_full:
        _LAST[:] = [Texts()]
    return _LAST[-1]
