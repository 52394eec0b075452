"""Directories read from the file system, one `lstat` an entry. Symbolic links are never followed."""

import errno
import os
import stat
from array import array
from collections.abc import Callable, Iterator
from sys import intern

from ctxopt.core.context.locate import is_junction
from ctxopt.core.context.tree import Directory, Kind, Problem, Totals

#: Told about progress: the number of entries seen since the last call.
Progress = Callable[[int], None]

#: The kernel looks a name up faster from its directory than from the root, and a directory that became a
#: link in the meantime is not followed. Where directories cannot be opened (Windows), paths have to do.
_BY_DESCRIPTOR = os.scandir in os.supports_fd and hasattr(os, "O_DIRECTORY") and hasattr(os, "O_NOFOLLOW")
#: Only Windows has directories that lead to another one.
_JUNCTIONS = hasattr(os.stat_result, "st_reparse_tag")
_CHANGED = (errno.ENOENT, errno.ENOTDIR, errno.ELOOP)
_READABLE_BY_ALL = stat.S_IRUSR | stat.S_IRGRP | stat.S_IROTH


class Disk:
    """Fills the rows of directories below `root`, and collects what was found on the way.

    `progress` is told how many entries were seen. `doubtful` are the paths of files that this user may be kept
    from reading.
    """

    def __init__(self, root: str, progress: Progress | None) -> None:
        self.root = root
        self._progress = progress
        self._user = os.geteuid() if hasattr(os, "geteuid") else None
        self.entries = 0
        self.problems: list[Problem] = []
        self.doubtful: list[str] = []

    def fill(self, directory: Directory, entered: int) -> list[int]:
        """List a directory that these builders look into; returns the places of its subdirectories."""
        found = self._scan(directory.path, entered)
        if not found:
            return []
        # The same names come again and again: each is kept, and compared, once.
        directory.names = names = sorted(map(intern, found))
        directory.sizes = sizes = array("q", map(found.__getitem__, names))
        directory.kinds = kinds = bytearray(len(names))
        directory.flags = bytearray(len(names))
        if min(sizes) >= 0:
            return []
        others = [place for place, size in enumerate(sizes) if size < 0]
        for place in others:
            kinds[place] = -sizes[place]
            # Links and the like are sent without any data: their size is 0 in Docker's tar.
            sizes[place] = 0
        return [place for place in others if kinds[place] == Kind.DIRECTORY]

    def measure(self, path: str) -> Totals:
        """The files below a directory that no builder looks into."""
        files = size = 0
        stack = [path]
        while stack:
            here = stack.pop()
            for name, count in self._scan(here, 0).items():
                if count == -Kind.DIRECTORY:
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
        """Count entries, and tell of them."""
        self.entries += entries
        if self._progress is not None:
            self._progress(entries)

    def _scan(self, path: str, entered: int) -> dict[str, int]:
        """For each name the size of the file, or the kind of anything else as a negative number."""
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
            # What is gone by now, or no directory any more, would be so for the builder as well.
            self._problem(path, error, 0 if error.errno in _CHANGED else entered)
        self.seen(len(found))
        return found

    def _list(self, place: int | str, path: str, found: dict[str, int]) -> None:
        with os.scandir(place) as listing:
            for entry in listing:
                try:
                    if entry.is_file(follow_symlinks=False):
                        status = entry.stat(follow_symlinks=False)
                        found[entry.name] = status.st_size
                        if ~status.st_mode & _READABLE_BY_ALL and self._is_doubtful(status):
                            self.doubtful.append(f"{path}/{entry.name}" if path else entry.name)
                    elif entry.is_dir(follow_symlinks=False) and not (_JUNCTIONS and _is_junction(entry)):
                        found[entry.name] = -Kind.DIRECTORY
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
        return Kind.SYMLINK
    return Kind.SOCKET if stat.S_ISSOCK(mode) else Kind.SPECIAL
