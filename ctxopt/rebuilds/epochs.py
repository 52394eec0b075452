"""Runs of consecutive commits in which no symbolic link and no path's type changes.

Within such an epoch the path of a file alone decides whether an instruction reads it, if nothing that the instruction
names is missing: patterns are compared with paths, and all links have the same targets. So one build over all files
of the epoch together decides it for each of the states. A link that no instruction can follow is read like any file,
so an epoch need not end where it changes.
"""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import Final

from ctxopt.core.context.tree import EntryKind
from ctxopt.core.lazy_dataclass import dataclass
from ctxopt.git.revision import Revision, Row, revision_from
from ctxopt.rebuilds.log import GITLINK, LINK, Blob, Commit, History

#: Maximum number of epochs that are kept for the next time.
_MAX_KEPT: Final = 4


@dataclass(frozen=True, slots=True)
class Epoch:
    """The states before and after some consecutive commits.

    `files` are those of the newest state, `commits` lead from one state to the next older one. `entry` is the commit
    between the newer epoch before and this one, None for the first. `rows` are the entries of all states, in which a
    submodule is a directory, and a link a file if `links_are_files`.
    """

    files: dict[str, Blob]
    entry: Commit | None
    commits: tuple[Commit, ...]
    rows: tuple[Row, ...]
    links_are_files: bool

    def single(self) -> "Iterator[Epoch]":
        """Each of the states as an epoch of its own."""
        files = dict(self.files)
        yield self._alone(files, self.entry)
        for commit in self.commits:
            undo(files, commit)
            yield self._alone(files, commit)

    def _alone(self, files: dict[str, Blob], entry: Commit | None) -> "Epoch":
        kinds = _Kinds(self.links_are_files)
        return Epoch(dict(files), entry, (), kinds.rows(files), self.links_are_files)


class Timeline:
    """The epochs of a history, each with the directory as if all of its entries existed at once."""

    def __init__(self, history: History) -> None:
        self.history = history
        self._kept: dict[bool, list[tuple[Epoch, Revision]]] = {}

    def epochs(self, *, links_are_files: bool) -> Iterator[tuple[Epoch, Revision]]:
        """All states, the newest first."""
        if links_are_files in self._kept:
            yield from self._kept[links_are_files]
            return
        kept: list[tuple[Epoch, Revision]] = []
        count = 0
        for count, epoch in enumerate(_epochs(self.history, links_are_files), 1):
            pair = epoch, self.together(epoch)
            if count <= _MAX_KEPT:
                kept.append(pair)
            yield pair
        if count <= _MAX_KEPT:
            self._kept[links_are_files] = kept

    def together(self, epoch: Epoch) -> Revision:
        """The directory with all entries of an epoch. Raises CtxoptError for what no directory can contain."""
        history = self.history
        return revision_from(history.root, history.prefix, history.head, epoch.rows, history.targets)


def _epochs(history: History, links_are_files: bool) -> Iterator[Epoch]:
    kinds = _Kinds(links_are_files)
    files = dict(history.newest)
    start = Epoch(dict(files), None, (), (), links_are_files)
    union = _Union(files, kinds)
    passed: list[Commit] = []
    for commit in history.commits:
        undo(files, commit)
        if union.takes(commit):
            passed.append(commit)
            continue
        yield replace(start, commits=tuple(passed), rows=kinds.rows(union.blobs))
        start = Epoch(dict(files), commit, (), (), links_are_files)
        union = _Union(files, kinds)
        passed = []
    yield replace(start, commits=tuple(passed), rows=kinds.rows(union.blobs))


def undo(files: dict[str, Blob], commit: Commit) -> None:
    """Change the files after a commit into those before it."""
    for change in commit.changes:
        if change.before is None:
            files.pop(change.path, None)
    for change in commit.changes:
        if change.before is not None:
            files[change.path] = change.before


class _Union:
    """The entries of some states together, where each path has one type."""

    def __init__(self, files: dict[str, Blob], kinds: "_Kinds") -> None:
        self.blobs = dict(files)
        self._kinds = kinds
        self._directories = all_parents(files)

    def takes(self, commit: Commit) -> bool:
        """Add what existed before a commit; False, and nothing is added, if that contradicts what is known."""
        new: dict[str, Blob] = {}
        for change in commit.changes:
            before, after = change.before, change.after
            if before != after and not self._kinds.links_are_files and LINK in (_mode(before), _mode(after)):
                return False
            if before is None:
                continue
            known = self.blobs.get(change.path)
            if known is None:
                new[change.path] = before
            elif self._kinds.of(known) != self._kinds.of(before):
                return False
        directories = all_parents(new)
        for path, blob in new.items():
            if self._kinds.of(blob) != EntryKind.DIRECTORY and (path in self._directories or path in directories):
                return False
        for directory in directories - self._directories:
            blob_there = self.blobs.get(directory) or new.get(directory)
            if blob_there is not None and self._kinds.of(blob_there) != EntryKind.DIRECTORY:
                return False
        self.blobs.update(new)
        self._directories |= directories
        return True


def all_parents(paths: Iterable[str]) -> set[str]:
    """The directories above some paths, without the root; each is worked out once."""
    found: set[str] = set()
    for path in paths:
        cut = path.rfind("/")
        while cut > 0 and (path := path[:cut]) not in found:
            found.add(path)
            cut = path.rfind("/")
    return found


def _mode(blob: Blob | None) -> str | None:
    return None if blob is None else blob.mode


@dataclass(frozen=True, slots=True)
class _Kinds:
    """The types of the entries of an epoch."""

    links_are_files: bool

    def of(self, blob: Blob) -> int:
        """The type by git's mode. A submodule is an empty directory."""
        if blob.mode == GITLINK:
            return EntryKind.DIRECTORY
        return EntryKind.SYMLINK if blob.mode == LINK and not self.links_are_files else EntryKind.FILE

    def rows(self, files: dict[str, Blob]) -> tuple[Row, ...]:
        """Files as the rows of a revision, with their directories; a path that is both occurs twice."""
        rows = [(path, self.of(blob), 0, blob.object) for path, blob in files.items()]
        # In another state there may be files at the path of a submodule.
        submodules = {path for path, blob in files.items() if blob.mode == GITLINK}
        directories = all_parents(files) - submodules
        # Nobody asks for the object of a directory, but all names of objects have the same length.
        nothing = "0" * len(rows[0][3]) if rows else ""
        rows += [(path, EntryKind.DIRECTORY, 0, nothing) for path in directories]
        return tuple(sorted(rows))
