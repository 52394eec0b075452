"""A line on the terminal while a long walk is under way."""

import time
from typing import TextIO


class Progress:
    """Counts entries, and shows the count on a stream, if there is one, once the work has taken a second."""

    def __init__(self, stream: TextIO | None) -> None:
        self._stream = stream
        self._started = self._shown = time.monotonic()
        self._count = 0

    @property
    def summary(self) -> str:
        """The number of entries so far, and the time it took."""
        return f"{self._count:,} entries looked at in {time.monotonic() - self._started:.2f} s"

    def update(self, entries: int) -> None:
        """Count more entries."""
        self._count += entries
        if self._stream is None:
            return
        now = time.monotonic()
        if now - self._started > 1 and now - self._shown > 0.2:
            self._shown = now
            self._stream.write(f"\r{self._count:,} entries looked at\x1b[K")
            self._stream.flush()

    def erase(self) -> None:
        """Remove the count from the terminal."""
        if self._stream is not None and self._shown != self._started:
            self._stream.write("\r\x1b[K")
            self._stream.flush()
