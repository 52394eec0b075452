"""A stream for text that is made of names, so that no line of it is a command to the runner of a pipeline."""

from typing import IO, Any

from ctxopt.display import inert


class InertStream:
    """A text stream that breaks up commands at the start of lines, wherever a line was wrapped; else the same one."""

    def __init__(self, stream: IO[str]) -> None:
        self._stream = stream
        self._at_start = True

    def write(self, text: str) -> int:
        """Write text, of which a line may be continued by the next."""
        if text:
            # With a letter in front, what continues a line is not taken for its start.
            begun = "" if self._at_start else "x"
            self._stream.write(inert(begun + text)[len(begun) :])
            self._at_start = text.endswith("\n")
        return len(text)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)
