"""Lists of entries: as lines, with sizes and readers, as a tree, as JSON."""

from collections.abc import Iterable

from ctxopt.display import printable, size
from ctxopt.listing import Row
from ctxopt.render.json import dumps


def lines(entries: Iterable[str]) -> str:
    """One entry a line, escaped."""
    return "".join(printable(entry) + "\n" for entry in entries)


def as_json(entries: list[str]) -> str:
    """A JSON array of the entries."""
    return dumps(entries) + "\n"


def long_lines(rows: list[Row]) -> str:
    """Bytes, readers and name of each entry, in columns."""
    readers = [_readers(row) for row in rows]
    width = max((len(text) for text in readers), default=0)
    digits = max((len(str(row.size or 0)) for row in rows), default=0)
    return "".join(
        f"{'-' if row.size is None else row.size:>{digits}}  {text:<{width}}  {printable(row.path)}\n"
        for row, text in zip(rows, readers, strict=True)
    )


def long_json(rows: list[Row]) -> str:
    """A JSON array of objects with path, bytes (null for directories) and lines."""
    return dumps([{"path": row.path, "bytes": row.size, "lines": list(row.lines)} for row in rows]) + "\n"


def tree(rows: list[Row], *, long: bool, ascii_only: bool) -> str:
    """The entries as a tree, in lines as long as they need; with sizes and readers if `long`."""
    labels: dict[str, str] = {}
    children: dict[str, list[str]] = {"": []}
    for row in rows:
        path = row.path.rstrip("/")
        _hang(path, children)
        label = printable(path.rpartition("/")[2]) + ("/" if row.size is None else "")
        if long and row.size is not None:
            label += f"  {size(row.size)}  {_readers(row)}"
        labels[path] = label
    fork, last, bar = ("|-- ", "`-- ", "|   ") if ascii_only else ("├── ", "└── ", "│   ")
    lines = ["."]
    stack = [(path, "", path == children[""][-1]) for path in reversed(children[""])]
    while stack:
        path, guide, is_last = stack.pop()
        label = labels.get(path) or printable(path.rpartition("/")[2]) + "/"
        lines.append(guide + (last if is_last else fork) + label)
        inner = children.get(path, [])
        guide += "    " if is_last else bar
        stack += [(child, guide, child == inner[-1]) for child in reversed(inner)]
    return "\n".join(lines) + "\n"


def _hang(path: str, children: dict[str, list[str]]) -> None:
    """Put a path below its parent, and the parents that the list does not name below theirs."""
    while path:
        parent = path.rpartition("/")[0]
        known = parent in children
        below = children.setdefault(parent, [])
        if path not in below[-1:]:
            below.append(path)
        if known:
            return
        path = parent


def _readers(row: Row) -> str:
    if row.size is None:
        return "-"
    if row.lines:
        return "line " + ",".join(map(str, row.lines))
    return "builder" if row.by_builder else "unused"
