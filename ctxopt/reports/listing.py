"""Entries of a context with what is known of each."""

from collections.abc import Iterable, Sequence

from ctxopt.core.build_context import BuildContext
from ctxopt.core.context.tree import EntryKind, Totals, View
from ctxopt.core.lazy_dataclass import dataclass
from ctxopt.core.usage.readers import BUILDER
from ctxopt.reports.uses import Use, Uses


@dataclass(frozen=True, slots=True)
class Row:
    """One entry: its EntryKind, logical bytes (None for directories) and the lines of the instructions that read it.

    `by_builder` marks the Dockerfile and the ignore file, which the builder itself reads; `ignored` is what no builder
    is sent. A directory that stands for what is in it has the bytes and the number of these `files`, of which no
    instruction reads `unused`. `use` is what becomes of a file, None where that was not asked for.
    """

    path: str
    size: int | None
    lines: tuple[int, ...] = ()
    by_builder: bool = False
    kind: int = EntryKind.FILE
    ignored: bool = False
    files: int = 1
    unused: int = 0
    context: str = ""
    use: Use | None = None


@dataclass(frozen=True, slots=True)
class Branch:
    """One entry in a tree: its name and how deep it lies, and for each parent and itself whether it is the last there.

    `totals` are the files and logical bytes in it; `use` is what becomes of it, for a directory of all that is in it,
    None where that is not the same or there is nothing. `row` is None for a directory that is only on the way. With
    `more` it is the rest of a directory: so many entries that are not shown.
    """

    name: str
    lasts: tuple[bool, ...]
    directory: bool
    totals: Totals
    use: Use | None
    row: Row | None
    more: int = 0


@dataclass(frozen=True, slots=True)
class Limits:
    """How many levels of directories to show, and how many entries; None for all."""

    depth: int | None = None
    top: int | None = None


_NO_LIMITS = Limits()


def rows(context: BuildContext, entries: Iterable[str], uses: Uses | None = None) -> list[Row]:
    """What is known of each of the entries, which are paths as BuildContext lists them; their use only with `uses`."""
    results = context.usage.results
    found = []
    for entry in entries:
        node = context.locate(entry.rstrip("/"))
        if node is None or node[0].kinds[node[1]] == EntryKind.DIRECTORY:
            found.append(Row(entry, None, kind=EntryKind.DIRECTORY))
            continue
        directory, index = node
        readers = context.usage.readers(*node)
        read_at = tuple(sorted({results[number].read.line for number in readers if number >= 0}))
        found.append(
            Row(
                entry,
                directory.sizes[index],
                read_at,
                BUILDER in readers,
                directory.kinds[index],
                not directory.flags[index] & (View.BUILDKIT | View.CLASSIC),
                unused=int(BUILDER not in readers and not read_at),
                use=None if uses is None else uses.of_entry(*node),
            )
        )
    return found


def limited(rows: Sequence[Row], limits: Limits) -> list[Row]:
    """The rows within limits: deeper ones summed in their directories, and of all files the largest ones first."""
    shown = list(rows) if limits.depth is None else _cut(rows, limits.depth)
    if limits.top is None:
        return shown
    return _largest_first(row for row in shown if row.size is not None)[: limits.top]


def totals(rows: Iterable[Row]) -> Totals:
    """The number of files and the logical bytes of all rows."""
    files = [row for row in rows if row.size is not None]
    return Totals(sum(row.files for row in files), sum(row.size or 0 for row in files))


def _cut(rows: Iterable[Row], depth: int) -> list[Row]:
    """The rows down to a depth, in the same order; a directory at that depth stands for what is in it."""
    shown: dict[str, Row] = {}
    deeper: dict[str, list[Row]] = {}
    for row in rows:
        parts = row.path.rstrip("/").split("/")
        if len(parts) <= depth:
            shown[row.path] = row
        else:
            directory = "/".join(parts[:depth]) + "/"
            shown.setdefault(directory, row)
            deeper.setdefault(directory, []).append(row)
    return [_summed(path, deeper[path]) if path in deeper else row for path, row in shown.items()]


def _summed(path: str, rows: Sequence[Row]) -> Row:
    files = [row for row in rows if row.size is not None]
    return Row(
        path,
        sum(row.size or 0 for row in files),
        tuple(sorted({line for row in files for line in row.lines})),
        any(row.by_builder for row in files),
        EntryKind.DIRECTORY,
        bool(files) and all(row.ignored for row in files),
        len(files),
        sum(row.unused for row in files),
    )


