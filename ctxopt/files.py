"""One file of a project replaced as a whole or not at all.

The new bytes go to a temporary file beside the old one, which then takes its name: whoever looks sees
the old bytes or the new ones. A process that is killed in between leaves `.NAME.RANDOM.tmp` behind.
Nobody can tell such a file from one of the user's, so none is ever cleared away here.
"""

import os
import secrets
import stat
from contextlib import suppress
from dataclasses import dataclass

from ctxopt.errors import CtxoptError

_BINARY = getattr(os, "O_BINARY", 0) | getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_NOFOLLOW", 0)
#: A FIFO that takes a file's place after it was looked at must not block.
_READ = os.O_RDONLY | _BINARY | getattr(os, "O_NONBLOCK", 0)
_CREATE = os.O_WRONLY | os.O_CREAT | os.O_EXCL | _BINARY
#: As much of a file's name goes into the temporary one, so that it is never too long.
_NAME_LENGTH = 50


@dataclass(frozen=True, slots=True)
class _Identity:
    """What tells a file from another one, or from what it was before."""

    device: int
    inode: int
    size: int
    modified: int
    mode: int
    owner: int
    group: int


@dataclass(frozen=True, slots=True)
class Snapshot:
    """A file as it was when it was read, to be changed only as long as it still is so.

    `path` is its name as it was given and `target` where it really is, which differs for a link; `data`
    is None where there is no file yet.
    """

    root: str
    path: str
    target: str
    data: bytes | None
    identity: _Identity | None


def read_for_change(root: str, path: str) -> Snapshot:
    """Read a file that is to be replaced; it need not be there. `path` is relative to `root`, or absolute.

    A link to a regular file below `root` stands for that file. Raises CtxoptError for what leads out
    of `root` or nowhere, for what is no regular file, and for what cannot be read.
    """
    try:
        return _read(root, path)
    except (OSError, ValueError) as error:
        raise CtxoptError(f"cannot read it: {_reason(error)}", file=path) from None


def replace_file(snapshot: Snapshot, data: bytes) -> None:
    """Put new bytes in the place of a file that was read, or of one that was not there; equal bytes are left alone.

    Mode and, where the system lets us, owner stay; a link stays a link, while other hard links keep the
    old bytes. Raises CtxoptError, with the old file as it was, if that has changed since it was read or
    if the new one cannot be written.
    """
    if data == snapshot.data:
        return
    try:
        descriptor, temporary = _create_temporary(snapshot)
        try:
            _fill(descriptor, temporary, data, snapshot.identity)
            _check_unchanged(snapshot)
            os.replace(temporary, snapshot.target)
        except BaseException:
            with suppress(OSError):
                os.unlink(temporary)
            raise
    except OSError as error:
        raise CtxoptError(f"cannot write it: {_reason(error)}", file=snapshot.path, hint="it is as it was") from None
    _sync_directory(os.path.dirname(snapshot.target))


def _read(root: str, path: str) -> Snapshot:
    target = _target(root, path)
    try:
        status = os.lstat(target)
    except FileNotFoundError:
        return Snapshot(root, path, target, None, None)
    _check_regular(status.st_mode, path)
    descriptor = os.open(target, _READ)
    with os.fdopen(descriptor, "rb") as file:
        status = os.fstat(descriptor)
        _check_regular(status.st_mode, path)
        return Snapshot(root, path, target, file.read(), _identity(status))


def _target(root: str, path: str) -> str:
    """The path without links, below the root."""
    top = os.path.realpath(root, strict=True)
    directory, name = os.path.split(os.path.join(top, path))
    if name in ("", os.curdir, os.pardir):
        raise CtxoptError("it is not a regular file", file=path)
    directory = os.path.realpath(directory, strict=True)
    if not _is_inside(top, directory):
        raise CtxoptError(f"it lies outside of {top}", file=path, hint="put the file itself there")
    target = os.path.join(directory, name)
    if not os.path.islink(target):
        return target
    try:
        target = os.path.realpath(target, strict=True)
    except OSError:
        raise CtxoptError(
            "it is a symbolic link that leads nowhere", file=path, hint="put the file itself there"
        ) from None
    if not _is_inside(top, target):
        raise CtxoptError(
            "it is a symbolic link that leads out of its directory", file=path, hint="put the file itself there"
        )
    return target


def _is_inside(top: str, path: str) -> bool:
    try:
        return os.path.commonpath((top, path)) == top
    except ValueError:
        # Two drives of Windows have nothing in common.
        return False


def _check_regular(mode: int, path: str) -> None:
    if not stat.S_ISREG(mode):
        raise CtxoptError("it is not a regular file", file=path)


def _identity(status: os.stat_result) -> _Identity:
    return _Identity(
        status.st_dev,
        status.st_ino,
        status.st_size,
        status.st_mtime_ns,
        stat.S_IMODE(status.st_mode),
        status.st_uid,
        status.st_gid,
    )


def _create_temporary(snapshot: Snapshot) -> tuple[int, str]:
    """A new file beside the target, open for writing; one that is to replace another is for nobody else to read yet."""
    directory, name = os.path.split(snapshot.target)
    mode = 0o666 if snapshot.identity is None else 0o600
    while True:
        path = os.path.join(directory, f".{name.lstrip('.')[:_NAME_LENGTH]}.{secrets.token_hex(8)}.tmp")
        with suppress(FileExistsError):
            return os.open(path, _CREATE, mode), path


def _fill(descriptor: int, path: str, data: bytes, identity: _Identity | None) -> None:
    """Write all to the disk, give the file the rights of the old one, and close it."""
    try:
        rest = memoryview(data)
        while rest:
            rest = rest[os.write(descriptor, rest) :]
        if identity is not None:
            _take_over(descriptor, path, identity)
        os.fsync(descriptor)
    except BaseException:
        with suppress(OSError):
            os.close(descriptor)
        raise
    os.close(descriptor)


def _take_over(descriptor: int, path: str, identity: _Identity) -> None:
    """Give the file the old one's owner and group as far as we may, and its mode."""
    if hasattr(os, "fchown"):
        mine = os.fstat(descriptor)
        # Only root may give a file away, but its owner may often choose the group.
        if mine.st_gid != identity.group:
            with suppress(OSError):
                os.fchown(descriptor, -1, identity.group)
        if mine.st_uid != identity.owner:
            with suppress(OSError):
                os.fchown(descriptor, identity.owner, -1)
    if hasattr(os, "fchmod"):
        os.fchmod(descriptor, identity.mode)
    else:
        os.chmod(path, identity.mode)


def _check_unchanged(snapshot: Snapshot) -> None:
    """Look at everything again, links included, at the last moment."""
    try:
        unchanged = _read(snapshot.root, snapshot.path) == snapshot
    except (CtxoptError, OSError):
        unchanged = False
    if not unchanged:
        raise CtxoptError("it was changed meanwhile", file=snapshot.path, hint="run the command again")


def _sync_directory(path: str) -> None:
    """Make the new name last through a power cut, where a directory can be opened for that."""
    if hasattr(os, "O_DIRECTORY"):
        with suppress(OSError):
            descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
            try:
                os.fsync(descriptor)
            finally:
                os.close(descriptor)


def _reason(error: OSError | ValueError) -> str:
    return error.strerror if isinstance(error, OSError) and error.strerror else "not a valid path"
