"""How long a block may get: what is worth one of its lines."""

from typing import Final

#: Number of lines up to which everything is written, comments included.
ENOUGH: Final = 24
#: Maximum number of lines; only secrets get more.
_MOST: Final = 36
#: Beyond enough lines, one in so many bytes of all that can be excluded is worth a line.
_WORTH: Final = 200


class Room:
    """The lines of a block, given to one pattern after the other.

    `total` are the bytes of all that can be excluded; `lines` are taken already, below the comments `headings`.
    """

    def __init__(self, total: int, lines: int = 0, headings: frozenset[str] = frozenset()) -> None:
        self._total = total
        self._lines = lines
        self._headings = set(headings)

    def take(self, size: int, heading: str, *, secret: bool = False) -> bool:
        """Take a line for a pattern that excludes so many bytes, if it is worth one."""
        needed = 1 + (heading not in self._headings)
        most = _MOST if is_worth_a_line(size, self._total) else ENOUGH
        if not secret and self._lines + needed > most:
            return False
        self._lines += needed
        self._headings.add(heading)
        return True


def is_worth_a_line(size: int, total: int) -> bool:
    """Whether so many bytes, of all that can be excluded, are worth a line in a file that is long already."""
    return size * _WORTH >= total