def _largest_first(rows: Iterable[Row]) -> list[Row]:
    return sorted(rows, key=lambda row: (-(row.size or 0), row.path))


def tree(rows: list[Row], secrets: Iterable[str] = (), limits: Limits = _NO_LIMITS) -> list[Branch]:
    """The entries, whose uses must be known, as a tree, the root first, and in each directory the largest first.

    `secrets` are the paths of files and directories that should not be sent; they are shown whatever the limits are.
    Within `limits`, whose `top` applies to each directory, a directory still has the totals of all that is in it.
    """
    uses = _uses(rows, frozenset(secrets))
    by_path = {row.path.rstrip("/"): row for row in rows}
    children: dict[str, list[str]] = {"": []}
    for path in by_path:
        _hang(path, children)
    sums = _sums(children, by_path, uses)
    made = []
    stack: list[tuple[tuple[str, ...], tuple[bool, ...]]] = [(("",), ())]
    while stack:
        paths, lasts = stack.pop()
        if len(paths) > 1:
            made.append(_rest([sums[path] for path in paths], lasts))
            continue
        (path,) = paths
        row = by_path.get(path)
        made.append(_branch(path.rpartition("/")[2], lasts, sums[path], row))
        if limits.depth is None or len(lasts) < limits.depth:
            shown = _shown(children.get(path, []), sums, limits.top)
        else:
            shown = _shown(children.get(path, []), sums, 0) if Use.SECRET in sums[path][1] else []
        stack += [(some, (*lasts, some is shown[-1])) for some in reversed(shown)]
    return made


#: What becomes of the files in a directory, with their totals.
_Sum = tuple[Totals, set[Use]]


def _branch(name: str, lasts: tuple[bool, ...], summed: _Sum, row: Row | None) -> Branch:
    totals, uses = summed
    return Branch(name, lasts, row is None or row.kind == EntryKind.DIRECTORY, totals, _only(uses), row)


def _rest(sums: Sequence[_Sum], lasts: tuple[bool, ...]) -> Branch:
    """The entries of a directory that are not shown one by one."""
    totals = sum((totals for totals, _ in sums), Totals())
    return Branch("", lasts, False, totals, _only(set().union(*(uses for _, uses in sums))), None, len(sums))


def _only(uses: set[Use]) -> Use | None:
    return next(iter(uses)) if len(uses) == 1 else None


def _shown(children: Iterable[str], sums: dict[str, _Sum], top: int | None) -> list[tuple[str, ...]]:
    """The children of a directory, the largest first: each by itself, and together those beyond the first `top`.

    Secrets and directories with secrets are by themselves as well.
    """
    paths = sorted(children, key=lambda path: (-sums[path][0].size, path))
    alone = len(paths) if top is None else top
    rest = tuple(path for path in paths[alone:] if Use.SECRET not in sums[path][1])
    # A rest of one takes as much space as the entry itself.
    hidden = set(rest) if len(rest) > 1 else set()
    return [*((path,) for path in paths if path not in hidden), *([rest] if hidden else [])]


def _uses(rows: list[Row], secrets: frozenset[str]) -> dict[str, Use]:
    uses = {}
    for row in rows:
        if row.size is None or row.use is None:
            continue
        if row.ignored:
            uses[row.path] = Use.IGNORED
        elif secrets and not secrets.isdisjoint(_line(row.path)):
            uses[row.path] = Use.SECRET
        elif row.use is Use.IGNORED:
            # It is sent to the legacy builder only.
            uses[row.path] = Use.BUILDER if row.by_builder else Use.UNUSED
        else:
            uses[row.path] = row.use
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


def _sums(children: dict[str, list[str]], rows: dict[str, Row], uses: dict[str, Use]) -> dict[str, _Sum]:
    """For each path the files in it, and what becomes of them; those of directories from what is in them."""
    sums: dict[str, _Sum] = {}
    for path, row in rows.items():
        if row.size is not None:
            sums[path] = Totals(1, row.size), {uses[path]}
    for path in sorted({"", *rows, *children} - sums.keys(), key=lambda path: -len(path)):
        below = [sums[child] for child in children.get(path, ())]
        sums[path] = sum((totals for totals, _ in below), Totals()), set().union(*(here for _, here in below))
    return sums
