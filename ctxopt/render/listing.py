"""Lists of entries: as lines, with sizes and readers, as a tree, as JSON."""

from collections.abc import Iterable
from typing import TYPE_CHECKING

from ctxopt.display import printable, size
from ctxopt.listing import Row
from ctxopt.render.json import dumps

if TYPE_CHECKING:
    from rich.console import Console
    from rich.tree import Tree


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


def tree(rows: list[Row], console: "Console", *, long: bool) -> None:
    """The entries as a tree; with sizes and readers if `long`."""
    from rich.text import Text
    from rich.tree import Tree as RichTree

    root = RichTree(Text("."), guide_style="dim")
    made: dict[str, Tree] = {"": root}
    for row in rows:
        path = row.path.rstrip("/")
        parent = _node(made, path.rpartition("/")[0])
        label = Text(printable(row.path.rstrip("/").rpartition("/")[2]) + ("/" if row.size is None else ""))
        if long and row.size is not None:
            label.append(f"  {size(row.size)}", style="bold")
            label.append(f"  {_readers(row)}", style="dim")
        if row.size is None and path in made:
            continue
        made[path] = parent.add(label)
    console.print(root)


def _node(made: "dict[str, Tree]", path: str) -> "Tree":
    """The node of a directory, made with its parents if the list does not name it."""
    missing = []
    while path not in made:
        missing.append(path)
        path = path.rpartition("/")[0]
    node = made[path]
    for inner in reversed(missing):
        from rich.text import Text

        node = made[inner] = node.add(Text(printable(inner.rpartition("/")[2]) + "/"))
    return node


def _readers(row: Row) -> str:
    if row.size is None:
        return "-"
    if row.lines:
        return "line " + ",".join(map(str, row.lines))
    return "builder" if row.by_builder else "unused"
