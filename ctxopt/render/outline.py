"""Which lines of a tree to show when there is room for only a few: the largest, opened where it helps."""

from dataclasses import dataclass

from ctxopt.usage.account import Branch


@dataclass(frozen=True, slots=True)
class Row:
    """One line: how deep it stands, what it names, and its files and bytes."""

    depth: int
    label: str
    files: int
    size: int


def outline(tree: Branch, room: int) -> list[Row]:
    """The tree as at most `room` lines, and one more for what is left out, largest first on each level.

    A directory that is counted as a whole stays closed; of the others the largest is opened first, as
    long as its parts still fit.
    """
    opened = {tree.path}
    while True:
        rows = _rows(tree, opened)
        closed = [branch for branch in _visible(tree, opened) if branch.path not in opened and not branch.whole]
        for branch in sorted(closed, key=lambda branch: -branch.totals.size):
            if len(rows) + len(branch.children) + len(branch.files) <= room:
                opened.add(branch.path)
                break
        else:
            return _cut(rows, room)


def _visible(branch: Branch, opened: set[str]) -> list[Branch]:
    found = [branch]
    if branch.path in opened:
        for child in branch.children:
            found += _visible(_lone(child), opened)
    return found


def _rows(tree: Branch, opened: set[str]) -> list[Row]:
    rows: list[Row] = []

    def add(branch: Branch, depth: int) -> None:
        parts: list[tuple[int, Row, Branch | None]] = [
            (child.totals.size, Row(depth, _label(child, branch), child.totals.files, child.totals.size), child)
            for child in map(_lone, branch.children)
        ]
        parts += [(size, Row(depth, name, 1, size), None) for name, size in branch.files]
        rest_files = branch.loose.files - len(branch.files)
        rest = branch.loose.size - sum(size for _, size in branch.files)
        if rest_files:
            parts.append((rest, Row(depth, f"({rest_files:,} more files)", rest_files, rest), None))
        for _, row, child in sorted(parts, key=lambda part: -part[0]):
            rows.append(row)
            if child is not None and child.path in opened:
                add(child, depth + 1)

    add(tree, 0)
    return rows


def _lone(branch: Branch) -> Branch:
    """The directory itself, or the one below it that alone holds all it counts."""
    while not branch.whole and not branch.loose.files and len(branch.children) == 1:
        branch = branch.children[0]
    return branch


def _label(child: Branch, parent: Branch) -> str:
    return child.path[len(parent.path) :].lstrip("/") + "/"


def _cut(rows: list[Row], room: int) -> list[Row]:
    """The rows if they fit; otherwise the largest ones of the first level, and what is left as one row."""
    if len(rows) <= room:
        return rows
    tops = sorted((row for row in rows if row.depth == 0), key=lambda row: -row.size)
    rest = tops[room:]
    more = Row(0, f"({len(rest):,} more)", sum(row.files for row in rest), sum(row.size for row in rest))
    return [*tops[:room], more] if rest else tops
