"""Escape is noticed as soon as its delay is over."""

import selectors

import pytest
from textual.constants import ESCAPE_DELAY

from ctxopt.explore.escape import notice_escape

linux_driver = pytest.importorskip("textual.drivers.linux_driver")


def test_after_input_the_selector_waits_no_longer_than_the_delay(monkeypatch: pytest.MonkeyPatch) -> None:
    waits: list[float | None] = []
    results = iter([[], ["a key"], [], []])

    def select(_: object, timeout: float | None = None) -> list[str]:
        waits.append(timeout)
        return next(results)

    monkeypatch.setattr(selectors.SelectSelector, "select", select)
    monkeypatch.setattr(linux_driver, "selectors", selectors)
    notice_escape()
    with linux_driver.selectors.SelectSelector() as selector:
        for _ in range(4):
            selector.select(5.0)
    assert waits == [5.0, 5.0, ESCAPE_DELAY, 5.0]
    assert linux_driver.selectors.EVENT_READ == selectors.EVENT_READ


def test_a_textual_that_reads_in_another_way_is_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(linux_driver, "selectors")
    notice_escape()
    assert not hasattr(linux_driver, "selectors")
