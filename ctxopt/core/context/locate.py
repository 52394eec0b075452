"""Which Dockerfile and which ignore files a build of a context uses, and their bytes.

Follows docker/cli for the classic builder, BuildKit's `dockerui` for BuildKit, and buildah for podman. Nothing outside
the context is read through a symbolic link that lies in it.
"""

import errno
import os
import stat
from dataclasses import dataclass, replace
from functools import reduce
from operator import or_
from typing import Final, Protocol

from ctxopt.core.golang import paths
from ctxopt.errors import ContextError, NoDockerfileError

#: Maximum size of a Dockerfile or an ignore file, in bytes.
_LARGEST = 64 << 20

#: Whose names and precedence of ignore files can apply.
DIALECTS = ("docker", "podman")

#: The Dockerfiles that are built where none is named, by dialect; None is that of no dialect.
_DEFAULT_NAMES: Final = {
    "docker": ("Dockerfile", "dockerfile"),
    "podman": ("Containerfile", "Dockerfile"),
    None: ("Dockerfile", "dockerfile", "Containerfile"),
}


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
            return file.read(most)

    def read_below(self, root: str, path: str, most: int) -> bytes:
        *parents, name = path.split("/")
        if not {"", ".", ".."}.isdisjoint((*parents, name)):
            raise ValueError(path)
        opened = _open_by_descriptor(root, parents, name) if _BY_DESCRIPTOR else _open_by_path(root, parents, name)
        with open(opened, "rb") as file:
            if not stat.S_ISREG(os.fstat(opened).st_mode):
                raise OSError(errno.EINVAL, os.strerror(errno.EINVAL), path)
            return file.read(most)


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
DISK: Final[Storage] = _Disk()


def _open_by_descriptor(root: str, parents: list[str], name: str) -> int:
    """Open a file below a directory part by part: what is a directory now may be a link when it is looked into."""
    directory = os.open(root, _DIRECTORY)
    try:
        for part in parents:
            inner = os.open(part, _DIRECTORY_NO_LINK, dir_fd=directory)
            os.close(directory)
            directory = inner
        return os.open(name, _READ_NO_LINK, dir_fd=directory)
    finally:
        os.close(directory)


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

    Raises ValueError for a path that leads elsewhere on Windows, to which a backslash separates names as well, and
    a colon may end the name of a drive.
    """
    if os.sep != "/" and any(os.path.basename(part) != part for part in path.split("/")):
        raise ValueError(path)
    return os.path.join(root, path)


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
    the error with which the legacy builder would fail before it reads anything. `podman`: podman builds it, which
    reads one ignore file whatever builds.
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
    data = _read(storage, ignore_file, name)
    if data is None:
        raise ContextError(f"ignore file not found: {ignore_file}")
    file = SourceFile(name, data)
    return replace(located, buildkit_ignore=file, classic_ignore=file, notes=(), classic_refusal=None)


def _locate(context: str, dockerfile: str | None, inline: str | None, storage: Storage, dialect: str | None) -> Located:
    root = context_root(context, storage)
    if inline is not None:
        source = SourceFile("Dockerfile (inline)", inline.encode("utf-8", "surrogateescape"))
        ignore = _ignore_file(storage, root, os.path.join(root, ".dockerignore"))
        return Located(root, source, None, ignore, ignore, (), _refusal(storage, root), inline=True)
    notes: list[str] = []
    path = _dockerfile(storage, root, context, dockerfile, dialect)
    shown = _shown(root, path)
    data = _read(storage, path, shown)
    if data is None:
        raise NoDockerfileError(f"Dockerfile not found: {shown}", root=root, default=False)
    own = path + ".dockerignore"
    buildkit = _ignore_file(storage, root, own) or _ignore_file(storage, root, os.path.join(root, ".dockerignore"))
    classic = _ignore_file(storage, root, os.path.join(root, ".dockerignore"))
    podman = dialect == "podman" or (dialect is None and is_containerfile(path))
    if podman:
        # Of two files beside it, the one that Docker reads as well is the one that counts.
        candidates = (own, path + ".containerignore", ".containerignore", ".dockerignore")
        found = (_ignore_file(storage, root, os.path.join(root, candidate)) for candidate in candidates)
        buildkit = classic = next((file for file in found if file is not None), None)
        if dialect is None:
            notes.append(f"{shown} is built as podman builds it: .containerignore takes precedence over .dockerignore")
    elif buildkit is not None and classic is not None and buildkit.name != classic.name:
        notes.append(f"BuildKit reads {buildkit.name}; the legacy builder reads {classic.name}")
    elif buildkit is not None and classic is None:
        notes.append(f"BuildKit reads {buildkit.name}; the legacy builder does not, and ignores nothing")
    inside = _inside(root, storage.real(path))
    if inside is None:
        notes.append(
            f"{shown} is outside the context: the legacy client sends a copy of it, and a changed .dockerignore, "
            "under a random name"
        )
    refusal = None if podman else _refusal(storage, root)
    return Located(root, SourceFile(shown, data), inside, buildkit, classic, tuple(notes), refusal, podman=podman)


def _refusal(storage: Storage, root: str) -> ContextError | None:
    if not _is_directory(storage, os.path.join(root, ".dockerignore")):
        return None
    return ContextError(
        "it is a directory; the legacy builder fails on it", file=".dockerignore", hint="BuildKit ignores it"
    )


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


def _ignore_file(storage: Storage, root: str, path: str) -> SourceFile | None:
    """An ignore file, or None if there is none. A directory of that name is ignored, as in BuildKit."""
    if _is_directory(storage, path):
        return None
    name = _shown(root, path)
    data = _read(storage, path, name)
    return None if data is None else SourceFile(name, data)


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


def _read(storage: Storage, path: str, name: str) -> bytes | None:
    """The bytes of a regular file; None if there is none.

    A link is followed only to a place below the directory it is in, the way BuildKit sees it.
    """
    try:
        real = storage.real(path)
        if _inside(storage.real(os.path.dirname(path)), real) is None:
            raise ContextError(
                "it is a symbolic link that leads out of its directory",
                file=name,
                hint="BuildKit does not follow it; put the file itself there",
            )
        mode, size = storage.status(real, follow=True)
        if not stat.S_ISREG(mode):
            raise ContextError("it is not a regular file", file=name)
        if size > _LARGEST:
            raise ContextError("it is larger than 64 MiB", file=name, hint="is it the right file?")
        return storage.read(real, _LARGEST)
    except (FileNotFoundError, NotADirectoryError):
        return None
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
        raise ContextError(f"cannot read it: {reason}", file=name) from None


def _inside(root: str, path: str) -> str | None:
    """The path relative to the root with slashes, or None if it lies outside."""
    try:
        relative = os.path.relpath(path, root).replace(os.sep, "/")
    except ValueError:
        return None
    return None if relative == ".." or relative.startswith("../") else paths.clean(relative)


def _shown(root: str, path: str) -> str:
    return _inside(root, path) or path.replace(os.sep, "/")
