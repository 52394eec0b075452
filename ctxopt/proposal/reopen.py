"""What to except from a directory that is closed: the sources of the instructions, written as patterns."""

from collections.abc import Iterable, Iterator

from ctxopt.core.context.tree import EntryKind, Tree
from ctxopt.core.dockerfile.model import ContextRead
from ctxopt.core.dockerignore import quote
from ctxopt.core.golang import match as gomatch
from ctxopt.core.usage.by_name import intersect, source_parts


def exceptions(reads: Iterable[ContextRead], tree: Tree, closed: str) -> list[str]:
    """The patterns, without the `!`, that open again what the instructions read below a closed directory.

    Sources that lead through a link are left out: what they read has another path. An exception for a
    directory opens all that is below it, so what lies in one needs none of its own.
    """
    found = {
        pattern: parts
        for read in reads
        for source in read.sources
        for pattern, parts in _exception(read, source, tree, closed)
    }
    plain = {pattern for pattern in found if not gomatch.has_wildcards(pattern)}
    return sorted(pattern for pattern in found if plain.isdisjoint(_parents(pattern)))


def may_close(reads: Iterable[ContextRead], directory: str) -> bool:
    """Whether all that could be read in a directory is named below it, so that it can be excepted."""
    parts = tuple(quote.escaped(part) for part in directory.split("/"))
    for read in reads:
        if read.unresolved:
            return False
        for source in read.sources:
            above = source_parts(read, source)[: len(parts)]
            deep = any("**" in part for part in above)
            touching = deep or all(map(intersect, above, parts))
            below = source_parts(read, source)[len(parts) :]
            # The classic builder looks into no directory for an exception that does not name it.
            if touching and (deep or not below or any(map(gomatch.has_wildcards, below[:-1]))):
                return False
    return True


def _exception(read: ContextRead, source: str, tree: Tree, closed: str) -> Iterator[tuple[str, tuple[str, ...]]]:
    parts = source_parts(read, source)
    inside = tuple(quote.escaped(part) for part in closed.split("/")) if closed else ()
    if len(parts) <= len(inside) or not all(map(intersect, parts, inside)):
        return
    if _through_link(tree, parts):
        return
    # What a wildcard stands for here is known: only this directory is to be opened.
    parts = inside + parts[len(inside) :]
    if any(gomatch.has_wildcards(part) for part in parts):
        yield "/".join(_pieces(parts, read.parents)), parts
    else:
        yield quote.literal("/".join(map(_literal, parts))), parts


def _pieces(parts: tuple[str, ...], parents: bool) -> Iterator[str]:
    """The parts of a source as those of a pattern. With `--parents` two stars reach any depth."""
    for part in parts:
        if part == "**" and parents:
            yield part
        elif "**" in part and parents:
            # All that starts alike is opened, since what else must match may lie further down.
            start = part[: part.index("**")]
            yield quote.glob((start + "*" if _is_escaping(start) else start) + "*")
            return
        else:
            yield quote.glob(part)


def _is_escaping(text: str) -> bool:
    """Whether the last backslash of a text takes the next character as it is."""
    return (len(text) - len(text.rstrip("\\"))) % 2 == 1


def _literal(part: str) -> str:
    """A part without wildcards, whose backslashes only take the next character as it is."""
    plain, at = [], 0
    while at < len(part):
        at += part[at] == "\\"
        plain.append(part[at : at + 1])
        at += 1
    return "".join(plain)


def _through_link(tree: Tree, parts: tuple[str, ...]) -> bool:
    directory = tree.root
    for part in parts:
        name = _literal(part)
        place = directory.find(name)
        if place >= 0 and directory.kinds[place] == EntryKind.SYMLINK:
            return True
        inside = directory.subdirectories.get(name)
        if inside is None:
            return False
        directory = inside
    return False


def _parents(pattern: str) -> Iterator[str]:
    cut = pattern.rfind("/")
    while cut > 0:
        yield pattern[:cut]
        cut = pattern.rfind("/", 0, cut)
