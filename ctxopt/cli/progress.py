"""A line on the terminal that shows what a command does, once that takes noticeably long."""

import signal
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from typing import TextIO

from ctxopt.core.lazy_dataclass import dataclass

#: Seconds from the start of a command after which the line appears, and between two counts on it.
DELAY = 0.5
_INTERVAL = 0.2
#: Maximum number of characters of what is done.
_WIDEST = 60


@dataclass(slots=True)
class _Work:
    """Some work: what is done, since when, and the entries so far."""

    what: str
    started: float
    entries: int = 0
    renamed: float | None = None


class Progress:
    """The line of one command on a stream; with no stream it only counts.

    `later` arranges that the line is drawn after so many seconds, and returns what cancels that.
    """

    def __init__(self, stream: TextIO | None, later: Callable[[float, Callable[[], None]], Callable[[], None]]) -> None:
        self._stream = stream
        self._later = later
        self._cancel: Callable[[], None] | None = None
        self._shown_from = time.monotonic() + DELAY
        self._drawn_at: float | None = None
        self._work: list[_Work] = []

    def begin(self, what: str) -> None:
        """Start some work, which may be a part of other work."""
        now = time.monotonic()
        self._work.append(_Work(what, now))
        if self._stream is None:
            return
        if now >= self._shown_from:
            self._draw(now)
        elif self._cancel is None:
            self._cancel = self._later(self._shown_from - now, lambda: self._draw(time.monotonic()))

    def update(self, entries: int) -> None:
        """Count more entries."""
        self._work[-1].entries += entries
        if self._stream is not None:
            now = time.monotonic()
            if now >= self._shown_from and now - (self._drawn_at or 0) > _INTERVAL:
                self._draw(now)

    def rename(self, what: str) -> None:
        """Say what else the work that was started last does now; the line shows since when."""
        now = time.monotonic()
        work = self._work[-1]
        if work.what != what:
            work.what, work.renamed = what, now
        if self._stream is not None and now >= self._shown_from and now - (self._drawn_at or 0) > _INTERVAL:
            self._draw(now)

    def end(self) -> str:
        """End the work that was started last: its name, the number of entries and the time it took."""
        done = self._work.pop()
        seconds = f"{time.monotonic() - done.started:.2f} s"
        count = f"{done.entries:,} entries in " if done.entries else ""
        if not self._work:
            self.erase()
        elif self._drawn_at is not None:
            self._draw(time.monotonic())
        return f"{done.what}: {count}{seconds}"

    def erase(self) -> None:
        """Remove the line from the terminal."""
        if self._cancel is not None:
            self._cancel()
            self._cancel = None
        if self._drawn_at is not None:
            self._write("\r\x1b[K")
            self._drawn_at = None

    def _draw(self, now: float) -> None:
        if not self._work:
            # The work ended at the very moment when the line was due.
            return
        self._drawn_at = now
        work = self._work[-1]
        count = f": {work.entries:,} entries" if work.entries else " …" if self._is_unicode() else " ..."
        count += f" {now - work.renamed:.0f} s" if work.renamed is not None else ""
        # One line: what does not fit would stay on the screen.
        self._write(f"\r{work.what[:_WIDEST]}{count}\x1b[K")

    def _is_unicode(self) -> bool:
        return (getattr(self._stream, "encoding", None) or "").lower().startswith("utf")

    def _write(self, text: str) -> None:
        # A line that cannot be drawn, for example in the middle of another write, is no reason to fail.
        with suppress(OSError, ValueError, RuntimeError):
            if self._stream is not None:
                self._stream.write(text)
                self._stream.flush()


def call_later(seconds: float, function: Callable[[], None]) -> Callable[[], None]:
    """Call a function after so many seconds, unless what is returned is called before.

    By a signal where there are signals: a walk may fork, which a process with a second thread should not.
    """
    if not hasattr(signal, "setitimer") or threading.current_thread() is not threading.main_thread():
        timer = threading.Timer(seconds, function)
        timer.daemon = True
        timer.start()
        return timer.cancel
    former = signal.signal(signal.SIGALRM, lambda _number, _frame: function())
    signal.setitimer(signal.ITIMER_REAL, seconds)

    def cancel() -> None:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, former)

    return cancel
