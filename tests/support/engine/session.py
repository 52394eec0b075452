"""The engine of a test session: started on first use by any process, ended with the session."""

import os
import selectors
import shutil
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import IO, NoReturn

import pytest

if sys.platform != "win32":
    import fcntl

SCRIPT = Path(__file__).with_name("engine.sh")
_FOLDER = "CTXOPT_TEST_SESSION"
_NEEDED = ("apt-get", "dpkg-deb", "flock", "setsid", "unshare")
_SECONDS_TO_START = 60
#: How much is shown of the log of an engine that ended too early.
_LAST_LINES = 40
#: What leads a client elsewhere.
_MISLEADING = {"DOCKER_HOST", "DOCKER_CONTEXT", "DOCKER_BUILDKIT", "BUILDX_BUILDER", "BUILDX_CONFIG"}

#: A process that is forgotten while it runs gives a warning.
_started: list[subprocess.Popen[bytes]] = []


@dataclass(frozen=True)
class Connection:
    """How a process reaches an engine; `environment` is for the processes that it runs.

    `folder` is for files that all processes of the test session share.
    """

    host: str
    environment: Mapping[str, str] = field(compare=False)
    folder: Path
    own: bool

    @property
    def label(self) -> str:
        """The label of all that this session makes in the engine."""
        return f"ctxopt.tests={self.folder.name}"


def unavailable(reason: str) -> NoReturn:
    """Skip the test; fail it where CTXOPT_REQUIRE_ENGINE is set."""
    if os.environ.get("CTXOPT_REQUIRE_ENGINE"):
        pytest.fail(f"CTXOPT_REQUIRE_ENGINE is set, but {reason}", pytrace=False)
    pytest.skip(reason)


class Session:
    """A folder for the processes of one test session, and a lock in it for as long as the session lasts."""

    def __init__(self) -> None:
        # A socket's path has about 100 bytes.
        self.folder = Path(tempfile.mkdtemp(prefix="ctxopt-tests-", dir="/tmp" if os.path.isdir("/tmp") else None))
        self._lock = _locked(self.folder / "session")
        os.environ[_FOLDER] = str(self.folder)

    def close(self) -> None:
        """End the engine of the session, if it has one, and wait until nothing of it is left."""
        connection = self.folder / "host"
        if connection.is_file() and os.environ.get("CTXOPT_TEST_ENGINE"):
            _remove_labelled(connect())
        serving = self.folder / "serving"
        if serving.exists():
            if not _is_locked(serving):
                lines = (self.folder / "log").read_text(errors="replace").splitlines(keepends=True)
                sys.stderr.write("".join(["The engine ended before the session did:\n", *lines[-_LAST_LINES:]]))
            self._lock.close()
            _locked(serving).close()
        self._lock.close()
        shutil.rmtree(self.folder, ignore_errors=True)
        os.environ.pop(_FOLDER, None)


@contextmanager
def alone(name: str) -> Iterator[Path]:
    """The session's file of this name; only one process of the session is in the `with` block."""
    path = session_folder() / name
    with _locked(path.with_name(f"{name}.lock")):
        yield path


def session_folder() -> Path:
    """The folder of this test session."""
    if _FOLDER not in os.environ:
        raise RuntimeError("no test session is open: see tests/conftest.py")
    return Path(os.environ[_FOLDER])


def _is_locked(path: Path) -> bool:
    with path.open("ab") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
    return False


def _locked(path: Path) -> IO[bytes]:
    file = path.open("ab")
    fcntl.flock(file, fcntl.LOCK_EX)
    return file


