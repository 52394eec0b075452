"""Neighbouring states of a history between which no symbolic link changes, and nothing its kind.

Within such an epoch the path of a file alone decides whether an instruction reads it, where nothing that the
instruction names is missing: patterns are asked about paths, and links lead where they lead. So one look at all
the files of the epoch together tells it for each of its states. A link that no instruction can follow is read like
any file, so that epochs need not end where it changes.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Final

from ctxopt.core.context.tree import EntryKind
from ctxopt.git.revision import Revision, Row, revision_from
from ctxopt.rebuilds.log import GITLINK, LINK, Blob, Commit, History

#: No more epochs than this are kept for the next time.
_KEPT: Final = 4


@dataclass(frozen=True, slots=True)
class Epoch:
    """The states before and after some neighbouring commits.

    `files` are those of the newest state, `commits` lead from one state to the next older one. `entry` is the
    commit between the epoch before, which is newer, and this one; None for the first. `rows` are all entries
    that there are in any of the states, in which a submodule is a directory, and a link a file if `links_are_files`.
    """

    files: dict[str, Blob]
    entry: Commit | None
    commits: tuple[Commit, ...]
    rows: tuple[Row, ...]
    links_are_files: bool

    def single(self) -> "Iterator[Epoch]":
        """The same states as epochs of their own."""
        files = dict(self.files)
        yield self._alone(files, self.entry)
        for commit in self.commits:
            undo(files, commit)
            yield self._alone(files, commit)

    def _alone(self, files: dict[str, Blob], entry: Commit | None) -> "Epoch":
        kinds = _Kinds(self.links_are_files)
        return Epoch(dict(files), entry, (), kinds.rows(files), self.links_are_files)


class Timeline:
    """The epochs of a history, each with the directory as if all that it holds were there at once."""

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
            one = epoch, self.together(epoch)
            if count <= _KEPT:
                kept.append(one)
            yield one
        if count <= _KEPT:
            self._kept[links_are_files] = kept

    def together(self, epoch: Epoch) -> Revision:
        """The directory with all entries of an epoch. Raises CtxoptError for what no directory can hold."""
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
    """Turn the files after a commit into those before it."""
    for change in commit.changes:
        if change.before is None:
            files.pop(change.path, None)
    for change in commit.changes:
        if change.before is not None:
            files[change.path] = change.before


class _Union:
    """All that there is in some states, each path with one kind."""

    def __init__(self, files: dict[str, Blob], kinds: "_Kinds") -> None:
        self.blobs = dict(files)
        self._kinds = kinds
        self._directories = {parent for path in files for parent in parents(path)}

    def takes(self, commit: Commit) -> bool:
        """Add what was there before a commit; False, and nothing is added, where that goes against what there is."""
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
        directories = {parent for path in new for parent in parents(path)}
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


def parents(path: str) -> Sequence[str]:
    """The directories above a path, the outermost first, without the root."""
    parts = path.split("/")
    return ["/".join(parts[:depth]) for depth in range(1, len(parts))]


def _mode(blob: Blob | None) -> str | None:
    return None if blob is None else blob.mode


@dataclass(frozen=True, slots=True)
class _Kinds:
    """What the entries of an epoch are."""

    links_are_files: bool

    def of(self, blob: Blob) -> int:
        """The kind by git's mode. Nothing of a submodule is there but its directory."""
        if blob.mode == GITLINK:
            return EntryKind.DIRECTORY
        return EntryKind.SYMLINK if blob.mode == LINK and not self.links_are_files else EntryKind.FILE

    def rows(self, files: dict[str, Blob]) -> tuple[Row, ...]:
        """Files as the rows of a revision, with their directories; what is a file and a directory comes twice."""
        rows = [(path, self.of(blob), 0, blob.object) for path, blob in files.items()]
        # A submodule may lie where there are files in another state.
        submodules = {path for path, blob in files.items() if blob.mode == GITLINK}
        directories = {parent for path in files for parent in parents(path)} - submodules
        # A directory has no object that anybody asks for, but the names in a row have one length.
        nothing = "0" * len(rows[0][3]) if rows else ""
        rows += [(path, EntryKind.DIRECTORY, 0, nothing) for path in directories]
        return tuple(sorted(rows))
