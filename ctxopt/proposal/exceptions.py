"""Exceptions for a directory that is excluded: the sources of the instructions, written as patterns."""

from collections.abc import Iterable, Iterator

from ctxopt.core.context.tree import EntryKind, Tree
from ctxopt.core.dockerfile.model import ContextRead
from ctxopt.core.dockerignore import quote
from ctxopt.core.golang import match as gomatch
from ctxopt.core.usage.by_name import intersect, source_parts


def exceptions(reads: Iterable[ContextRead], tree: Tree, closed: str) -> list[str]:
    """The exceptions, without the `!`, for what the instructions read below an excluded directory.

    Sources through a link have none: what they read has another path. An exception for a directory applies to
    everything below it, so what is in one needs none of its own.
    """
    patterns = {
        pattern for read in reads for source in read.sources for pattern in _exception(read, source, tree, closed)
    }
    plain = {pattern for pattern in patterns if not gomatch.has_wildcards(pattern)}
    return sorted(pattern for pattern in patterns if plain.isdisjoint(_parents(pattern)))


def may_close(reads: Iterable[ContextRead], directory: str) -> bool:
    """Whether everything that could be read in a directory is named below it, so that exceptions can name it."""
    parts = tuple(quote.escaped(part) for part in directory.split("/"))
    for read in reads:
        if read.unresolved:
            return False
        for source in read.sources:
            above = source_parts(read, source)[: len(parts)]
            deep = any("**" in part for part in above)
            touching = deep or all(map(intersect, above, parts))
            below = source_parts(read, source)[len(parts) :]
            # The legacy builder enters a directory only for an exception that names it.
            if touching and (deep or not below or any(map(gomatch.has_wildcards, below[:-1]))):
                return False
    return True


def _exception(read: ContextRead, source: str, tree: Tree, closed: str) -> Iterator[str]:
    parts = source_parts(read, source)
    inside = tuple(quote.escaped(part) for part in closed.split("/")) if closed else ()
    if len(parts) <= len(inside) or not all(map(intersect, parts, inside)):
        return
    if _through_link(tree, parts):
        return
    # What a wildcard matches is known here: the exception is for this directory only.
    parts = inside + parts[len(inside) :]
    if any(gomatch.has_wildcards(part) for part in parts):
        yield "/".join(_pieces(parts, read.parents))
    else:
        yield quote.literal("/".join(map(_literal, parts)))


def _pieces(parts: tuple[str, ...], parents: bool) -> Iterator[str]:
    """The parts of a source as those of a pattern. With `--parents` two stars reach any depth."""
    for part in parts:
        if part == "**" and parents:
            yield part
        elif "**" in part and parents:
            # The exception is for everything that starts alike: the rest of the pattern may match further down.
            start = part[: part.index("**")]
            yield quote.glob((start + "*" if _is_escaping(start) else start) + "*")
            return
        else:
            yield quote.glob(part)


def _is_escaping(text: str) -> bool:
    """Whether the last backslash of a text escapes the next character."""
    return (len(text) - len(text.rstrip("\\"))) % 2 == 1


def _literal(part: str) -> str:
    """The name that a part without wildcards matches: its backslashes only escape the next character."""
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
        index = directory.find(name)
        if index >= 0 and directory.kinds[index] == EntryKind.SYMLINK:
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
