"""Builds with their contexts. Those that share a directory share the walk of it."""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING

from ctxopt.builds.build import Build
from ctxopt.core.build_context import BuildContext
from ctxopt.core.context.disk import Progress
from ctxopt.core.context.locate import context_root
from ctxopt.core.context.tree import Tree
from ctxopt.core.context.walk import IgnoredPolicy, walk
from ctxopt.core.dockerignore.patterns import PatternSet
from ctxopt.core.lazy_dataclass import dataclass
from ctxopt.errors import CtxoptError

if TYPE_CHECKING:
    from ctxopt.git.revision import Revision


@dataclass(frozen=True, slots=True)
class Opened:
    """A build together with its context, or with the error that prevents it from being planned."""

    build: Build
    context: BuildContext | CtxoptError

    @property
    def usable(self) -> BuildContext:
        """The context. Raises CtxoptError where there is none."""
        if isinstance(self.context, CtxoptError):
            raise self.context
        return self.context


def open_build(
    build: Build,
    ignored: IgnoredPolicy = IgnoredPolicy.SKIP,
    progress: Progress | None = None,
    unfiltered: Tree | None = None,
    *,
    outlined: bool = False,
    walked: Callable[[str], Tree | None] | None = None,
) -> BuildContext:
    """The context of a build, planned but not walked. `unfiltered` is a tree that is used instead of a walk.

    `walked` gives those of its named contexts. With `outlined` it is planned from what the text names. Raises
    CtxoptError.
    """
    return BuildContext(
        build.context,
        build.dockerfile,
        build.target,
        dict(build.build_args),
        build.platform,
        inline=build.inline,
        ignored=ignored,
        progress=progress,
        unfiltered=unfiltered,
        ignore_file=build.ignore_file,
        contexts=build.contexts,
        dialect=build.dialect,
        unknown_args=build.unknown_args,
        outlined=outlined,
        walked=walked,
    )


def open_over(build: Build, root: str, tree: Tree) -> BuildContext:
    """The context of a build over the tree of one directory, walked with no patterns, which it gets or knows by a name.

    `root` has no links. Raises CtxoptError.
    """

    def over(directory: str) -> Tree | None:
        return tree if directory == root else None

    return open_build(build, unfiltered=over(context_root(build.context)), walked=over)


def open_build_at(build: Build, revision: "Revision") -> BuildContext:
    """The context of a build as it is at a revision. Raises CtxoptError."""
    from ctxopt.git.revision import open_at_revision

    return open_at_revision(
        revision,
        build.dockerfile,
        build.target,
        dict(build.build_args),
        build.platform,
        inline=build.inline,
        ignore_file=build.ignore_file,
        contexts=build.contexts,
        dialect=build.dialect,
        unknown_args=build.unknown_args,
    )


def walk_unfiltered(root: str, progress: Progress | None = None) -> Tree:
    """A directory walked with no patterns, so that any number of builds can decide about it. Raises ContextError."""
    no_patterns = PatternSet(())
    return walk(root, no_patterns, no_patterns, progress=progress)


def open_builds(
    builds: Sequence[Build],
    ignored: IgnoredPolicy = IgnoredPolicy.SKIP,
    progress: Progress | None = None,
    *,
    unfiltered_too: bool = False,
) -> Iterator[Opened]:
    """The builds with walked contexts, in order; a directory is walked once, and forgotten after its last build.

    With `unfiltered_too`, each context also has the `unfiltered` tree, for what is to be decided about it later.
    """
    waiting = Counter(build.context for build in builds)
    unfiltered: dict[str, Tree] = {}
    for build in builds:
        root = build.context
        waiting[root] -= 1
        try:
            if (waiting[root] or unfiltered_too) and root not in unfiltered:
                unfiltered[root] = walk_unfiltered(root, progress)
            context = open_build(build, ignored, progress, unfiltered.get(root))
            # Here, while progress is shown.
            context.walk()
            yield Opened(build, context)
        except CtxoptError as error:
            yield Opened(build, error)
        if not waiting[root]:
            unfiltered.pop(root, None)
