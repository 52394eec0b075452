"""Work shared with a forked child process, where there is a second processor for it.

Listing directories is mostly calls to the system, and each of them is too short for Python's threads to
take turns at: two threads take longer than one. Two processes take little more than half the time.
"""

import marshal
import os
import sys
import threading
from collections.abc import Callable
from typing import Any

#: Maximum number of tasks: a task's number is one byte in the pipe from which both processes take their tasks.
MOST_TASKS = 255


def can_share() -> bool:
    """Whether forking is safe and would help."""
    # Elsewhere a forked child is not safe, nor anywhere while other threads may hold locks.
    able = sys.platform == "linux" and hasattr(os, "fork") and hasattr(os, "sched_getaffinity")
    return able and threading.active_count() == 1 and len(os.sched_getaffinity(0)) > 1


def share(tasks: int, do: Callable[[int], None], results: Callable[[list[int]], Any]) -> tuple[list[int], Any]:
    """Do the tasks with the numbers from 0, at most MOST_TASKS, some of them in a forked child.

    Each process takes the next task as soon as it is free. Returns the numbers of those that the child did, with
    what `results` returned for them there: numbers, text, bytes, and lists, tuples and dictionaries of them. A task
    that the child took and did not finish, because it was killed, is done again here.
    """
    waiting, put = os.pipe()
    os.write(put, bytes(range(tasks)))
    os.close(put)
    receiving, sending = os.pipe()
    child = os.fork()
    if child == 0:
        # With a reader of its own the child would wait for ever if the parent gave up.
        os.close(receiving)
        _child_main(waiting, sending, do, results)
    os.close(sending)
    try:
        with os.fdopen(receiving, "rb") as stream:
            done = _do_waiting(waiting, do)
            data = stream.read()
    finally:
        os.close(waiting)
        # If this process gives up, the child has nobody to write to by now, and exits.
        os.waitpid(child, 0)
    try:
        finished, found = marshal.loads(data)
    except (EOFError, ValueError, TypeError):
        finished, found = [], None
    del data
    for number in sorted(set(range(tasks)).difference(done, finished)):
        do(number)
    return finished, found


def _do_waiting(waiting: int, do: Callable[[int], None]) -> list[int]:
    """Take tasks from the pipe and do them until there are none left; returns their numbers."""
    done = []
    while number := os.read(waiting, 1):
        do(number[0])
        done.append(number[0])
    return done


def _child_main(waiting: int, sending: int, do: Callable[[int], None], results: Callable[[list[int]], Any]) -> None:
    """Run the child and exit it, so that nothing that belongs to the parent is cleaned up twice."""
    try:
        done = _do_waiting(waiting, do)
        with os.fdopen(sending, "wb") as stream:
            stream.write(marshal.dumps((done, results(done))))
    finally:
        os._exit(0)
