"""A repository at a revision or as its work tree is now: every entry with its content, by the names of git's objects.

A content is named as git would name the bytes that a checkout has, so that two states are compared without reading
them. Nothing is checked out. Of the work tree, a file that the index knows to be unchanged is not read, and what git
ignores is no part of the state. Its own directory `.git`, which every commit changes, is there as one file with the
name of the commit.
"""

import os
import re
import stat
from array import array
from collections.abc import Collection, Iterable, Mapping
from functools import cache
from typing import Final

from ctxopt.core.context.locate import DISK, Storage, is_junction, open_below
from ctxopt.core.context.tree import Directory, EntryKind, Tree
from ctxopt.core.context.walk import walk
from ctxopt.core.dockerignore.patterns import PatternSet
from ctxopt.display import plural
from ctxopt.errors import ContextError, CtxoptError
from ctxopt.git.checked_out import RECORD
from ctxopt.git.command import NoGit, run_git
from ctxopt.git.conversions import (
    Conversion,
    Settings,
    checked_out_ids,
    conversions,
    read_settings,
)
from ctxopt.git.objects import SHA1, blob_id, hash_of_blob, sizes
from ctxopt.git.pointers import pointer_of
from ctxopt.git.repository import repository_of
from ctxopt.git.revision import KINDS, StoredFiles, commit_of, prefix_of

#: The first byte of a content: what the entry is. A file is one of two, by whether its owner may execute it.
FILE: Final = b"f"
EXECUTABLE: Final = b"x"
LINK: Final = b"l"
DIRECTORY: Final = b"d"
#: A submodule of which nothing is here: an empty directory, with the commit that belongs there.
SUBMODULE: Final = b"s"
_OTHER: Final = b"o"
_KIND_OF: Final = {
    FILE: EntryKind.FILE,
    EXECUTABLE: EntryKind.FILE,
    LINK: EntryKind.SYMLINK,
    DIRECTORY: EntryKind.DIRECTORY,
    SUBMODULE: EntryKind.DIRECTORY,
    _OTHER: EntryKind.SPECIAL,
}
#: The contents that are one byte.
_WHOLE: Final = (DIRECTORY, _OTHER)
#: Maximum number of submodules within each other.
_DEEPEST: Final = 20
#: The index has 32 bits for a size, and for seconds.
_WIDTH: Final = 1 << 32
#: Bytes that are read at once.
_CHUNK: Final = 1 << 20

#: The entries of directories by the paths of these: for each name its content, or only the first byte of it where the
#: rest is not known before the file is read.
Rows = dict[str, dict[str, bytes]]


