"""Which Dockerfile and which ignore files a build of a context uses, and their bytes.

Follows docker/cli for the classic builder, BuildKit's `dockerui` for BuildKit, and buildah for podman. Nothing outside
the context is read through a symbolic link that lies in it: BuildKit cannot follow such a link, and where the legacy
builder follows one, what it does is not known here.
"""

import errno
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import replace
from functools import reduce
from operator import or_
from typing import BinaryIO, Final, Protocol

from ctxopt.core import metadata
from ctxopt.core.context.rooted import TooManyLinks, root_path
from ctxopt.core.golang import paths
from ctxopt.core.golang.text import replace_invalid
from ctxopt.core.lazy_dataclass import dataclass
from ctxopt.errors import ContextError, NoDockerfileError

#: Maximum size of a Dockerfile, in bytes.
_LARGEST: Final = 64 << 20
#: The same for an ignore file, all of whose lines are compiled.
LARGEST_IGNORE: Final = 4 << 20

#: Whose names and precedence of ignore files can apply.
DIALECTS = ("docker", "podman")

#: The Dockerfiles that are built where none is named, by dialect; None is that of no dialect.
_DEFAULT_NAMES: Final = {
    "docker": ("Dockerfile", "dockerfile"),
    "podman": ("Containerfile", "Dockerfile"),
    None: ("Dockerfile", "dockerfile", "Containerfile"),
}

#: The names of devices of Windows, and the numbers of those that have one.
_DEVICES: Final = ("CON", "PRN", "AUX", "NUL", "CONIN$", "CONOUT$")
_DEVICE_NUMBERS: Final = tuple("0123456789¹²³")

#: What a Dockerfile is called that is no file.
INLINE: Final = "Dockerfile (inline)"


class Storage(Protocol):
    """Where files are read from: the disk, or a stored state of the context. All paths are absolute.

    The methods raise OSError or ValueError like those of `os`.
    """

    def real(self, path: str) -> str:
        """The path with links resolved, as far as it exists."""

    def status(self, path: str, *, follow: bool) -> tuple[int, int]:
        """The mode, as in `stat`, and the size in bytes; with `follow`, those of a link's target."""

    def link(self, path: str) -> str:
        """The target of a symbolic link as written, with slashes."""

    def links_in(self, path: str) -> list[str]:
        """The names of the symbolic links in a directory."""

    def read(self, path: str, most: int) -> bytes:
        """The first bytes of a regular file, at most `most`."""

    def read_below(self, root: str, path: str, most: int) -> bytes:
        """The first bytes of a regular file at a clean path below `root`; no link below `root` is followed."""


class _Disk:
    """The files on disk."""

    def real(self, path: str) -> str:
        return os.path.realpath(path)

    def status(self, path: str, *, follow: bool) -> tuple[int, int]:
        found = os.stat(path, follow_symlinks=follow)
        return found.st_mode, found.st_size

    def link(self, path: str) -> str:
        return os.readlink(path).replace(os.sep, "/")

    def links_in(self, path: str) -> list[str]:
        with os.scandir(path) as listing:
            return [entry.name for entry in listing if entry.is_symlink()]

    def read(self, path: str, most: int) -> bytes:
        with open(os.open(path, _READ), "rb") as file:
            _note(file.fileno())
            return file.read(most)

    def read_below(self, root: str, path: str, most: int) -> bytes:
        with open_below(root, path) as file:
            _note(file.fileno())
            return file.read(most)


#: Where the files that are read from disk are noted, by device and number, if anybody wants to know.
_noted: ContextVar[set[tuple[int, int]] | None] = ContextVar("noted", default=None)


@contextmanager
def noting_files(noted: set[tuple[int, int]] | None) -> Iterator[None]:
    """Note the files that are read from disk in the `with` block, by device and number; with None, note none."""
    token = _noted.set(noted)
    try:
        yield
    finally:
        _noted.reset(token)


def _note(opened: int) -> None:
    noted = _noted.get()
    if noted is not None:
        status = os.fstat(opened)
        noted.add((status.st_dev, status.st_ino))


