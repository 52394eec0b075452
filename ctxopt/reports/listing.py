"""Entries of a context with what is known of each."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum

from ctxopt.core.build_context import BuildContext
from ctxopt.core.context.tree import EntryKind, Totals, View
from ctxopt.core.usage.readers import BUILDER
from ctxopt.reports.stages import image_files


class Use(Enum):
    """What becomes of a file."""

    IMAGE = "in the image"
    BUILD = "build only"
    BUILDER = "builder's own"
    UNUSED = "unused"
    IGNORED = "ignored"
    SECRET = "secret"


@dataclass(frozen=True, slots=True)
class Row:
    """One entry: logical bytes (None for directories) and the lines of the instructions that read it.

    `by_builder` marks the Dockerfile and the ignore file, which the builder itself reads.
    """

    path: str
    size: int | None
    lines: tuple[int, ...] = ()
    by_builder: bool = False


@dataclass(frozen=True, slots=True)
class Branch:
    """One entry in a tree: its name and how deep it lies, and for each parent and itself whether it is the last there.

    `totals` are the files and logical bytes in it; `use` is what becomes of it, for a directory of all that is in it,
    None where that is not the same or there is nothing. `row` is None for a directory that is only on the way.
    """

    name: str
    lasts: tuple[bool, ...]
    directory: bool
    totals: Totals
    use: Use | None
    row: Row | None


def rows(context: BuildContext, entries: Iterable[str]) -> list[Row]:
    """What is known of each of the entries, which are paths as BuildContext lists them."""
    results = context.usage.results
    found = []
    for entry in entries:
        place = context.locate(entry.rstrip("/"))
        if place is None or place[0].kinds[place[1]] == EntryKind.DIRECTORY:
            found.append(Row(entry, None))
            continue
        readers = context.usage.readers(*place)
        read_at = sorted({results[number].read.line for number in readers if number >= 0})
        found.append(Row(entry, place[0].sizes[place[1]], tuple(read_at), BUILDER in readers))
    return found


def tree(context: BuildContext, rows: list[Row], secrets: Iterable[str] = ()) -> list[Branch]:
    """The entries as a tree, the root first, in the order of the rows.

    `secrets` are the paths of files and directories that should not be sent.
    """
    uses = _uses(context, rows, frozenset(secrets))
    by_path = {row.path.rstrip("/"): row for row in rows}
    children: dict[str, list[str]] = {"": []}
    for path in by_path:
        _hang(path, children)
    sums = _sums(children, by_path, uses)
    made = []
    stack: list[tuple[str, tuple[bool, ...]]] = [("", ())]
    while stack:
        path, lasts = stack.pop()
        row = by_path.get(path)
        totals, here = sums[path]
        directory = row is None or row.size is None
        use = next(iter(here)) if len(here) == 1 else None
        made.append(Branch(path.rpartition("/")[2], lasts, directory, totals, use, row))
        inner = children.get(path, [])
        stack += [(child, (*lasts, child == inner[-1])) for child in reversed(inner)]
    return made


def _uses(context: BuildContext, rows: list[Row], secrets: frozenset[str]) -> dict[str, Use]:
    image = image_files(context)
    uses = {}
    for row in rows:
        if row.size is None:
            continue
        place = context.locate(row.path)
        if place is not None and not place[0].flags[place[1]] & (View.BUILDKIT | View.CLASSIC):
            uses[row.path] = Use.IGNORED
        elif secrets and not secrets.isdisjoint(_line(row.path)):
            uses[row.path] = Use.SECRET
        elif row.lines:
            uses[row.path] = Use.IMAGE if row.path in image else Use.BUILD
        else:
            uses[row.path] = Use.BUILDER if row.by_builder else Use.UNUSED
    return uses


def _line(path: str) -> list[str]:
    """A path and all directories above it."""
    parts = path.split("/")
    return ["/".join(parts[: depth + 1]) for depth in range(len(parts))]


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


def _sums(
    children: dict[str, list[str]], rows: dict[str, Row], uses: dict[str, Use]
) -> dict[str, tuple[Totals, set[Use]]]:
    """For each path the files in it, and what becomes of them; those of directories from what is in them."""
    sums: dict[str, tuple[Totals, set[Use]]] = {}
    for path, row in rows.items():
        if row.size is not None:
            sums[path] = Totals(1, row.size), {uses[path]}
    for path in sorted({"", *rows, *children} - sums.keys(), key=lambda path: -len(path)):
        below = [sums[child] for child in children.get(path, ())]
        sums[path] = sum((totals for totals, _ in below), Totals()), set().union(*(here for _, here in below))
    return sums
