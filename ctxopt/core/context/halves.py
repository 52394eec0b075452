"""Work shared with a copy of this process, where there is a second processor for it.

Listing directories is mostly calls to the system, and each of them is too short for Python's threads to
take turns at: two threads take longer than one. Two processes take little more than half the time.
"""

import marshal
import os
import sys
import threading
from collections.abc import Callable
from typing import Any

#: A task's number is one byte in the pipe from which both processes take their tasks.
MOST_TASKS = 255


def can_share() -> bool:
    """Whether a copy of this process would be safe and of use."""
    # Elsewhere a copy without a fresh start is not safe, nor anywhere where other threads may hold locks.
    able = sys.platform == "linux" and hasattr(os, "fork") and hasattr(os, "sched_getaffinity")
    return able and threading.active_count() == 1 and len(os.sched_getaffinity(0)) > 1


def share(tasks: int, do: Callable[[int], None], results: Callable[[list[int]], Any]) -> tuple[list[int], Any]:
    """Do the tasks with the numbers from 0, at most MOST_TASKS, some of them in a copy of this process.

    Each process takes the next task as soon as it is free. Returns the numbers of those that the copy did, with
    what `results` gave for them there: numbers, text, bytes, and lists, tuples and dictionaries of them. A task
    that the copy took and did not finish, because it was killed, is done again here.
    """
    waiting, put = os.pipe()
    os.write(put, bytes(range(tasks)))
    os.close(put)
    receiving, sending = os.pipe()
    copy = os.fork()
    if copy == 0:
        # With a reader of its own it would wait for ever, should the other process give up.
        os.close(receiving)
        _be_the_copy(waiting, sending, do, results)
    os.close(sending)
    try:
        with os.fdopen(receiving, "rb") as stream:
            done = _take(waiting, do)
            data = stream.read()
    finally:
        os.close(waiting)
        # If this process gives up, the copy has nobody to write to by now, and ends.
        os.waitpid(copy, 0)
    try:
        finished, found = marshal.loads(data)
    except (EOFError, ValueError, TypeError):
        finished, found = [], None
    for number in sorted(set(range(tasks)).difference(done, finished)):
        do(number)
    return finished, found


def _take(waiting: int, do: Callable[[int], None]) -> list[int]:
    """Take tasks and do them until there are none left."""
    done = []
    while number := os.read(waiting, 1):
        do(number[0])
        done.append(number[0])
    return done


def _be_the_copy(waiting: int, sending: int, do: Callable[[int], None], results: Callable[[list[int]], Any]) -> None:
    """What the copy does; it ends here, so that nothing that belongs to the other process is ended twice."""
    try:
        done = _take(waiting, do)
        with os.fdopen(sending, "wb") as stream:
            stream.write(marshal.dumps((done, results(done))))
    finally:
        os._exit(0)
