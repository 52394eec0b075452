"""Entries of a context with what is known of each."""

from collections.abc import Iterable
from dataclasses import dataclass

from ctxopt.build_context import BuildContext
from ctxopt.context.tree import Kind
from ctxopt.usage.account import BUILDER


@dataclass(frozen=True, slots=True)
class Row:
    """One entry: logical bytes (None for directories) and the lines of the instructions that read it.

    `by_builder` marks the Dockerfile and the ignore file, which the builder itself reads.
    """

    path: str
    size: int | None
    lines: tuple[int, ...] = ()
    by_builder: bool = False


def rows(context: BuildContext, entries: Iterable[str]) -> list[Row]:
    """What is known of each of the entries, which are paths as BuildContext lists them."""
    results = context.usage.results
    found = []
    for entry in entries:
        place = context.locate(entry.rstrip("/"))
        if place is None or place[0].kinds[place[1]] == Kind.DIRECTORY:
            found.append(Row(entry, None))
            continue
        readers = context.usage.readers(*place)
        read_at = sorted({results[number].read.line for number in readers if number >= 0})
        found.append(Row(entry, place[0].sizes[place[1]], tuple(read_at), BUILDER in readers))
    return found
