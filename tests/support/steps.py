"""The work of a call, counted in executed lines of ctxopt instead of seconds."""

import sys
from collections.abc import Callable
from pathlib import Path
from types import FrameType
from typing import Any

import pytest

import ctxopt

_PACKAGE = str(Path(ctxopt.__file__).parent)


def lines_run(call: Callable[[], object], at_most: int | None = None) -> int:
    """The number of lines of the package that a call executes, each counted every time.

    The test fails as soon as there are more than `at_most`, so that a call without end fails as well.
    """
    count = 0

    def trace(frame: FrameType, event: str, _: Any) -> Any:
        return line if frame.f_code.co_filename.startswith(_PACKAGE) else None

    def line(frame: FrameType, event: str, _: Any) -> Any:
        nonlocal count
        count += event == "line"
        if at_most is not None and count > at_most:
            pytest.fail(f"more than {at_most:,} lines of ctxopt are executed", pytrace=False)
        return line

    before = sys.gettrace()
    sys.settrace(trace)
    try:
        call()
    finally:
        sys.settrace(before)
    return count


def assert_linear(work: Callable[[int], Callable[[], object]], size: int, margin: int = 200) -> None:
    """Fail unless an input of twice the size is at most about twice the work; `margin` is in lines."""
    once = lines_run(work(size))
    lines_run(work(2 * size), at_most=int(2.3 * once) + margin)
