"""The files in a directory of the context, at any depth."""

from collections.abc import Iterable

from ctxopt.core.build_context import BuildContext
from ctxopt.core.context.tree import Directory, EntryKind, Totals, View
from ctxopt.core.dockerfile.model import ContextRead


def files_below(build: BuildContext, top: Directory, read: ContextRead) -> Totals:
    """The files in a directory, at any depth, that an instruction reads."""
    is_read = [read.number in readers for readers in build.usage.reader_sets]
    totals = Totals()
    for directory in top.with_all_below():
        used = build.usage.numbers(directory)
        sizes = [
            size
            for size, kind, readers in zip(directory.sizes, directory.kinds, used, strict=True)
            if kind != EntryKind.DIRECTORY and is_read[readers]
        ]
        totals += Totals(len(sizes), sum(sizes))
    return totals


def first_file(top: Directory, names: Iterable[str] = ()) -> str | None:
    """A file of BuildKit's view in a directory at any depth, with one of these names if there is one."""
    stack = [top]
    while stack:
        directory = stack.pop()
        for name in (*names, *directory.names):
            index = directory.find(name)
            if index >= 0 and directory.kinds[index] == EntryKind.FILE and directory.flags[index] & View.BUILDKIT:
                return directory.child_path(name)
        stack += directory.subdirectories.values()
    return None
