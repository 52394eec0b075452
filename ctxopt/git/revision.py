"""A build context as it is at a git revision, read from git's objects without a checkout.

Bytes are those that git stores: conversions of a checkout (line endings, filters such as Git LFS) are not applied to
them. Sizes are those of a checkout, as far as this work tree shows them. Git is run as in `ctxopt.git.command`: only
commands that read, which neither run programs that the repository names nor fetch missing objects.
"""

import errno
import os
import re
import stat
from array import array
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import field, replace
from functools import cache
from typing import Final, NoReturn

from ctxopt.core.build_context import BuildContext
from ctxopt.core.context.files import Files
from ctxopt.core.context.locate import Storage
from ctxopt.core.context.tree import Directory, EntryKind, Tree
from ctxopt.core.lazy_dataclass import dataclass
from ctxopt.core.lazy_re import lazy_re
from ctxopt.core.named_context import NamedContext
from ctxopt.display import plural
from ctxopt.errors import ContextError, CtxoptError
from ctxopt.git.checked_out import ATTRIBUTES, Stored, checked_out
from ctxopt.git.command import GitFailed, NoGit, run_git
from ctxopt.git.objects import contents, replaced_objects, sizes
from ctxopt.git.repository import judging_repository, repository_of

_OBJECT: Final = lazy_re(r"[0-9a-f]{40}|[0-9a-f]{64}")
#: By git's mode; all others are regular files. The last is a submodule, which is not fetched: an empty directory.
KINDS: Final = {"040000": EntryKind.DIRECTORY, "120000": EntryKind.SYMLINK, "160000": EntryKind.DIRECTORY}
_MODES: Final = {EntryKind.FILE: stat.S_IFREG, EntryKind.DIRECTORY: stat.S_IFDIR, EntryKind.SYMLINK: stat.S_IFLNK}
#: How `git ls-tree` begins the record of a submodule.
_GITLINK: Final = "160000 "
#: Where git looks for a name, and what ends the name in a revision such as "main~2".
_NAMED_BY: Final = ("refs/{}", "refs/tags/{}", "refs/heads/{}", "refs/remotes/{}", "refs/remotes/{}/HEAD")
_BASE_NAME: Final = lazy_re(r"[~^:]|@\{")
#: The beginning of a commit's name, which may be the name of a tag as well.
_SHORT: Final = lazy_re("[0-9a-f]{4,63}")
#: Maximum number of submodules within each other.
_DEEPEST: Final = 20
#: Maximum length of a symbolic link's target on Linux, in bytes.
_LONGEST_TARGET: Final = 4095
#: Maximum number of links that Linux follows on one path.
_MOST_LINKS: Final = 40


#: Maximum size of a file that is read by itself, of one that is read ahead, and of all of these, in bytes.
_LARGEST: Final = 64 << 20
_LARGEST_AHEAD: Final = 4 << 20
_MOST_AHEAD: Final = 256 << 20


#: A path, its kind, its size in bytes (0 for all but regular files), and the name of its object.
Row = tuple[str, int, int, str]


@dataclass(frozen=True, slots=True)
class Revision:
    """The directory `root` at a commit.

    `tree` is what a walk with no patterns would find after a checkout, with no flags set. `files` reads
    single files in the directory, `storage` everything in the commit, as if it were checked out in place of
    the work tree. `alike` are files that have another content now of the same size, and may be pointers of Git LFS.
    `submodules` are the commits of those of which nothing is here, by their paths.
    """

    root: str
    commit: str
    tree: Tree
    files: Files
    storage: Storage
    notes: tuple[str, ...] = ()
    alike: tuple[str, ...] = ()
    submodules: Mapping[str, str] = field(default_factory=dict)

    @property
    def label(self) -> str:
        """The abbreviated name of the commit."""
        return self.commit[:12]


