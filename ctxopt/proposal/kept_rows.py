"""What is kept although its name speaks against it, with what is sent of it."""

from collections.abc import Collection, Iterable
from typing import Final

from ctxopt.core.build_context import BuildContext
from ctxopt.core.context.tree import EntryKind, Totals, View
from ctxopt.evidence.model import Kept, ObstacleKind
from ctxopt.proposal.model import KeptRow

#: What no build needs to try.
_CERTAIN: Final = frozenset({ObstacleKind.MANIFEST, ObstacleKind.DECLARED, ObstacleKind.BUILT})


def kept_rows(kept: Iterable[Kept], context: BuildContext) -> tuple[KeptRow, ...]:
    """The entries of a judgement that are kept, the largest first, with what is sent of them in a build.

    Without those in a directory that is one of them, and without those of which nothing is sent.
    """
    first: dict[str, Kept] = {}
    for one in kept:
        first.setdefault(one.path, one)
    rows = (
        KeptRow(path, _below(context, path), one.why, one.kind not in _CERTAIN)
        for path, one in first.items()
        if not _is_below(path, first)
    )
    return tuple(sorted((row for row in rows if row.totals.files), key=lambda row: (-row.totals.size, row.path)))


def _is_below(path: str, others: Collection[str]) -> bool:
    while path := path.rpartition("/")[0]:
        if path in others:
            return True
    return False


def _below(context: BuildContext, path: str) -> Totals:
    """The files of an entry that BuildKit's ignore file keeps."""
    entry = context.locate(path)
    if entry is None:
        return Totals()
    directory, index = entry
    if directory.kinds[index] != EntryKind.DIRECTORY:
        return Totals(1, directory.sizes[index])
    files = size = 0
    stack = [inside] if (inside := directory.subdirectories.get(directory.names[index])) is not None else []
    while stack:
        inside = stack.pop()
        for kind, flags, count in zip(inside.kinds, inside.flags, inside.sizes, strict=True):
            if kind != EntryKind.DIRECTORY and flags & View.BUILDKIT:
                files, size = files + 1, size + count
        stack += inside.subdirectories.values()
    return Totals(files, size)
