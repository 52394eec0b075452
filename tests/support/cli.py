"""The program, run in this process, or in one of its own where the process is what a test is about."""

import gc
import io
import logging
import os
import re
import struct
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import chdir, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn
from unittest.mock import patch

import pytest

from ctxopt.__main__ import run as program

_COMMAND = Path(sys.executable).parent / "ctxopt"


@dataclass(frozen=True)
class Done:
    """What a finished run left: its exit code and the text of its two streams, byte for byte."""

    returncode: int
    stdout: str
    stderr: str


def run(
    *arguments: str,
    cwd: Path | None = None,
    columns: int = 90,
    encoding: str = "utf-8",
    stdin: str = "",
    **environment: str,
) -> Done:
    """Run the function that the installed command calls, and show what the process would have left.

    An error that the program does not expect is raised, where a process would print a traceback and exit with 1.
    Variables that the interpreter reads when it starts (PYTHON...) have no effect: see `run_program`.
    """
    assert not any(name.startswith("PYTHON") for name in environment), "the interpreter has started already"
    # The error handlers are those of a process in Python's UTF-8 mode.
    out, err = _stream(encoding, "surrogateescape"), _stream(encoding, "backslashreplace")
    with (
        chdir(cwd or os.curdir),
        patch.dict(os.environ, {"COLUMNS": str(columns), **environment}),
        patch.multiple(sys, argv=["ctxopt", *arguments], stdin=_stream(text=stdin), stdout=out, stderr=err),
        # What libraries log goes to standard error, as where nobody has asked for it.
        patch.object(logging.root, "handlers", []),
        _garbage_collection_kept(),
    ):
        code = _exit_code(program)
    return Done(code, _written(out), _written(err))


def run_on_terminal(*arguments: str, cwd: Path | None = None, columns: int = 90, **environment: str) -> str:
    """What the installed command shows on a terminal, without what controls it. Skips where there are none."""
    pty = pytest.importorskip("pty")
    fcntl, termios = pytest.importorskip("fcntl"), pytest.importorskip("termios")
    ours, its = pty.openpty()
    fcntl.ioctl(its, termios.TIOCSWINSZ, struct.pack("HHHH", 40, columns, 0, 0))
    inherited = {name: value for name, value in os.environ.items() if name not in ("COLUMNS", "NO_COLOR")}
    given = {**inherited, "TERM": "xterm", "PYTHONUTF8": "1", **environment}
    process = subprocess.Popen([str(_COMMAND), *arguments], stdin=its, stdout=its, stderr=its, cwd=cwd, env=given)
    os.close(its)
    shown = b""
    with suppress(OSError):
        # The terminal fails to read once nobody can write to it any more.
        while part := os.read(ours, 1 << 16):
            shown += part
    os.close(ours)
    process.wait()
    return re.sub(r"\x1b\][^\x1b]*\x1b\\|\x1b\[[0-9;?]*[A-Za-z]|\r", "", shown.decode())


def run_program(*arguments: str, cwd: Path | None = None, columns: int = 90, **environment: str) -> Done:
    """Run the installed command as a process. That takes many times as long as `run`."""
    done = subprocess.run(
        [str(_COMMAND), *arguments],
        capture_output=True,
        cwd=cwd,
        check=False,
        env={**os.environ, "COLUMNS": str(columns), "PYTHONUTF8": "1", **environment},
    )
    return Done(done.returncode, os.fsdecode(done.stdout), os.fsdecode(done.stderr))


def _exit_code(function: Callable[[], object]) -> int:
    """The code that a function ends the process with."""
    code: object = 0
    with patch.object(os, "_exit", _exit_of(os.getpid(), os._exit)):
        try:
            function()
        except SystemExit as end:
            code = end.code
    assert isinstance(code, int)
    return code


def _exit_of(process: int, real: Callable[[int], NoReturn]) -> Callable[[int], NoReturn]:
    """An `os._exit` that only raises SystemExit in one process; a forked child ends as ever."""

    def ending(code: int) -> NoReturn:
        if os.getpid() != process:
            real(code)
        raise SystemExit(code)

    return ending


def _stream(encoding: str = "utf-8", errors: str = "strict", text: str = "") -> io.TextIOWrapper:
    return io.TextIOWrapper(io.BytesIO(text.encode()), encoding, errors, newline="\n")


def _written(stream: io.TextIOWrapper) -> str:
    stream.seek(0)
    return os.fsdecode(bytes(stream.buffer.read()))


@contextmanager
def _garbage_collection_kept() -> Iterator[None]:
    """Undo what the program sets for its one short run."""
    before = gc.get_threshold()
    try:
        yield
    finally:
        gc.set_threshold(*before)
