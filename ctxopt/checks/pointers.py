"""Files that are in Git LFS and were not downloaded: their pointers are small, what they stand for is not."""

from collections.abc import Iterator, Sequence
from dataclasses import replace

from ctxopt.core.build_context import BuildContext
from ctxopt.core.context.tree import Directory, EntryKind, Totals
from ctxopt.core.lazy_dataclass import dataclass
from ctxopt.git.command import NoGit
from ctxopt.git.pointers import LARGEST, SMALLEST, pointer_size, with_filter
from ctxopt.reports.compare.changes import Change


@dataclass(frozen=True, slots=True)
class Full:
    """Changes in which pointers count as the files that they stand for, the largest growth first.

    `more` are the bytes of growth that this adds, `pointers` is the number of new pointers.
    """

    items: tuple[Change, ...]
    more: int
    pointers: int


def in_full(
    items: Sequence[Change], alike: Sequence[str], before: BuildContext, after: BuildContext, view: int
) -> Full:
    """Count each pointer of Git LFS as the file that it stands for; `alike` may be pointers that others replaced.

    A pull request that adds a large file with Git LFS makes the context grow wherever such files are downloaded, also
    if this checkout has pointers only.
    """
    counted, same = {item.path for item in items}, Totals(1)
    # What only one of the views has is counted with its directory, or by itself.
    both = (
        path
        for path in alike
        if path not in counted and all(list(_small_files(one, path, view)) for one in (before, after))
    )
    items = [*items, *(Change(path, same, same) for path in both)]
    old = _missing_bytes(before, [item.path for item in items if item.before.files], view, after.root)
    new = _missing_bytes(after, [item.path for item in items if item.after.files], view, after.root)
    full = [
        replace(item, before=_larger(item.before, item.path, old), after=_larger(item.after, item.path, new))
        for item in items
    ]
    growth = sum(item.growth for item in full) - sum(item.growth for item in items)
    return Full(tuple(sorted(full, key=lambda item: (-item.growth, item.path))), growth, sum(map(len, new.values())))


def _larger(totals: Totals, path: str, missing: dict[str, dict[str, int]]) -> Totals:
    return Totals(totals.files, totals.size + sum(missing.get(path, {}).values()))


def _missing_bytes(context: BuildContext, paths: Sequence[str], view: int, work_tree: str) -> dict[str, dict[str, int]]:
    """For each path that differs, the pointers in it with the bytes that they lack."""
    candidates = [(path, file, size) for path in paths for file, size in _small_files(context, path, view)]
    try:
        stored = with_filter(work_tree, [file for _, file, _ in candidates])
    except NoGit:
        stored = frozenset(file for _, file, _ in candidates)
    found: dict[str, dict[str, int]] = {}
    for path, file, size in candidates:
        data = context.files.read(file, LARGEST) if file in stored else None
        full = None if data is None else pointer_size(data)
        if full is not None and full > size:
            found.setdefault(path, {})[file] = full - size
    return found


def _small_files(context: BuildContext, path: str, view: int) -> Iterator[tuple[str, int]]:
    """The regular files of a view, at a path or below a directory with a slash at its end, that may be pointers."""
    tree = context.transferred
    entry = tree.find(path.rstrip("/"))
    if entry is None:
        return
    directory, index = entry
    if not path.endswith("/"):
        yield from _files(directory, view, range(index, index + 1))
        return
    stack = [directory.subdirectories[directory.names[index]]]
    while stack:
        below = stack.pop()
        yield from _files(below, view, range(len(below.names)))
        stack += below.subdirectories.values()


def _files(directory: Directory, view: int, indexes: range) -> Iterator[tuple[str, int]]:
    for index in indexes:
        size = directory.sizes[index]
        if directory.kinds[index] == EntryKind.FILE and directory.flags[index] & view and SMALLEST <= size <= LARGEST:
            yield directory.child_path(directory.names[index]), size
