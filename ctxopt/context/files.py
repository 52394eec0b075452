"""Single looks at the file system, for questions that the walk does not answer."""

import os
import stat
from functools import cache

#: No file that is longer is read, in bytes.
_LARGEST = 1 << 20


class Files:
    """The files below a root, ignored ones too; answers are remembered."""

    def __init__(self, root: str) -> None:
        self._root = root
        self.link = cache(self._link)
        self.links_in = cache(self._links_in)

    def exists(self, path: str) -> bool:
        """Whether there is anything at this path; a link counts wherever it leads."""
        try:
            return os.path.lexists(os.path.join(self._root, path))
        except ValueError:
            return False

    def read(self, path: str) -> bytes | None:
        """The bytes of a regular file of up to 1 MiB; None for anything else, links on the way included."""
        parts = path.split("/")
        if any(self.link("/".join(parts[: i + 1])) is not None for i in range(len(parts))):
            return None
        try:
            full = os.path.join(self._root, path)
            status = os.lstat(full)
            if not stat.S_ISREG(status.st_mode) or status.st_size > _LARGEST:
                return None
            with open(full, "rb") as file:
                return file.read(_LARGEST)
        except (OSError, ValueError):
            return None

    def _link(self, path: str) -> str | None:
        """Where a symbolic link points, as it is written; None for what is missing or no link."""
        try:
            full = os.path.join(self._root, path)
            return os.readlink(full) if stat.S_ISLNK(os.lstat(full).st_mode) else None
        except (OSError, ValueError):
            return None

    def _links_in(self, path: str) -> tuple[str, ...]:
        """The sorted names of the symbolic links in a directory; none for what is no directory."""
        full = os.path.join(self._root, path)
        try:
            if not stat.S_ISDIR(os.lstat(full).st_mode):
                return ()
            with os.scandir(full) as listing:
                return tuple(sorted(entry.name for entry in listing if entry.is_symlink()))
        except (OSError, ValueError):
            return ()