def read_revision(root: str, revision: str) -> Revision:
    """The directory `root`, an absolute path without links, at a revision as git understands it.

    Raises CtxoptError if git cannot be asked, if the directory is in no work tree, if there is no such
    commit in this clone, if the directory is not in the commit, or if some of its objects are missing.
    """
    # A directory that is only in the revision has no place on disk to run git in.
    here = _existing(root)
    try:
        prefix = "/".join(filter(None, (prefix_of(here), _slashed(root)[len(here) :].strip("/"))))
        commit = commit_for(here, revision)
    except NoGit as reason:
        raise CtxoptError(f"it cannot be read at a revision: {reason}", file=root) from None
    try:
        listing = run_git(
            here, "ls-tree", "-r", "-t", "-l", "-z", "--full-tree", commit, *(("--", prefix) if prefix else ())
        )
        _check_prefix(listing, prefix, revision)
        found = _Compared([], [], {})
        above = _attributes_above(root, prefix, commit) if os.path.isdir(root) else False
        records = list(_below(prefix, _records(listing)))
        if _is_replaced(here, commit, records):
            found.notes.append(f"objects of {revision} are replaced in this clone (git replace), which does not count")
        rows, targets = _checked_out(root, records, found, other_attributes=above)
    except NoGit as reason:
        raise CtxoptError(
            f'"{revision}" cannot be read: {reason}', file=root, hint="fetch the missing objects"
        ) from None
    return replace(
        revision_from(root, prefix, commit, rows, targets),
        notes=tuple(found.notes),
        alike=tuple(found.alike),
        submodules=found.empty,
    )


def _is_replaced(here: str, commit: str, records: Sequence[str]) -> bool:
    """Whether this clone has other objects in place of a commit, its tree or what is listed of it. Raises NoGit."""
    replaced = replaced_objects(here)
    if not replaced:
        return False
    tree = run_git(here, "rev-parse", "--verify", "--end-of-options", f"{commit}^{{tree}}").decode("ascii").strip()
    return not replaced.isdisjoint((commit, tree, *(record.split(None, 3)[2] for record in records)))


@dataclass(frozen=True, slots=True)
class _Compared:
    """Collects what cannot be compared, for people, and the files of another content of the same size.

    `empty` are the commits of submodules of which nothing is here, by their paths.
    """

    notes: list[str]
    alike: list[str]
    empty: dict[str, str]


def _checked_out(
    root: str, records: Iterable[str], compared: _Compared, depth: int = 0, *, other_attributes: bool = False
) -> tuple[list[Row], dict[str, str]]:
    """The rows of a directory as this work tree would have them, submodules included, and the targets of its links.

    Raises CtxoptError and NoGit.
    """
    rows: list[Row] = []
    submodules: list[tuple[str, str]] = []
    for record in records:
        rows.append(_parsed(record))
        if record.startswith(_GITLINK):
            submodules.append((rows[-1][0], rows[-1][3]))
    targets = link_targets(_existing(root), (name for _, kind, _, name in rows if kind == EntryKind.SYMLINK))
    if os.path.isdir(root):
        rows = list(_resized(root, rows, compared, other_attributes))
    for path, name in submodules:
        inner, inner_targets = _submodule(os.path.join(root, path), path, name, compared, depth)
        rows += [(f"{path}/{below}", kind, size, object_name) for below, kind, size, object_name in inner]
        targets |= inner_targets
    return rows, targets


def _attributes_above(root: str, prefix: str, commit: str) -> bool:
    """Whether a `.gitattributes` above the directory differs between a commit and the index. Raises NoGit."""
    parts = prefix.split("/") if prefix else []
    if not parts:
        return False
    names = ["/".join((*parts[:number], ATTRIBUTES)) for number in range(len(parts))]
    above = [f"{'../' * (number + 1)}{ATTRIBUTES}" for number in range(len(parts))]
    before = _records(run_git(root, "ls-tree", "-z", "--full-tree", commit, "--", *names))
    now = _records(run_git(root, "ls-files", "-z", "--stage", "--full-name", "--", *above))
    # "mode blob object<TAB>path" and "mode object stage<TAB>path".
    heads = ({record.split()[2] for record in before}, {record.split()[1] for record in now})
    return len(before) != len(now) or heads[0] != heads[1]


