"""Directories read from the file system, one `lstat` an entry. Symbolic links are never followed."""

import errno
import os
import stat
from array import array
from collections.abc import Callable, Iterator
from functools import lru_cache
from sys import intern

from ctxopt.core.context.locate import is_junction
from ctxopt.core.context.tree import Directory, EntryKind, Problem, Totals

#: Called with the number of entries seen since the last call.
Progress = Callable[[int], None]

#: The kernel looks a name up faster from its directory than from the root, and a directory that was replaced by
#: a link in the meantime is not followed. Where directories cannot be opened (Windows), paths are used.
_BY_DESCRIPTOR = os.scandir in os.supports_fd and hasattr(os, "O_DIRECTORY") and hasattr(os, "O_NOFOLLOW")
#: Only Windows has directories that lead to another one.
_JUNCTIONS = hasattr(os.stat_result, "st_reparse_tag")
_CHANGED = (errno.ENOENT, errno.ENOTDIR, errno.ELOOP)
_READABLE_BY_ALL = stat.S_IRUSR | stat.S_IRGRP | stat.S_IROTH


class Disk:
    """Fills the rows of directories below `root`, and collects problems.

    `progress` is called with the number of entries seen. `doubtful` are the paths of files that this user may not
    be permitted to read.
    """

    def __init__(self, root: str, progress: Progress | None) -> None:
        self.root = root
        self._progress = progress
        self._user = os.geteuid() if hasattr(os, "geteuid") else None
        self.entries = 0
        self.problems: list[Problem] = []
        self.doubtful: list[str] = []

    def fill(self, directory: Directory, entered: int) -> list[int]:
        """List a directory that the builders `entered` descend into; returns the indexes of its subdirectories."""
        found = self._scan(directory.path, entered)
        if not found:
            return []
        # Many names occur in many directories: each is stored, and compared, once.
        directory.names = names = sorted(map(intern, found))
        directory.sizes = sizes = array("q", map(found.__getitem__, names))
        directory.flags = bytearray(len(names))
        if min(sizes) >= 0:
            directory.kinds = _regular(len(names))
            return []
        kinds = bytearray(len(names))
        others = [index for index, size in enumerate(sizes) if size < 0]
        for index in others:
            kinds[index] = -sizes[index]
            # Links and the like are sent without any data: their size is 0 in Docker's tar.
            sizes[index] = 0
        directory.kinds = bytes(kinds)
        return [index for index in others if kinds[index] == EntryKind.DIRECTORY]

    def measure(self, path: str) -> Totals:
        """The total of the files below a directory that no builder descends into."""
        files = size = 0
        stack = [path]
        while stack:
            here = stack.pop()
            for name, count in self._scan(here, 0).items():
                if count == -EntryKind.DIRECTORY:
                    stack.append(f"{here}/{name}")
                else:
                    files += 1
                    size += max(count, 0)
        return Totals(files, size)

    def unreadable(self) -> Iterator[str]:
        """Those of `doubtful` that the user may not read."""
        for path in self.doubtful:
            if not os.access(os.path.join(self.root, path), os.R_OK):
                yield path

    def seen(self, entries: int) -> None:
        """Count entries, and report progress."""
        self.entries += entries
        if self._progress is not None:
            self._progress(entries)

    def _scan(self, path: str, entered: int) -> dict[str, int]:
        """For each name the size in bytes of a file, or the negated EntryKind of anything else."""
        found: dict[str, int] = {}
        try:
            if _BY_DESCRIPTOR:
                no_link = os.O_NOFOLLOW if path else 0
                descriptor = os.open(f"{self.root}/{path}", os.O_RDONLY | os.O_DIRECTORY | no_link)
                try:
                    self._list(descriptor, path, found)
                finally:
                    os.close(descriptor)
            else:
                self._list(f"{self.root}/{path}", path, found)
        except OSError as error:
            # What has vanished by now, or is no directory any more, has vanished for the builder as well.
            self._problem(path, error, 0 if error.errno in _CHANGED else entered)
        self.seen(len(found))
        return found

    def _list(self, location: int | str, path: str, found: dict[str, int]) -> None:
        with os.scandir(location) as listing:
            for entry in listing:
                try:
                    if entry.is_file(follow_symlinks=False):
                        status = entry.stat(follow_symlinks=False)
                        found[entry.name] = status.st_size
                        if ~status.st_mode & _READABLE_BY_ALL and self._is_doubtful(status):
                            self.doubtful.append(f"{path}/{entry.name}" if path else entry.name)
                    elif entry.is_dir(follow_symlinks=False) and not (_JUNCTIONS and _is_junction(entry)):
                        found[entry.name] = -EntryKind.DIRECTORY
                    else:
                        found[entry.name] = -_special(entry.stat(follow_symlinks=False).st_mode)
                except OSError as error:
                    self._problem(f"{path}/{entry.name}" if path else entry.name, error, 0)

    def _is_doubtful(self, status: os.stat_result) -> bool:
        return self._user not in (0, status.st_uid) or not (self._user == 0 or status.st_mode & stat.S_IRUSR)

    def _problem(self, path: str, error: OSError, fatal_for: int) -> None:
        self.problems.append(Problem(path, error.strerror or str(error), fatal_for))


def _is_junction(entry: os.DirEntry[str]) -> bool:
    """Whether a directory leads elsewhere; as Go has it, it is then nothing to look into."""
    return is_junction(entry.stat(follow_symlinks=False))


def _special(mode: int) -> int:
    if stat.S_ISLNK(mode):
        return EntryKind.SYMLINK
    return EntryKind.SOCKET if stat.S_ISSOCK(mode) else EntryKind.SPECIAL


@lru_cache(maxsize=1 << 10)
def _regular(count: int) -> bytes:
    """The kinds of so many regular files, of which most directories have nothing else: shared by all of a size."""
    return bytes([EntryKind.FILE]) * count
