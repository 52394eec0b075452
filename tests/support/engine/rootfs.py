"""The file system of an image, gathered from files of this machine, and written as a tar."""

import fnmatch
import io
import os
import re
import stat
import subprocess
import tarfile
from collections.abc import Iterable
from pathlib import Path, PurePosixPath
from typing import IO

#: What is a link to the same name below /usr on a Debian system.
_MERGED = ("bin", "sbin", "lib", "lib64")
_LIBRARY = re.compile(r"(?:=> )?(/\S+) \(0x")


class Rootfs:
    """Files by their path in the image; what is added last counts. Nothing in it tells when or by whom it was made."""

    def __init__(self) -> None:
        self._entries: dict[str, tuple[tarfile.TarInfo, Path | bytes | None]] = {}
        for name in _MERGED:
            self.directory(f"/usr/{name}")
            self.link(f"/{name}", f"usr/{name}")

    def directory(self, path: str, mode: int = 0o755) -> None:
        """Add a directory, and those above it."""
        self._put(path, tarfile.DIRTYPE, mode)

    def link(self, path: str, target: str) -> None:
        """Add a symbolic link."""
        self._put(path, tarfile.SYMTYPE, 0o777).linkname = target

    def text(self, path: str, text: str, mode: int = 0o644) -> None:
        """Add a file of this text."""
        data = text.encode()
        self._put(path, tarfile.REGTYPE, mode, data).size = len(data)

    def add(self, file: Path, path: str | None = None) -> None:
        """Add a file of this machine with what it links to, at its own path or another."""
        found = file.lstat()
        if stat.S_ISLNK(found.st_mode):
            self.link(path or str(file), os.readlink(file))
            if file.exists() and not file.is_dir():
                self.add(file.parent.resolve() / os.readlink(file))
            return
        entry = self._put(path or str(file), tarfile.REGTYPE, stat.S_IMODE(found.st_mode), file)
        entry.size = found.st_size

    def tree(self, directory: Path, path: Path | None = None, without: tuple[str, ...] = ()) -> None:
        """Add a directory of this machine, but for names directly in it, and caches of bytecode."""
        at = path or directory
        self.directory(str(at))
        for entry in sorted(os.scandir(directory), key=lambda entry: entry.name):
            if entry.name == "__pycache__" or any(fnmatch.fnmatch(entry.name, pattern) for pattern in without):
                continue
            if entry.is_dir(follow_symlinks=False):
                self.tree(Path(entry.path), at / entry.name)
            elif entry.is_symlink():
                self.link(str(at / entry.name), os.readlink(entry.path))
            else:
                self.add(Path(entry.path), str(at / entry.name))

    def has(self, path: str) -> bool:
        """Whether there is such an entry."""
        return path.strip("/") in self._entries

    def append(self, path: str, text: str) -> None:
        """Add text to the end of a file that was added as text."""
        _, content = self._entries[path.strip("/")]
        assert isinstance(content, bytes)
        self.text(path, content.decode() + text)

    def program(self, file: Path) -> None:
        """Add a program with its libraries."""
        self.add(file)
        self.libraries((file,))

    def libraries(self, files: Iterable[Path]) -> None:
        """Add the shared libraries that files need."""
        names = [str(file.resolve()) for file in files]
        done = subprocess.run(["ldd", *names], capture_output=True, text=True, check=False) if names else None
        for library in sorted(set(_LIBRARY.findall(done.stdout if done else ""))):
            self.add(Path(library))

    def write(self, file: IO[bytes]) -> None:
        """Write the tar."""
        with tarfile.open(fileobj=file, mode="w|", format=tarfile.PAX_FORMAT, bufsize=1 << 20) as archive:
            for _, (entry, content) in sorted(self._entries.items()):
                if isinstance(content, Path):
                    with content.open("rb") as opened:
                        archive.addfile(entry, opened)
                else:
                    archive.addfile(entry, io.BytesIO(content) if content is not None else None)

    def _put(self, path: str, kind: bytes, mode: int, content: Path | bytes | None = None) -> tarfile.TarInfo:
        parts = [part for part in PurePosixPath(os.path.normpath(path)).parts if part != "/"]
        if len(parts) > 1 and parts[0] in _MERGED:
            parts.insert(0, "usr")
        name = "/".join(parts)
        above = os.path.dirname(name)
        if above and above not in self._entries:
            self.directory(f"/{above}")
        entry = tarfile.TarInfo(name)
        entry.type, entry.mode = kind, mode
        self._entries[name] = entry, content
        return entry