def _resized(root: str, rows: list[Row], compared: _Compared, other_attributes: bool) -> Iterator[Row]:
    """The rows with the sizes of a checkout, without what a sparse checkout does not have. Raises NoGit."""
    work_tree = checked_out(
        root,
        [Stored(path, size, name) for path, kind, size, name in rows if kind == EntryKind.FILE],
        other_attributes=other_attributes,
    )
    compared.alike.extend(work_tree.alike)
    notes = compared.notes
    if work_tree.absent:
        notes.append(f"{plural(len(work_tree.absent), 'file')} outside of the sparse checkout cannot be compared")
    if work_tree.other_attributes:
        notes.append("git attributes changed, so sizes are compared with those that git stores")
    notes += [f"{path} is converted in an unknown way, so its size cannot be compared" for path in work_tree.unknown]
    for path, kind, size, name in rows:
        if path not in work_tree.absent:
            yield path, kind, work_tree.sizes.get(path, size), name


def _submodule(root: str, path: str, commit: str, compared: _Compared, depth: int) -> tuple[list[Row], dict[str, str]]:
    """The rows of a submodule at a commit; none where it is not checked out. Raises CtxoptError."""
    if not os.path.lexists(os.path.join(root, ".git")) or os.path.islink(root):
        compared.empty[path] = commit
        return [], {}
    try:
        if depth == _DEEPEST:
            raise NoGit("submodules are nested too deep")
        listing = run_git(root, "ls-tree", "-r", "-t", "-l", "-z", "--full-tree", commit)
        inner = _Compared(compared.notes, [], {})
        found = _checked_out(root, _records(listing), inner, depth + 1)
        compared.alike.extend(f"{path}/{below}" for below in inner.alike)
        compared.empty.update({f"{path}/{below}": name for below, name in inner.empty.items()})
        return found
    except NoGit as reason:
        compared.notes.append(f"submodule {path} cannot be compared, so all of it counts as new: {reason}")
        return [], {}


def storage_at(directory: str, revision: str) -> Storage:
    """The files of a commit in place of the work tree that contains a directory; git is asked for each that is read.

    `directory` is an absolute path without links, which need not be in the commit. A submodule of the current
    directory's repository is as that one's commit has it. Raises CtxoptError if git cannot be asked, or if there is no
    such commit in this clone.
    """
    top = judging_repository(directory)
    try:
        if top is not None and top != repository_of(directory):
            directory = top
        return _Unlisted(directory, prefix_of(directory), commit_of(directory, revision), Tree(Directory("")), {}, {})
    except NoGit as reason:
        raise CtxoptError(f'revision "{revision}" cannot be read: {reason}', file=directory) from None


def open_at_revision(
    revision: Revision,
    dockerfile: str | None = None,
    target: str | None = None,
    build_args: Mapping[str, str] | None = None,
    platform: str | None = None,
    *,
    inline: str | None = None,
    ignore_file: str | None = None,
    contexts: Sequence[NamedContext] = (),
    dialect: str | None = None,
    unknown_args: Sequence[str] = (),
    made: Sequence[str] = (),
) -> BuildContext:
    """The build context at a revision; the work tree is not read, also not for the named contexts.

    The other parameters and the errors raised are those of BuildContext.
    """
    return BuildContext(
        revision.root,
        dockerfile,
        target,
        build_args,
        platform,
        inline=inline,
        unfiltered=revision.tree,
        storage=revision.storage,
        ignore_file=ignore_file,
        contexts=contexts,
        walked=lambda root: read_revision(root, revision.commit).tree,
        dialect=dialect,
        unknown_args=unknown_args,
        made=made,
    )


def revision_from(root: str, prefix: str, commit: str, rows: Iterable[Row], targets: dict[str, str]) -> Revision:
    """The directory `root`, which is at `prefix` in its repository, with these entries in it.

    A directory comes before its contents; `targets` are those of the symbolic links by the names of their
    objects. Files outside of the directory are those of the commit. Raises CtxoptError for entries that no
    directory can contain.
    """
    tree, objects = _recorded(rows)
    storage = _Commit(root, prefix, commit, tree, objects, targets)
    return Revision(root, commit, tree, Files(root, storage), storage)


def _existing(directory: str) -> str:
    """The directory, or the nearest one above it that exists."""
    while not os.path.isdir(directory) and directory != os.path.dirname(directory):
        directory = os.path.dirname(directory)
    return directory


