"""The lines of a tree that fit into little room: the largest ones."""

from dataclasses import replace
from heapq import heapify, heappop, heappush

from ctxopt.core.lazy_dataclass import dataclass
from ctxopt.core.usage.branches import Branch


@dataclass(frozen=True, slots=True)
class Row:
    """One line: its depth, label, files and bytes."""

    depth: int
    label: str
    files: int
    size: int


def outline(tree: Branch, room: int) -> list[Row]:
    """The tree as at most `room` lines, and one more for the rest, the largest first on each level.

    A directory that is unused as a whole stays closed; of the others the largest is opened first, as long as
    its entries fit.
    """
    parts = {tree.path: _parts(tree)}
    count = len(parts[tree.path])
    closed = _closed(parts[tree.path])
    heapify(closed)
    while closed:
        branch = heappop(closed)[2]
        # The number of rows only grows, so what does not fit now never will.
        if count + len(branch.children) + len(branch.files) <= room:
            parts[branch.path] = _parts(branch)
            count += len(parts[branch.path])
            for one in _closed(parts[branch.path]):
                heappush(closed, one)
    return _cut(_rows(tree, parts), room)


#: A line and its directory, if it is one.
_Part = tuple[Row, Branch | None]


def _parts(branch: Branch) -> list[_Part]:
    """The lines directly below a directory, the largest first; their depth is not set yet."""
    parts: list[_Part] = [
        (Row(0, _label(child, branch), child.totals.files, child.totals.size), child)
        for child in map(_lone, branch.children)
    ]
    parts += [(Row(0, name, 1, size), None) for name, size in branch.files]
    rest_files = branch.loose.files - len(branch.files)
    rest = branch.loose.size - sum(size for _, size in branch.files)
    if rest_files:
        parts.append((Row(0, f"({rest_files:,} more files)", rest_files, rest), None))
    return sorted(parts, key=lambda part: -part[0].size)


def _closed(parts: list[_Part]) -> list[tuple[int, str, Branch]]:
    """The directories among some lines that can be opened, the largest first."""
    return [
        (-branch.totals.size, branch.path, branch) for _, branch in parts if branch is not None and not branch.whole
    ]


def _rows(tree: Branch, parts: dict[str, list[_Part]]) -> list[Row]:
    """The lines of the directories that are opened, each below its own."""
    rows: list[Row] = []
    stack = [(0, part) for part in reversed(parts[tree.path])]
    while stack:
        depth, (row, branch) = stack.pop()
        rows.append(replace(row, depth=depth))
        if branch is not None:
            stack += [(depth + 1, part) for part in reversed(parts.get(branch.path, ()))]
    return rows


def _lone(branch: Branch) -> Branch:
    """The directory itself, or the only one below it with anything in it."""
    while not branch.whole and not branch.loose.files and len(branch.children) == 1:
        branch = branch.children[0]
    return branch


def _label(child: Branch, parent: Branch) -> str:
    return child.path[len(parent.path) :].lstrip("/") + "/"


def _cut(rows: list[Row], room: int) -> list[Row]:
    """The rows if they fit; otherwise the largest ones of the first level, and one row for the rest."""
    if len(rows) <= room:
        return rows
    tops = sorted((row for row in rows if row.depth == 0), key=lambda row: -row.size)
    rest = tops[room:]
    more = Row(0, f"({len(rest):,} more)", sum(row.files for row in rest), sum(row.size for row in rest))
    return [*tops[:room], more] if rest else tops
