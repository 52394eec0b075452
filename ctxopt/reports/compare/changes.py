"""What changed between two contexts, or two views of one: files that came, went, or have another size."""

from collections.abc import Iterator

from ctxopt.core.context.tree import Directory, EntryKind, Totals, Tree
from ctxopt.core.lazy_dataclass import dataclass

_HISTORY = ".git"


@dataclass(frozen=True, slots=True)
class Change:
    """A file, or a directory as a whole (with a slash at the end), that differs.

    `before` and `after` are its files and logical bytes in the view, none of which may be there.
    """

    path: str
    before: Totals
    after: Totals

    @property
    def growth(self) -> int:
        """Bytes that came, negative for bytes that went."""
        return self.after.size - self.before.size


@dataclass(frozen=True, slots=True)
class Changes:
    """All that differs, the largest growth first; `added` and `removed` sum it up.

    A directory of which nothing was in the view before, or of which nothing is left, is one change.
    """

    items: tuple[Change, ...]
    added: Totals
    removed: Totals

    def ends(self, most: int) -> tuple[Change, ...]:
        """So many of the items: half of them the largest growth, half the largest shrinking. Both matter."""
        if len(self.items) <= most:
            return self.items
        return (*self.items[: most // 2], *self.items[-(most // 2) :])


def changes(before: Tree, after: Tree, view: int) -> Changes:
    """Compare a view of two trees. Files are told apart by path and size alone.

    What is called `.git` is not compared at any depth: no revision contains it.
    """
    found = list(_compare(before, after, view))
    added = removed = Totals()
    for change in found:
        files = change.after.files - change.before.files
        added += Totals(max(0, files), max(0, change.growth))
        removed += Totals(max(0, -files), max(0, -change.growth))
    return Changes(tuple(sorted(found, key=lambda change: (-change.growth, change.path))), added, removed)


def whole(tree: Tree, view: int) -> Totals:
    """The files in a view, except for git's own, which no revision contains."""
    return sums(tree, view)[""]


def sums(tree: Tree, view: int) -> dict[str, Totals]:
    """For each directory the files in a view at any depth below it, except for git's own."""
    found: dict[str, Totals] = {}
    # Parents come before what is in them, so this sees children first.
    for directory in reversed(tree.directories()):
        here = _files(directory, view)
        total = Totals(len(here), sum(here.values()))
        inside = (found[child.path] for name, child in directory.subdirectories.items() if name != _HISTORY)
        found[directory.path] = sum(inside, total)
    return found


def _compare(before: Tree, after: Tree, view: int) -> Iterator[Change]:
    old_sums, new_sums = sums(before, view), sums(after, view)
    stack = [(before.root, after.root)]
    while stack:
        was, now = stack.pop()
        old, new = _files(was, view), _files(now, view)
        for name in old.keys() | new.keys():
            if old.get(name) != new.get(name):
                yield Change(now.child_path(name), _one(old.get(name)), _one(new.get(name)))
        for name in was.subdirectories.keys() | now.subdirectories.keys():
            if name == _HISTORY:
                continue
            path = now.child_path(name)
            first, second = old_sums.get(path, Totals()), new_sums.get(path, Totals())
            if first.files and second.files:
                stack.append((was.subdirectories[name], now.subdirectories[name]))
            elif first.files or second.files:
                yield Change(path + "/", first, second)


def _files(directory: Directory, view: int) -> dict[str, int]:
    """The files of one directory that are in a view, with their bytes; in a submodule or a work tree .git is a file."""
    rows = zip(directory.names, directory.kinds, directory.flags, directory.sizes, strict=True)
    return {
        name: size
        for name, kind, flags, size in rows
        if kind != EntryKind.DIRECTORY and flags & view and name != _HISTORY
    }


def _one(size: int | None) -> Totals:
    return Totals() if size is None else Totals(1, size)
