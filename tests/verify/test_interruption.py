"""Where an interruption comes at once, and where it waits."""

import os
import signal
from collections.abc import Iterator

import pytest

from ctxopt.verify.interruption import PutOff, interruptible

pytestmark = pytest.mark.skipif(os.name == "nt", reason="a process that sends itself a signal there ends")


@pytest.fixture(autouse=True)
def _interruptible() -> Iterator[None]:
    with interruptible():
        yield


@pytest.mark.parametrize(
    ("number", "error"),
    [(signal.SIGINT, KeyboardInterrupt), (signal.SIGTERM, SystemExit), (signal.SIGHUP, SystemExit)],
)
def test_it_comes_at_once(number: int, error: type[BaseException]) -> None:
    with pytest.raises(error):
        signal.raise_signal(number)


def test_it_waits_until_the_end() -> None:
    done: list[str] = []

    def work() -> None:
        with PutOff():
            signal.raise_signal(signal.SIGINT)
            done.append("all")

    with pytest.raises(KeyboardInterrupt):
        work()
    assert done == ["all"]


def test_it_is_let_in_and_a_second_one_waits() -> None:
    done: list[str] = []

    def work() -> None:
        with PutOff() as put_off:
            try:
                with put_off.let_in():
                    signal.raise_signal(signal.SIGTERM)
                    done.append("not reached")
            finally:
                signal.raise_signal(signal.SIGHUP)
                done.append("removed")

    with pytest.raises(SystemExit) as raised:
        work()
    assert done == ["removed"]
    assert raised.value.code == 128 + signal.SIGHUP


def test_it_is_not_let_in_where_all_of_it_waits() -> None:
    done: list[str] = []

    def work() -> None:
        with PutOff():
            with PutOff() as inner, inner.let_in():
                signal.raise_signal(signal.SIGINT)
                done.append("inner")
            done.append("outer")

    with pytest.raises(KeyboardInterrupt):
        work()
    assert done == ["inner", "outer"]


def test_what_came_before_it_is_let_in_comes_then() -> None:
    done: list[str] = []

    def work() -> None:
        with PutOff() as put_off:
            signal.raise_signal(signal.SIGINT)
            with put_off.let_in():
                done.append("not reached")

    with pytest.raises(KeyboardInterrupt):
        work()
    assert done == []


def test_what_is_ignored_stays_ignored() -> None:
    former = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        with interruptible():
            signal.raise_signal(signal.SIGHUP)
    finally:
        signal.signal(signal.SIGHUP, former)
