"""The files of one run, its mark on everything that it makes in an engine, and what killed runs left behind.

A run has a directory of its own with a lock in it, which the system releases however the run ends. So a later run
knows which directories, and which images with their mark, nobody uses any more.
"""

import hashlib
import os
import secrets
import shutil
import socket
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, Final

from ctxopt.core.lazy_dataclass import dataclass
from ctxopt.core.lazy_re import lazy_re
from ctxopt.errors import CtxoptError
from ctxopt.verify.interruption import PutOff

#: The label of images and containers; its value is the mark of the run.
LABEL: Final = "ctxopt.verify"
_LOCK: Final = ".lock"
_RUN: Final = lazy_re(r"[0-9a-f]{16}")


@dataclass(frozen=True, slots=True)
class Workspace:
    """The directory of a run.

    `owner` stands for this user on this machine, in whose name alone anything is removed.
    """

    directory: Path
    owner: str

    @property
    def run(self) -> str:
        """The name of this run."""
        return self.directory.name

    @property
    def mark(self) -> str:
        """The value of the label of this run."""
        return f"{self.owner}-{self.run}"

    def file(self, name: str) -> Path:
        """A path for a new file; its parent directory exists."""
        path = self.directory / secrets.token_hex(4) / name
        path.parent.mkdir(mode=0o700)
        return path

    def is_killed(self, mark: str) -> bool:
        """Whether a mark is that of a run of this user on this machine that ended without removing what it made."""
        owner, _, run = mark.rpartition("-")
        return owner == self.owner and bool(_RUN.fullmatch(run)) and run != self.run and not self._is_live(run)

    def mark_of(self, path: str) -> str:
        """The mark of the run in whose directory a file is; "" for any other file."""
        directory = Path(path).parent
        return f"{self.owner}-{directory.name}" if directory.parent == self.directory.parent else ""

    def _is_live(self, run: str) -> bool:
        """Whether the run still holds its lock; one without a lock is over."""
        return _is_locked(_lock_of(self.directory.parent / run))


def state_directory() -> Path:
    """Where the directories of all runs of this user are."""
    if os.name == "nt":
        base = os.environ.get("LOCALAPPDATA") or os.path.expanduser(r"~\AppData\Local")
    else:
        base = os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache")
    return Path(os.path.abspath(base), "ctxopt", "verify")


@contextmanager
def workspace(state: Path) -> Iterator[Workspace]:
    """A workspace for one run, removed at its end. Raises CtxoptError where it cannot be created."""
    directory = state / secrets.token_hex(8)
    with PutOff() as put_off:
        lock = _created(directory)
        try:
            with put_off.let_in():
                yield Workspace(directory, _owner(state))
        finally:
            shutil.rmtree(directory, ignore_errors=True)
            lock.close()
            _lock_of(directory).unlink(missing_ok=True)


def _created(directory: Path) -> IO[bytes]:
    """The lock of a new directory. Raises CtxoptError."""
    try:
        directory.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        # First the lock: a directory without one is that of a killed run.
        lock = _locked(_lock_of(directory))
        directory.mkdir(mode=0o700)
    except OSError as error:
        raise CtxoptError(f"cannot create {directory}: {error.strerror or error}") from None
    return lock


def remove_killed(state: Path) -> None:
    """Remove the directories and locks of runs that were killed."""
    with suppress(OSError):
        for path in list(state.iterdir()):
            run = path.name.removesuffix(_LOCK)
            if not _RUN.fullmatch(run) or _is_locked(_lock_of(state / run)):
                continue
            if path.name == run and not path.is_symlink():
                shutil.rmtree(path, ignore_errors=True)
            elif path.name != run:
                path.unlink(missing_ok=True)


def _lock_of(directory: Path) -> Path:
    return directory.with_name(directory.name + _LOCK)


def _owner(state: Path) -> str:
    """A name for this user's runs on this machine: engines may be shared with others."""
    return hashlib.sha256(f"{socket.gethostname()}\0{state}".encode("utf-8", "surrogateescape")).hexdigest()[:16]


def _locked(path: Path) -> IO[bytes]:
    """A new file with a lock on it, which lasts until it is closed. Raises OSError."""
    while True:
        file = path.open("ab")
        try:
            _lock(file)
            # Before it was locked, another run may have taken it for that of a killed one.
            if path.exists():
                return file
        except BaseException:
            file.close()
            raise
        file.close()


def _is_locked(path: Path) -> bool:
    try:
        with path.open("rb+") as file:
            _lock(file)
    except FileNotFoundError:
        return False
    except OSError:
        return True
    return False


if sys.platform == "win32":
    import msvcrt

    def _lock(file: IO[bytes]) -> None:
        file.seek(0)
        msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)

else:
    import fcntl

    def _lock(file: IO[bytes]) -> None:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
