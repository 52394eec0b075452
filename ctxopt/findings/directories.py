"""The files in a directory of the context, at any depth."""

from collections.abc import Iterable

from ctxopt.core.context.tree import Directory, EntryKind, View


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
