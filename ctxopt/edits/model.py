"""One edit, and the text that several of them make together."""

from bisect import bisect_left, insort
from collections.abc import Iterable, Sequence

from ctxopt.core.lazy_dataclass import dataclass


class OverlapError(ValueError):
    """Two edits change the same bytes in different ways."""


@dataclass(frozen=True, slots=True, order=True)
class Edit:
    """The bytes from `start` up to `end` of a file, replaced by `new`; both count from 0, and are equal to insert.

    `file` is the name that findings give the file: relative to the context, or absolute.
    """

    file: str
    start: int
    end: int
    new: bytes


def applied(data: bytes, edits: Iterable[Edit]) -> bytes:
    """The bytes of a file with all edits of it, in any order; equal ones count once.

    Raises OverlapError where two of them change the same bytes or insert at one place, ValueError for an edit that is
    not within the file.
    """
    parts: list[bytes] = []
    at = 0
    before: Edit | None = None
    for edit in sorted(set(edits)):
        if not 0 <= edit.start <= edit.end <= len(data):
            raise ValueError(f"not within the file: {edit}")
        if before is not None and _overlap(before, edit):
            raise OverlapError(f"{before} and {edit}")
        parts += (data[at : edit.start], edit.new)
        at, before = edit.end, edit
    return b"".join((*parts, data[at:]))


def compatible(groups: Sequence[Sequence[Edit]]) -> list[int]:
    """The indexes of the groups that can be applied together, each as a whole; an earlier one goes first.

    Edits that are in an accepted group already may be in another one.
    """
    chosen: list[int] = []
    taken = _Taken()
    for index, group in enumerate(groups):
        if taken.add(group):
            chosen.append(index)
    return chosen


class _Taken:
    """The edits that are accepted so far, by the lines in which they are."""

    def __init__(self) -> None:
        self._by_file: dict[str, list[Edit]] = {}

    def add(self, group: Sequence[Edit]) -> bool:
        """Accept a group as a whole, unless it overlaps with what was accepted, or in itself."""
        fresh: list[Edit] = []
        for edit in sorted(set(group)):
            accepted = self._by_file.get(edit.file, [])
            at = bisect_left(accepted, edit)
            if at < len(accepted) and accepted[at] == edit:
                continue
            # What is accepted does not overlap, so only the neighbours can.
            if any(_overlap(*sorted((edit, other))) for other in (*accepted[max(at - 1, 0) : at + 1], *fresh[-1:])):
                return False
            fresh.append(edit)
        for edit in fresh:
            insort(self._by_file.setdefault(edit.file, []), edit)
        return True


def _overlap(one: Edit, other: Edit) -> bool:
    """Whether two different edits, the earlier one first, cannot be applied together.

    What is inserted where another edit starts or ends is beside its bytes, not among them.
    """
    if one.file != other.file:
        return False
    return other.start < one.end or one.start == one.end == other.start == other.end
