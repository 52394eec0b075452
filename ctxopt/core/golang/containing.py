"""An index of values by a text that names must contain, so that few are compared with each name."""

from collections.abc import Iterator, Sequence, Set
from typing import Final, Generic, TypeVar

_Value = TypeVar("_Value")
#: How many characters of a text values are looked up by.
_GRAM: Final = 3
#: Maximum number of groups that are looked for in a name one by one, which is faster than all parts of the name.
_FEW: Final = 16


class Containing(Generic[_Value]):
    """Values, each with a text; falsy without any."""

    def __init__(self) -> None:
        self._by_part: dict[str, list[_Value]] = {}
        #: The lengths of the keys.
        self._lengths: set[int] = set()

    def __bool__(self) -> bool:
        return bool(self._by_part)

    def add(self, text: str, value: _Value) -> None:
        """Add a value for names that contain a text; "" is in every name."""
        # Under the part of the text that the fewest others are under.
        parts = _grams(text) or {""}
        key = min(parts, key=lambda part: len(self._by_part.get(part, ())))
        self._by_part.setdefault(key, []).append(value)
        self._lengths.add(len(key))

    def candidates(self, name: str) -> Iterator[_Value]:
        """The values whose text may be in a name."""
        for part in self.groups(name):
            yield from self._by_part[part]

    def groups(self, name: str) -> Set[str]:
        """The keys of the groups of values that may have a text in a name; each value is in one group."""
        if len(self._by_part) <= _FEW:
            return {key for key in self._by_part if key in name}
        return self._by_part.keys() & {
            name[at : at + length] for length in self._lengths for at in range(len(name) - length + 1)
        }

    def group(self, key: str) -> Sequence[_Value]:
        """The values of a group."""
        return self._by_part[key]


def _grams(text: str) -> set[str]:
    """The parts of a text of a fixed length; itself if it is shorter, and nothing of an empty one."""
    return {text[at : at + _GRAM] for at in range(max(1, len(text) - _GRAM + 1))} - {""}