def open_below(root: str, path: str) -> BinaryIO:
    """A regular file at a clean path below a directory on disk, to be read; no link below the directory is followed.

    Raises OSError and ValueError.
    """
    *parents, name = _parts(path)
    opened = _open_by_descriptor(root, parents, name) if _BY_DESCRIPTOR else _open_by_path(root, parents, name)
    _size(opened, path)
    return open(opened, "rb")


def _parts(path: str) -> list[str]:
    """The parts of a clean path. Raises ValueError for another one."""
    parts = path.split("/")
    if not {"", ".", ".."}.isdisjoint(parts):
        raise ValueError(path)
    return parts


def _size(opened: int, path: str) -> int:
    """The size in bytes of what was opened for a path. Raises OSError, and closes it, if it is no regular file."""
    status = os.fstat(opened)
    if not stat.S_ISREG(status.st_mode):
        os.close(opened)
        raise OSError(errno.EINVAL, os.strerror(errno.EINVAL), path)
    return status.st_size


class OpenDirectory:
    """A directory at a clean path below a root, "" for the root: open until it is forgotten.

    Of many files in one directory only the first takes the way there. Only where `CAN_STAY_OPEN`. The constructor
    raises OSError and ValueError as `open_below` does.
    """

    def __init__(self, root: str, path: str, start: "OpenDirectory | None" = None) -> None:
        self._descriptor: int | None = None
        # With `start`, the path is one below that.
        above = None if start is None else start._descriptor
        self._descriptor = _open_directory(root, _parts(path) if path else [], above)

    def __del__(self) -> None:
        if self._descriptor is not None:
            os.close(self._descriptor)

    def read(self, name: str, most: int) -> bytes:
        """The first bytes of a regular file in this directory, at most `most`. Raises OSError and ValueError."""
        _parts(name)
        opened = os.open(name, _READ_NO_LINK, dir_fd=self._descriptor)
        size = _size(opened, name)
        _note(opened)
        data = bytearray()
        try:
            # One byte more than there should be: a file may have grown.
            while part := os.read(opened, min(most - len(data), max(size + 1 - len(data), _CHUNK))):
                data += part
        finally:
            os.close(opened)
        return bytes(data)


def _flags(*names: str) -> int:
    """The flags of these names for reading with `os.open`, as far as this system has them."""
    return reduce(or_, (getattr(os, name, 0) for name in names), os.O_RDONLY)


#: If a file is replaced by a pipe at the last moment, opening it must not wait for a writer.
_READ: Final = _flags("O_NONBLOCK", "O_CLOEXEC", "O_BINARY")
_READ_NO_LINK: Final = _READ | _flags("O_NOFOLLOW")
_DIRECTORY: Final = _flags("O_DIRECTORY", "O_CLOEXEC")
_DIRECTORY_NO_LINK: Final = _DIRECTORY | _flags("O_NOFOLLOW")
#: Windows cannot open directories.
_BY_DESCRIPTOR: Final = os.open in os.supports_dir_fd and hasattr(os, "O_DIRECTORY") and hasattr(os, "O_NOFOLLOW")
CAN_STAY_OPEN: Final = _BY_DESCRIPTOR
#: Bytes to ask for where a file is longer than it was said to be.
_CHUNK: Final = 1 << 12
DISK: Final[Storage] = _Disk()


def _open_by_descriptor(root: str, parents: list[str], name: str) -> int:
    """Open a file below a directory part by part: what is a directory now may be a link when it is looked into."""
    directory = _open_directory(root, parents)
    try:
        return os.open(name, _READ_NO_LINK, dir_fd=directory)
    finally:
        os.close(directory)


def _open_directory(root: str, parts: list[str], start: int | None = None) -> int:
    directory = os.open(root, _DIRECTORY) if start is None else os.dup(start)
    try:
        for part in parts:
            inner = os.open(part, _DIRECTORY_NO_LINK, dir_fd=directory)
            os.close(directory)
            directory = inner
    except BaseException:
        os.close(directory)
        raise
    return directory


def _open_by_path(root: str, parents: list[str], name: str) -> int:
    """The same by paths, each looked at before the next: all that can be had where directories cannot be opened."""
    last = below(root, "/".join((*parents, name)))
    path = root
    for part in (*parents, name):
        path = os.path.join(path, part)
        status = os.lstat(path)
        if stat.S_ISLNK(status.st_mode) or is_junction(status):
            raise OSError(errno.ELOOP, os.strerror(errno.ELOOP), path)
    return os.open(last, _READ_NO_LINK)


