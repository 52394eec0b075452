"""Whether what a Dockerfile reads is in a directory, judged by names: could that be its context?"""

from collections.abc import Sequence

from ctxopt.core.context.tree import Directory, Kind
from ctxopt.core.dockerfile.model import ContextRead
from ctxopt.core.golang.match import matches
from ctxopt.core.usage.reach import source_parts


def missing_source(top: Directory, reads: Sequence[ContextRead]) -> tuple[int, str] | None:
    """The line and the first source that is not there, were a directory the context; None if all are."""
    for read in reads:
        for source in read.sources:
            if not read.unresolved and not _exists(top, source_parts(read, source)):
                return read.line, source
    return None


def _exists(top: Directory, parts: tuple[str, ...]) -> bool:
    """Whether something matches a source; what lies behind a link is taken to be there."""
    stack = [(top, parts)]
    while stack:
        directory, left = stack.pop()
        if not left or left[0] == "**":
            return True
        for place, name in enumerate(directory.names):
            if not matches(left[0], name):
                continue
            if len(left) == 1 or directory.kinds[place] == Kind.SYMLINK:
                return True
            inside = directory.subdirectories.get(name)
            if inside is not None:
                stack.append((inside, left[1:]))
    return False
