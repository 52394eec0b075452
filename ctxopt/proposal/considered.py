"""Which builds a context serves: the ones that were named, and all that can be found.

An ignore file is shared, so a pattern must harm none of them. What is declared in Compose and bake files
counts where its context is this directory. A Dockerfile that merely lies in the tree counts where what
it reads is there; built from its own directory, it has nothing to do with this context.
"""

import os
from collections.abc import Iterator
from dataclasses import dataclass, replace

from ctxopt.builds.build import Build
from ctxopt.builds.declared import declares_builds, read_declared, top_of
from ctxopt.builds.dockerfiles import looks_like_dockerfile
from ctxopt.builds.everything import Skips, searched
from ctxopt.builds.reading import relative_to
from ctxopt.builds.sources import missing_source
from ctxopt.core.build_context import BuildContext
from ctxopt.core.context.tree import Directory, Tree
from ctxopt.errors import CtxoptError
from ctxopt.proposal.model import ConsideredBuild

#: With more builds than this, nobody could look at the result; each takes its time.
_MOST_BUILDS = 200
#: As many stages that no default target needs are looked at in one Dockerfile.
_MOST_STAGES = 50


@dataclass(frozen=True, slots=True)
class Request:
    """What was asked for: Dockerfiles (absolute paths), targets, build arguments and the platform.

    With `only`, no other builds are looked for.
    """

    dockerfiles: tuple[str, ...] = ()
    targets: tuple[str, ...] = ()
    build_args: tuple[tuple[str, str], ...] = ()
    platform: str | None = None
    only: bool = False


@dataclass(frozen=True, slots=True)
class Found:
    """One build that counts. `owned` says that its Dockerfile could have an ignore file of its own."""

    build: Build
    context: BuildContext
    owned: bool
    note: str = ""


@dataclass(frozen=True, slots=True)
class Considered:
    """All builds that were looked at: those that count, and those that do not, with the reason."""

    found: tuple[Found, ...]
    passed_over: tuple[ConsideredBuild, ...]
    notes: tuple[str, ...]


def consider(root: str, tree: Tree, request: Request, skips: Skips) -> Considered:
    """Find the builds on a context. `skips` tells in which directories nobody keeps builds.

    Raises CtxoptError for a build that was asked for and cannot be planned, or if there is none.
    """
    return _Search(root, tree, request, skips).run()