def prefix_of(root: str) -> str:
    """The path of the directory in its work tree, "" for the top. Raises NoGit."""
    out = run_git(root, "rev-parse", "--is-inside-work-tree", "--show-prefix").decode("utf-8", "surrogateescape")
    inside, _, prefix = out.partition("\n")
    prefix = prefix.removesuffix("\n").removesuffix("/")
    if inside != "true" or (prefix and not _slashed(root).endswith(f"/{prefix}")):
        raise NoGit("not in a git work tree")
    return prefix


def commit_of(root: str, revision: str) -> str:
    """The full name of the commit of a revision. Raises CtxoptError, and NoGit without git."""
    if not revision or revision.startswith("-") or "\0" in revision:
        raise CtxoptError(f'"{revision}" is no revision', hint="give a commit, a branch or a tag")
    try:
        # In two steps: "^{commit}" appended to the given text could become a part of it, as in "HEAD:file".
        found = run_git(root, "rev-parse", "--verify", "--end-of-options", revision).decode("ascii", "replace").strip()
        if not _OBJECT.fullmatch(found):
            raise CtxoptError(f'"{revision}" is no single commit', hint="give a commit, a branch or a tag")
        _check_unambiguous(root, revision)
        return run_git(root, "rev-parse", "--verify", "--end-of-options", found + "^{commit}").decode("ascii").strip()
    except GitFailed as failure:
        if "expected commit type" in failure.error:
            raise CtxoptError(f'"{revision}" is no commit', hint="give a commit, a branch or a tag") from None
        if "is ambiguous" in failure.error:
            raise CtxoptError(f'"{revision}" is ambiguous', hint="give more of the commit's name") from None
        if revision == "HEAD":
            raise CtxoptError("this repository has no commit yet") from None
        raise CtxoptError(
            f'there is no revision "{revision}" in this clone',
            hint="check its name, or fetch it first (in CI, check out with fetch-depth: 0)",
        ) from None


def _check_unambiguous(root: str, revision: str) -> None:
    """Raise CtxoptError for the name of several commits, of which git takes one without failing.

    A tag takes precedence over a branch, so whoever can push one would say what the name of the base is. Raises NoGit.
    """
    name = _BASE_NAME.split(revision, maxsplit=1)[0]
    if not name or _OBJECT.fullmatch(name):
        return
    wanted = [pattern.format(name) for pattern in _NAMED_BY]
    listing = run_git(root, "for-each-ref", "--format=%(refname) %(objectname) %(*objectname)", "--", *wanted)
    found: dict[str, str] = {}
    for line in listing.decode("utf-8", "replace").splitlines():
        ref, *names = line.split(" ")
        # Those below a name are listed as well. Of a tag with a message, the commit is the last one.
        if ref in wanted:
            found[ref] = names[-1] or names[0]
    objects = set(found.values())
    if found and _SHORT.fullmatch(name):
        objects |= set(run_git(root, "rev-parse", f"--disambiguate={name}").decode("ascii", "replace").split())
    if len(objects) > 1:
        full = min(found, key=lambda ref: ref.startswith("refs/tags/"))
        raise CtxoptError(f'"{revision}" is ambiguous: {" and ".join(found)}', hint=f"write {full}")


def commit_for(directory: str, revision: str) -> str:
    """The commit to compare a directory with, an absolute path without links, at a revision.

    A submodule of the current directory's repository is compared with the commit that this one recorded for it: the
    submodule's own branches are its own. Raises CtxoptError, and NoGit without git.
    """
    top = repository_of(directory)
    if top is None or judging_repository(directory) == top:
        return commit_of(directory, revision)
    outer = os.path.dirname(top)
    above = repository_of(outer) or outer
    path = os.path.relpath(top, above).replace(os.sep, "/")
    for record in _records(run_git(above, "ls-tree", "-z", "--full-tree", commit_for(outer, revision), "--", path)):
        if not record.startswith(_GITLINK):
            raise CtxoptError(
                f'it was no submodule at "{revision}", so it cannot be compared',
                file=path,
                hint="give another revision",
            )
        return commit_of(directory, record.split()[2])
    raise ContextError(
        f'there is no such directory at revision "{revision}"', file=path, hint="give a revision that has it"
    )


