"""The progress line: only for long work, and gone when it ends."""

import io

import pytest

from ctxopt.cli.progress import Progress


def _progress(monkeypatch: pytest.MonkeyPatch, times: list[float]) -> tuple[Progress, io.StringIO]:
    monkeypatch.setattr("time.monotonic", lambda: times.pop(0))
    stream = io.StringIO()
    return Progress(stream), stream


def test_short_work_shows_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    line, stream = _progress(monkeypatch, [0.0, 0.3, 0.9])
    line.update(10)
    line.update(10)
    line.erase()
    assert stream.getvalue() == ""


def test_long_work_shows_a_count_and_erases_it(monkeypatch: pytest.MonkeyPatch) -> None:
    line, stream = _progress(monkeypatch, [0.0, 0.5, 1.5, 1.6, 1.8])
    for _ in range(4):
        line.update(1000)
    assert stream.getvalue() == "\r2,000 entries looked at\x1b[K\r4,000 entries looked at\x1b[K"
    line.erase()
    assert stream.getvalue().endswith("\r\x1b[K")
