"""Reading the files that declare builds, which are untrusted input."""

import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from contextvars import ContextVar

from ctxopt.core.context.locate import DISK, Storage
from ctxopt.errors import CtxoptError
from ctxopt.git.repository import repository_of

#: Maximum size of a file that declares builds, in bytes.
LARGEST = 4 << 20

#: Maximum size of one file after expansion, with all that it includes: nodes, copied entries, characters.
_UNITS = 1_000_000


#: Where the paths of the files that are read are noted, if anybody wants to know.
_noted: ContextVar[set[str] | None] = ContextVar("noted", default=None)


@contextmanager
def noted_reads() -> Iterator[set[str]]:
    """The absolute paths of all files that are read, or looked for, in the `with` block."""
    paths: set[str] = set()
    token = _noted.set(paths)
    try:
        yield paths
    finally:
        _noted.reset(token)


class LeadsOut(Exception):
    """A file that is, or is below, a symbolic link out of the project's directory."""


class Budget:
    """The work that one declaration may still cause, so that a small file cannot expand without limit."""

    def __init__(self, shown: str) -> None:
        self._shown = shown
        self._left = _UNITS

    def spend(self, units: int) -> None:
        """Count some work. Raises CtxoptError once it is too much."""
        self._left -= units
        if self._left < 0:
            raise CtxoptError("it unfolds to more than can be read", file=self._shown, hint="is it the right file?")


def read_text(path: str, shown: str, root: str, storage: Storage = DISK) -> str | None:
    """The text of a regular file without its byte order mark; None if there is no such file.

    A link is followed to places below `root`; for a path outside of it, below the path's own directory.
    Raises LeadsOut for any other link, and CtxoptError for what cannot be read or is not UTF-8.
    """
    paths = _noted.get()
    if paths is not None:
        paths.add(os.path.abspath(path))
    try:
        # Asked first, so that what leads nowhere is missing.
        storage.status(path, follow=True)
        real = storage.real(path)
        home = root if inside(os.path.abspath(root), os.path.abspath(path)) else os.path.dirname(os.path.abspath(path))
        if not inside(storage.real(home), real):
            raise LeadsOut(shown)
        data = _read(real, shown, storage)
    except (FileNotFoundError, NotADirectoryError):
        return None
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) and error.strerror else "not a valid path"
        raise CtxoptError(f"cannot read it: {reason}", file=shown) from None
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise CtxoptError("it is not UTF-8 text", file=shown, line=line, hint="save it as UTF-8") from None


def inside(directory: str, path: str) -> bool:
    """Whether an absolute path is a directory or lies below it, going by the names alone."""
    try:
        return os.path.commonpath((directory, path)) == directory
    except ValueError:
        # Two drives of Windows have nothing in common.
        return False


def is_outside(path: str, root: str, directory: str) -> bool:
    """Whether a file that a declaration names is outside of the project whose files are in `directory`.

    The project is `root`, the repository, and the current directory where that contains `directory`. All are absolute
    paths, and compared by their names: `read_text` looks after links.
    """
    if inside(root, path):
        return False
    here = os.path.abspath(os.curdir)
    homes = (repository_of(directory), here if inside(here, directory) else None)
    return not any(home is not None and inside(home, path) for home in homes)


def relative_to(directory: str, path: str) -> str:
    """An absolute path relative to a directory with slashes; as it is where there is no way, as between two drives."""
    with suppress(ValueError):
        path = os.path.relpath(path, directory)
    return path.replace(os.sep, "/")


def _read(real: str, shown: str, storage: Storage) -> bytes:
    mode, _ = storage.status(real, follow=True)
    if not stat.S_ISREG(mode):
        kind = "a directory" if stat.S_ISDIR(mode) else "not a regular file"
        raise CtxoptError(f"it is {kind}", file=shown)
    data = storage.read(real, LARGEST + 1)
    if len(data) > LARGEST:
        raise CtxoptError("it is larger than 4 MiB", file=shown, hint="is it the right file?")
    return data
