"""Ctrl-C and the signals that ask to end: an exit that removes everything, put off where it would leave something."""

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType, TracebackType
from typing import Self

#: The signals that ask a program to end; the last is that of a terminal that is closed.
_NAMES = ("SIGINT", "SIGTERM", "SIGHUP")


class _Signals:
    """Whether an interruption has to wait, and the signal that came meanwhile."""

    waits = False
    came: int | None = None


def _end(number: int, _frame: FrameType | None) -> None:
    if _Signals.waits:
        _Signals.came = number
        return
    raise KeyboardInterrupt if number == signal.SIGINT else SystemExit(128 + number)


@contextmanager
def interruptible() -> Iterator[None]:
    """Turn the signals into exceptions, so that images and files are removed. What is ignored stays ignored."""
    numbers = [getattr(signal, name) for name in _NAMES if hasattr(signal, name)]
    former = {number: signal.getsignal(number) for number in numbers}
    _Signals.waits, _Signals.came = False, None
    try:
        for number in numbers:
            if former[number] not in (signal.SIG_IGN, None):
                signal.signal(number, _end)
        yield
    finally:
        for number, handler in former.items():
            if handler is not None:
                signal.signal(number, handler)


class PutOff:
    """A context in which an interruption waits: it comes at the end."""

    def __init__(self, *, waits: bool = True) -> None:
        self._waits = waits
        self._former = False

    def __enter__(self) -> Self:
        self._former = _Signals.waits
        self._set(self._waits)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._set(self._former)

    def let_in(self) -> "PutOff":
        """A context within this one in which an interruption comes at once, if it did before this one."""
        return PutOff(waits=self._former)

    def _set(self, waits: bool) -> None:
        _Signals.waits = waits
        if not waits and _Signals.came is not None:
            number, _Signals.came = _Signals.came, None
            _end(number, None)