def below(root: str, path: str) -> str:
    """The path of what is at a clean path below a directory.

    Raises ValueError for a path that leads elsewhere on Windows.
    """
    if os.sep != "/" and any(map(_is_another_on_windows, path.split("/"))):
        raise ValueError(path)
    return os.path.join(root, path)


def _is_another_on_windows(name: str) -> bool:
    """Whether Windows takes a name for another file: a backslash separates names as well, a colon may end the name of a
    drive, devices have names in every directory, and dots and spaces at the end do not count.
    """
    device = name.partition(".")[0].rstrip(" ").upper()
    is_numbered = device[:3] in ("COM", "LPT") and device[3:] in _DEVICE_NUMBERS
    return os.path.basename(name) != name or name[-1:] in (".", " ") or device in _DEVICES or is_numbered


def is_junction(status: os.stat_result) -> bool:
    """Whether an `lstat` is that of a junction: a directory of Windows that leads to another one as a link does."""
    return getattr(status, "st_reparse_tag", 0) == _JUNCTION


#: IO_REPARSE_TAG_MOUNT_POINT, which `stat` has on Windows only.
_JUNCTION: Final = 0xA0000003


@dataclass(frozen=True, slots=True)
class SourceFile:
    """A file that was read: its name for messages, and its bytes."""

    name: str
    data: bytes


@dataclass(frozen=True, slots=True)
class Located:
    """The files of one build.

    `root` is the context directory without links; `dockerfile_path` is the Dockerfile's path in the
    context as the classic client sees it, None if it lies outside or is no file (`inline`).
    `buildkit_ignore` and `classic_ignore` are None where no ignore file applies. `classic_refusal` is
    the error with which the legacy builder would fail before it reads anything, or why it is not known what that
    builder does; `buildkit_refusal` is BuildKit's. `unfollowed` are the names of ignore files that are symbolic links
    which BuildKit does not follow. `podman`: podman builds it, which reads one ignore file whatever builds.
    """

    root: str
    dockerfile: SourceFile
    dockerfile_path: str | None
    buildkit_ignore: SourceFile | None
    classic_ignore: SourceFile | None
    notes: tuple[str, ...] = ()
    classic_refusal: ContextError | None = None
    inline: bool = False
    podman: bool = False
    buildkit_refusal: ContextError | None = None
    unfollowed: tuple[str, ...] = ()

    @property
    def copied(self) -> bool:
        """Whether the legacy client sends a copy of the Dockerfile, and a changed .dockerignore, under random names."""
        return self.inline or self.dockerfile_path is None

    def with_ignore_file(self, file: SourceFile | None, name: str) -> "Located":
        """The same build where the ignore file of this name is replaced, or removed if `file` is None.

        A name other than `.dockerignore` is that of the Dockerfile's own ignore file.
        """
        own = name != ".dockerignore"
        buildkit, classic = self.buildkit_ignore, self.classic_ignore
        replaces = buildkit is None or buildkit.name == name or (own and buildkit.name == ".dockerignore")
        return replace(
            self,
            buildkit_ignore=file if replaces else buildkit,
            classic_ignore=file if (classic is None and not own) or (classic and classic.name == name) else classic,
        )


def locate(
    context: str,
    dockerfile: str | None = None,
    *,
    inline: str | None = None,
    storage: Storage = DISK,
    ignore_file: str | None = None,
    dialect: str | None = None,
) -> Located:
    """Find the files of a build in a storage. `dockerfile` is relative to the context unless it is absolute.

    `ignore_file` is an absolute path: the ignore file of both builders in place of those that they would find.
    `dialect` is whose names and precedence of ignore files apply, one of DIALECTS; by default podman's for a
    Containerfile, and Docker's for everything else.

    `inline` is the text of a Dockerfile that is no file (`dockerfile_inline` of a compose file); no
    Dockerfile is then looked for, and it has no ignore file of its own.

    Raises ContextError if the context is no readable directory, NoDockerfileError if there is no
    Dockerfile, and ContextError or DockerfileError for a file that is there but cannot be read.
    """
    located = _locate(context, dockerfile, inline, storage, dialect)
    if ignore_file is None:
        return located
    name = _shown(located.root, ignore_file)
    data = _read(storage, ignore_file, name, ignores=True)
    if data is None:
        raise ContextError(f"ignore file not found: {ignore_file}")
    file = SourceFile(name, data)
    return replace(located, buildkit_ignore=file, classic_ignore=file, notes=(), classic_refusal=None, unfollowed=())