class State:
    """One state of the directory `top`, an absolute path without links, and of everything below it.

    `label` names it for people, `revision` is its commit, None for what is on disk. `storage` reads single files of it.
    `ignored` are the paths in `top` that git ignores, directories with a slash at the end: they are not in the state.
    `width` is the number of bytes in the names of objects.
    """

    def __init__(
        self,
        top: str,
        label: str,
        rows: Rows,
        storage: Storage,
        *,
        revision: str | None = None,
        ignored: Collection[str] = (),
        notes: Iterable[str] = (),
        width: int = SHA1,
        cleaned: Mapping[str, "Cleaned"] | None = None,
    ) -> None:
        self.top = top
        self.label = label
        self.storage = storage
        self.revision = revision
        self.ignored = tuple(sorted(ignored))
        self.notes = tuple(notes)
        self._rows = rows
        self._width = width
        self._cleaned = cleaned or {}
        self.tree = cache(self._tree)

    def inside(self, directory: str) -> str | None:
        """The path of an absolute directory in `top`, "" for that; None if it lies outside."""
        directory, top = directory.replace(os.sep, "/"), self.top.replace(os.sep, "/")
        if directory == top:
            return ""
        start = top.rstrip("/") + "/"
        return directory[len(start) :] if directory.startswith(start) else None

    def _tree(self, directory: str) -> Tree:
        """A directory, by its absolute path, as a walk with no patterns would find it. Raises ContextError."""
        prefix = self.inside(directory)
        if prefix is None or prefix not in self._rows:
            raise ContextError(f"there is no such directory in {self.label}", file=directory)
        top = Directory("")
        stack = [(top, prefix)]
        while stack:
            made, path = stack.pop()
            row = self._rows[path]
            made.names = names = sorted(row)
            made.kinds = bytes([_KIND_OF[row[name][:1]] for name in names])
            made.flags = bytearray(len(names))
            made.sizes = array("q", bytes(8 * len(names)))
            for index, name in enumerate(names):
                below = f"{path}/{name}" if path else name
                if made.kinds[index] == EntryKind.DIRECTORY:
                    child = made.subdirectories[name] = Directory(made.child_path(name), made, index)
                    if below in self._rows:
                        stack.append((child, below))
        return Tree(top)

    def contents(self, directory: str, names: Iterable[str]) -> list[bytes]:
        """The contents of entries of a directory, by its path in `top`. Raises CtxoptError for an unreadable file."""
        row = self._rows.get(directory, {})
        found = []
        for name in names:
            content = row[name]
            if len(content) == 1 and content not in _WHOLE:
                content = row[name] = self._read(f"{directory}/{name}" if directory else name, content)
            found.append(content)
        return found

    @property
    def rows(self) -> Mapping[str, Mapping[str, bytes]]:
        """For each directory, by its path in `top`, the contents of its entries by their names.

        Of a file that was not read yet, the content is only its first byte.
        """
        return self._rows

    def sizes(self, paths: Iterable[str]) -> dict[str, int]:
        """The sizes in bytes of files, by their paths in `top`, as far as they are known.

        Those of a revision are the sizes of what git stores; of a file that a checkout converts, there is none.
        """
        names: dict[str, str] = {}
        found: dict[str, int] = {}
        for path in paths:
            parent, _, name = path.rpartition("/")
            content = self._rows.get(parent, {}).get(name, b"")
            if content[:1] not in (FILE, EXECUTABLE):
                continue
            if self.revision is None:
                try:
                    found[path] = os.lstat(os.path.join(self.top, path)).st_size
                except OSError:
                    continue
            elif len(content) == 1 + self._width:
                names[path] = content[1:].hex()
        if names:
            known = sizes(self.top, set(names.values()))
            found |= {path: known[name] for path, name in names.items() if name in known}
        return found

    def read_ahead(self, files: Iterable[str]) -> None:
        """Read files, by their absolute paths, and all links together: each of a revision is a process otherwise."""
        if isinstance(self.storage, StoredFiles):
            found = [path for file in files if (path := self.inside(file)) is not None]
            for directory, row in self._rows.items():
                start = f"{directory}/" if directory else ""
                found += [start + name for name, content in row.items() if content[:1] == LINK]
            self.storage.read_ahead(found)

    def _read(self, path: str, kind: bytes) -> bytes:
        """The content of an entry on disk. Raises CtxoptError."""
        try:
            if kind == LINK:
                target = os.readlink(os.path.join(*self._located(path))).replace(os.sep, "/")
                return LINK + blob_id(target.encode("utf-8", "surrogateescape"), self._width)
            return kind + self._hashed(path)
        except (OSError, ValueError) as error:
            reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
            raise CtxoptError(f"cannot read it: {reason}", file=path) from None

    def _located(self, path: str) -> tuple[str, str]:
        """The directory below which an entry is looked for on disk, and its path there."""
        return self.top, path

    def _hashed(self, path: str) -> bytes:
        cleaned = self._cleaned.get(path)
        lfs = None
        if cleaned is not None and cleaned.how.filter == "lfs":
            import hashlib

            lfs = hashlib.sha256()
        with open_below(*self._located(path)) as file:
            size = os.fstat(file.fileno()).st_size
            made = hash_of_blob(size, self._width)
            left = size
            while data := file.read(_CHUNK):
                left -= len(data)
                made.update(data)
                if lfs is not None:
                    lfs.update(data)
        if left:
            raise OSError(0, "it was changed while it was read")
        if cleaned is not None:
            pointer = blob_id(pointer_of(lfs.hexdigest(), size), self._width) if lfs else b""
            if cleaned.name in (made.digest(), pointer, self._encoded(path, size, cleaned.how)):
                return cleaned.content
        return made.digest()

    def _encoded(self, path: str, size: int, how: Conversion) -> bytes:
        """What git would store of a file that has another encoding; "" if that is not known."""
        if not how.encoding or how.filter or size > _CHUNK:
            return b""
        with open_below(*self._located(path)) as file:
            data = file.read(_CHUNK)
        try:
            text = data.decode(how.encoding).encode()
        except (LookupError, UnicodeError):
            return b""
        return blob_id(text.replace(b"\r\n", b"\n") if how.crlf else text, self._width)


