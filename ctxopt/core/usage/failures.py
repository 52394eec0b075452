"""Why a source of an instruction could not be read, for people."""

from ctxopt.core.context.files import Files
from ctxopt.core.context.tree import Directory, EntryKind, Tree, View
from ctxopt.core.dockerfile.model import ContextRead
from ctxopt.core.golang import paths
from ctxopt.core.usage.resolve import Unresolved
from ctxopt.errors import ReadError


def read_error(tree: Tree, files: Files, failure: Unresolved, read: ContextRead, file: str) -> ReadError:
    """The error for a source that could not be resolved; `file` is the Dockerfile's name."""
    problem, hint = _outside(files, failure, read, file) or _told(tree, failure, read)
    return ReadError(problem, kind=failure.kind, source=failure.source, file=file, line=read.line, hint=hint)


def legacy_error(failure: Unresolved, read: ContextRead, file: str) -> ReadError:
    """The error with which the legacy builder fails at an instruction."""
    kind = read.kind
    pairs = zip(read.sources, read.shown_sources, strict=True)
    hidden = (shown for source, shown in pairs if shown != source and source.endswith(failure.source))
    source = next(hidden, failure.source)
    problem, hint = {
        "buildkit_only": (f"{kind} {source} needs BuildKit", "build with BuildKit, or remove the flag"),
        "nothing": (
            f'no file that is sent matches "{source}"',
            "correct the source; BuildKit goes on without it",
        ),
        "no_directory": (
            f'{kind} of several sources to "{read.shown_destination}"',
            "end the destination with a slash",
        ),
        "outside": (
            f'{kind} source "{source}" is outside of the build context',
            "name it as it is inside of the context",
        ),
        "other": (f'{kind} source "{source}" leads through too many links', "remove the symlink loop"),
    }.get(failure.kind, (f'{kind} source "{source}" is not in the build context', "the ignore file may exclude it"))
    missing = failure.kind in ("nothing", "not_found")
    return ReadError(
        f"the legacy builder fails: {problem}",
        kind="not_found" if missing else "other",
        source=source,
        file=file,
        line=read.line,
        hint=hint,
    )


def _outside(files: Files, failure: Unresolved, read: ContextRead, file: str) -> tuple[str, str] | None:
    """The same for a source that is above the context; None for others."""
    if failure.kind != "not_found" or failure.source not in read.written:
        return None
    source = paths.clean(read.sources[read.written.index(failure.source)])
    steps = source.split("/").count("..")
    if not steps or source.startswith("/"):
        return None
    there = "where it exists" if files.exists_above(source) else "and does not exist there either"
    problem = f'{read.kind} source "{failure.source}" is outside of the build context, {there}'
    if _is_hidden(failure, read):
        return problem, "build from a directory above that has it"
    context, own = "/".join([".."] * steps), files.last_parts(steps)
    inside = "/".join(source.split("/")[steps:]) or "."
    command = f"`docker build -f {file} {context}`"
    where = "the parent directory" if steps == 1 else context
    return problem, f"build from {where}: {command}, with {inside} as the source and {own}/ before the others"


def _told(tree: Tree, failure: Unresolved, read: ContextRead) -> tuple[str, str]:
    """What is wrong, and what to do about it."""
    source = failure.source
    if failure.kind == "bad_pattern":
        return f'{read.kind} has a bad pattern in "{source}"', "correct the pattern"
    if failure.kind == "other":
        return f'{read.kind} source "{source}" leads through too many links', "remove the symlink loop"
    where = "" if failure.path in ("", source.strip("/")) or _is_hidden(failure, read) else f" ({failure.path})"
    context = f"the named context {read.context}" if read.context else "the build context"
    return f'{read.kind} source "{source}"{where} is not in {context}', _why_missing(tree, failure.path)


def _is_hidden(failure: Unresolved, read: ContextRead) -> bool:
    """Whether a source has a value in it that the build is given, so that it is shown as it is written."""
    if failure.source not in read.written:
        return False
    number = read.written.index(failure.source)
    return read.shown_sources[number] != read.sources[number]


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
            return "the ignore file excludes it: add an exception for it"
        if kind == EntryKind.SYMLINK:
            return "a symbolic link in its path points to nothing that is sent"
        sent = bool(flags & View.TRANSFER)
        directory = directory.subdirectories.get(name) or Directory(directory.child_path(name))
    return (
        "the --exclude patterns exclude it" if sent else "no file in it is requested, so BuildKit does not receive it"
    )
