"""Which entries of an epoch exist in one of its states, and in which views of the context they are."""

from typing import Final

from ctxopt.core.context.tree import KEPT, Directory, EntryKind, Tree, View
from ctxopt.core.dockerignore.patterns import PatternSet
from ctxopt.rebuilds.log import Blob

_VIEWS: Final = (View.BUILDKIT, View.TRANSFER)
_BOTH: Final = View.BUILDKIT | View.TRANSFER


class Presence:
    """The entries of one state, which can be turned into another one of the same epoch.

    `tree` is what the build over all entries of the epoch is sent. The views of the state are kept in its flags, so
    that what is resolved in the tree is resolved in the state. `everything` is the tree with no patterns. Only what
    comes and goes is updated: all else is the same in the whole epoch.
    """

    def __init__(self, tree: Tree, everything: Tree, includes: PatternSet | None, blobs: dict[str, Blob]) -> None:
        self.blobs = blobs
        self._tree = tree
        self._everything = everything
        self._includes = includes
        #: The entries of the epoch that do not exist in the state.
        self._gone: set[str] = set()
        #: For directories the number of entries that exist.
        self._entries: dict[str, int] = {}
        #: For entries the views that they are in whatever is below them.
        self._own: dict[str, int] = {}
        #: For directories the number of entries in each of the views.
        self._sent: dict[str, list[int]] = {}
        #: The views of changed entries before the change.
        self._before: dict[str, int] = {}

    def start(self) -> None:
        """Forget which entries changed."""
        self._before.clear()

    def changed(self) -> set[str]:
        """The entries that are in other views than at the start."""
        return {path for path, views in self._before.items() if views != self.views(path)}

    def views_before(self, path: str) -> int:
        """The views that an entry was in at the start."""
        return self._before.get(path, self.views(path))

    def views(self, path: str) -> int:
        """The views that an entry is in."""
        found = self._tree.find(path)
        return 0 if found is None else found[0].flags[found[1]] & _BOTH

    def put(self, path: str, blob: Blob | None) -> None:
        """Put a file at a path, or with None remove it, and update the directories above."""
        if blob is None:
            self.blobs.pop(path, None)
        else:
            self.blobs[path] = blob
        while path and self._update(path):
            path = path.rpartition("/")[0]

    def _update(self, path: str) -> bool:
        """Update whether an entry exists, and its views; returns whether anything changed."""
        exists = path in self.blobs or self._count(path) > 0
        turned = exists == (path in self._gone)
        above = path.rpartition("/")[0]
        if turned:
            (self._gone.discard if exists else self._gone.add)(path)
            self._entries[above] = self._count(above) + (1 if exists else -1)
        found = self._tree.find(path)
        if found is None:
            return turned
        return self._update_views(path, *found, exists=exists) or turned

    def _update_views(self, path: str, directory: Directory, index: int, *, exists: bool) -> bool:
        # Asked in any case: an entry's own views can be seen only before anything is changed.
        own = self._own_views(path, directory, index)
        sent = self._counts(path)
        views = own if exists else 0
        views |= (View.BUILDKIT if sent[0] else 0) | (View.TRANSFER if sent[1] else 0)
        old = directory.flags[index] & _BOTH
        if views == old:
            return False
        self._before.setdefault(path, old)
        counts = self._counts(path.rpartition("/")[0])
        directory.flags[index] ^= old ^ views
        for number, view in enumerate(_VIEWS):
            counts[number] += bool(views & view) - bool(old & view)
        return True

    def _count(self, path: str) -> int:
        """The number of entries of a directory that exist; 0 for what is no directory."""
        if path not in self._entries:
            directory = _directory(self._everything, path)
            self._entries[path] = 0 if directory is None else len(directory.names)
        return self._entries[path]

    def _counts(self, path: str) -> list[int]:
        """The number of entries of a directory in each of the views."""
        if path not in self._sent:
            directory = _directory(self._tree, path)
            flags = b"" if directory is None else directory.flags
            self._sent[path] = [sum(bool(entry & view) for entry in flags) for view in _VIEWS]
        return self._sent[path]

    def _own_views(self, path: str, directory: Directory, index: int) -> int:
        """The views that an entry itself is in; a directory may be in one only for what is in it."""
        if path not in self._own:
            own = directory.flags[index] & _BOTH
            if directory.kinds[index] == EntryKind.DIRECTORY:
                if not directory.flags[index] & KEPT:
                    own = 0
                elif own & View.TRANSFER and self._includes is not None and not self._includes.trace(path)[0]:
                    own = View.BUILDKIT
            self._own[path] = own
        return self._own[path]


def _directory(tree: Tree, path: str) -> Directory | None:
    directory: Directory | None = tree.root
    for name in path.split("/") if path else ():
        directory = None if directory is None else directory.subdirectories.get(name)
    return directory