def _records(listing: bytes) -> list[str]:
    return listing.decode("utf-8", "surrogateescape").split("\0")[:-1]


def _parsed(record: str) -> Row:
    """A record of `git ls-tree -l`: "mode type object size<TAB>path". Raises CtxoptError, see `_unusable`."""
    head, _, path = record.partition("\t")
    mode, _, name, size = head.split()
    kind = KINDS.get(mode, EntryKind.FILE)
    if kind == EntryKind.DIRECTORY:
        return path, kind, 0, name
    if not size.isdigit():
        raise CtxoptError("its object is missing in this clone", file=path, hint="fetch it, or clone without a filter")
    if kind == EntryKind.FILE:
        return path, kind, int(size), name
    if not 0 < int(size) <= _LONGEST_TARGET:
        _unusable(path)
    return path, kind, 0, name


def _unusable(path: str) -> NoReturn:
    """Raise CtxoptError for an entry that git can store and no directory can contain."""
    raise CtxoptError("it could not be checked out: the revision is damaged", file=path)


def _check_prefix(listing: bytes, prefix: str, revision: str) -> None:
    """Raise ContextError if the context directory is not listed as a directory."""
    path = re.escape(prefix.encode("utf-8", "surrogateescape"))
    if prefix and not re.search(rb"(?:^|\0)040000 tree [0-9a-f]+ +-\t" + path + rb"\0", listing):
        raise ContextError(
            f'there is no such directory at revision "{revision}"', file=prefix, hint="give a revision that has it"
        )


def _below(prefix: str, records: Iterable[str]) -> Iterator[str]:
    """The records of the entries below a directory, with paths relative to it."""
    if not prefix:
        yield from records
        return
    start = prefix + "/"
    for record in records:
        head, tab, path = record.partition("\t")
        if path.startswith(start):
            yield head + tab + path[len(start) :]


def link_targets(root: str, objects: Iterable[str]) -> dict[str, str]:
    """The targets of symbolic links by the names of their objects. Raises NoGit."""
    found = contents(root, sorted(set(objects)))
    return {name: data.decode("utf-8", "surrogateescape") for name, data in found}


def _recorded(rows: Iterable[Row]) -> tuple[Tree, dict[str, bytes]]:
    """The rows as a tree, and for each directory the names of its entries' objects, packed in order."""
    found: dict[str, dict[str, Row]] = {"": {}}
    for path, kind, size, name in rows:
        parent, _, last = path.rpartition("/")
        inside = found.get(parent)
        if inside is None or last in inside or last in ("", ".", "..") or path.startswith("/"):
            _unusable(path)
        inside[last] = (last, kind, size, name)
        if kind == EntryKind.DIRECTORY:
            found[path] = {}
    objects: dict[str, bytes] = {}
    top = Directory("")
    stack = [top]
    while stack:
        directory = stack.pop()
        ordered = sorted(found.pop(directory.path).values())
        if not ordered:
            continue
        names, kinds, sizes, objects_here = zip(*ordered, strict=True)
        directory.names = list(names)
        directory.kinds = bytes(kinds)
        directory.sizes = array("q", sizes)
        directory.flags = bytearray(len(names))
        objects[directory.path] = bytes.fromhex("".join(objects_here))
        for index, kind in enumerate(kinds):
            if kind == EntryKind.DIRECTORY:
                child = Directory(directory.child_path(names[index]), directory, index)
                directory.subdirectories[names[index]] = child
                stack.append(child)
    return Tree(top), objects


@dataclass(frozen=True, slots=True)
class _Entry:
    """`name` is that of the object; `within` is the submodule that has it, "" for none."""

    mode: int
    size: int
    name: str
    within: str = ""


