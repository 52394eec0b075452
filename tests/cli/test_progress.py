"""The progress line: only for long work, and gone when it ends."""

import io
import signal
from collections.abc import Callable

import pytest

from ctxopt.cli.progress import Progress, call_later

_ERASED = "\r\x1b[K"


class _Clock:
    """A time that tests set, and the function that is to be called at some time."""

    def __init__(self) -> None:
        self.now = 0.0
        self.due: Callable[[], None] | None = None

    def later(self, seconds: float, function: Callable[[], None]) -> Callable[[], None]:
        assert seconds == pytest.approx(0.5 - self.now)
        self.due = function
        return self.cancel

    def cancel(self) -> None:
        self.due = None

    def wait(self, until: float) -> None:
        self.now = until
        if self.due is not None:
            self.due()


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> _Clock:
    made = _Clock()
    monkeypatch.setattr("time.monotonic", lambda: made.now)
    return made


def test_short_work_shows_nothing(clock: _Clock) -> None:
    stream = io.StringIO()
    line = Progress(stream, clock.later)
    line.begin("Reading")
    line.update(10)
    assert line.end() == "Reading: 10 entries in 0.00 s"
    assert (stream.getvalue(), clock.due) == ("", None)


def test_long_work_is_shown_although_it_reports_nothing(clock: _Clock) -> None:
    stream = io.StringIO()
    line = Progress(stream, clock.later)
    line.begin("Checking")
    clock.wait(0.5)
    assert stream.getvalue() == "\rChecking ...\x1b[K"
    clock.now = 2.0
    assert line.end() == "Checking: 2.00 s"
    assert stream.getvalue().endswith(_ERASED)


def test_counts_are_shown_now_and_then(clock: _Clock) -> None:
    stream = io.StringIO()
    line = Progress(stream, clock.later)
    line.begin("Reading")
    for clock.now in (0.1, 0.6, 0.7, 0.9):
        line.update(1000)
    assert stream.getvalue() == "\rReading: 2,000 entries\x1b[K\rReading: 4,000 entries\x1b[K"


def test_a_part_of_the_work_is_shown_in_place_of_the_whole(clock: _Clock) -> None:
    stream = io.StringIO()
    line = Progress(stream, clock.later)
    line.begin("Reading")
    clock.wait(1.0)
    line.begin("Checking")
    assert stream.getvalue().endswith("\rChecking ...\x1b[K")
    line.end()
    assert stream.getvalue().endswith("\rReading ...\x1b[K")
    line.erase()
    assert stream.getvalue().endswith(_ERASED)


def test_nothing_is_shown_where_there_is_no_terminal(clock: _Clock) -> None:
    line = Progress(None, clock.later)
    line.begin("Reading")
    line.update(3)
    clock.now = 1.0
    assert (line.end(), clock.due) == ("Reading: 3 entries in 1.00 s", None)


@pytest.mark.skipif(not hasattr(signal, "setitimer"), reason="no such signals on Windows")
def test_a_call_that_is_cancelled_leaves_the_signal_as_it_was() -> None:
    before = signal.getsignal(signal.SIGALRM)
    call_later(1000, lambda: None)()
    assert signal.getsignal(signal.SIGALRM) is before
    assert signal.getitimer(signal.ITIMER_REAL) == (0.0, 0.0)