class Cleaned:
    """A file that a filter converts: its name in the index, the content that it then has, and how it is converted."""

    def __init__(self, name: bytes, content: bytes, how: Conversion) -> None:
        self.name = name
        self.content = content
        self.how = how


class DiskState(State):
    """Directories on disk where there is no repository: each is walked when it is asked for, and each file read.

    A path in this state is an absolute one. `top` only makes paths for people shorter.
    """

    def __init__(self, top: str) -> None:
        super().__init__(top, "this directory", {}, DISK)
        self._walked: list[str] = []

    def inside(self, directory: str) -> str | None:
        """The absolute path itself, with slashes."""
        return directory.replace(os.sep, "/")

    def _tree(self, directory: str) -> Tree:
        prefix = directory.replace(os.sep, "/")
        if prefix not in self._rows:
            _add_walked(self._rows, directory, "", prefix)
        self._walked.append(prefix)
        return super()._tree(directory)

    def _located(self, path: str) -> tuple[str, str]:
        root = next(root for root in self._walked if path.startswith(root.rstrip("/") + "/"))
        return root, path[len(root.rstrip("/")) + 1 :]


def work_tree_state(directory: str) -> State:
    """The work tree that contains a directory, an absolute path without links. Raises CtxoptError without git."""
    top = _top(directory)
    try:
        found = _WorkTree(top)
        found.read("")
        commit = _head(top)
        _add_git(found.rows, top, commit or b"")
        return State(
            top,
            "the working tree",
            found.rows,
            DISK,
            ignored=found.ignored,
            notes=found.notes,
            width=found.width,
            cleaned=found.cleaned,
        )
    except NoGit as reason:
        raise CtxoptError(f"git cannot be asked about it: {reason}", file=top) from None


def revision_state(directory: str, revision: str) -> State:
    """The repository that contains a directory, an absolute path without links, at a revision as git understands it.

    Raises CtxoptError without git, and for a revision that is not in this clone.
    """
    top = _top(directory)
    try:
        commit = commit_of(top, revision)
        notes: list[str] = []
        rows: Rows = {"": {}}
        stored: dict[str, bytes] = {}
        _add_commit(rows, stored, top, "", commit, notes)
        _add_git(rows, top, bytes.fromhex(commit))
        storage = StoredFiles(top, commit, lambda path: _stored(rows, stored, path), lambda path: _links(rows, path))
        width = len(commit) // 2
        return State(top, f"{revision} ({commit[:12]})", rows, storage, revision=commit, notes=notes, width=width)
    except NoGit as reason:
        raise CtxoptError(
            f'"{revision}" cannot be read: {reason}', file=top, hint="fetch the missing objects"
        ) from None


def _top(directory: str) -> str:
    """The top of the work tree that contains a directory. Raises CtxoptError."""
    top = repository_of(directory)
    try:
        if top is None:
            raise NoGit("it is not in a git repository")
        if prefix_of(top):
            raise NoGit("its work tree is elsewhere")
    except NoGit as reason:
        raise CtxoptError(f"revisions cannot be compared: {reason}", file=directory) from None
    return top


def _head(top: str) -> bytes | None:
    """The commit that is checked out; None where there is none yet."""
    try:
        return bytes.fromhex(run_git(top, "rev-parse", "--verify", "--quiet", "HEAD").decode("ascii").strip())
    except (NoGit, ValueError):
        return None


