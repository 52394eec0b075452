"""Programs that are run: their lines, their end, and that nothing of them stays."""

import os
import select
import sys
from pathlib import Path

import pytest

from ctxopt.errors import CtxoptError
from ctxopt.verify.process import capture, run

_ENVIRONMENT = dict(os.environ)
_PATIENT = 30.0


def _python(text: str) -> list[str]:
    return [sys.executable, "-c", text]


def test_the_lines_of_both_streams_are_given_as_they_come() -> None:
    lines: list[str] = []
    text = "import sys; print('out', flush=True); print('err', file=sys.stderr); sys.exit(3)"
    finished = run(_python(text), environment=_ENVIRONMENT, timeout=_PATIENT, on_line=lines.append)
    assert (finished.code, lines) == (3, ["out", "err"])
    assert finished.lines == ("out", "err")
    assert not finished.succeeded


def test_a_program_that_takes_too_long_is_ended_with_its_children(tmp_path: Path) -> None:
    alive = tmp_path / "alive"
    os.mkfifo(alive)
    child = (
        f"import signal; file = open({str(alive)!r}, 'w'); signal.signal(signal.SIGINT, signal.SIG_IGN); signal.pause()"
    )
    text = f"import subprocess, sys; subprocess.Popen([sys.executable, '-c', {child!r}]).wait()"
    reader = os.open(alive, os.O_RDONLY | os.O_NONBLOCK)
    finished = run(_python(text), environment=_ENVIRONMENT, timeout=1.5)
    assert finished.code is None
    # There is an end of the file once nobody has it open for writing.
    poll = select.poll()
    poll.register(reader, select.POLLIN | select.POLLHUP)
    assert poll.poll(_PATIENT * 1000)
    assert os.read(reader, 1) == b""
    os.close(reader)


def test_a_program_that_is_not_there_is_an_error() -> None:
    with pytest.raises(CtxoptError, match="cannot run no-such-program: No such file"):
        run(["no-such-program"], environment=_ENVIRONMENT, timeout=_PATIENT)


def test_only_the_standard_output_of_a_program_that_succeeds_is_captured() -> None:
    text = "import sys; print('out'); print('err', file=sys.stderr)"
    assert capture(_python(text), environment=_ENVIRONMENT, timeout=_PATIENT) == b"out\n"
    assert capture(_python("raise SystemExit(1)"), environment=_ENVIRONMENT, timeout=_PATIENT) is None
