"""What the engine of a test session leaves behind: nothing, however the session ends."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.support.engine import Engine

fcntl = pytest.importorskip("fcntl", reason="the engine needs Linux")

pytestmark = pytest.mark.engine

_ROOT = Path(__file__).resolve().parent.parent.parent
#: A test session that starts an engine of its own, shows where, and waits for the end of its input.
_SESSION = """
import sys
from contextlib import closing
from tests.support.engine import engine
from tests.support.engine.session import Session
with closing(Session()) as session:
    print(session.folder, engine().host, flush=True)
    sys.stdin.read()
"""


@contextmanager
def _session() -> Iterator[tuple[subprocess.Popen[str], Path]]:
    """A running session with its folder."""
    environment = {name: value for name, value in os.environ.items() if name != "CTXOPT_TEST_ENGINE"}
    with subprocess.Popen(
        [sys.executable, "-c", _SESSION],
        cwd=_ROOT,
        env=environment,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        folder, host = process.stdout.readline().split()
        assert host == f"unix://{folder}/docker.sock"
        assert Path(folder, "docker.sock").is_socket()
        yield process, Path(folder)


def _processes(folder: Path) -> list[str]:
    """The command lines that name a folder."""
    found = []
    for file in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            command = file.read_bytes().decode(errors="replace")
        except OSError:
            continue
        if str(folder) in command:
            found.append(command)
    return found


def _left(folder: Path) -> list[str]:
    """What is left of a session's engine: processes, mounts, control groups."""
    mounts = [line for line in Path("/proc/self/mounts").read_text().splitlines() if str(folder) in line]
    groups = [str(path) for path in Path("/sys/fs/cgroup").rglob(folder.name)]
    return [*_processes(folder), *mounts, *groups]


def test_a_session_that_ends(real_engine: Engine) -> None:
    if not real_engine.connection.own:
        pytest.skip("the engine is not ours to start")
    with _session() as (process, folder):
        assert _processes(folder)
    assert process.returncode == 0
    assert not folder.exists()
    assert _left(folder) == []


def test_a_session_that_is_killed(real_engine: Engine) -> None:
    if not real_engine.connection.own:
        pytest.skip("the engine is not ours to start")
    with _session() as (process, folder), (folder / "serving").open("rb") as serving:
        process.send_signal(signal.SIGKILL)
        # Held by all that belongs to the engine.
        fcntl.flock(serving, fcntl.LOCK_EX)
        assert not folder.exists()
        assert _left(folder) == []


def test_an_engine_that_is_killed(real_engine: Engine) -> None:
    if not real_engine.connection.own:
        pytest.skip("the engine is not ours to start")
    with _session() as (_, folder), (folder / "serving").open("rb") as serving:
        (supervisor,) = [
            int(file.parent.name)
            for file in Path("/proc").glob("[0-9]*/cmdline")
            if file.read_bytes().startswith(b"unshare\0") and str(folder).encode() in file.read_bytes()
        ]
        os.kill(supervisor, signal.SIGKILL)
        fcntl.flock(serving, fcntl.LOCK_EX)
        assert _left(folder) == []


_VISITOR = """
import sys
from contextlib import closing
from pathlib import Path
from tests.support.engine import engine
from tests.support.engine.session import Session
with closing(Session()):
    build = engine().build(Path({folder!r}))
    sys.stderr.write(repr(build.last_lines))
    print(build.succeeded, engine().host, engine().connection.label, flush=True)
"""


def test_an_engine_of_another(real_engine: Engine, tmp_path: Path) -> None:
    (tmp_path / "Dockerfile").write_text("FROM not-there-before:1\nRUN echo 1 > /a\n")
    done = subprocess.run(
        [sys.executable, "-c", _VISITOR.format(folder=str(tmp_path))],
        cwd=_ROOT,
        env=real_engine.environment | {"CTXOPT_TEST_ENGINE": real_engine.host},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    succeeded, host, label = done.stdout.split()
    assert (succeeded, host) == ("True", real_engine.host), done.stderr
    listed = ["docker", "image", "ls", "--all", "--quiet", "--filter", f"label={label}"]
    left = subprocess.run(listed, env=real_engine.environment, capture_output=True, text=True, check=True).stdout
    assert left == ""