def _add_git(rows: Rows, top: str, commit: bytes) -> None:
    """Git's own directory. Where it is a file, as in a linked work tree, no commit changes it."""
    if os.path.isdir(os.path.join(top, ".git")):
        rows[""][".git"] = DIRECTORY
        rows[".git"] = {"HEAD": FILE + commit + b"HEAD"}
    else:
        rows[""][".git"] = FILE + b"gitfile"


def _stored(rows: Rows, stored: Mapping[str, bytes], path: str) -> tuple[int, str] | None:
    """The kind of an entry, and the name of its object."""
    parent, _, name = path.rpartition("/")
    content = rows.get(parent, {}).get(name)
    return None if content is None else (_KIND_OF[content[:1]], stored.get(path, content[1:]).hex())


def _links(rows: Rows, path: str) -> list[str]:
    """The names of the links in a directory."""
    return [name for name, content in rows.get(path, {}).items() if content[:1] == LINK]


def _put(rows: Rows, path: str, content: bytes) -> None:
    """Add an entry with the directories above it."""
    parent, _, name = path.rpartition("/")
    row = rows.get(parent)
    if row is None:
        row = rows[parent] = {}
        while parent:
            above, _, last = parent.rpartition("/")
            known = above in rows
            rows.setdefault(above, {})[last] = DIRECTORY
            parent = "" if known else above
    row[name] = content


# -- a revision ---------------------------------------------------------------------------------


def _add_commit(
    rows: Rows,
    stored: dict[str, bytes],
    repository: str,
    prefix: str,
    commit: str,
    notes: list[str],
    depth: int = 0,
) -> None:
    """Add the entries of a commit of a repository that is at `prefix` in the top one. Raises NoGit.

    `stored` gets the names of the objects of files that a checkout converts.
    """
    listing = run_git(repository, "ls-tree", "-r", "-z", "--full-tree", commit).decode("utf-8", "surrogateescape")
    settings = read_settings(repository)
    files: dict[str, bytes] = {}
    start = prefix + "/" if prefix else ""
    for record in listing.split("\0")[:-1]:
        head, _, path = record.partition("\t")
        mode, _, name = head.split(" ")
        content = bytes.fromhex(name)
        if not all(part not in ("", ".", "..") for part in path.split("/")):
            raise NoGit("the revision is damaged")
        kind = KINDS.get(mode, EntryKind.FILE)
        if kind == EntryKind.FILE:
            files[path] = content
            _put(rows, start + path, (EXECUTABLE if int(mode, 8) & 0o100 else FILE) + content)
        elif kind == EntryKind.SYMLINK:
            _put(rows, start + path, (LINK if settings.symlinks else FILE) + content)
        else:
            _add_submodule(rows, stored, os.path.join(repository, path), start + path, name, notes, depth)
    width = len(commit) // 2
    how = conversions(repository, settings, files, commit)
    for path, content in checked_out_ids(repository, files, how, width).items():
        parent, _, name = (start + path).rpartition("/")
        rows[parent][name] = rows[parent][name][:1] + content
        stored[start + path] = files[path]


def _add_submodule(
    rows: Rows, stored: dict[str, bytes], repository: str, prefix: str, commit: str, notes: list[str], depth: int
) -> None:
    """Add a submodule at a commit: what is in it, if this clone has that."""
    here = os.path.lexists(os.path.join(repository, ".git")) and not os.path.islink(repository)
    if here and depth < _DEEPEST:
        try:
            inner: Rows = {prefix: {}}
            _add_commit(inner, stored, repository, prefix, commit, notes, depth + 1)
        except NoGit:
            notes.append(f"submodule {prefix} has no commit {commit[:12]} here, so any change to it counts")
        else:
            _put(rows, prefix, DIRECTORY)
            for path, row in inner.items():
                if path == prefix or path.startswith(prefix + "/"):
                    rows[path] = row
            return
    _put(rows, prefix, SUBMODULE + bytes.fromhex(commit))


# -- the work tree ------------------------------------------------------------------------------


