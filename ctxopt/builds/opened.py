"""Builds with their contexts. Those that share a directory share the walk of it."""

import os
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from ctxopt.builds.build import Build
from ctxopt.core.build_context import BuildContext
from ctxopt.core.context.disk import Progress
from ctxopt.core.context.tree import Tree
from ctxopt.core.context.walk import LeftOut, walk
from ctxopt.core.dockerignore.patterns import PatternSet
from ctxopt.errors import CtxoptError


@dataclass(frozen=True, slots=True)
class Opened:
    """A build, and its context, or why it cannot be planned."""

    build: Build
    context: BuildContext | CtxoptError

    @property
    def usable(self) -> BuildContext:
        """The context. Raises CtxoptError where there is none."""
        if isinstance(self.context, CtxoptError):
            raise self.context
        return self.context


def record(root: str, progress: Progress | None = None) -> Tree:
    """A directory walked with no patterns, so that any number of builds can decide about it. Raises ContextError."""
    nothing = PatternSet(())
    return walk(root, nothing, nothing, progress=progress)


def open_builds(
    builds: Sequence[Build], left_out: LeftOut = LeftOut.SKIP, progress: Progress | None = None
) -> Iterator[Opened]:
    """Open builds one after the other; a directory is walked once, and forgotten after its last build."""
    waiting = Counter(os.path.realpath(build.context) for build in builds)
    recorded: dict[str, Tree] = {}
    for build in builds:
        root = os.path.realpath(build.context)
        waiting[root] -= 1
        try:
            if waiting[root] and root not in recorded:
                recorded[root] = record(root, progress)
            yield Opened(build, _open(build, root, left_out, progress, recorded.get(root)))
        except CtxoptError as error:
            yield Opened(build, error)
        if not waiting[root]:
            recorded.pop(root, None)


def _open(build: Build, root: str, left_out: LeftOut, progress: Progress | None, recorded: Tree | None) -> BuildContext:
    opened = BuildContext(
        root,
        build.dockerfile,
        build.target,
        dict(build.build_args),
        build.platform,
        inline=build.inline,
        left_out=left_out,
        progress=progress,
        recorded=recorded,
    )
    opened.tree  # noqa: B018 - walked here, while progress is shown
    return opened