class _Search:
    def __init__(self, root: str, tree: Tree, request: Request, skips: Skips) -> None:
        self.root = root
        self.tree = tree
        self.request = request
        self.skips = skips
        self.found: list[Found] = []
        self.passed_over: list[ConsideredBuild] = []
        self.notes: list[str] = []
        self.seen: set[tuple[object, ...]] = set()
        self.top = top_of(root)

    def run(self) -> Considered:
        default = self._asked_for()
        if not self.request.only:
            elsewhere = self._declared()
            self._lying_about(elsewhere)
            for one in list(self.found):
                self._other_stages(one)
        if not self.found:
            if default is not None:
                raise default
            raise CtxoptError("there is no build with this context", file=self.root, hint="name its Dockerfile with -f")
        return Considered(tuple(self.found), tuple(self.passed_over), tuple(dict.fromkeys(self.notes)))

    def _asked_for(self) -> CtxoptError | None:
        """The builds that were named, or the default one; returns why there is no default one."""
        for dockerfile in self.request.dockerfiles or (None,):
            for target in self.request.targets or (None,):
                build = Build(
                    f"{self._shown(dockerfile)}{f', target {target}' if target else ''}" if dockerfile else "",
                    self.root,
                    dockerfile,
                    target=target,
                    build_args=self.request.build_args,
                    platform=self.request.platform,
                )
                try:
                    context = self._open(build)
                except CtxoptError as error:
                    if dockerfile is not None or self._default_exists():
                        raise
                    return error
                self._add(build, context)
        return None

    def _default_exists(self) -> bool:
        return any(
            os.path.lexists(os.path.join(self.root, name)) for name in ("Dockerfile", "dockerfile", "Containerfile")
        )

    def _open(self, build: Build) -> BuildContext:
        return BuildContext(
            self.root,
            build.dockerfile,
            build.target,
            dict(build.build_args),
            build.platform,
            recorded=self.tree,
            inline=build.inline,
        )

    def _add(self, build: Build, context: BuildContext, *, note: str = "", owned: bool = True) -> None:
        located = context.located
        key = (located.dockerfile.name, build.inline, build.target, build.build_args, build.platform)
        if key in self.seen:
            return
        self.seen.add(key)
        if len(self.found) == _MOST_BUILDS:
            raise CtxoptError(
                f"more than {_MOST_BUILDS} builds have this context",
                file=self.root,
                hint="name some with -f and --only",
            )
        if not build.origin:
            build = Build(
                located.dockerfile.name + (f", target {build.target}" if build.target else ""),
                build.context,
                os.path.join(self.root, located.dockerfile.name),
                None,
                build.target,
                build.build_args,
                build.platform,
            )
        self.found.append(Found(build, context, owned and build.inline is None, note))

    def _other_stages(self, found: Found) -> None:
        """Add what the stages that the default target does not need read.

        They are built when somebody names them, and the classic builder builds all that stand before the
        target, whether it needs them or not.
        """
        build, plan = found.build, found.context.plan
        if build.target is not None:
            return
        waiting = [stage for stage in plan.stages if not stage.needed]
        for _ in range(_MOST_STAGES):
            if not waiting:
                return
            # The last one is needed by none that follows it.
            stage = waiting.pop()
            other = replace(build, origin=f"{build.origin}, target {stage.label}", target=stage.name)
            if not stage.name:
                self._pass_over(other.origin, plan.file, f"the stage in line {stage.line} has no name to build it by")
                continue
            try:
                context = self._open(other)
            except CtxoptError as error:
                self._pass_over(other.origin, plan.file, error.text, stage.name)
                continue
            needed = {one.number for one in context.plan.stages if one.needed}
            waiting = [one for one in waiting if one.number not in needed]
            if context.plan.reads:
                note = "no part of the default build, but counted; --only leaves it out"
                self._add(other, context, note=note, owned=found.owned)

    def _pass_over(self, origin: str, dockerfile: str, note: str, target: str | None = None) -> None:
        self.passed_over.append(ConsideredBuild(origin, dockerfile, target, "", False, note))

    # -- Compose and bake files -----------------------------------------------------------------

    def _declared(self) -> dict[str, str]:
        """Add what Compose and bake files declare; returns Dockerfiles that they build elsewhere, and where."""
        elsewhere: dict[str, str] = {}
        for path in self._declaring_files():
            shown = self._shown(path)
            try:
                declared = read_declared(path, shown, self.top)
            except CtxoptError as error:
                self.notes.append(f"not counted: {error.text}")
                continue
            self.notes += declared.notes
            for build in declared.builds:
                if build.context != self.root:
                    if build.dockerfile is not None or build.inline is None:
                        dockerfile = build.dockerfile or os.path.join(build.context, "Dockerfile")
                        elsewhere[os.path.realpath(dockerfile)] = build.origin
                    continue
                try:
                    context = self._open(build)
                except CtxoptError as error:
                    self._pass_over(build.origin, self._shown(build.dockerfile), error.text, build.target)
                    continue
                self._add(build, context)
        return elsewhere

    def _declaring_files(self) -> Iterator[str]:
        for directory in searched(self.tree, self.skips):
            for name in filter(declares_builds, directory.names):
                yield os.path.join(self.root, directory.child_path(name))
        above = self.root
        while above != self.top:
            above = os.path.dirname(above)
            try:
                names = sorted(os.listdir(above))
            except OSError:
                return
            for name in filter(declares_builds, names):
                yield os.path.join(above, name)

    # -- Dockerfiles in the tree ----------------------------------------------------------------

    def _lying_about(self, elsewhere: dict[str, str]) -> None:
        counted = {os.path.realpath(found.build.dockerfile) for found in self.found if found.build.dockerfile}
        for directory in searched(self.tree, self.skips):
            for name in directory.names:
                path = os.path.join(self.root, directory.child_path(name))
                if looks_like_dockerfile(name) and os.path.isfile(path) and os.path.realpath(path) not in counted:
                    self._lies(directory, name, path, elsewhere)

    def _lies(self, directory: Directory, name: str, path: str, elsewhere: dict[str, str]) -> None:
        shown = directory.child_path(name)
        build = Build(shown, self.root, path, build_args=self.request.build_args, platform=self.request.platform)
        if os.path.realpath(path) in elsewhere:
            self._pass_over(shown, shown, f"{elsewhere[os.path.realpath(path)]} builds it with another context")
            return
        try:
            context = self._open(build)
        except CtxoptError as error:
            self._pass_over(shown, shown, error.text)
            return
        reads = context.plan.reads
        here = missing_source(self.tree.root, reads)
        if not directory.path:
            self._add(build, context)
            return
        own = missing_source(directory, reads)
        if reads and own is None and (here is not None or directory.find(".dockerignore") >= 0):
            self._pass_over(shown, shown, f"it is built from {directory.path}, where all that it reads is")
        elif here is not None:
            self._pass_over(shown, shown, f"line {here[0]} reads {here[1]}, which is not in this context")
        elif reads and own is None:
            note = f"all that it reads is in {directory.path} as well: if it is built there, leave it out with --only"
            self._add(build, context, note=note, owned=False)
        else:
            self._add(build, context)

    def _shown(self, path: str | None) -> str:
        if path is None:
            return "Dockerfile"
        relative = relative_to(self.root, path)
        return path if relative.startswith("../..") else relative
