"""Lists of entries as lines, with sizes and readers, and as JSON."""

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from ctxopt.core.context.tree import EntryKind, Totals
from ctxopt.display import inert, plural, printable, printable_lines, size
from ctxopt.render.dumps import dumps

if TYPE_CHECKING:
    from ctxopt.reports.listing import Row

#: The types of entries: as `ls -l` shows them, and in JSON.
_LETTERS = {
    EntryKind.FILE: "-",
    EntryKind.DIRECTORY: "d",
    EntryKind.SYMLINK: "l",
    EntryKind.SOCKET: "s",
    EntryKind.SPECIAL: "?",
}
_TYPES = {
    EntryKind.FILE: "file",
    EntryKind.DIRECTORY: "directory",
    EntryKind.SYMLINK: "symlink",
    EntryKind.SOCKET: "socket",
    EntryKind.SPECIAL: "special",
}


def lines(entries: Iterable[str]) -> Iterator[str]:
    """One entry a line, escaped, some lines at once: a long list is not held twice."""
    return map(inert, printable_lines(entries))


def as_json(entries: list[str]) -> str:
    """A JSON array of the entries."""
    return dumps(entries) + "\n"


def long_lines(rows: "list[Row]") -> str:
    """Type, bytes, readers and name of each entry, in columns like those of `ls -l`."""
    read = [readers(row) for row in rows]
    width = max((len(text) for text in read), default=0)
    digits = max((len(_bytes(row)) for row in rows), default=0)
    return "".join(
        f"{_LETTERS[row.kind]}  {_bytes(row):>{digits}}  {text:<{width}}  {printable(row.path)}\n"
        for row, text in zip(rows, read, strict=True)
    )


def _bytes(row: "Row") -> str:
    return "-" if row.size is None else str(row.size)


def total(totals: Totals) -> str:
    """The totals of a list, in words."""
    return f"{plural(totals.files, 'file')}, {size(totals.size)}"


def long_json(rows: "list[Row]") -> str:
    """A JSON array of objects with context, path, type, bytes (null for directories that are not summed) and lines."""
    return dumps([_object(row) for row in rows]) + "\n"


def _object(row: "Row") -> dict[str, object]:
    path = row.path.removeprefix(f"{row.context}:") if row.context else row.path
    return {
        "context": row.context or None,
        "path": path,
        "type": _TYPES[row.kind],
        "bytes": row.size,
        "lines": list(row.lines),
    }


def readers(row: "Row") -> str:
    """The readers of an entry: lines of instructions, the builder, or none; what no builder is sent is excluded."""
    if row.size is None:
        return "-"
    if row.ignored:
        return "builder" if row.by_builder else "excluded"
    if row.lines:
        lines = "line " + ",".join(map(str, row.lines))
        return f"{lines} ({row.unused:,} of {plural(row.files, 'file')} unused)" if row.unused else lines
    return "builder" if row.by_builder else "unused"
