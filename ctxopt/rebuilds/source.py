"""The text of a Dockerfile, by the lines of its instructions."""

from collections.abc import Iterable, Mapping, Sequence

from ctxopt.core.dockerfile.model import Step


class Source:
    """The lines of a Dockerfile, each with its end. Lines count from 1."""

    def __init__(self, data: bytes) -> None:
        # Only a line feed ends a line in a Dockerfile; Python knows more.
        self.lines = [line + "\n" for line in data.decode("utf-8", "surrogateescape").split("\n")]
        self.lines[-1] = self.lines[-1][:-1]
        if not self.lines[-1]:
            del self.lines[-1]
        self._end = "\r\n" if self.lines and self.lines[0].endswith("\r\n") else "\n"

    def of(self, step: Step) -> list[str]:
        """The lines of an instruction, the last one with a line end."""
        lines = self.lines[step.line - 1 : step.end_line]
        return [*lines[:-1], self._ended(lines[-1])] if lines else []

    def changed(self, moved: Iterable[Step], before: Mapping[int, Sequence[str]]) -> bytes:
        """The text without some instructions, and with other lines, with or without ends, inserted before some.

        The number after the last line is the end of the text.
        """
        gone = {line for step in moved for line in range(step.line, step.end_line + 1)}
        lines: list[str] = []
        for number, line in enumerate(self.lines, 1):
            lines += map(self._ended, before.get(number, ()))
            if number not in gone:
                lines.append(self._ended(line))
        lines += map(self._ended, before.get(len(self.lines) + 1, ()))
        return "".join(lines).encode("utf-8", "surrogateescape")

    def _ended(self, line: str) -> str:
        return line if line.endswith("\n") else line + self._end
