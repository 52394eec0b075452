"""Neighbouring states of a history between which no symbolic link changes, and nothing its kind.

Within such an epoch the path of a file alone decides whether an instruction reads it, where nothing that the
instruction names is missing: patterns are asked about paths, and links lead where they lead. So one look at all
the files of the epoch together tells it for each of its states.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Final

from ctxopt.context.revision import Row
from ctxopt.context.tree import Kind
from ctxopt.history.log import GITLINK, LINK, Blob, Commit, History

#: By git's mode; all others are regular files. Nothing of a submodule is there but its directory.
_KINDS: Final = {LINK: Kind.SYMLINK, GITLINK: Kind.DIRECTORY}


@dataclass(frozen=True, slots=True)
class Epoch:
    """The states before and after some neighbouring commits.

    `files` are those of the newest state, `commits` lead from one state to the next older one. `entry` is the
    commit between the epoch before, which is newer, and this one; None for the first. `rows` are all entries
    that there are in any of the states.
    """

    files: dict[str, Blob]
    entry: Commit | None
    commits: tuple[Commit, ...]
    rows: tuple[Row, ...]

    def single(self) -> "Iterator[Epoch]":
        """The same states as epochs of their own."""
        files = dict(self.files)
        yield Epoch(dict(files), self.entry, (), _rows(files))
        for commit in self.commits:
            undo(files, commit)
            yield Epoch(dict(files), commit, (), _rows(files))


def epochs(history: History) -> Iterator[Epoch]:
    """All states of a history, the newest first."""
    files = dict(history.newest)
    start = Epoch(dict(files), None, (), ())
    union = _Union(files)
    passed: list[Commit] = []
    for commit in history.commits:
        undo(files, commit)
        if union.takes(commit):
            passed.append(commit)
            continue
        yield replace(start, commits=tuple(passed), rows=_rows(union.blobs))
        start = Epoch(dict(files), commit, (), ())
        union = _Union(files)
        passed = []
    yield replace(start, commits=tuple(passed), rows=_rows(union.blobs))


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

    def __init__(self, files: dict[str, Blob]) -> None:
        self.blobs = dict(files)
        self._directories = {parent for path in files for parent in parents(path)}

    def takes(self, commit: Commit) -> bool:
        """Add what was there before a commit; False, and nothing is added, where that goes against what there is."""
        new: dict[str, Blob] = {}
        for change in commit.changes:
            before, after = change.before, change.after
            if before != after and LINK in (before and before.mode, after and after.mode):
                return False
            if before is None:
                continue
            known = self.blobs.get(change.path)
            if known is None:
                new[change.path] = before
            elif _kind(known) != _kind(before):
                return False
        directories = {parent for path in new for parent in parents(path)}
        for path, blob in new.items():
            if _kind(blob) != Kind.DIRECTORY and (path in self._directories or path in directories):
                return False
        for directory in directories - self._directories:
            blob_there = self.blobs.get(directory) or new.get(directory)
            if blob_there is not None and _kind(blob_there) != Kind.DIRECTORY:
                return False
        self.blobs.update(new)
        self._directories |= directories
        return True


def parents(path: str) -> Sequence[str]:
    """The directories above a path, the outermost first, without the root."""
    parts = path.split("/")
    return ["/".join(parts[:depth]) for depth in range(1, len(parts))]


def _kind(blob: Blob) -> int:
    return _KINDS.get(blob.mode, Kind.FILE)


def _rows(files: dict[str, Blob]) -> tuple[Row, ...]:
    """Files as the rows of a revision, with the directories they are in; what is both comes twice, and is refused."""
    rows = [(path, _kind(blob), 0, blob.object) for path, blob in files.items()]
    # A submodule may lie where there are files in another state.
    submodules = {path for path, blob in files.items() if _kind(blob) == Kind.DIRECTORY}
    directories = {parent for path in files for parent in parents(path)} - submodules
    # A directory has no object that anybody asks for, but a row of names of one length.
    nothing = "0" * len(rows[0][3]) if rows else ""
    rows += [(path, Kind.DIRECTORY, 0, nothing) for path in directories]
    return tuple(sorted(rows))