def _locate(context: str, dockerfile: str | None, inline: str | None, storage: Storage, dialect: str | None) -> Located:
    root = context_root(context, storage)
    if inline is not None:
        source = SourceFile(INLINE, inline.encode("utf-8", "surrogateescape"))
        shared = _rooted(storage, root, root, ".dockerignore")
        legacy, refusal = _legacy_ignore(storage, root, copied=True)
        unfollowed = _unfollowed(storage, root, shared, os.path.join(root, ".dockerignore"))
        return Located(root, source, None, shared, legacy, (), refusal, inline=True, unfollowed=unfollowed)
    path = _dockerfile(storage, root, context, dockerfile, dialect)
    file = _dockerfile_at(storage, root, path)
    if dialect == "podman" or (dialect is None and is_containerfile(path)):
        return _of_podman(storage, root, path, file, implied=dialect is None)
    directory, name = os.path.split(path)
    own = _rooted(storage, root, directory, f"{name}.dockerignore")
    buildkit = own or _rooted(storage, root, root, ".dockerignore")
    inside = _inside(root, storage.real(path))
    classic, refusal = _legacy_ignore(storage, root, copied=inside is None)
    tried = (f"{path}.dockerignore", *([] if own else [os.path.join(root, ".dockerignore")]))
    return Located(
        root,
        file,
        inside,
        buildkit,
        classic,
        tuple(_notes(file.name, inside, buildkit, classic)),
        _dangling(storage, path, file.name) or refusal,
        buildkit_refusal=_unsendable(name, file.name),
        unfollowed=_unfollowed(storage, root, buildkit, *tried),
    )


def _of_podman(storage: Storage, root: str, path: str, file: SourceFile, *, implied: bool) -> Located:
    # Of two files beside it, the one that Docker reads as well is the one that counts.
    candidates = (f"{path}.dockerignore", f"{path}.containerignore", ".containerignore", ".dockerignore")
    found = (_ignore_file(storage, root, os.path.join(root, candidate)) for candidate in candidates)
    ignore = next((one for one in found if one is not None), None)
    inside = _inside(root, storage.real(path))
    note = f"{file.name} is built as podman builds it: .containerignore takes precedence over .dockerignore"
    notes = (*([note] if implied else ()), *_copy_note(file.name, inside))
    return Located(root, file, inside, ignore, ignore, notes, podman=True)


def _notes(name: str, inside: str | None, buildkit: SourceFile | None, classic: SourceFile | None) -> Iterator[str]:
    if buildkit is not None and classic is not None and buildkit.name != classic.name:
        yield f"BuildKit reads {buildkit.name}; the legacy builder reads {classic.name}"
    elif buildkit is not None and classic is None:
        yield f"BuildKit reads {buildkit.name}; the legacy builder does not, and ignores nothing"
    yield from _copy_note(name, inside)


def _copy_note(name: str, inside: str | None) -> Iterator[str]:
    if inside is None:
        yield (
            f"{name} is outside the context: the legacy client sends a copy of it, and a changed .dockerignore, "
            "under a random name"
        )


def locate_named(root: str, dockerfile: SourceFile, storage: Storage = DISK) -> Located:
    """The files of a build for a named context, the directory `root` without links: only `.dockerignore` is read there.

    Raises ContextError.
    """
    ignore = _rooted(storage, root, root, ".dockerignore")
    unfollowed = _unfollowed(storage, root, ignore, os.path.join(root, ".dockerignore"))
    refusal = ContextError("the legacy builder has no named contexts", hint="build with BuildKit")
    return Located(root, dockerfile, None, ignore, None, (), refusal, inline=True, unfollowed=unfollowed)


def _unsendable(base: str, shown: str) -> ContextError | None:
    """Why BuildKit's client cannot be asked for a Dockerfile of this name; None if it can be."""
    if replace_invalid(base) == base and metadata.first_refused([base]) < 0:
        return None
    return ContextError(
        "BuildKit fails on a Dockerfile whose name contains a control character or is not UTF-8",
        file=shown,
        hint="rename it",
    )


