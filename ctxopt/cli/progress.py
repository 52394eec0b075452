"""A line on the terminal while a long walk is under way."""

import time
from typing import TextIO


class Progress:
    """Counts entries, and shows the count once the work has taken a second."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._started = self._shown = time.monotonic()
        self._count = 0

    def update(self, entries: int) -> None:
        """Take note of more entries."""
        self._count += entries
        now = time.monotonic()
        if now - self._started > 1 and now - self._shown > 0.2:
            self._shown = now
            self._stream.write(f"\r{self._count:,} entries looked at\x1b[K")
            self._stream.flush()

    def erase(self) -> None:
        """Leave the terminal as it was."""
        if self._shown != self._started:
            self._stream.write("\r\x1b[K")
            self._stream.flush()