class _Commit:
    """A commit as a storage, in place of the work tree.

    Only what the commit contains exists. Links above the work tree are those on disk, since a given path
    may lead through them.
    """

    def __init__(
        self, root: str, prefix: str, commit: str, tree: Tree, objects: dict[str, bytes], targets: dict[str, str]
    ) -> None:
        self._root = _slashed(root)
        self._top = self._root[: len(root) - len(prefix)].rstrip("/") or "/"
        self._commit = commit
        self._tree = tree
        self._objects = objects
        self._targets = targets
        self._outside = cache(self._ask)

    def real(self, path: str) -> str:
        drive, path = os.path.splitdrive(_slashed(path))
        top = current = drive + "/"
        followed = 0
        waiting = path.split("/")[::-1]
        while waiting:
            part = waiting.pop()
            if part in ("", "."):
                continue
            if part == "..":
                current = os.path.dirname(current)
                continue
            here = _joined(current, part)
            target = self._target(here)
            if target is None:
                current = here
                continue
            followed += 1
            if followed > _MOST_LINKS:
                raise OSError(errno.ELOOP, os.strerror(errno.ELOOP), path)
            if target.startswith("/"):
                current = top
            waiting += target.split("/")[::-1]
        return current

    def status(self, path: str, *, follow: bool) -> tuple[int, int]:
        entry = self._there(self.real(path) if follow else self._unfollowed(path))
        return entry.mode, entry.size

    def link(self, path: str) -> str:
        target = self._target(self._unfollowed(path))
        if target is None:
            raise OSError(errno.EINVAL, os.strerror(errno.EINVAL), path)
        return target

    def links_in(self, path: str) -> list[str]:
        inside = _relative(self._root, self.real(path))
        directory: Directory | None = self._tree.root
        for name in inside.split("/") if inside else ():
            directory = directory.subdirectories.get(name) if directory is not None else None
        if inside is None or directory is None:
            raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), path)
        rows = zip(directory.names, directory.kinds, strict=True)
        return [name for name, kind in rows if kind == EntryKind.SYMLINK]

    def read(self, path: str, most: int) -> bytes:
        entry = self._there(self.real(path))
        if not stat.S_ISREG(entry.mode):
            raise OSError(errno.EINVAL, os.strerror(errno.EINVAL), path)
        return self._blob(entry)[:most]

    def read_below(self, root: str, path: str, most: int) -> bytes:
        entry = self._there(_joined(_slashed(root), path))
        if not stat.S_ISREG(entry.mode):
            raise OSError(errno.EINVAL, os.strerror(errno.EINVAL), path)
        return self._blob(entry)[:most]

    def _unfollowed(self, path: str) -> str:
        """A path with the links to its directory followed, but not itself."""
        directory, _, name = _slashed(path).rstrip("/").rpartition("/")
        return _joined(self.real(directory), name)

    def _there(self, path: str) -> _Entry:
        entry = self._entry(path)
        if entry is None:
            raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), path)
        return entry

    def _entry(self, path: str) -> _Entry | None:
        """The entry at exactly this path, no links followed."""
        inside = _relative(self._root, path)
        if inside is None:
            outside = _relative(self._top, path)
            return None if outside is None else self._outside(outside)
        if not inside:
            return _Entry(stat.S_IFDIR, 0, "")
        found = self._tree.find(inside)
        if found is None:
            return None
        directory, index = found
        packed = self._objects[directory.path]
        width = len(packed) // len(directory.names)
        name = packed[index * width : (index + 1) * width].hex()
        return _Entry(_MODES[directory.kinds[index]], directory.sizes[index], name)

    def _ask(self, path: str) -> _Entry | None:
        """The entry of the commit outside of the context, by its path in the repository."""
        if not path:
            return _Entry(stat.S_IFDIR, 0, "")
        for record in _records(self._run("ls-tree", "-l", "-z", "--full-tree", self._commit, "--", path)):
            found, kind, size, name = _parsed(record)
            if found == path:
                return _Entry(_MODES[kind], size, name)
        return None

    def _target(self, path: str) -> str | None:
        """The target of a symbolic link; None if there is no link."""
        if _relative(self._top, path) is None:
            return _slashed(os.readlink(path)) if os.path.islink(path) else None
        entry = self._entry(path)
        if entry is None or not stat.S_ISLNK(entry.mode):
            return None
        if entry.name not in self._targets:
            self._targets[entry.name] = self._blob(entry).decode("utf-8", "surrogateescape")
        return self._targets[entry.name]

    def _blob(self, entry: _Entry) -> bytes:
        return self._run("cat-file", "blob", entry.name)

    def _run(self, *words: str) -> bytes:
        """The output of a git command. Raises OSError."""
        try:
            return run_git(_existing(self._root), *words)
        except NoGit as reason:
            raise OSError(errno.EIO, str(reason)) from None