def _dangling(storage: Storage, path: str, shown: str) -> ContextError | None:
    """Why the legacy builder does not find a Dockerfile that BuildKit finds; None if it does."""
    if _exists(storage, path):
        return None
    return ContextError(
        "it is a symbolic link that only BuildKit can follow, inside of the directory; the legacy builder fails on it",
        file=shown,
        hint="make the link relative",
    )


def _legacy_ignore(storage: Storage, root: str, *, copied: bool) -> tuple[SourceFile | None, ContextError | None]:
    """The ignore file that the legacy builder reads, if any, and why that builder fails or is not known.

    `copied` says that its client changes the file on the way, which fails for a link.
    """
    refusal = _directory_refusal(storage, root)
    if refusal is not None:
        return None, refusal
    path = os.path.join(root, ".dockerignore")
    if copied and _is_link(storage, path):
        return None, ContextError(
            "it is a symbolic link; the legacy builder fails on it with this Dockerfile",
            file=".dockerignore",
            hint="put the file itself there",
        )
    try:
        storage.status(path, follow=True)
    except FileNotFoundError:
        return None, None
    except (OSError, ValueError) as error:
        # A link in a circle, or one through a file.
        return None, _unreadable(error, ".dockerignore")
    if _leads_out(storage, path):
        return None, ContextError(
            "it is a symbolic link that leads out of the context; the legacy builder follows it, but ctxopt reads "
            "nothing outside",
            file=".dockerignore",
            hint="put the file itself there, or name the one to read with --ignore-file",
        )
    try:
        data = _read(storage, path, ".dockerignore")
    except ContextError as error:
        return None, error
    return (None if data is None else SourceFile(".dockerignore", data)), None


def _directory_refusal(storage: Storage, root: str) -> ContextError | None:
    if not _is_directory(storage, os.path.join(root, ".dockerignore")):
        return None
    return ContextError(
        "it is a directory; the legacy builder fails on it", file=".dockerignore", hint="BuildKit ignores it"
    )


def _unfollowed(storage: Storage, root: str, read: SourceFile | None, *tried: str) -> tuple[str, ...]:
    """The names of the ignore files among those that BuildKit tried that are links which it does not follow."""
    names = {_shown(root, path) for path in tried if _is_link(storage, path) and not _is_directory(storage, path)}
    return tuple(sorted(names - {read.name if read else ""}))


def context_root(context: str, storage: Storage = DISK) -> str:
    """A context directory as an absolute path without links. Raises ContextError."""
    try:
        root = storage.real(context)
        is_directory = stat.S_ISDIR(storage.status(root, follow=True)[0])
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) and error.strerror else "not a valid path"
        raise ContextError(
            f"cannot use it as a build context: {reason}", file=context, hint="give the path of a directory"
        ) from None
    if not is_directory:
        raise ContextError("the build context must be a directory", file=context)
    return root


def is_containerfile(path: str) -> bool:
    """Whether a file has one of the names that podman gives a Dockerfile: `Containerfile.x`, `x.Containerfile`."""
    name = os.path.basename(path)
    return name.startswith("Containerfile") or name.endswith(".Containerfile")


def default_dockerfile(root: str, storage: Storage = DISK, dialect: str | None = None) -> str | None:
    """The path of the Dockerfile that is built where none is named; None if the context has none."""
    paths = (os.path.join(root, name) for name in _DEFAULT_NAMES[dialect])
    return next((path for path in paths if is_there(storage, path)), None)


def _dockerfile(storage: Storage, root: str, context: str, given: str | None, dialect: str | None) -> str:
    if given is not None:
        return os.path.normpath(os.path.join(root, given))
    default = default_dockerfile(root, storage, dialect)
    if default is not None:
        return default
    raise NoDockerfileError(f"no Dockerfile in {context}", root=root, default=True)


