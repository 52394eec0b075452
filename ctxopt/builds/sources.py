"""Whether the sources of a Dockerfile are in a directory, judged by names: which directory is it built from?"""

from collections.abc import Callable, Iterable, Sequence
from enum import Enum
from typing import Final

from ctxopt.core.context.tree import Directory, EntryKind
from ctxopt.core.dockerfile.model import ContextRead
from ctxopt.core.golang import paths
from ctxopt.core.golang.match import matches
from ctxopt.core.lazy_re import lazy_re
from ctxopt.core.usage.by_name import source_parts

#: A word of a command that may be the name of a file.
_WORD: Final = lazy_re(r"(?<![\w./-])(?:\./)?[\w-]+\.\w+(?![\w/.-])")


class Home(Enum):
    """The directory that a Dockerfile is built from, where nothing declares that."""

    #: The directory that is searched.
    ROOT = "root"
    #: The Dockerfile's own directory.
    OWN = "own"
    #: All its sources are in both directories.
    EITHER = "either"
    #: Some source is in neither directory.
    UNKNOWN = "unknown"


def home_of(root: Directory, own: Directory, reads: Sequence[ContextRead]) -> Home:
    """The directory that a Dockerfile in `own` is built from: the root if its sources are there, else its own.

    A Dockerfile that reads nothing has no source in the root, so it is built from its own directory. Builders read
    `.dockerignore` only in the root of a context, so where the own directory has one and all sources, it is a context.
    """
    in_root = missing_source(root, reads) is None
    if own is root:
        return Home.ROOT if in_root else Home.UNKNOWN
    if not reads:
        return Home.OWN
    if missing_source(own, reads) is not None:
        return Home.ROOT if in_root else Home.UNKNOWN
    return Home.EITHER if in_root and own.find(".dockerignore") < 0 else Home.OWN


def is_project(own: Directory, root: Directory, is_manifest: Callable[[str], bool]) -> bool:
    """Whether a directory has a manifest of a name that the root lacks, so that its code is built with it."""
    return any(is_manifest(name) and root.find(name) < 0 for name in own.names)


def names_own(own: Directory, root: Directory, texts: Iterable[str]) -> bool:
    """Whether commands name files by their bare names that are beside a Dockerfile, and not in the root."""
    words = {word.removeprefix("./") for text in texts for word in _WORD.findall(text)}
    names = zip(own.names, own.kinds, strict=True)
    return any(kind == EntryKind.FILE and name in words and root.find(name) < 0 for name, kind in names)


def between(root: Directory, own: Directory, reads: Sequence[ContextRead]) -> Directory | None:
    """The closest directory above a Dockerfile's own, and below the root, that has all its sources; None for none."""
    above = own.parent
    while above is not None and above is not root:
        if missing_source(above, reads) is None:
            return above
        above = above.parent
    return None


def is_nearer(root: Directory, own: Directory, reads: Sequence[ContextRead]) -> bool:
    """Whether sources are in a Dockerfile's own directory and none in the root; a whole context is no such source."""
    sources = [(read, source) for read in reads if not read.unresolved for source in read.sources]
    named = [parts for read, source in sources if (parts := source_parts(read, source))]
    return any(_exists(own, parts) for parts in named) and not any(_exists(root, parts) for parts in named)


def reads_above(reads: Sequence[ContextRead]) -> bool:
    """Whether a source is above the context, where no builder reads."""
    sources = [paths.clean(source) for read in reads if not read.unresolved for source in read.sources]
    return any(source == ".." or source.startswith("../") for source in sources)


def missing_source(context: Directory, reads: Sequence[ContextRead]) -> tuple[int, str] | None:
    """The line and the text of the first source that is not in a context; None if all are.

    A read with a variable of unknown value may be of anything, so it is never missing.
    """
    for read in reads:
        for source in read.sources:
            if not read.unresolved and not _exists(context, source_parts(read, source)):
                return read.line, source
    return None


def _exists(context: Directory, parts: tuple[str, ...]) -> bool:
    """Whether an entry matches a source; what is behind a link is taken to exist."""
    stack = [(context, parts)]
    while stack:
        directory, left = stack.pop()
        if not left or left[0] == "**":
            return True
        for index, name in enumerate(directory.names):
            if not matches(left[0], name):
                continue
            if len(left) == 1 or directory.kinds[index] == EntryKind.SYMLINK:
                return True
            inside = directory.subdirectories.get(name)
            if inside is not None:
                stack.append((inside, left[1:]))
    return False
