"""Rows of bytes over the entries of directories: arithmetic that takes one call for all entries of a row."""

from array import array
from functools import cache
from operator import and_

from ctxopt.core.context.tree import Directory, EntryKind

#: A translation table from kinds to 0 for directories and 1 for everything else.
IS_FILE = bytes(kind != EntryKind.DIRECTORY for kind in range(256))


def files_in(directory: Directory, view: int) -> bytes:
    """For each entry 1 if it is a file in a view, else 0."""
    in_view = directory.flags.translate(where(view, 1))
    if EntryKind.DIRECTORY not in directory.kinds:
        return bytes(in_view)
    return bytes(map(and_, in_view, directory.kinds.translate(IS_FILE)))


def both(left: bytes | bytearray, right: bytes | bytearray) -> bytes:
    """The bits that are set in both of two rows. As one large number each, this is a single operation."""
    return (int.from_bytes(left) & int.from_bytes(right)).to_bytes(len(left))


def either(left: bytes | bytearray, right: bytes | bytearray) -> bytes:
    """The bits that are set in one of two rows."""
    return (int.from_bytes(left) | int.from_bytes(right)).to_bytes(len(left))


def less(left: bytes | bytearray, right: bytes | bytearray) -> bytes:
    """The bits that are set in the left row and not in the right one."""
    return (int.from_bytes(left) & ~int.from_bytes(right)).to_bytes(len(left))


def is_uniform(row: "bytes | bytearray | array[int]") -> bool:
    """Whether all values of a row that is not empty are equal."""
    return row.count(row[0]) == len(row)


@cache
def only(value: int) -> bytes:
    """A translation table to 1 for this byte, and to 0 for all others."""
    return bytes(value == other for other in range(256))


@cache
def where(view: int, number: int) -> bytes:
    """A translation table from flags to a number where they are in a view, else to 0."""
    return bytes(number if flags & view else 0 for flags in range(256))