def _dockerfile_at(storage: Storage, root: str, path: str) -> SourceFile:
    """The Dockerfile at a path. Raises ContextError and NoDockerfileError."""
    directory, name = os.path.split(path)
    found = _rooted(storage, root, directory, name)
    if found is not None:
        return found
    shown = _shown(root, path)
    data = _read(storage, path, shown)
    if data is None:
        raise NoDockerfileError(f"Dockerfile not found: {shown}", root=root, default=False)
    return SourceFile(shown, data)


def _ignore_file(storage: Storage, root: str, path: str) -> SourceFile | None:
    """An ignore file, or None if there is none. A directory of that name is ignored."""
    if _is_directory(storage, path):
        return None
    name = _shown(root, path)
    data = _read(storage, path, name)
    return None if data is None else SourceFile(name, data)


def _rooted(storage: Storage, root: str, directory: str, name: str) -> SourceFile | None:
    """A file as BuildKit finds it in a directory that its client sends; None for a directory, or if there is none.

    Links are followed inside of the directory, so none leads out of it.
    """
    shown = _shown(root, os.path.join(directory, name))
    top = storage.real(directory)

    def link(path: str) -> str | None:
        full = below(top, path)
        return storage.link(full) if _is_link(storage, full) else None

    try:
        inner = root_path(name, link)
        mode, size = storage.status(below(top, inner), follow=False)
        if stat.S_ISDIR(mode):
            return None
        return SourceFile(shown, storage.read_below(top, inner, _most(mode, size, shown)))
    except (FileNotFoundError, NotADirectoryError, TooManyLinks):
        return None
    except (OSError, ValueError) as error:
        raise _unreadable(error, shown) from None


def is_there(storage: Storage, path: str) -> bool:
    """Whether there is anything at this path; a link counts wherever it leads."""
    try:
        storage.status(path, follow=False)
    except (OSError, ValueError):
        return False
    return True


def _is_directory(storage: Storage, path: str) -> bool:
    try:
        return stat.S_ISDIR(storage.status(path, follow=True)[0])
    except (OSError, ValueError):
        return False


def _is_link(storage: Storage, path: str) -> bool:
    try:
        return stat.S_ISLNK(storage.status(path, follow=False)[0])
    except (OSError, ValueError):
        return False


def _exists(storage: Storage, path: str) -> bool:
    """Whether there is something where a path leads."""
    try:
        storage.status(path, follow=True)
    except (OSError, ValueError):
        return False
    return True


def _leads_out(storage: Storage, path: str) -> bool:
    """Whether a path leads out of the directory that it is in."""
    return _inside(storage.real(os.path.dirname(path)), storage.real(path)) is None


def _read(storage: Storage, path: str, name: str, *, ignores: bool = False) -> bytes | None:
    """The bytes of a regular file; None if there is none. A link is followed only to a place below its directory.

    `ignores`: it is an ignore file, whatever its name is.
    """
    try:
        real = storage.real(path)
        if _leads_out(storage, path):
            raise ContextError(
                "it is a symbolic link that leads out of its directory",
                file=name,
                hint="BuildKit does not follow it; put the file itself there",
            )
        mode, size = storage.status(real, follow=True)
        return storage.read(real, _most(mode, size, name, ignores=ignores))
    except (FileNotFoundError, NotADirectoryError):
        return None
    except (OSError, ValueError) as error:
        raise _unreadable(error, name) from None


def _most(mode: int, size: int, name: str, *, ignores: bool = False) -> int:
    """The maximum size of a file. Raises ContextError for a larger one, and for what is no regular file."""
    if not stat.S_ISREG(mode):
        raise ContextError("it is not a regular file", file=name)
    most = LARGEST_IGNORE if ignores or name.endswith(("dockerignore", "containerignore")) else _LARGEST
    if size > most:
        raise ContextError(f"it is larger than {most >> 20} MiB", file=name, hint="is it the right file?")
    return most


def _unreadable(error: OSError | ValueError, name: str) -> ContextError:
    reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
    return ContextError(f"cannot read it: {reason}", file=name)


def _inside(root: str, path: str) -> str | None:
    """The path relative to the root with slashes, or None if it lies outside."""
    try:
        relative = os.path.relpath(path, root).replace(os.sep, "/")
    except ValueError:
        return None
    return None if relative == ".." or relative.startswith("../") else paths.clean(relative)


def _shown(root: str, path: str) -> str:
    return _inside(root, path) or path.replace(os.sep, "/")
