"""The largest entries that a proposal still sends: what its reader may want to look at next."""

from dataclasses import replace
from heapq import nlargest
from typing import Final

from ctxopt.catalogue.changing import changing
from ctxopt.core.context.sums import DirectorySums
from ctxopt.core.context.tree import Directory, EntryKind, Totals, Tree
from ctxopt.core.usage.masks import IS_FILE, both
from ctxopt.git.facts import GitFacts
from ctxopt.proposal.keep import KeepMap, Mark
from ctxopt.proposal.model import KeptRow

#: Maximum number of entries, and the share of all bytes that one of them must have.
_MOST: Final = 3
_WORTH: Final = 0.05
#: The share of a directory that a single entry in it must have to be named in its place.
_ALMOST_ALL: Final = 0.8
_TRANSFERRED: Final = bytes(bool(marks & Mark.TRANSFER) for marks in range(256))
UNTRACKED: Final = "not tracked by git"


def remaining(result: KeepMap) -> tuple[KeptRow, ...]:
    """The largest files and directories (with a slash) that BuildKit transfers, none in another.

    `result` has the marks with the proposal.
    """
    transferred = both(result.all.translate(_TRANSFERRED), result.tree.all_kinds.translate(IS_FILE))
    sums = DirectorySums(result.tree, transferred)
    whole = sums.below(result.tree.root).size
    root = result.tree.root
    found = nlargest(_MOST, _inside(root, sums, result), key=lambda row: (row.totals.size, row.path))
    return tuple(_narrowed(row, sums, result) for row in found if row.totals.size > _WORTH * whole)


def with_git(rows: tuple[KeptRow, ...], facts: GitFacts) -> tuple[KeptRow, ...]:
    """The rows, with the reason of those that git does not track; its own files are no such news."""
    return tuple(
        row if _is_history(row.path) or facts.tracks(row.path.rstrip("/")) else replace(row, why=UNTRACKED)
        for row in rows
    )


def _is_history(path: str) -> bool:
    """Whether a path is, or is in, the directory of a version control system."""
    known = changing(True)
    return any(part in known and known[part].history for part in path.split("/"))


def _inside(directory: Directory, sums: DirectorySums, result: KeepMap) -> list[KeptRow]:
    """What of a directory is transferred: each directory and each file in it."""
    rows = [KeptRow(child.path + "/", sums.below(child), "") for child in directory.subdirectories.values()]
    for name, kind, size, marks in zip(
        directory.names, directory.kinds, directory.sizes, result.row(directory), strict=True
    ):
        if kind != EntryKind.DIRECTORY and marks & Mark.TRANSFER:
            rows.append(KeptRow(directory.child_path(name), Totals(1, size), ""))
    return rows


def _narrowed(row: KeptRow, sums: DirectorySums, result: KeepMap) -> KeptRow:
    """The entry itself, or the one in it that is almost all of it; of git's directory nobody excludes a part."""
    while row.path.endswith("/") and not _is_history(row.path):
        inside = _directory(result.tree, row.path.rstrip("/"))
        largest = max(_inside(inside, sums, result), key=lambda one: one.totals.size)
        if largest.totals.size < _ALMOST_ALL * row.totals.size:
            break
        row = largest
    return row


def _directory(tree: Tree, path: str) -> Directory:
    found = tree.find(path)
    assert found is not None, path
    return found[0].subdirectories[found[0].names[found[1]]]
