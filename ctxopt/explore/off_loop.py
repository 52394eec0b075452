"""Work in a thread of its own, so that keys are answered meanwhile."""

import asyncio
import threading
from collections.abc import Callable
from contextlib import suppress
from typing import TypeVar

_T = TypeVar("_T")


async def off_loop(function: Callable[[], _T]) -> _T:
    """What a function returns, or raises, that is called in a thread.

    The thread does not keep the program from ending, as one of an executor would.
    """
    loop = asyncio.get_running_loop()
    future: asyncio.Future[_T] = loop.create_future()

    def work() -> None:
        try:
            result = function()
        except BaseException as error:
            _tell(loop, lambda error=error: None if future.done() else future.set_exception(error))  # type: ignore[misc]
        else:
            _tell(loop, lambda: None if future.done() else future.set_result(result))

    threading.Thread(target=work, daemon=True).start()
    return await future


def _tell(loop: asyncio.AbstractEventLoop, callback: Callable[[], None]) -> None:
    # The loop is closed if the program ended in the meantime.
    with suppress(RuntimeError):
        loop.call_soon_threadsafe(callback)
