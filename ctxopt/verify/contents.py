"""What is in an image: each path with its type, mode, owner and content. Times are not looked at."""

import hashlib
import json
import os
import posixpath
import stat
import tarfile
from collections.abc import Iterable, Iterator, Mapping
from typing import IO, Final

from ctxopt.core.context.tree import Totals
from ctxopt.core.lazy_dataclass import dataclass
from ctxopt.core.lazy_re import lazy_re
from ctxopt.errors import CtxoptError

_WHITEOUT: Final = ".wh."
_OPAQUE: Final = ".wh..wh..opq"
_TYPES: Final = {
    tarfile.DIRTYPE: "directory",
    tarfile.SYMTYPE: "symbolic link",
    tarfile.LNKTYPE: "hard link",
    tarfile.FIFOTYPE: "named pipe",
    tarfile.CHRTYPE: "device",
    tarfile.BLKTYPE: "device",
}
#: What an engine makes for a container that it creates of the image.
_OF_CONTAINERS: Final = frozenset(
    (".dockerenv", "dev/console", "dev/pts", "dev/shm", "etc/hostname", "etc/hosts", "etc/mtab", "etc/resolv.conf")
)
#: Maximum size of the list of layers in an archive, in bytes.
_LARGEST_MANIFEST: Final = 1 << 20
_CHUNK: Final = 1 << 20
#: How many bytes of a tar are read at a time.
_BUFFER: Final = 1 << 16
#: The name of a layer that tells its content.
_HASH: Final = lazy_re(r"[0-9a-f]{64}\.tar")


@dataclass(frozen=True, slots=True)
class Entry:
    """One path of an image: `link` is a link's target, `digest` the SHA-256 of a file's bytes, `size` their number."""

    type: str
    mode: int
    owner: tuple[int, int]
    link: str = ""
    size: int = 0
    digest: str = ""


#: By path, relative to the root of the image.
Contents = Mapping[str, Entry]


def totals(contents: Contents) -> Totals:
    """The number of files in an image, and their bytes."""
    files = [entry for entry in contents.values() if entry.type == "file"]
    return Totals(len(files), sum(entry.size for entry in files))


def is_copy(contents: Contents, path: str, original: str) -> bool:
    """Whether a path of an image is what is on the disk: by a file's bytes, a link's target, or as a directory."""
    entry = contents[path]
    if entry.type == "hard link":
        entry = contents.get(posixpath.normpath(entry.link).strip("/"), entry)
    try:
        if entry.type == "symbolic link":
            return os.readlink(original) == entry.link
        if entry.type == "directory":
            return stat.S_ISDIR(os.lstat(original).st_mode)
        flags = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
        with open(os.open(original, flags), "rb") as file:
            status = os.fstat(file.fileno())
            if entry.type != "file" or not stat.S_ISREG(status.st_mode) or status.st_size != entry.size:
                return False
            return hashlib.file_digest(file, "sha256").hexdigest() == entry.digest
    except OSError:
        return False


def of_container(file: IO[bytes]) -> dict[str, Entry]:
    """What is in the tar that an engine exports of a new container. Raises CtxoptError."""
    entries = _entries(file)
    return {path: entry for path, entry in entries.items() if path not in _OF_CONTAINERS}


def of_archive(path: str, known: dict[str, dict[str, Entry]]) -> dict[str, Entry]:
    """What is in an image that was saved as a docker archive at this path. Raises CtxoptError.

    `known` are layers that images share, by their hashes; new ones are added.
    """
    try:
        with tarfile.open(path) as archive:
            listed = _member(archive, "manifest.json").read(_LARGEST_MANIFEST)
            layers: list[str] = json.loads(listed)[0]["Layers"]
            return _stacked(_layer(archive, layer, known) for layer in layers)
    except (tarfile.TarError, OSError, ValueError, LookupError, TypeError) as error:
        raise CtxoptError(f"the saved image cannot be read: {error}") from None


def _layer(archive: tarfile.TarFile, name: str, known: dict[str, dict[str, Entry]]) -> dict[str, Entry]:
    if name in known:
        return known[name]
    entries = _entries(_member(archive, name))
    if _HASH.fullmatch(name):
        known[name] = entries
    return entries


def _member(archive: tarfile.TarFile, name: str) -> IO[bytes]:
    file = archive.extractfile(name)
    if file is None:
        raise LookupError(name)
    return file


def _entries(file: IO[bytes]) -> dict[str, Entry]:
    """The entries of a tar, a layer's whiteouts among them; what comes last counts. Raises CtxoptError."""
    try:
        with tarfile.open(fileobj=file, mode="r|*", bufsize=_BUFFER) as archive:
            found = {posixpath.normpath(member.name).strip("/"): _entry(archive, member) for member in archive}
    except (tarfile.TarError, OSError, ValueError, EOFError) as error:
        raise CtxoptError(f"the contents of the image cannot be read: {error}") from None
    found.pop(".", None)
    return found


def _entry(archive: tarfile.TarFile, member: tarfile.TarInfo) -> Entry:
    type_ = _TYPES.get(member.type, "file")
    owner = (member.uid, member.gid)
    if type_ != "file":
        return Entry(type_, 0 if member.issym() else member.mode, owner, member.linkname)
    digest = hashlib.sha256()
    data = archive.extractfile(member)
    while data is not None and (chunk := data.read(_CHUNK)):
        digest.update(chunk)
    return Entry(type_, member.mode, owner, size=member.size, digest=digest.hexdigest())


def _stacked(layers: Iterable[Mapping[str, Entry]]) -> dict[str, Entry]:
    """The layers of an image as one tree, each over those before it."""
    image: dict[str, Entry] = {}
    for layer in layers:
        removed = {path for path in layer if posixpath.basename(path).startswith(_WHITEOUT)}
        for path in removed:
            directory, name = posixpath.split(path)
            hidden = directory if name == _OPAQUE else posixpath.join(directory, name.removeprefix(_WHITEOUT))
            for gone in list(_below(image, hidden)):
                del image[gone]
            if name != _OPAQUE:
                image.pop(hidden, None)
        for path, entry in layer.items():
            if path in removed:
                continue
            if entry.type != "directory" and image.get(path, entry).type == "directory":
                for gone in list(_below(image, path)):
                    del image[gone]
            image[path] = entry
    return image


def _below(image: Mapping[str, Entry], directory: str) -> Iterator[str]:
    return (path for path in image if not directory or path.startswith(f"{directory}/"))