class _WorkTree:
    """Collects the rows of a work tree at `top`, with those of the submodules in it."""

    def __init__(self, top: str) -> None:
        self.top = top
        self.rows: Rows = {"": {}}
        self.ignored: list[str] = []
        self.notes: list[str] = []
        self.cleaned: dict[str, Cleaned] = {}
        self.width = SHA1
        self._links: dict[str, bool] = {"": False}

    def read(self, prefix: str, depth: int = 0) -> None:
        """Add the repository at a path in `top`. Raises NoGit."""
        repository = os.path.join(self.top, prefix) if prefix else self.top
        start = prefix + "/" if prefix else ""
        index = run_git(repository, "ls-files", "-t", "--stage", "--debug", "-z", "--full-name")
        written, settings = _written(repository), read_settings(repository)
        unchanged: dict[str, bytes] = {}
        absent = 0
        submodules: dict[str, str] = {}
        for record in RECORD.finditer(index):
            path = record["path"].decode("utf-8", "surrogateescape")
            name = bytes.fromhex(record["name"].decode())
            self.width = len(name)
            mode = record["mode"]
            if mode == b"160000":
                submodules[path] = record["name"].decode()
                continue
            status = self._status(start + path)
            if status is None:
                if record["tag"] in b"Ss" and not os.path.lexists(os.path.join(repository, path)):
                    # Outside of a sparse checkout nothing is changed.
                    absent += 1
                    self._put(start + path, _kind(mode) + name)
                    if mode != b"120000":
                        unchanged[path] = name
                continue
            is_same = record["stage"] == b"0" and _is_unchanged(status, record, written)
            kind = _kind_on_disk(status)
            if kind is None:
                continue
            if not settings.modes and kind != LINK and mode != b"120000":
                kind = _kind(mode)
            is_same = is_same and kind == _kind(mode)
            self._put(start + path, kind + name if is_same else kind)
            if kind != LINK:
                unchanged[path] = name
        if absent:
            self.notes.append(f"{plural(absent, 'file')} outside of the sparse checkout count as git has them")
        self._convert(repository, start, settings, unchanged)
        self._add_untracked(repository, start)
        for path, commit in submodules.items():
            self._submodule(start + path, commit, depth)

    def _put(self, path: str, content: bytes) -> None:
        _put(self.rows, path, content)

    def _status(self, path: str) -> os.stat_result | None:
        """What is at a path, through no link; None if nothing is."""
        if self._is_behind_link(path.rpartition("/")[0]):
            return None
        try:
            return os.lstat(f"{self.top}/{path}")
        except (OSError, ValueError):
            return None

    def _is_behind_link(self, directory: str) -> bool:
        waiting = []
        # Without recursion: a work tree may be very deep.
        while directory not in self._links:
            waiting.append(directory)
            directory = directory.rpartition("/")[0]
        is_behind = self._links[directory]
        for one in reversed(waiting):
            is_behind = self._links[one] = is_behind or self._is_odd(one)
        return is_behind

    def _is_odd(self, directory: str) -> bool:
        """Whether there is no directory at a path, or one that leads elsewhere."""
        try:
            status = os.lstat(f"{self.top}/{directory}")
        except (OSError, ValueError):
            return True
        return not stat.S_ISDIR(status.st_mode) or is_junction(status)

    def _convert(self, repository: str, start: str, settings: Settings, files: Mapping[str, bytes]) -> None:
        """Replace the contents of unchanged files that a checkout converts, and note those for changed ones."""
        how = conversions(repository, settings, files)
        for path, content in checked_out_ids(repository, files, how, self.width).items():
            parent, _, name = (start + path).rpartition("/")
            row = self.rows[parent]
            if len(row[name]) > 1:
                row[name] = row[name][:1] + content
            elif how[path].filter or how[path].encoding:
                self.cleaned[start + path] = Cleaned(files[path], content, how[path])

    def _add_untracked(self, repository: str, start: str) -> None:
        """Add what git neither tracks nor ignores, and note what it ignores."""
        others = run_git(repository, "ls-files", "-z", "--others", "--exclude-standard")
        for path in _paths(others):
            if path.endswith("/"):
                # A repository of its own.
                _add_walked(self.rows, self.top, start + path.rstrip("/"))
                continue
            status = self._status(start + path)
            kind = None if status is None else _kind_on_disk(status)
            if kind is not None:
                self._put(start + path, kind)
        ignored = ("--others", "--ignored", "--exclude-standard", "--directory")
        self.ignored += [start + path for path in _paths(run_git(repository, "ls-files", "-z", *ignored))]

    def _submodule(self, path: str, commit: str, depth: int) -> None:
        repository = os.path.join(self.top, path)
        if not self._is_behind_link(path) and os.path.lexists(os.path.join(repository, ".git")) and depth < _DEEPEST:
            _put(self.rows, path, DIRECTORY)
            self.rows.setdefault(path, {})
            self.read(path, depth + 1)
        else:
            _put(self.rows, path, SUBMODULE + bytes.fromhex(commit))


