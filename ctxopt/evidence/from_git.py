"""What differs where a build is made from git: only tracked files are there, and no ignore file applies."""

import os
from collections.abc import Iterable, Iterator
from functools import lru_cache
from typing import TYPE_CHECKING, Final

from ctxopt.builds.build import DeclaringFile
from ctxopt.builds.declared import top_of
from ctxopt.builds.opened import walk_unfiltered
from ctxopt.builds.projects import workflow_files
from ctxopt.builds.reading import LeadsOut
from ctxopt.core.build_context import BuildContext
from ctxopt.core.context.tree import Directory, Totals, Tree, View
from ctxopt.core.dockerfile.model import ContextRead
from ctxopt.core.dockerfile.planning.variables import ANY_ARGUMENT
from ctxopt.core.golang import match as gomatch
from ctxopt.core.golang import paths
from ctxopt.core.lazy_dataclass import dataclass
from ctxopt.core.lazy_re import lazy_re
from ctxopt.errors import CtxoptError
from ctxopt.git.facts import GitFacts, git_facts

if TYPE_CHECKING:
    from ctxopt.builds.workflows.model import GitBuild

#: A variable in a source.
_VARIABLE: Final = lazy_re(r"\$\{?(\w+)")
#: Maximum number of bytes of a workflow that is read at another state.
_LARGEST: Final = 1 << 20


@dataclass(frozen=True, slots=True)
class GitStep:
    """A step of a workflow that makes a build from git; `file` is the workflow, relative to the context.

    With the input `fix` it would build from the checkout. `arguments` are the names of the build arguments that it
    gives.
    """

    file: str
    line: int
    makes_files: bool
    fix: str
    arguments: tuple[str, ...] = ()

    def gives(self, read: ContextRead) -> bool:
        """Whether it gives a variable in a source of an instruction: other files than those of the default are read."""
        names = {name for written in read.written for name in _VARIABLE.findall(written)}
        return not names.isdisjoint(self.arguments) or (bool(names) and ANY_ARGUMENT in self.arguments)


def git_steps(build: BuildContext) -> Iterator[GitStep]:
    """The steps of GitHub workflows that make this build from git, in the order of their files."""
    if build.located.inline or build.name:
        return
    top = top_of(build.root)
    for path in workflow_files(top):
        shown = os.path.relpath(path, build.root).replace(os.sep, "/")
        for one in _git_builds(path, top, _state(path)):
            if _makes(one, build, top):
                yield GitStep(shown, one.line, one.makes_files, one.fix, one.arguments)


def _makes(one: "GitBuild", build: BuildContext, top: str) -> bool:
    """Whether a workflow of the repository at `top` makes this build by a step."""
    context = os.path.relpath(build.root, top).replace(os.sep, "/")
    dockerfile = os.path.relpath(os.path.join(build.root, build.located.dockerfile.name), build.root)
    return (one.directory or ".", one.file) == (context, dockerfile.replace(os.sep, "/"))


@dataclass(frozen=True, slots=True)
class FromGit:
    """A build as the first `step` makes it from git: with what git tracks, and without the ignore file `ignore`."""

    step: GitStep
    ignore: str
    build: BuildContext


def as_from_git(build: BuildContext) -> FromGit | None:
    """The build as a workflow makes it from git; None if none does, or if its ignore file excludes nothing of that.

    Raises CtxoptError if BuildKit would not transfer the context.
    """
    file = build.ignore_file(View.BUILDKIT)
    return None if file is None or not build.plan.reads else build.once(_as_from_git)


def _as_from_git(build: BuildContext) -> FromGit | None:
    file = build.ignore_file(View.BUILDKIT)
    step = next(git_steps(build), None)
    facts = None if step is None else facts_of(build)
    if file is None or step is None or facts is None:
        return None
    own = set(build.build_files)
    if all(path in own or is_sent(build, path, View.BUILDKIT) for path in facts.tracked):
        return None
    tree = _tracked(build.unfiltered or walk_unfiltered(build.root), facts)
    return FromGit(step, file.name, build.with_ignore_file(None, file.name, tree))


def before_from_git(base: BuildContext, step: GitStep) -> BuildContext:
    """The build of an earlier state to compare one from git with: without an ignore file if that was from git too.

    Of a context that is not the whole repository this is not known, and taken to be so.
    """
    file = base.ignore_file(View.BUILDKIT)
    if file is None or base.unfiltered is None:
        return base
    top = top_of(base.root)
    was_from_git = top != base.root or _made_from_git(base, step, top)
    return base.with_ignore_file(None, file.name, base.unfiltered) if was_from_git else base


def _made_from_git(base: BuildContext, step: GitStep, top: str) -> bool:
    """Whether the workflow of a step made an earlier state of a build, the whole repository at `top`, from git."""
    from ctxopt.builds.workflows import git_builds

    text = (base.head(step.file, _LARGEST) or b"").decode("utf-8", "replace")
    try:
        builds = git_builds(DeclaringFile(os.path.join(top, step.file), step.file, text), top)
    except (CtxoptError, LeadsOut):
        return False
    return any(_makes(one, base, top) for one in builds)


