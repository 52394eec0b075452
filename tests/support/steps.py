"""How much work a call is, told without a clock: the lines of ctxopt that are run in it."""

import sys
from collections.abc import Callable
from pathlib import Path
from types import FrameType
from typing import Any

import ctxopt

_PACKAGE = str(Path(ctxopt.__file__).parent)


def lines_run(call: Callable[[], object]) -> int:
    """Run a call, and count the lines of the package that are run, each as often as it is."""
    count = 0

    def trace(frame: FrameType, event: str, _: Any) -> Any:
        return line if frame.f_code.co_filename.startswith(_PACKAGE) else None

    def line(frame: FrameType, event: str, _: Any) -> Any:
        nonlocal count
        count += event == "line"
        return line

    before = sys.gettrace()
    sys.settrace(trace)
    try:
        call()
    finally:
        sys.settrace(before)
    return count
