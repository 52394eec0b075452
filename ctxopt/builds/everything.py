"""All builds that can be found below a directory: declared in Compose and bake files, and Dockerfiles by themselves."""

import os
from collections.abc import Callable, Iterator, Sequence

from ctxopt.builds.build import Build, Declared
from ctxopt.builds.declared import declares_builds, read_declared, top_of
from ctxopt.builds.dockerfiles import looks_like_dockerfile
from ctxopt.builds.sources import missing_source
from ctxopt.core.build_context import BuildContext
from ctxopt.core.context.tree import Directory, Tree
from ctxopt.errors import CtxoptError

#: Told the name of a directory and those beside it: whether it need not be searched.
Skips = Callable[[str, Sequence[str]], bool]


def searched(tree: Tree, skips: Skips) -> Iterator[Directory]:
    """The directories in which builds may be declared, parents first."""
    stack = [tree.root]
    while stack:
        directory = stack.pop()
        yield directory
        stack += reversed(
            [child for name, child in directory.subdirectories.items() if not skips(name, directory.names)]
        )


def all_builds(root: str, tree: Tree, skips: Skips, known: Sequence[Build] = ()) -> Declared:
    """The builds below `root`, which is walked as `tree` with no patterns, and notes about what is not among them.

    A Dockerfile that neither `known` nor a file that declares builds speaks of is built from its own
    directory, or from `root` if what it reads is only there.
    """
    builds: list[Build] = []
    notes: list[str] = []
    directories = list(searched(tree, skips))
    top = top_of(root)
    for directory in directories:
        for name in filter(declares_builds, directory.names):
            shown = directory.child_path(name)
            try:
                declared = read_declared(os.path.join(root, shown), shown, top)
            except CtxoptError as error:
                notes.append(f"not looked at: {error.text}")
                continue
            builds += declared.builds
            notes += declared.notes
    spoken_of = {_dockerfile(build) for build in (*known, *builds) if build.inline is None}
    for directory in directories:
        for name in filter(looks_like_dockerfile, directory.names):
            shown = directory.child_path(name)
            path = os.path.join(root, shown)
            if os.path.isfile(path) and os.path.realpath(path) not in spoken_of:
                try:
                    builds.append(_by_itself(root, tree, directory, shown, path))
                except CtxoptError as error:
                    notes.append(f"not looked at: {error.text}")
    return Declared(tuple(_distinct(builds)), tuple(dict.fromkeys(notes)))


def _dockerfile(build: Build) -> str:
    return os.path.realpath(build.dockerfile or os.path.join(build.context, "Dockerfile"))


def _by_itself(root: str, tree: Tree, directory: Directory, shown: str, path: str) -> Build:
    """The build of a Dockerfile that nothing speaks of. Raises CtxoptError if it cannot be told."""
    reads = BuildContext(root, path, recorded=tree).plan.reads
    here = missing_source(directory, reads)
    if here is None:
        return Build(shown, os.path.join(root, directory.path) if directory.path else root, path)
    if missing_source(tree.root, reads) is None:
        return Build(shown, root, path)
    raise CtxoptError(
        f"{here[1]} is not there", file=shown, line=here[0], hint="declare the build, so that its context is known"
    )


def _distinct(builds: list[Build]) -> Iterator[Build]:
    """The first of builds that differ in nothing but where they are declared."""
    seen = set()
    for build in builds:
        key = (
            build.context,
            build.inline or _dockerfile(build),
            build.target,
            frozenset(build.build_args),
            build.platform,
        )
        if key not in seen:
            seen.add(key)
            yield build
