"""Access to single files of a context, for questions that the walk does not answer."""

import os
import stat
from collections.abc import Iterator
from functools import cache
from itertools import count, takewhile
from typing import ClassVar, Final

from ctxopt.core.context.locate import (
    CAN_STAY_OPEN,
    DISK,
    OpenDirectory,
    Storage,
    below,
    is_there,
    noting_files,
    open_below,
)
from ctxopt.core.golang import match as gomatch

#: Maximum size of a file that is read, in bytes.
_LARGEST = 1 << 20
#: The number of levels after which a directory stays open, and the maximum number of these.
_DEEP: Final = 64
_MOST_OPEN: Final = 32
_numbers: Final = count()


class Files:
    """The files below a root, including ignored ones; answers about links are cached."""

    #: The directory on disk of the file that was read last, with whose it is and its path: only one stays open.
    _near: "ClassVar[tuple[int, str, OpenDirectory] | None]" = None

    #: The same of directories that are some levels apart in a very deep tree.
    _on_the_way: ClassVar[dict[tuple[int, str], OpenDirectory]] = {}

    def __init__(self, root: str, storage: Storage = DISK) -> None:
        self._number = next(_numbers)
        self._root = root
        self._storage = storage
        self.link = cache(self._link)
        self.links_in = cache(self._links_in)

    @property
    def source(self) -> tuple[str, Storage]:
        """The root and the storage: files with the same ones are the same."""
        return self._root, self._storage

    def exists(self, path: str) -> bool:
        """Whether there is anything at this path; a link counts even if its target is missing."""
        try:
            return is_there(self._storage, below(self._root, path))
        except ValueError:
            return False

    def exists_above(self, path: str) -> bool:
        """Whether there is anything at a path that leads out of the root by `..`, up to its first wildcard."""
        parts = list(takewhile(lambda part: not gomatch.has_wildcards(part), path.split("/")))
        try:
            return is_there(self._storage, os.path.normpath(os.path.join(self._root, *parts)))
        except ValueError:
            return False

    def last_parts(self, count: int) -> str:
        """The last parts of the root's own path, with slashes."""
        return "/".join(self._root.replace(os.sep, "/").strip("/").split("/")[-count:])

    def read(self, path: str, most: int = _LARGEST) -> bytes | None:
        """The bytes of a regular file of at most `most`; None for anything else, also behind a link."""
        try:
            data = self._start_of(path, most + 1)
        except (OSError, ValueError):
            return None
        return data if len(data) <= most else None

    def _start_of(self, path: str, most: int) -> bytes:
        """The first bytes of a regular file. Raises OSError and ValueError."""
        if self._storage is not DISK or not CAN_STAY_OPEN:
            return self._storage.read_below(self._root, path, most)
        directory, _, name = path.rpartition("/")
        # Held here as well, so that another thread cannot close it.
        near = Files._near
        if near is None or near[:2] != (self._number, directory):
            Files._near = near = self._number, directory, self._opened(directory)
        return near[2].read(name, most)

    def _opened(self, path: str) -> OpenDirectory:
        """A directory that is open. In very deep trees some on the way stay open, too, so that few parts are opened."""
        parts = path.split("/")
        if len(parts) <= _DEEP:
            return OpenDirectory(self._root, path)
        at = (len(parts) - 1) // _DEEP * _DEEP
        key = self._number, "/".join(parts[:at])
        start = Files._on_the_way.get(key)
        if start is None:
            start = self._opened(key[1])
            while len(Files._on_the_way) >= _MOST_OPEN:
                Files._on_the_way.pop(next(iter(Files._on_the_way)), None)
            Files._on_the_way[key] = start
        return OpenDirectory(self._root, "/".join(parts[at:]), start)

    def head(self, path: str, most: int) -> bytes | None:
        """The first `most` bytes of a regular file of any size; None as for `read`."""
        try:
            with noting_files(None):
                return self._start_of(path, most)
        except (OSError, ValueError):
            return None

    def parts(self, path: str, most: int, count: int = _LARGEST) -> Iterator[bytes]:
        """The first `most` bytes of a regular file, `count` at a time. Raises OSError and ValueError for anything else.

        The file is only searched: it is not noted as one that is read.
        """
        if self._storage is not DISK or most <= count:
            with noting_files(None):
                data = self._start_of(path, most)
            yield data
            return
        with open_below(self._root, path) as file:
            while most > 0 and (part := file.read(min(count, most))):
                most -= len(part)
                yield part

    def _link(self, path: str) -> str | None:
        """The target of a symbolic link as written; None if there is no link."""
        try:
            full = below(self._root, path)
            mode, _ = self._storage.status(full, follow=False)
            return self._storage.link(full) if stat.S_ISLNK(mode) else None
        except (OSError, ValueError):
            return None

    def _links_in(self, path: str) -> tuple[str, ...]:
        """The sorted names of the symbolic links in a directory; empty if there is no directory."""
        try:
            full = below(self._root, path)
            mode, _ = self._storage.status(full, follow=False)
            return tuple(sorted(self._storage.links_in(full))) if stat.S_ISDIR(mode) else ()
        except (OSError, ValueError):
            return ()
