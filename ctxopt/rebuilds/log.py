"""The last commits of a repository as its files at the newest one, and what each commit changed.

Only git's plumbing is asked, run as in `ctxopt.git.command`: `rev-list`, `ls-tree`, `diff-tree` and `cat-file`
show nothing that a configuration could make them run.
"""

import tempfile
from collections.abc import Iterable, Iterator
from functools import cached_property
from itertools import pairwise
from typing import BinaryIO, Final, NamedTuple, cast

from ctxopt.core.lazy_dataclass import dataclass
from ctxopt.errors import ContextError, CtxoptError
from ctxopt.git.command import NoGit, run_git
from ctxopt.git.revision import commit_of, link_targets, prefix_of

#: Git's modes of symbolic links and of submodules.
LINK: Final = "120000"
GITLINK: Final = "160000"
#: The mode of the missing side of a change.
_NOTHING: Final = "000000"


class Blob(NamedTuple):
    """What a commit has at a path: git's mode, which marks executable files and links, and the object."""

    mode: str
    object: str


@dataclass(frozen=True, slots=True)
class Change:
    """A path whose mode or object a commit changed; None for a file that did not exist, or no longer does."""

    path: str
    before: Blob | None
    after: Blob | None


@dataclass(frozen=True, slots=True)
class Commit:
    """A commit, and what it changed against its first parent; a rename is a removed and an added path."""

    name: str
    changes: tuple[Change, ...]


@dataclass(frozen=True)
class History:
    """The last commits of the directory `root`, whose path in its repository is `prefix`, the newest first.

    `newest` are the files at the newest commit, by paths relative to the directory; `targets` those of all symbolic
    links by the names of their objects. The changes of the oldest commit are unknown, so it is not among `commits`.
    `cut`: a shallow clone ends there; `whole`: the history itself does.
    """

    root: str
    prefix: str
    head: str
    newest: dict[str, Blob]
    commits: tuple[Commit, ...]
    targets: dict[str, str]
    cut: bool
    whole: bool

    @cached_property
    def gitlinks(self) -> tuple[str, ...]:
        """The paths of the submodules of all commits, sorted."""
        return tuple(sorted(self._of_mode(GITLINK)))

    @cached_property
    def links(self) -> tuple[str, ...]:
        """The paths of the symbolic links of all commits, sorted."""
        return tuple(sorted(self._of_mode(LINK)))

    def _of_mode(self, mode: str) -> set[str]:
        paths = {path for path, blob in self.newest.items() if blob.mode == mode}
        for commit in self.commits:
            for change in commit.changes:
                if any(blob is not None and blob.mode == mode for blob in (change.before, change.after)):
                    paths.add(change.path)
        return paths


def read_history(root: str, most: int) -> History:
    """The last `most` commits, by first parents, of the directory `root`, an absolute path without links.

    Raises CtxoptError if git cannot be asked, if there is no commit, or if some of the objects are missing, and
    ContextError if the directory is not in the newest commit.
    """
    try:
        prefix = prefix_of(root)
        head = commit_of(root, "HEAD")
    except NoGit as reason:
        raise CtxoptError(f"there is no history to read: {reason}", file=root) from None
    try:
        names = run_git(root, "rev-list", "--first-parent", f"--max-count={most + 1}", head).decode("ascii").split()
        cut = len(names) <= most and run_git(root, "rev-parse", "--is-shallow-repository").strip() == b"true"
        newest = dict(_listed(root, prefix, head))
        if prefix and not newest:
            raise ContextError("the last commit contains nothing of this directory", file=root, hint="commit it first")
        commits = tuple(_commits(root, prefix, names))
        targets = link_targets(root, _links(newest, commits))
    except NoGit as reason:
        raise CtxoptError(
            f"its history cannot be read: {reason}", file=root, hint="fetch the missing objects"
        ) from None
    return History(root, prefix, head, newest, commits, targets, cut, len(names) <= most and not cut)


def _listed(root: str, prefix: str, commit: str) -> Iterator[tuple[str, Blob]]:
    words = ("ls-tree", "-r", "-z", "--full-tree", commit, *(("--", prefix) if prefix else ()))
    for record in _text(run_git(root, *words)).split("\0")[:-1]:
        head, _, path = record.partition("\t")
        mode, _, name = head.split()
        inside, blob = _below(prefix, path), _blob(mode, name)
        if inside and blob is not None:
            yield inside, blob


def _commits(root: str, prefix: str, names: list[str]) -> Iterator[Commit]:
    """The commits but the last, which has no parent here."""
    with tempfile.TemporaryFile() as asked:
        asked.write("".join(f"{commit} {parent}\n" for commit, parent in pairwise(names)).encode())
        asked.seek(0)
        out = run_git(
            root,
            *("diff-tree", "--stdin", "--always", "-r", "--raw", "-z", "--no-renames", "--no-abbrev"),
            # A path is relative to the directory that git runs in.
            *("--no-ext-diff", "--ignore-submodules=none", *(("--", ".") if prefix else ())),
            given=cast(BinaryIO, asked),
        )
    changes: dict[str, list[Change]] = {name: [] for name in names[:-1]}
    name = ""
    fields = iter(_text(out).split("\0")[:-1])
    for field in fields:
        if not field.startswith(":"):
            name = field
            continue
        modes = field[1:].split()
        path = _below(prefix, next(fields, ""))
        if path and name in changes:
            changes[name].append(Change(path, _blob(modes[0], modes[2]), _blob(modes[1], modes[3])))
    for name, changed in changes.items():
        yield Commit(name, tuple(changed))


def _blob(mode: str, name: str) -> Blob | None:
    """What is at a path. Of a file's mode a checkout only respects whether its owner may execute it."""
    if mode == _NOTHING:
        return None
    if mode not in (LINK, GITLINK):
        mode = "100755" if int(mode, 8) & 0o100 else "100644"
    return Blob(mode, name)


def _links(newest: dict[str, Blob], commits: Iterable[Commit]) -> Iterator[str]:
    """The objects of all symbolic links."""
    yield from (blob.object for blob in newest.values() if blob.mode == LINK)
    for commit in commits:
        for change in commit.changes:
            yield from (blob.object for blob in (change.before, change.after) if blob is not None and blob.mode == LINK)


def _below(prefix: str, path: str) -> str:
    """A path relative to the directory; "" for what is not in it."""
    if not prefix:
        return path
    return path[len(prefix) + 1 :] if path.startswith(prefix + "/") else ""


def _text(out: bytes) -> str:
    return out.decode("utf-8", "surrogateescape")
