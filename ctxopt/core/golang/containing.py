"""An index of values by a text that names must contain, so that few are compared with each name."""

from collections.abc import Iterator
from typing import Final, Generic, TypeVar

_Value = TypeVar("_Value")
#: How many characters of a text values are looked up by.
_GRAM: Final = 3
#: Maximum number of values whose texts are looked for one by one.
_FEW: Final = 32


class Containing(Generic[_Value]):
    """Values, each with a text; falsy without any."""

    def __init__(self) -> None:
        #: As long as there are few texts they are looked for one by one: that takes less than the parts of a name.
        self._few: list[tuple[str, _Value]] = []
        self._by_part: dict[str, list[_Value]] = {}

    def __bool__(self) -> bool:
        return bool(self._few or self._by_part)

    def add(self, text: str, value: _Value) -> None:
        """Add a value for names that contain a text; "" is in every name."""
        if self._by_part:
            self._index(text, value)
            return
        self._few.append((text, value))
        if len(self._few) > _FEW:
            for few in self._few:
                self._index(*few)
            self._few = []

    def _index(self, text: str, value: _Value) -> None:
        # Under the part of the text that the fewest others are under.
        parts = _grams(text) or {""}
        key = min(parts, key=lambda part: len(self._by_part.get(part, ())))
        self._by_part.setdefault(key, []).append(value)

    def candidates(self, name: str) -> Iterator[_Value]:
        """The values whose text may be in a name."""
        for text, value in self._few:
            if text in name:
                yield value
        if self._by_part:
            for part in self._by_part.keys() & _parts_of(name):
                yield from self._by_part[part]


def _grams(text: str) -> set[str]:
    """The parts of a text of a fixed length; itself if it is shorter, and nothing of an empty one."""
    return {text[at : at + _GRAM] for at in range(max(1, len(text) - _GRAM + 1))} - {""}


def _parts_of(name: str) -> set[str]:
    """All parts of a name that a text can be looked up by."""
    return {name[at : at + length] for length in range(_GRAM + 1) for at in range(len(name) - length + 1)}
