"""The context as both builders see it with another text in the ignore file."""

from collections.abc import Mapping
from operator import or_

from ctxopt.core.build_context import BuildContext
from ctxopt.core.context.locate import SourceFile
from ctxopt.core.context.tree import Directory, Tree, View
from ctxopt.core.dockerignore.patterns import PatternSet
from ctxopt.core.dockerignore.reader import read_lines
from ctxopt.core.dockerignore.spec import DockerIgnore
from ctxopt.proposal.cover import left_files
from ctxopt.proposal.group import with_file
from ctxopt.proposal.keep import KeepMap, Mark
from ctxopt.proposal.task import Task

#: For the marks of an entry the views that it must be in: it stays where it is sent today.
_REQUIRED = bytes(
    ((View.BUILDKIT if marks & Mark.BUILDKIT else 0) | (View.CLASSIC if marks & Mark.CLASSIC else 0))
    if marks & Mark.KEEP
    else 0
    for marks in range(256)
)
#: Tables that leave of the flags of entries only some views.
_ONLY = {views: bytes(flags & views for flags in range(256)) for views in (View.BUILDKIT, View.BUILDKIT | View.CLASSIC)}


class Views:
    """The context as both builders see it with a text, over all builds that read the file."""

    def __init__(self, task: Task, data: bytes) -> None:
        self._task = task
        self._data = data
        self._tree = task.keep.tree
        file = SourceFile(task.name, data) if data else None
        trees: dict[tuple[object, object], Tree] = {}
        for context in task.contexts:
            changed = with_file(context, file, task.name, self._tree)
            key = (changed.patterns(View.BUILDKIT).sources, _classic_sources(changed))
            if key not in trees:
                trees[key] = changed.tree
        #: For each distinct tree its flags by the paths of directories, and the views of the builders it is sent to.
        self._rows: list[tuple[Mapping[str, bytearray], bytes]] = [
            (
                {directory.path: directory.flags for directory in tree.directories()},
                _ONLY[View.BUILDKIT | (View.CLASSIC if task.classic and View.CLASSIC not in tree.refusals else 0)],
            )
            for tree in trees.values()
        ]

    def lost(self, keep: KeepMap) -> list[str]:
        """The paths, parents first, that a builder sends today, that have to stay, and that it would not send."""
        lost: dict[str, None] = {}
        for directory in self._tree.directories():
            marks = keep.rows[directory.path]
            required = marks.translate(_REQUIRED)
            if not any(required):
                continue
            for rows, _ in self._rows:
                flags = rows.get(directory.path, b"").ljust(len(marks), b"\0")
                missing = _missing(required, flags)
                if any(missing):
                    lost |= {directory.child_path(directory.names[i]): None for i, bits in enumerate(missing) if bits}
        return list(lost)

    def left(self, keep: KeepMap) -> list[tuple[Directory, bytearray]]:
        """For each directory with any, the files that a builder would send and that nothing needs, as 1."""
        left = []
        for directory in self._tree.directories():
            joined = bytearray(len(directory.names))
            for rows, in_views in self._rows:
                flags = rows.get(directory.path)
                if flags is not None:
                    joined = bytearray(map(or_, joined, flags.translate(in_views)))
            if any(joined):
                row = left_files(directory, joined, keep)
                if any(row):
                    left.append((directory, row))
        return left

    def deciding(self, path: str) -> list[str]:
        """The patterns that exclude a path, for either builder."""
        ignore = DockerIgnore(PatternSet(read_lines(self._data, self._task.name), self._task.name))
        touches = [touch for classic in (False, True) for touch in ignore.explain(path, classic=classic).touches]
        return list(dict.fromkeys(touch.pattern.cleaned for touch in touches if not touch.pattern.exception))


def _missing(required: bytes | bytearray, flags: bytes | bytearray) -> bytes:
    """The bits that are required and not set."""
    missing = int.from_bytes(required, "little") & ~int.from_bytes(flags, "little")
    return missing.to_bytes(len(required), "little")


def _classic_sources(context: BuildContext) -> object:
    return context.patterns(View.CLASSIC).sources if context.located.classic_refusal is None else None
