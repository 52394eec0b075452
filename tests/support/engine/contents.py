"""What is in an image: each path with its kind, mode, owner and content."""

import hashlib
import io
import json
import posixpath
import subprocess
import tarfile
import tempfile
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import IO

from tests.support.engine.session import Connection

_WHITEOUT = ".wh."
_OPAQUE = ".wh..wh..opq"
_TYPES = {
    tarfile.DIRTYPE: "dir",
    tarfile.SYMTYPE: "symlink",
    tarfile.LNKTYPE: "hard link",
    tarfile.FIFOTYPE: "fifo",
    tarfile.CHRTYPE: "device",
    tarfile.BLKTYPE: "device",
}


@dataclass(frozen=True)
class Entry:
    """One path of an image; `link` is a link's target, `digest` the SHA-256 of a file's bytes."""

    type: str
    mode: int
    owner: tuple[int, int]
    link: str = ""
    size: int = 0
    digest: str = ""


#: Paths are relative to the image's root.
Entries = Mapping[str, Entry]

#: The layers of images that were read in this process, by the name that the engine gives them.
_layers: dict[str, dict[str, Entry]] = {}


def image_entries(connection: Connection, image: str) -> Entries:
    """All that is in an image."""
    with tempfile.TemporaryFile() as file:
        command = ["docker", "image", "save", image]
        done = subprocess.run(command, env=connection.environment, stdout=file, stderr=subprocess.PIPE, check=False)
        if done.returncode:
            # The engine does not save an image without layers.
            if b"empty export" in done.stderr:
                return {}
            raise RuntimeError(f"docker image save: {done.stderr.decode(errors='replace')}")
        file.seek(0)
        with tarfile.open(fileobj=file) as archive:
            manifest = json.loads(_member(archive, "manifest.json").read())
            names = manifest[0]["Layers"]
            for name in names:
                if name not in _layers:
                    _layers[name] = tar_entries(_member(archive, name))
    return stacked(_layers[name] for name in names)


def _member(archive: tarfile.TarFile, name: str) -> IO[bytes]:
    return archive.extractfile(name) or io.BytesIO()


def tar_entries(file: IO[bytes]) -> dict[str, Entry]:
    """The entries of a tar; what comes last counts."""
    with tarfile.open(fileobj=file, mode="r|*") as archive:
        found = {posixpath.normpath(member.name).strip("/"): _entry(archive, member) for member in archive}
    found.pop(".", None)
    return found


def _entry(archive: tarfile.TarFile, member: tarfile.TarInfo) -> Entry:
    digest = ""
    if member.isreg() and (content := archive.extractfile(member)):
        digest = hashlib.file_digest(content, "sha256").hexdigest()  # type: ignore[arg-type]  # a reader is enough
    return Entry(
        type=_TYPES.get(member.type, "file"),
        mode=member.mode,
        owner=(member.uid, member.gid),
        link=member.linkname,
        size=member.size if member.isreg() else 0,
        digest=digest,
    )


def stacked(layers: Iterable[Mapping[str, Entry]]) -> dict[str, Entry]:
    """What is seen through layers, the lowest first."""
    seen: dict[str, Entry] = {}
    for layer in layers:
        for path in layer:
            directory, name = posixpath.split(path)
            if name == _OPAQUE:
                _remove_below(seen, directory)
            elif name.startswith(_WHITEOUT):
                gone = posixpath.join(directory, name.removeprefix(_WHITEOUT))
                seen.pop(gone, None)
                _remove_below(seen, gone)
        for path, entry in layer.items():
            if not posixpath.basename(path).startswith(_WHITEOUT):
                if path in seen and seen[path].type == "dir" != entry.type:
                    _remove_below(seen, path)
                seen[path] = entry
    return seen


def _remove_below(seen: dict[str, Entry], directory: str) -> None:
    prefix = f"{directory}/" if directory else ""
    for path in [path for path in seen if path.startswith(prefix)]:
        del seen[path]
