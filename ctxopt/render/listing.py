"""Lists of entries as lines, with sizes and readers, and as JSON."""

from collections.abc import Iterable

from ctxopt.display import printable
from ctxopt.render.json import dumps
from ctxopt.reports.listing import Row


def lines(entries: Iterable[str]) -> str:
    """One entry a line, escaped."""
    return "".join(printable(entry) + "\n" for entry in entries)


def as_json(entries: list[str]) -> str:
    """A JSON array of the entries."""
    return dumps(entries) + "\n"


def long_lines(rows: list[Row]) -> str:
    """Bytes, readers and name of each entry, in columns."""
    read = [readers(row) for row in rows]
    width = max((len(text) for text in read), default=0)
    digits = max((len(str(row.size or 0)) for row in rows), default=0)
    return "".join(
        f"{'-' if row.size is None else row.size:>{digits}}  {text:<{width}}  {printable(row.path)}\n"
        for row, text in zip(rows, read, strict=True)
    )


def long_json(rows: list[Row]) -> str:
    """A JSON array of objects with path, bytes (null for directories) and lines."""
    return dumps([{"path": row.path, "bytes": row.size, "lines": list(row.lines)} for row in rows]) + "\n"


def readers(row: Row) -> str:
    """The readers of an entry: lines of instructions, the builder, or none."""
    if row.size is None:
        return "-"
    if row.lines:
        return "line " + ",".join(map(str, row.lines))
    return "builder" if row.by_builder else "unused"
