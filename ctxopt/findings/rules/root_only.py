"""A pattern without a slash, written as in a .gitignore: it matches in the root and nowhere below."""

from collections.abc import Iterator

from ctxopt.build_context import BuildContext
from ctxopt.context.tree import KEPT, Directory, Kind, Totals, View
from ctxopt.findings.model import Finding, IgnoreLine, Severity, ignore_lines
from ctxopt.golang import match as gomatch

RULE = "ignore-root-only"


def check(context: BuildContext) -> Iterator[Finding]:
    """Find patterns that look as if they were meant for every level, and are needed on others."""
    wanted = [line for line in ignore_lines(context) if _is_meant_for_all_levels(line)]
    if not wanted:
        return
    found: dict[int, list[tuple[Directory, int]]] = {}
    for directory in context.tree.directories():
        if directory.parent is None or not directory.names:
            continue
        for line in wanted:
            for place in _places(directory, line.pattern.cleaned):
                if directory.flags[place] & KEPT:
                    found.setdefault(line.line.number, []).append((directory, place))
    for line in wanted:
        entries = found.get(line.line.number)
        if entries:
            yield _finding(context, line, entries)


def _is_meant_for_all_levels(line: IgnoreLine) -> bool:
    """Names of junk: with a wildcard, hidden, or of a directory; a plain file name may be meant as it stands."""
    text = line.pattern.cleaned
    return not line.pattern.exception and "/" not in text and "\\" not in text and text.strip("*") != ""


def _places(directory: Directory, text: str) -> Iterator[int]:
    if not gomatch.has_wildcards(text):
        place = directory.find(text)
        if place >= 0 and (directory.kinds[place] == Kind.DIRECTORY or text.startswith(".")):
            yield place
        return
    if text.startswith("*") and not gomatch.has_wildcards(text[1:]):
        tail = text[1:]
        yield from (place for place, name in enumerate(directory.names) if name.endswith(tail))
        return
    yield from (place for place, name in enumerate(directory.names) if gomatch.match(text, name))


def _finding(context: BuildContext, line: IgnoreLine, entries: list[tuple[Directory, int]]) -> Finding:
    totals = sum((_totals(directory, place) for directory, place in entries), Totals())
    directory, place = entries[0]
    name = directory.child_path(directory.names[place])
    kept = f"{name} and {len(entries) - 1:,} more are kept" if len(entries) > 1 else f"{name} is kept"
    return Finding(
        RULE,
        Severity.WARNING,
        line.file,
        line.line.number,
        f'"{line.pattern.cleaned}" matches in the root only; {kept}',
        f"write **/{line.pattern.cleaned} to leave it out on every level",
        totals,
    )


def _totals(directory: Directory, place: int) -> Totals:
    """What is kept of an entry and below it."""
    inside = directory.subdirectories.get(directory.names[place])
    if inside is None:
        return Totals(1, directory.sizes[place])
    files = size = 0
    stack = [inside]
    while stack:
        directory = stack.pop()
        for kind, flags, count in zip(directory.kinds, directory.flags, directory.sizes, strict=True):
            if kind != Kind.DIRECTORY and flags & View.BUILDKIT:
                files += 1
                size += count
        stack.extend(directory.subdirectories.values())
    return Totals(files, size)
