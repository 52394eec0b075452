"""Why a source of an instruction could not be read, for people."""

from ctxopt.core.context.tree import Directory, EntryKind, Tree, View
from ctxopt.core.dockerfile.model import ContextRead
from ctxopt.core.usage.resolve import Unresolved
from ctxopt.errors import ReadError


def read_error(tree: Tree, failure: Unresolved, read: ContextRead, file: str) -> ReadError:
    """The error for a source that could not be resolved; `file` is the Dockerfile's name."""
    problem, hint = _told(tree, failure, read)
    return ReadError(problem, kind=failure.kind, source=failure.source, file=file, line=read.line, hint=hint)


def _told(tree: Tree, failure: Unresolved, read: ContextRead) -> tuple[str, str]:
    """What is wrong, and what to do about it."""
    source = failure.source
    if failure.kind == "bad_pattern":
        return f'{read.kind} has a bad pattern in "{source}"', "correct the pattern"
    if failure.kind == "other":
        return f'{read.kind} source "{source}" leads through too many links', "remove the circle of links"
    where = "" if failure.path in ("", source.strip("/")) else f" ({failure.path})"
    return f'{read.kind} source "{source}"{where} is not in the build context', _why_missing(tree, failure.path)


def _why_missing(tree: Tree, path: str) -> str:
    """Why a path is missing: not there, excluded by the ignore file, a link to nowhere, or not asked for."""
    directory = tree.root
    sent = True
    for name in path.split("/") if path else ():
        index = directory.find(name)
        if index < 0:
            return "there is no such file"
        flags, kind = directory.flags[index], directory.kinds[index]
        if not flags & View.BUILDKIT:
            return "the ignore file leaves it out: add an exception for it"
        if kind == EntryKind.SYMLINK:
            return "a symbolic link on the way leads to nothing that is sent"
        sent = bool(flags & View.TRANSFER)
        directory = directory.subdirectories.get(name) or Directory(directory.child_path(name))
    return "the exclude patterns leave it out" if sent else "nothing in it is asked for, so BuildKit is not sent it"
