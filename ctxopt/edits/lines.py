"""The lines of a file by their numbers, and edits of whole lines."""

from collections.abc import Collection, Iterable
from functools import cached_property
from typing import Final

from ctxopt.core.lazy_dataclass import dataclass
from ctxopt.edits.model import Edit

_BOM: Final = b"\xef\xbb\xbf"


@dataclass(frozen=True)
class Lines:
    """The lines of a file as Docker counts them, from 1: only a line feed ends one. `file` is its name in edits."""

    file: str
    data: bytes

    @cached_property
    def _starts(self) -> list[int]:
        starts = [len(_BOM) if self.data.startswith(_BOM) else 0]
        at = self.data.find(b"\n", starts[0])
        while at >= 0:
            starts.append(at + 1)
            at = self.data.find(b"\n", at + 1)
        if len(starts) > 1 and starts[-1] == len(self.data):
            del starts[-1]
        return starts

    @property
    def count(self) -> int:
        """The number of lines; one without a line end at the end of the file counts."""
        return len(self._starts)

    @cached_property
    def end(self) -> bytes:
        """The line end of most lines."""
        crlf = self.data.count(b"\r\n")
        return b"\r\n" if 2 * crlf > self.data.count(b"\n") else b"\n"

    def start_of(self, line: int) -> int:
        """The offset of a line, which a byte order mark is not part of; behind the last one, that of the end."""
        return self._starts[line - 1] if line <= self.count else len(self.data)

    def span(self, first: int, last: int) -> tuple[int, int]:
        """Where the lines from `first` to `last` start and end, with their line ends."""
        return self.start_of(first), self.start_of(last + 1)

    def text(self, line: int) -> bytes:
        """One line without its line end."""
        start, end = self.span(line, line)
        return self.data[start:end].removesuffix(b"\n").removesuffix(b"\r")

    def removed(self, numbers: Iterable[int]) -> tuple[Edit, ...]:
        """The edits that remove whole lines, one for each run of them."""
        edits: list[Edit] = []
        for number in sorted(set(numbers)):
            start, end = self.span(number, number)
            if edits and edits[-1].end == start:
                start = edits.pop().start
            edits.append(Edit(self.file, start, end, b""))
        return tuple(edits)

    def removed_with_gaps(self, numbers: Iterable[int]) -> tuple[Edit, ...]:
        """The same, with one empty line less where a run of them is between two empty lines.

        The one below goes, so that lines can still be inserted in place of those that are removed.
        """
        gone = set(numbers)
        after = {number + 1 for number in gone} - gone
        return self.removed(gone | {number for number in after if self._is_gap(number, gone)})

    def _is_gap(self, number: int, gone: Collection[int]) -> bool:
        """Whether a line is empty, and the last one above those that are removed is empty, too."""
        above = number - 1
        while above in gone:
            above -= 1
        return 0 < above < number <= self.count and not self.text(number).strip() and not self.text(above).strip()

    def replaced(self, number: int, text: bytes) -> Edit:
        """The edit that gives a line another text; its line end stays."""
        start = self.start_of(number)
        return Edit(self.file, start, start + len(self.text(number)), text)

    def inserted(self, number: int, texts: Iterable[bytes]) -> Edit:
        """The edit that inserts lines before a line, or at the end of the file; texts have no line ends.

        A last line that has no line end gets one where lines are added behind it.
        """
        at = self.start_of(number)
        new = b"".join(text + self.end for text in texts)
        unended = at == len(self.data) and bool(self.data) and not self.data.endswith((b"\n", _BOM))
        return Edit(self.file, at, at, (self.end + new[: -len(self.end)]) if unended and new else new)