class _Unlisted(_Commit):
    """A commit of which nothing was listed before; submodules that are there are as it records them."""

    def _entry(self, path: str) -> _Entry | None:
        place = _relative(self._top, path)
        if place is None:
            return None
        return self._outside(place) or self._in_submodule(place)

    def _in_submodule(self, path: str) -> _Entry | None:
        """The entry of a submodule, by its path in the repository."""
        parts = path.split("/")
        above = ["/".join(parts[:number]) for number in range(1, len(parts))]
        if not above:
            return None
        for record in _records(self._run("ls-tree", "-z", "--full-tree", self._commit, "--", *above)):
            head, _, found = record.partition("\t")
            root = _joined(self._top, found)
            if head.startswith(_GITLINK) and os.path.lexists(os.path.join(root, ".git")) and not os.path.islink(root):
                inner = _Unlisted(root, "", head.split()[2], Tree(Directory("")), {}, {})
                entry = inner._entry(_joined(self._top, path))
                return None if entry is None else replace(entry, within=entry.within or root)
        return None

    def _blob(self, entry: _Entry) -> bytes:
        try:
            return run_git(entry.within or _existing(self._root), "cat-file", "blob", entry.name)
        except NoGit as reason:
            raise OSError(errno.EIO, str(reason)) from None


class StoredFiles(_Commit):
    """A commit of the repository at `top` as a storage, by what a caller knows of its entries.

    `entry` gives for a path in the repository its kind and the name of its object, `links` the names of the links in a
    directory.
    """

    def __init__(
        self,
        top: str,
        commit: str,
        entry: Callable[[str], tuple[int, str] | None],
        links: Callable[[str], list[str]],
    ) -> None:
        super().__init__(top, "", commit, Tree(Directory("")), {}, {})
        self._stored = entry
        self._links = links
        self._ahead: dict[str, bytes] = {}

    def read_ahead(self, paths: Iterable[str]) -> None:
        """Read regular files and links together, by their paths in the repository: one by one takes a process each.

        Objects that are missing are left out, and large ones, and what is past a size altogether.
        """
        found = [entry[1] for entry in map(self._stored, paths) if entry is not None]
        with suppress(NoGit):
            known = sizes(self._top, {name for name in found if _OBJECT.fullmatch(name)} - self._ahead.keys())
            wanted, left = [], _MOST_AHEAD
            for name, size in known.items():
                left -= size
                if size <= _LARGEST_AHEAD and left >= 0:
                    wanted.append(name)
            self._ahead |= dict(contents(self._top, wanted))

    def links_in(self, path: str) -> list[str]:
        inside = _relative(self._root, self.real(path))
        if inside is None:
            raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), path)
        return self._links(inside)

    def _entry(self, path: str) -> _Entry | None:
        inside = _relative(self._root, path)
        if not inside:
            return None if inside is None else _Entry(stat.S_IFDIR, 0, "")
        found = self._stored(inside)
        if found is None:
            return None
        return _Entry(_MODES.get(found[0], stat.S_IFCHR), len(self._ahead.get(found[1], b"")), found[1])

    def _blob(self, entry: _Entry) -> bytes:
        data = self._ahead.get(entry.name)
        if data is None:
            try:
                size = sizes(self._top, {entry.name}).get(entry.name, 0)
            except NoGit as reason:
                raise OSError(errno.EIO, str(reason)) from None
            if size > _LARGEST:
                raise OSError(errno.EFBIG, os.strerror(errno.EFBIG))
            data = self._ahead[entry.name] = super()._blob(entry)
        return data


def _slashed(path: str) -> str:
    """A path of this system with slashes, as git has them; the name of a drive stays in front of it."""
    return path.replace(os.sep, "/")


def _joined(directory: str, name: str) -> str:
    return f"{directory.rstrip('/')}/{name}"


def _relative(directory: str, path: str) -> str | None:
    """A path relative to a directory that it is in, "" for the directory itself; None if it lies outside."""
    if path == directory:
        return ""
    start = directory.rstrip("/") + "/"
    return path[len(start) :] if path.startswith(start) else None
