"""Whether an instruction would read a path, judged by the names alone: for files that do not exist yet."""

from ctxopt.core.dockerfile.model import ContextRead
from ctxopt.core.dockerignore.patterns import Carried, PatternSet
from ctxopt.core.golang import match as gomatch
from ctxopt.core.golang import paths
from ctxopt.errors import PatternError


def would_read(read: ContextRead, path: str) -> bool:
    """Whether a file at this path, if it were in the context, would be read. Links are not considered.

    An instruction with a pattern that BuildKit refuses reads nothing.
    """
    try:
        return bool(read.unresolved) or any(_source_reads(read, source, path) for source in read.sources)
    except (PatternError, gomatch.BadPattern):
        return False


def _source_reads(read: ContextRead, source: str, path: str) -> bool:
    include = None
    if read.parents:
        pivot, mark, pattern = source.partition("/./")
        source, pattern = (pivot, pattern) if mark else ("/", source)
        include = PatternSet((paths.join("/", pattern)[1:],))
    parts = [part for part in paths.join("/", source).split("/") if part]
    names = path.split("/")
    if len(parts) > len(names):
        return False
    for part, name in zip(parts, names, strict=False):
        if not (gomatch.match(part, name) if gomatch.has_wildcards(part) else part == name):
            return False
    inside = names[len(parts) :]
    if not inside:
        return include is None
    return _passes(include, inside, True) and not _passes(PatternSet(read.excludes), inside, False)


def _passes(patterns: PatternSet | None, names: list[str], otherwise: bool) -> bool:
    if patterns is None:
        return otherwise
    matched, carried = False, None
    for depth in range(1, len(names) + 1):
        handed: Carried | None = carried
        matched, carried = patterns.decide("/".join(names[:depth]), handed)
    return matched
