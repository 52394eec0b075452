"""A line on the terminal while a long walk is under way."""

import time
from typing import TextIO


class Progress:
    """Counts entries, and shows the count once the work has taken a second, where a stream is given."""

    def __init__(self, stream: TextIO | None) -> None:
        self._stream = stream
        self._started = self._shown = time.monotonic()
        self._count = 0

    @property
    def summary(self) -> str:
        """What has been done so far, and how long that took."""
        return f"{self._count:,} entries looked at in {time.monotonic() - self._started:.2f} s"

    def update(self, entries: int) -> None:
        """Take note of more entries."""
        self._count += entries
        if self._stream is None:
            return
        now = time.monotonic()
        if now - self._started > 1 and now - self._shown > 0.2:
            self._shown = now
            self._stream.write(f"\r{self._count:,} entries looked at\x1b[K")
            self._stream.flush()

    def erase(self) -> None:
        """Leave the terminal as it was."""
        if self._stream is not None and self._shown != self._started:
            self._stream.write("\r\x1b[K")
            self._stream.flush()