@cache
def tools() -> Mapping[str, str]:
    """The environment in which `docker`, buildx and Compose are those of the engine. Skips where there are none."""
    if sys.platform == "win32":
        unavailable("the tests with an engine do not run on Windows")
    given = {name: value for name, value in os.environ.items() if name not in _MISLEADING}
    # buildx would read .git of each context.
    given["BUILDX_GIT_INFO"] = "false"
    if os.environ.get("CTXOPT_TEST_ENGINE"):
        asked = ["docker", "buildx", "version"]
        if (
            shutil.which("docker") is None
            or subprocess.run(asked, env=given, capture_output=True, check=False).returncode
        ):
            unavailable("there is no docker command with buildx")
        return given
    if missing := _missing():
        unavailable(missing)
    suite = os.environ.get("CTXOPT_TEST_SUITE", "trixie")
    done = subprocess.run([SCRIPT, "fetch", packages(), suite], capture_output=True, text=True, check=False)
    if done.returncode:
        unavailable(f"Debian's packages of the engine cannot be fetched: {_last_line(done.stderr)}")
    unpacked = packages() / suite / "usr"
    with alone("config") as config:
        config.mkdir(exist_ok=True)
        plugins = config / "cli-plugins"
        if not plugins.is_symlink():
            plugins.symlink_to(unpacked / "libexec/docker/cli-plugins")
    path = f"{unpacked}/bin:{unpacked}/sbin:{given['PATH']}"
    return given | {"PATH": path, "DOCKER_CONFIG": str(config)}


def busybox() -> Path:
    """A busybox, which must be a static one. Skips where there is none."""
    suite = os.environ.get("CTXOPT_TEST_SUITE", "trixie")
    unpacked = [packages() / suite / "usr/bin/busybox", packages() / suite / "bin/busybox"]
    own = shutil.which("busybox")
    found = next((path for path in (*unpacked, *([Path(own)] if own else [])) if path.is_file()), None)
    return found or unavailable("there is no busybox")


def packages() -> Path:
    """Where unpacked packages stay from one session to the next."""
    base = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(os.environ.get("CTXOPT_TEST_CACHE") or Path(base) / "ctxopt-tests")


def _missing() -> str | None:
    """Why no engine can be started here; None if one can."""
    if not hasattr(os, "geteuid") or not os.path.isdir("/proc/self/ns"):
        return "the engine needs Linux"
    if os.geteuid() != 0:
        return "the engine needs root"
    absent = [name for name in _NEEDED if shutil.which(name) is None]
    return f"the engine needs Debian's {', '.join(absent)}" if absent else None


@cache
def connect() -> Connection:
    """The engine of this test session, started if need be. Skips the test where there is none."""
    given = os.environ.get("CTXOPT_TEST_ENGINE")
    environment = dict(tools())
    with alone("host") as file:
        if not file.exists():
            file.write_text(given or _start())
        host = file.read_text()
    if host.startswith("no engine"):
        unavailable(host)
    return Connection(host, environment | {"DOCKER_HOST": host}, file.parent, own=not given)


def _start() -> str:
    """The address of a new engine, or why there is none."""
    folder = session_folder()
    suite = os.environ.get("CTXOPT_TEST_SUITE", "trixie")
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as notified, (folder / "log").open("wb") as log:
        notified.bind(str(folder / "notify"))
        process = subprocess.Popen(
            [SCRIPT, "serve", packages(), suite, folder],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            env=os.environ | {"NOTIFY_SOCKET": str(folder / "notify")},
            start_new_session=True,
        )
        _started.append(process)
        ended = os.pidfd_open(process.pid)
        with selectors.DefaultSelector() as events:
            events.register(notified, selectors.EVENT_READ)
            events.register(ended, selectors.EVENT_READ)
            ready = [key.fileobj for key, _ in events.select(_SECONDS_TO_START)]
        os.close(ended)
        if notified in ready:
            return f"unix://{folder}/docker.sock"
    return f"no engine started: {_last_line((folder / 'log').read_text(errors='replace'))}"


def _last_line(text: str) -> str:
    return (text.strip().splitlines() or ["no message"])[-1]


def _remove_labelled(connection: Connection) -> None:
    """Remove what this session made in an engine that is not its own."""
    for kind in ("container", "image"):
        run = ["docker", kind, "prune", "--force", "--filter", f"label={connection.label}"]
        command = [*run, "--all"] if kind == "image" else run
        subprocess.run(command, env=connection.environment, capture_output=True, check=False)