def _tracked(tree: Tree, facts: GitFacts) -> Tree:
    """What git tracks of a tree, in no view yet."""
    top = Directory("")
    stack = [(tree.root, top)]
    # Without recursion: a context may be very deep.
    while stack:
        directory, made = stack.pop()
        kinds = bytearray()
        for index, name in enumerate(directory.names):
            path = directory.child_path(name)
            if not facts.tracks(path):
                continue
            made.names.append(name)
            kinds.append(directory.kinds[index])
            made.sizes.append(directory.sizes[index])
            made.flags.append(0)
            if name in directory.subdirectories:
                below = made.subdirectories[name] = Directory(path, made, len(made.names) - 1)
                stack.append((directory.subdirectories[name], below))
        made.kinds = bytes(kinds)
    return Tree(top)


def _state(path: str) -> tuple[int, int]:
    """What is different for a file that was written again."""
    try:
        found = os.stat(path)
    except (OSError, ValueError):
        return 0, 0
    return found.st_mtime_ns, found.st_size


@lru_cache(maxsize=256)
def _git_builds(path: str, top: str, _written: tuple[int, int]) -> "tuple[GitBuild, ...]":
    """The builds of a workflow that are made from git. A repository with many Dockerfiles asks for each of them."""
    # Imported here because the parser takes long to load and few repositories have workflows.
    from ctxopt.builds.workflows import git_builds

    try:
        return git_builds(DeclaringFile(path, os.path.basename(path)), top)
    except (CtxoptError, LeadsOut):
        # Said where builds are searched for.
        return ()


@dataclass(frozen=True, slots=True)
class Untracked:
    """A source of an instruction of which git tracks nothing; `exists` tells whether it is here."""

    read: ContextRead
    source: str
    exists: bool


def untracked_sources(build: BuildContext, facts: GitFacts) -> Iterator[Untracked]:
    """The sources that a build from git does not find, in the order of the build."""
    for read in build.plan.reads:
        for source in () if read.unresolved else read.sources:
            path = paths.join("/", source.replace("/./", "/", 1) if read.parents else source).strip("/")
            # With other sources beside it, a wildcard may well match nothing.
            is_optional = len(read.sources) > 1 and gomatch.has_wildcards(path)
            if path and not is_optional and not _is_tracked(path, facts):
                yield Untracked(read, path, not gomatch.has_wildcards(path) and build.exists(path))


def _is_tracked(source: str, facts: GitFacts) -> bool:
    if not gomatch.has_wildcards(source):
        parts = source.split("/")
        # What is behind a tracked link is not known.
        return facts.tracks(source) or any("/".join(parts[:end]) in facts.tracked for end in range(1, len(parts)))
    try:
        # Two stars and the like reach what is not looked at here.
        return "**" in source or any(
            gomatch.match(source, path) for some in (facts.tracked, facts.tracked_directories) for path in some
        )
    except gomatch.BadPattern:
        return True


def tracked_and_ignored(build: BuildContext, facts: GitFacts) -> list[str]:
    """The sorted files that git tracks, the ignore file excludes, and an instruction would copy."""
    if build.ignore_file(View.BUILDKIT) is None:
        return []
    reads = [read for read in build.plan.reads if read.kind in ("COPY", "ADD") and not read.excludes]
    sources = {paths.join("/", source).strip("/") for read in reads for source in read.sources}
    own = set(build.build_files)
    return sorted(
        path for path in facts.tracked - own if _is_below(path, sources) and not is_sent(build, path, View.BUILDKIT)
    )


def _is_below(path: str, sources: set[str]) -> bool:
    parts = path.split("/")
    return not sources.isdisjoint("/".join(parts[:end]) for end in range(len(parts) + 1)) or "*" in sources


def is_sent(build: BuildContext, path: str, view: int) -> bool:
    """Whether an entry is in a view; what is behind a link is not."""
    found = build.tree.find(path)
    return found is not None and bool(found[0].flags[found[1]] & view)


def size_of(build: BuildContext, files: Iterable[str]) -> Totals:
    """The number of some files of the context and their bytes, those that are not there left out."""
    sizes = []
    for path in files:
        try:
            sizes.append(os.lstat(os.path.join(build.root, path)).st_size)
        except (OSError, ValueError):
            continue
    return Totals(len(sizes), sum(sizes))


def facts_of(build: BuildContext) -> GitFacts | None:
    """What git knows of the context; None if it is in no repository, or git tracks nothing there."""
    return build.once(_facts_of)


def _facts_of(build: BuildContext) -> GitFacts | None:
    facts = git_facts(build.root)
    return facts if facts is not None and facts.tracked else None
