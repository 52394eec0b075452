"""The context as both builders see it with another text in the ignore file."""

from itertools import compress

from ctxopt.core.build_context import BuildContext
from ctxopt.core.context.tree import Directory, Tree, View
from ctxopt.core.dockerignore.patterns import PatternSet
from ctxopt.core.dockerignore.reader import read_lines
from ctxopt.core.dockerignore.spec import DockerIgnore
from ctxopt.core.usage.masks import either, less
from ctxopt.proposal.cover import left_files
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
        trees: dict[tuple[object, object], Tree] = {}
        for context in task.after(data):
            key = (context.patterns(View.BUILDKIT).sources, _classic_sources(context))
            if key not in trees:
                trees[key] = context.tree
        #: For each distinct tree the flags of all entries, and the views of the builders it is sent to.
        self._flags = [
            (
                self._tree.flags_in(tree),
                _ONLY[View.BUILDKIT | (View.CLASSIC if task.classic and View.CLASSIC not in tree.refusals else 0)],
            )
            for tree in trees.values()
        ]

    def lost(self, keep: KeepMap) -> list[str]:
        """The paths, parents first, that a builder sends today, that have to stay, and that it would not send."""
        required = keep.all.translate(_REQUIRED)
        missing = [less(required, flags) for flags, _ in self._flags]
        directories = dict.fromkeys(directory for row in missing for directory, _ in self._tree.selected(row))
        lost: dict[str, None] = {}
        for directory in sorted(directories, key=lambda one: self._tree.start(one.path)):
            start = self._tree.start(directory.path)
            for row in missing:
                inside = row[start : start + len(directory.names)]
                lost |= dict.fromkeys(map(directory.child_path, compress(directory.names, inside)))
        return list(lost)

    def left(self, keep: KeepMap) -> list[tuple[Directory, bytearray]]:
        """For each directory with any, the files that a builder would send and that nothing needs, as 1."""
        sent = bytes(len(keep.all))
        for flags, in_views in self._flags:
            sent = either(sent, flags.translate(in_views))
        left = left_files(sent, keep)
        found: dict[str, tuple[Directory, bytearray]] = {}
        for directory, index in self._tree.selected(left):
            row = found.setdefault(directory.path, (directory, bytearray(len(directory.names))))[1]
            row[index] = 1
        return list(found.values())

    def deciding(self, path: str) -> list[str]:
        """The patterns that exclude a path, for either builder."""
        ignore = DockerIgnore(PatternSet(read_lines(self._data, self._task.name), self._task.name))
        touches = [touch for classic in (False, True) for touch in ignore.explain(path, classic=classic).touches]
        return list(dict.fromkeys(touch.pattern.cleaned for touch in touches if not touch.pattern.exception))


def _classic_sources(context: BuildContext) -> object:
    return context.patterns(View.CLASSIC).sources if context.located.classic_refusal is None else None
