"""Atomic replacement of one file of a project.

The new bytes go to a temporary file beside the old one, which is then renamed over it: a reader sees the
old bytes or the new ones. A process that is killed in between leaves `.NAME.RANDOM.tmp` behind. Such a
file cannot be told from one of the user's, so none is ever removed here.
"""

import os
import secrets
import stat
from contextlib import suppress
from dataclasses import dataclass

from ctxopt.errors import CtxoptError

_BINARY = getattr(os, "O_BINARY", 0) | getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_NOFOLLOW", 0)
#: A FIFO that replaces a file after it was checked must not block.
_READ = os.O_RDONLY | _BINARY | getattr(os, "O_NONBLOCK", 0)
_CREATE = os.O_WRONLY | os.O_CREAT | os.O_EXCL | _BINARY
#: Maximum number of characters of the file's name in the temporary name, so that it is never too long.
_NAME_LENGTH = 50


@dataclass(frozen=True, slots=True)
class _Identity:
    """What distinguishes a file from another one, or from an earlier state of itself."""

    device: int
    inode: int
    size: int
    modified: int
    mode: int
    owner: int
    group: int


@dataclass(frozen=True, slots=True)
class Snapshot:
    """A file as it was read, to be replaced only while it is unchanged.

    `path` is its name as given and `target` its real path, which differs for a link; `data`
    is None if there is no file yet.
    """

    root: str
    path: str
    target: str
    data: bytes | None
    identity: _Identity | None


def read_for_change(root: str, path: str) -> Snapshot:
    """Read a file that is to be replaced; it need not exist. `path` is relative to `root`, or absolute.

    A link to a regular file below `root` is followed. Raises CtxoptError for a path that leads out
    of `root` or nowhere, is not a regular file, or cannot be read.
    """
    try:
        return _read(root, path)
    except (OSError, ValueError) as error:
        raise CtxoptError(f"cannot read it: {_reason(error)}", file=path) from None


def replace_file(snapshot: Snapshot, data: bytes) -> None:
    """Replace a file that was read, or create one that did not exist; equal bytes are not written.

    Mode and, where the system permits it, owner, extended attributes and access control lists are kept; a link stays a
    link, while other hard links keep the old bytes. Raises CtxoptError and leaves the old file unchanged if it has
    changed since it was read,
    or if the new one cannot be written.
    """
    if data == snapshot.data:
        return
    try:
        descriptor, temporary = _create_temporary(snapshot)
        try:
            _fill(descriptor, temporary, data, snapshot.identity, snapshot.target)
            _check_unchanged(snapshot)
            os.replace(temporary, snapshot.target)
        except BaseException:
            with suppress(OSError):
                os.unlink(temporary)
            raise
    except OSError as error:
        raise CtxoptError(f"cannot write it: {_reason(error)}", file=snapshot.path, hint="it is unchanged") from None
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
        raise CtxoptError(f"it is outside {top}", file=path, hint="put the file itself there")
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
    """A new file beside the target, open for writing; readable by others only if it replaces no file."""
    directory, name = os.path.split(snapshot.target)
    mode = 0o666 if snapshot.identity is None else 0o600
    while True:
        path = os.path.join(directory, f".{name.lstrip('.')[:_NAME_LENGTH]}.{secrets.token_hex(8)}.tmp")
        with suppress(FileExistsError):
            return os.open(path, _CREATE, mode), path


def _fill(descriptor: int, path: str, data: bytes, identity: _Identity | None, old: str) -> None:
    """Write everything to disk, give the file the permissions of the old one, and close it."""
    try:
        rest = memoryview(data)
        while rest:
            rest = rest[os.write(descriptor, rest) :]
        if identity is not None:
            _take_over(descriptor, path, identity)
            _copy_attributes(old, descriptor)
        os.fsync(descriptor)
    except BaseException:
        with suppress(OSError):
            os.close(descriptor)
        raise
    os.close(descriptor)


def _take_over(descriptor: int, path: str, identity: _Identity) -> None:
    """Give the file the old one's owner and group as far as permitted, and its mode."""
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


def _copy_attributes(old: str, descriptor: int) -> None:
    """Give the file the extended attributes of the old one, access control lists among them, as far as permitted."""
    if not hasattr(os, "listxattr"):
        return
    with suppress(OSError):
        for name in os.listxattr(old, follow_symlinks=False):
            with suppress(OSError):
                os.setxattr(descriptor, name, os.getxattr(old, name, follow_symlinks=False))


def _check_unchanged(snapshot: Snapshot) -> None:
    """Check at the last moment that the file, links included, is unchanged. Raises CtxoptError."""
    try:
        unchanged = _read(snapshot.root, snapshot.path) == snapshot
    except (CtxoptError, OSError):
        unchanged = False
    if not unchanged:
        raise CtxoptError("it changed in the meantime", file=snapshot.path, hint="run the command again")


def _sync_directory(path: str) -> None:
    """Make the new name survive a power failure, where a directory can be opened for that."""
    if hasattr(os, "O_DIRECTORY"):
        with suppress(OSError):
            descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
            try:
                os.fsync(descriptor)
            finally:
                os.close(descriptor)


def _reason(error: OSError | ValueError) -> str:
    return error.strerror if isinstance(error, OSError) and error.strerror else "not a valid path"


def make_parents(root: str, path: str) -> None:
    """Create the directories that the parent of a path lacks. `path` is relative to `root`.

    Raises CtxoptError where a link leads out of `root`, or a directory cannot be created.
    """
    try:
        top = here = os.path.realpath(root, strict=True)
        for name in path.replace(os.sep, "/").split("/")[:-1]:
            here = os.path.join(here, name)
            if not os.path.lexists(here):
                os.mkdir(here)
            here = os.path.realpath(here, strict=True)
            if not _is_inside(top, here):
                raise CtxoptError(f"it lies outside of {top}", file=path)
    except (OSError, ValueError) as error:
        raise CtxoptError(f"cannot create its directory: {_reason(error)}", file=path) from None
