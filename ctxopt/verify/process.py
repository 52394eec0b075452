"""Running a program of an engine: its output line by line, a time limit, and an end in every case."""

import os
import queue
import signal
import subprocess
import threading
import time
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from typing import IO, Final, TypeVar

from ctxopt.core.lazy_dataclass import dataclass
from ctxopt.errors import CtxoptError
from ctxopt.verify.interruption import PutOff

_T = TypeVar("_T")

#: Maximum number of lines that are kept of a program's output, and of characters of a line.
_LINES: Final = 2000
_LENGTH: Final = 4000
#: Seconds that a program gets to end by itself once it was asked to.
_PATIENCE: Final = 10.0
#: Seconds between two looks at the clock.
_TICK: Final = 0.2


@dataclass(frozen=True, slots=True)
class Finished:
    """A program that ended: its exit code, None after the time limit, and the last lines of its output."""

    code: int | None
    lines: tuple[str, ...]

    @property
    def succeeded(self) -> bool:
        """Whether it ended by itself, with exit code 0."""
        return self.code == 0


def run(
    command: Sequence[str],
    *,
    environment: Mapping[str, str],
    timeout: float,
    on_line: Callable[[str], object] | None = None,
    on_tick: Callable[[], object] | None = None,
    stdin: IO[bytes] | None = None,
) -> Finished:
    """Run a program to its end, or for `timeout` seconds; its standard output and error are one stream of lines.

    `on_tick` is called often while it runs.
    It gets a process group of its own, so that Ctrl-C reaches it through us, and ends with us. Raises CtxoptError if
    it cannot be started.
    """

    def follow(process: "subprocess.Popen[bytes]") -> Finished:
        lines = _follow(process, timeout, on_line or str, on_tick or str)
        if lines is not None:
            return Finished(process.wait(), lines)
        return Finished(None, (f"no end within {timeout:g} seconds",))

    return _with_program(lambda: _start(command, environment, subprocess.STDOUT, stdin), follow)


def capture(command: Sequence[str], *, environment: Mapping[str, str], timeout: float) -> bytes | None:
    """The standard output of a program; None if it failed or took longer. Raises CtxoptError as `run` does."""

    def read(process: "subprocess.Popen[bytes]") -> bytes | None:
        try:
            output, _ = process.communicate(timeout=timeout)
        except subprocess.TimeoutExpired:
            return None
        return output if process.returncode == 0 else None

    return _with_program(lambda: _start(command, environment, subprocess.DEVNULL, None), read)


def stream(command: Sequence[str], *, environment: Mapping[str, str], consume: Callable[[IO[bytes]], object]) -> int:
    """Run a program and hand its standard output to `consume`; returns the exit code. Raises CtxoptError as `run`."""

    def hand_on(process: "subprocess.Popen[bytes]") -> int:
        if process.stdout is not None:
            consume(process.stdout)
        return process.wait()

    return _with_program(lambda: _start(command, environment, subprocess.DEVNULL, None), hand_on)


def _with_program(start: Callable[[], "subprocess.Popen[bytes]"], use: Callable[["subprocess.Popen[bytes]"], _T]) -> _T:
    """What `use` returns of a program, which ends in every case: no interruption comes between start and end."""
    with PutOff() as put_off:
        process = start()
        try:
            with put_off.let_in():
                return use(process)
        finally:
            _end(process, put_off)


def _start(
    command: Sequence[str], environment: Mapping[str, str], errors: int, stdin: IO[bytes] | None
) -> "subprocess.Popen[bytes]":
    try:
        return subprocess.Popen(
            list(command),
            stdin=subprocess.DEVNULL if stdin is None else stdin,
            stdout=subprocess.PIPE,
            stderr=errors,
            env=dict(environment),
            creationflags=getattr(subprocess, "CREATE_NEW_PROCESS_GROUP", 0),
            start_new_session=True,
        )
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
        raise CtxoptError(f"cannot run {command[0]}: {reason}") from None


def _follow(
    process: "subprocess.Popen[bytes]", timeout: float, on_line: Callable[[str], object], on_tick: Callable[[], object]
) -> tuple[str, ...] | None:
    """The last lines of a program once its output ends; None after the time limit."""
    coming: queue.SimpleQueue[str | None] = queue.SimpleQueue()
    threading.Thread(target=_read, args=(process.stdout, coming), daemon=True).start()
    last: deque[str] = deque(maxlen=_LINES)
    until = time.monotonic() + timeout
    while time.monotonic() < until:
        try:
            line = coming.get(timeout=_TICK)
        except queue.Empty:
            on_tick()
            continue
        if line is None:
            return tuple(last)
        last.append(line)
        on_line(line)
        on_tick()
    return None


def _read(output: IO[bytes] | None, coming: "queue.SimpleQueue[str | None]") -> None:
    with suppress(OSError, ValueError):
        while output is not None and (data := output.readline(_LENGTH)):
            coming.put(data.decode("utf-8", "backslashreplace").rstrip("\r\n"))
    coming.put(None)


def _end(process: "subprocess.Popen[bytes]", put_off: PutOff) -> None:
    """End a program that still runs, with all that it started."""
    if process.poll() is None:
        _signal(process, signal.SIGINT)
        try:
            with suppress(subprocess.TimeoutExpired), put_off.let_in():
                process.wait(_PATIENCE)
        finally:
            # Also after a second Ctrl-C: nobody waits any longer. What it started may still run when it has ended.
            _signal(process, getattr(signal, "SIGKILL", signal.SIGTERM))
            process.wait()
    if process.stdout is not None:
        process.stdout.close()


def _signal(process: "subprocess.Popen[bytes]", number: int) -> None:
    with suppress(OSError):
        if os.name == "nt":
            process.terminate()
        else:
            os.killpg(process.pid, number)
