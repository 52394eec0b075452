"""Builds with their contexts. Those that share a directory share the walk of it."""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from ctxopt.builds.build import Build
from ctxopt.builds.partial import Filled, as_written
from ctxopt.core.build_context import BuildContext
from ctxopt.core.context.disk import Progress
from ctxopt.core.context.locate import context_root
from ctxopt.core.context.tree import Tree
from ctxopt.core.context.walk import IgnoredPolicy, walk
from ctxopt.core.dockerignore.patterns import PatternSet
from ctxopt.core.lazy_dataclass import dataclass
from ctxopt.core.named_context import NamedContext
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
    CtxoptError, whose text contains no value that a declaration has from the environment.
    """

    def opened(build: Build) -> BuildContext:
        return _opened(build, ignored, progress, unfiltered, outlined, walked)

    written = _as_written(build)
    if written is None:
        return opened(build)
    try:
        return opened(build)
    except CtxoptError as error:
        refused = error
    # If the build is refused with the texts of the file as well, that error says why.
    opened(written)
    file = None if isinstance(build.dockerfile, Filled) else refused.file
    raise CtxoptError("it is refused with values of the environment, which are not shown", file=file, line=refused.line)


def _as_written(build: Build) -> Build | None:
    """A build with the texts of its file in place of values of the environment; None where it has none of them."""
    written = replace(
        build,
        dockerfile=_text(build.dockerfile),
        target=_text(build.target),
        inline=_text(build.inline),
        platform=_text(build.platform),
        build_args=tuple((name, as_written(value)) for name, value in build.build_args),
        contexts=tuple(NamedContext(one.name, as_written(one.value)) for one in build.contexts),
    )
    values = (
        *(build.dockerfile, build.target, build.inline, build.platform),
        *(value for _, value in build.build_args),
        *(one.value for one in build.contexts),
    )
    return written if any(isinstance(value, Filled) for value in values) else None


def _text(text: str | None) -> str | None:
    return None if text is None else as_written(text)


def _opened(
    build: Build,
    ignored: IgnoredPolicy,
    progress: Progress | None,
    unfiltered: Tree | None,
    outlined: bool,
    walked: Callable[[str], Tree | None] | None,
) -> BuildContext:
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
        made=build.made,
        assumed=build.assumed,
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
        made=build.made,
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

    Builds that only differ in where they are declared have the same context. With `unfiltered_too`, each context also
    has the `unfiltered` tree, for what is to be decided about it later.
    """
    waiting = Counter(build.context for build in builds)
    unfiltered: dict[str, Tree] = {}
    alike = [replace(build, origin="") for build in builds]
    left = Counter(alike)
    known: dict[Build, BuildContext] = {}
    for build, unnamed in zip(builds, alike, strict=True):
        root = build.context
        left[unnamed] -= 1
        waiting[root] -= 1
        try:
            if (waiting[root] or unfiltered_too) and root not in unfiltered:
                unfiltered[root] = walk_unfiltered(root, progress)
            context = known.pop(unnamed, None) or open_build(build, ignored, progress, unfiltered.get(root))
            # Here, while progress is shown.
            context.walk()
            if left[unnamed]:
                known[unnamed] = context
            yield Opened(build, context)
        except CtxoptError as error:
            yield Opened(build, error)
        if not waiting[root]:
            unfiltered.pop(root, None)