def _paths(out: bytes) -> list[str]:
    return out.decode("utf-8", "surrogateescape").split("\0")[:-1]


def _kind(mode: bytes) -> bytes:
    """The first byte of a content by git's mode."""
    if mode == b"120000":
        return LINK
    return EXECUTABLE if int(mode, 8) & 0o100 else FILE


def _kind_on_disk(status: os.stat_result) -> bytes | None:
    """The first byte of a content by what is on disk; None for a directory, which is there for what is in it."""
    if stat.S_ISREG(status.st_mode):
        return EXECUTABLE if status.st_mode & 0o100 else FILE
    if stat.S_ISLNK(status.st_mode):
        return LINK
    return None if stat.S_ISDIR(status.st_mode) else _OTHER


def _written(repository: str) -> int:
    """When the index was written, in nanoseconds: what was changed since may have the same time."""
    try:
        path = run_git(repository, "rev-parse", "--git-path", "index").decode("utf-8", "surrogateescape").rstrip("\n")
        return os.stat(os.path.join(repository, path)).st_mtime_ns
    except (NoGit, OSError, ValueError):
        return 0


def _is_unchanged(status: os.stat_result, record: re.Match[bytes], written: int) -> bool:
    """Whether a file is as the index has it, by its type, its times and its size.

    What was changed in the moment in which the index was written could have the same times, so it counts as changed.
    """
    is_link = record["mode"] == b"120000"
    return (
        (stat.S_ISLNK if is_link else stat.S_ISREG)(status.st_mode)
        and int(record["size"]) == status.st_size % _WIDTH
        and status.st_mtime_ns < written
        and _same_time(record["mtime"], status.st_mtime_ns)
        and _same_time(record["ctime"], status.st_ctime_ns)
    )


def _same_time(indexed: bytes, nanoseconds: int) -> bool:
    seconds, _, rest = indexed.partition(b":")
    return (int(seconds), int(rest or 0)) == ((nanoseconds // 10**9) % _WIDTH, nanoseconds % 10**9)


def _add_walked(rows: Rows, top: str, path: str, prefix: str | None = None) -> None:
    """Add everything that is on disk in a directory, at its path or at another one. Raises ContextError."""
    no_patterns = PatternSet(())
    root = os.path.join(top, path) if path else top
    tree = walk(root, no_patterns, no_patterns)
    if prefix is None:
        prefix = path
        _put(rows, prefix, DIRECTORY)
    for directory in tree.directories():
        place = "/".join(filter(None, (prefix.rstrip("/"), directory.path)))
        row = rows.setdefault(place, {})
        for name, kind in zip(directory.names, directory.kinds, strict=True):
            row[name] = _walked_kind(f"{root}/{directory.child_path(name)}", kind)


def _walked_kind(path: str, kind: int) -> bytes:
    if kind == EntryKind.FILE:
        try:
            return EXECUTABLE if os.lstat(path).st_mode & 0o100 else FILE
        except OSError:
            return FILE
    return {EntryKind.DIRECTORY: DIRECTORY, EntryKind.SYMLINK: LINK}.get(kind, _OTHER)
