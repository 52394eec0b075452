"""The builds of a project: the requested ones, those that are declared, and Dockerfiles that nothing declares.

What Compose and bake files and the configuration declare takes precedence. A Dockerfile that none of them names
is built from the searched directory if its sources are there, and from its own directory otherwise.
"""

import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from enum import Enum
from itertools import count

from ctxopt.builds.build import Build, Declared, Unresolved
from ctxopt.builds.build_lines import context_hint
from ctxopt.builds.declared import declares_builds, top_of
from ctxopt.builds.dockerfiles import looks_like_dockerfile
from ctxopt.builds.named_paths import copying_named
from ctxopt.builds.opened import open_build
from ctxopt.builds.platforms import further_platforms
from ctxopt.builds.projects import declared_in, workflows_of
from ctxopt.builds.reading import inside, relative_to
from ctxopt.builds.sources import Home, between, home_of, is_nearer, is_project, missing_source, names_own, reads_above
from ctxopt.core.build_context import BuildContext
from ctxopt.core.context.locate import INLINE, default_dockerfile
from ctxopt.core.context.tree import Directory, Tree
from ctxopt.core.dockerignore.pattern import Pattern
from ctxopt.core.lazy_dataclass import dataclass
from ctxopt.core.named_context import NamedContext
from ctxopt.display import plural
from ctxopt.errors import CtxoptError

#: Maximum number of builds on one context: each takes time, and nobody could review the result.
_MOST_BUILDS = 200
#: Maximum number of stages of one Dockerfile that become builds of their own.
_MOST_STAGES = 50
#: Maximum product of these and of all stages of the Dockerfile, since each takes time for all of them.
_MOST_LINKED = 50_000

#: Whether a directory is not searched, from its name and the names beside it.
Skips = Callable[[str, Sequence[str]], bool]


class Contexts(Enum):
    """Which builds count, by their contexts."""

    #: Those whose context is the searched directory: they share its ignore file. Stages that a default target does
    #: not need count as builds of their own. A build that cannot be planned, or that is built from another directory,
    #: is skipped.
    SEARCHED = "searched"
    #: All of them, each with its own context. Only a Dockerfile that cannot be parsed, or whose context is unknown,
    #: is skipped; a declared build that cannot be planned counts, so that its error is reported.
    EVERY = "every"


@dataclass(frozen=True, slots=True)
class DiscoveryPolicy:
    """Which builds count, and which directories are not searched, such as those of installed packages.

    `is_manifest` says of a name whether it is the manifest of a project, and `is_fixture` of a Dockerfile that nothing
    declares, by its path in the searched directory, whether it is data of tests that nobody builds.
    """

    contexts: Contexts
    skips: Skips
    is_manifest: Callable[[str], bool] = lambda _: False
    is_fixture: Callable[[str], bool] = lambda _: False


@dataclass(frozen=True, slots=True)
class Request:
    """What was asked for: Dockerfiles (absolute paths), targets, build arguments, the platform and named contexts.

    With `only`, no other builds are looked for. `declared` are builds that are known beforehand, such as those
    of a configuration; they take precedence over what is found. `dialect` applies to all builds but these, see `Build`.
    `inline` is the text of one more Dockerfile, which is no file.
    """

    dockerfiles: tuple[str, ...] = ()
    targets: tuple[str, ...] = ()
    build_args: tuple[tuple[str, str], ...] = ()
    platform: str | None = None
    only: bool = False
    declared: tuple[Build, ...] = ()
    contexts: tuple[NamedContext, ...] = ()
    #: Patterns of directories, by their paths in the searched one, in which no builds are looked for.
    exclude: tuple[Pattern, ...] = ()
    dialect: str | None = None
    inline: str | None = None

    @classmethod
    def for_build(cls, build: Build, declared: tuple[Build, ...] = ()) -> "Request":
        """The request for one build. A declared inline Dockerfile cannot be named: it is found where it is declared."""
        named = build.inline is None or not build.origin
        return cls(
            (build.dockerfile,) if named and build.dockerfile is not None else (),
            (build.target,) if named and build.target is not None else (),
            build.build_args,
            build.platform,
            declared=declared,
            contexts=build.contexts,
            dialect=build.dialect,
            inline=build.inline if named else None,
        )


@dataclass(frozen=True, slots=True)
class DiscoveredBuild:
    """A build that counts. Unlike `Opened`, its context is planned but not walked, and it knows how it was found.

    `own_ignore_file` says that its Dockerfile could get an ignore file of its own; `note` is for people. `other` is the
    build with its Dockerfile's directory as the context, where that has all the same sources, None elsewhere.
    """

    build: Build
    opened: BuildContext | CtxoptError
    own_ignore_file: bool = True
    note: str = ""
    other: Build | None = None

    @property
    def context(self) -> BuildContext:
        """The context. Raises CtxoptError where the build cannot be planned."""
        if isinstance(self.opened, CtxoptError):
            raise self.opened
        return self.opened


@dataclass(frozen=True, slots=True)
class SkippedBuild:
    """A build that was found and does not count, with the reason."""

    origin: str
    dockerfile: str
    target: str | None
    reason: str


@dataclass(frozen=True, slots=True)
class Discovery:
    """All builds that were found: those that count, and those that do not.

    `unresolved` are builds, and files that should declare builds, that cannot be read or resolved completely; a
    build among them is also in `skipped`, or counts with what is known. `notes` are about what was assumed. `outlined`
    are the builds among those skipped of which the text is known: their contexts read what it names.
    """

    builds: tuple[DiscoveredBuild, ...]
    skipped: tuple[SkippedBuild, ...]
    unresolved: tuple[Unresolved, ...]
    notes: tuple[str, ...]
    outlined: tuple[DiscoveredBuild, ...] = ()


def discover(root: str, tree: Tree, request: Request, policy: DiscoveryPolicy) -> Discovery:
    """The builds of a directory, which is walked as `tree` with no patterns. `root` is absolute, without links.

    Declared builds are searched for in the directory and above it, up to the top of its repository. With
    `Contexts.SEARCHED` the requested builds come first: the default Dockerfile if none is named. Raises CtxoptError
    for a requested build that cannot be planned, and if no build has this context.
    """
    return _Search(root, tree, request, policy).run()


class _Search:
    def __init__(self, root: str, tree: Tree, request: Request, policy: DiscoveryPolicy) -> None:
        self._root = root
        self._tree = tree
        self._request = request
        self._skips = policy.skips
        self._is_manifest = policy.is_manifest
        self._is_fixture = policy.is_fixture
        self._every = policy.contexts is Contexts.EVERY
        self._top = top_of(root)
        self._builds: list[DiscoveredBuild] = []
        self._skipped: list[SkippedBuild] = []
        self._unresolved: list[Unresolved] = []
        self._notes: list[str] = []
        self._outlined: dict[tuple[str, str], DiscoveredBuild] = {}
        self._identities: set[tuple[object, ...]] = set()
        #: The real paths of the Dockerfiles of builds that count.
        self._counted: set[str] = set()
        #: The origins of declared builds that do not count, by the real paths of their Dockerfiles.
        self._elsewhere: dict[str, str] = {}

    def run(self) -> Discovery:
        no_default = None if self._every else self._requested()
        if not self._request.only:
            self._declared()
            self._without_bare()
            self._undeclared()
        if not self._every:
            for found in [] if self._request.only else list(self._builds):
                self._other_stages(found)
            if not self._builds:
                raise no_default or CtxoptError(
                    "no build uses this context", file=self._root, hint="name its Dockerfile with -f"
                )
        return Discovery(
            tuple(self._builds),
            tuple(self._skipped),
            tuple(dict.fromkeys(self._unresolved)),
            tuple(dict.fromkeys(self._notes)),
            tuple(self._outlined.values()),
        )

    # -- requested builds -----------------------------------------------------------------------

    def _requested(self) -> CtxoptError | None:
        """Add the requested builds, or the default one; returns why there is no default one."""
        request = self._request
        named = [*request.dockerfiles, *([] if request.inline is None else [None])]
        for dockerfile in named or (None,):
            inline = request.inline if dockerfile is None else None
            for target in request.targets or (None,):
                shown = INLINE if inline is not None else self._shown(dockerfile) if dockerfile else ""
                build = Build(
                    shown + (f", target {target}" if target and shown else ""),
                    self._root,
                    dockerfile,
                    inline,
                    target,
                    request.build_args,
                    request.platform,
                    contexts=request.contexts,
                    dialect=request.dialect,
                )
                try:
                    opened = self._open(build)
                    self._add(build, opened)
                    self._add_named(build, opened)
                except CtxoptError as error:
                    if named or default_dockerfile(self._root, dialect=request.dialect) is not None:
                        raise
                    return error
        return None

    def _without_bare(self) -> None:
        """Skip the default build where an argument that a source needs only has a value in declared builds.

        Nobody builds such a Dockerfile as it is: what it would read without the argument says nothing of its builds.
        """
        request = self._request
        if self._every or request.dockerfiles or request.targets or request.build_args or not self._builds:
            return
        bare = self._builds[0]
        unknown = _unknown_in(bare)
        same = [one for one in self._builds[1:] if unknown and _builds_the_same(one.build, bare.build)]
        same = [one for one in same if not unknown & _unknown_in(one)]
        if same and bare.build not in request.declared:
            more = f" and {plural(len(same) - 1, 'other build')}" if len(same) > 1 else ""
            names = ", ".join(sorted(unknown))
            self._builds.remove(bare)
            verb = "set" if more else "sets"
            reason = f"{same[0].build.origin}{more} {verb} {names}, without which it is not built"
            self._skip(bare.build.origin, self._shown(dockerfile_of(bare.build)), reason)

    def _open(self, build: Build) -> BuildContext:
        return open_build(build, unfiltered=self._tree if build.context == self._root else None)

    def _attempt(self, build: Build, name: str = "") -> BuildContext | CtxoptError:
        """The context of a build, or the one that it knows by a name; or why it cannot be planned."""
        try:
            opened = self._open(build)
            return opened.named[name].with_unfiltered(self._tree) if name else opened
        except CtxoptError as error:
            return error

    def _add_named(self, build: Build, opened: BuildContext) -> None:
        """Add a build for each name by which it reads the searched directory besides its main context.

        Raises CtxoptError.
        """
        for name in filter(None, self._names_of(build)):
            seen = opened.named[name].with_unfiltered(self._tree)
            if seen.plan.reads:
                origin = f"{build.origin or self._shown(dockerfile_of(build))}, context {name}"
                self._add(replace(build, origin=origin), seen, own_ignore_file=False)

    def _add(
        self,
        build: Build,
        opened: BuildContext | CtxoptError,
        *,
        note: str = "",
        own_ignore_file: bool = True,
        other: Build | None = None,
    ) -> None:
        """Add a build, unless one is there that differs in nothing but where it is declared."""
        known_as = "" if isinstance(opened, CtxoptError) else opened.name
        key = (
            build.context,
            os.path.normpath(dockerfile_of(build)) if build.inline is None else build.inline,
            build.target,
            frozenset(build.build_args),
            build.platform,
            frozenset(build.contexts),
            frozenset(build.unknown_args),
            known_as,
        )
        if key in self._identities:
            return
        self._identities.add(key)
        if not self._every and len(self._builds) == _MOST_BUILDS:
            raise CtxoptError(
                f"more than {_MOST_BUILDS} builds have this context",
                file=self._root,
                hint="name some with -f and --only",
            )
        if not build.origin:
            name = self._shown(dockerfile_of(build))
            origin = name + (f", target {build.target}" if build.target else "")
            build = replace(build, origin=origin, dockerfile=dockerfile_of(build))
        if build.inline is None and not known_as:
            self._counted.add(os.path.realpath(dockerfile_of(build)))
        own = own_ignore_file and build.inline is None
        self._builds.append(DiscoveredBuild(build, opened, own, note, other))

    def _skip(self, origin: str, dockerfile: str, reason: str, target: str | None = None) -> None:
        self._skipped.append(SkippedBuild(origin, dockerfile, target, reason))

    def _refuse(
        self,
        build: Build,
        dockerfile: str,
        error: CtxoptError,
        *,
        target: str | None = None,
        reason: str = "",
        context: BuildContext | None = None,
    ) -> None:
        """Skip a build that cannot be resolved; `reason` replaces the text of the error among the skipped builds.

        What its text names still counts, unless it is known from its planned `context`.
        """
        if not self._every:
            self._outline(build, context)
        kept = "; what it names is kept" if any(one.build is build for one in self._outlined.values()) else ""
        self._skip(build.origin, dockerfile, (reason or error.text) + kept, target)
        self._unresolved.append(Unresolved.by_error(error, build.origin))

    def _outline(self, build: Build, context: BuildContext | None) -> None:
        """Add what a build that cannot be resolved reads of the searched directory, by its text."""
        try:
            context = context or open_build(build, outlined=True)
            for name in self._names_of(build):
                seen = context.named[name] if name else context
                key = (build.inline or os.path.realpath(dockerfile_of(build)), name)
                if seen.plan.reads:
                    self._outlined.setdefault(key, DiscoveredBuild(build, seen, own_ignore_file=False))
        except CtxoptError:
            # Without a text nothing is named.
            return

    def _keep_named(self, path: str) -> None:
        """Keep what the text of a file names that should declare builds and cannot be read."""
        text = None if self._every else copying_named(path, self._top, self._root, self._tree)
        if text is not None:
            self._outline(Build(self._shown(path), self._root, inline=text), None)

    def _names_of(self, build: Build) -> list[str]:
        """The names by which a build knows the searched directory, "" for its main context."""
        named = [
            one.name
            for one in build.contexts
            if one.directory is not None and os.path.realpath(one.directory) == self._root
        ]
        return [*([""] if build.context == self._root else []), *named]

    # -- stages ---------------------------------------------------------------------------------

    def _other_stages(self, found: DiscoveredBuild) -> None:
        """Add the stages that a default target does not need, as builds of their own.

        They are built when somebody names them, and the legacy builder builds all stages before the target,
        whether it needs them or not.
        """
        build, plan = found.build, found.context.plan
        if build.target is not None:
            return
        waiting = [stage for stage in plan.stages if not stage.needed]
        most = max(1, min(_MOST_STAGES, _MOST_LINKED // len(plan.stages)))
        for number in count():
            if not waiting:
                return
            if number == most:
                left, are = plural(len(waiting), "more stage"), "is" if most == 1 else "are"
                self._skip(
                    f"{build.origin}, {left}", plan.file, f"at most {plural(most, 'other stage')} {are} looked at"
                )
                return
            # No stage after the last one needs it.
            stage = waiting.pop()
            other = replace(build, origin=f"{build.origin}, target {stage.label}", target=stage.name)
            if not stage.name:
                # The legacy builder builds it before others, which counts where its ignore file is proposed.
                self._skip(other.origin, plan.file, f"the stage in line {stage.line} has no name to use as --target")
                continue
            context = self._attempt(other, found.context.name)
            if isinstance(context, CtxoptError):
                self._refuse(other, plan.file, context, target=stage.name)
                continue
            needed = {stage.number for stage in context.plan.stages if stage.needed}
            waiting = [stage for stage in waiting if stage.number not in needed]
            if context.plan.reads:
                note = "not part of the default build, but included; --only excludes it"
                self._add(other, context, note=note, own_ignore_file=found.own_ignore_file)

    # -- declared builds ------------------------------------------------------------------------

    def _declared(self) -> None:
        for build in self._request.declared:
            if not self._every:
                self._declare_each(build)
            elif build.inline is None:
                # The caller has these already.
                self._counted.add(os.path.realpath(dockerfile_of(build)))
        for directory, names in self._declaring():
            others = [place for place in dict.fromkeys((self._root, self._top)) if place != directory]
            for declared in declared_in(directory, names, self._shown, self._top, others, self._keep_named):
                self._take(declared, below=inside(self._root, directory))
        for declared in workflows_of(self._top, self._shown):
            self._take(declared, below=self._root == self._top)

    def _take(self, declared: Declared, *, below: bool) -> None:
        """Add what files declare; `below`: they are below the searched directory."""
        self._notes += declared.notes
        self._unresolved += declared.unresolved
        for build in declared.builds:
            if self._every:
                # Its platforms are told apart by the caller, who may want the build as it is declared.
                self._declare(build, counts=below or inside(self._root, build.context))
            else:
                self._declare_each(build)

    def _declare_each(self, build: Build) -> None:
        """Add a declared build as one for each platform that reads files of its own."""
        for one in (build, *further_platforms(build)):
            self._declare(one)

    def _declare(self, build: Build, *, counts: bool = False) -> None:
        """Add a declared build if it counts, as those whose context is the root always do."""
        main = counts or build.context == self._root
        if not main and build.inline is None:
            self._elsewhere.setdefault(os.path.realpath(dockerfile_of(build)), build.origin)
        if not main and (self._every or not self._names_of(build)):
            return
        opened = self._attempt(build)
        if self._every:
            self._add(build, opened)
            return
        try:
            if isinstance(opened, CtxoptError):
                raise opened
            if main:
                self._add(build, opened)
            self._add_named(build, opened)
        except CtxoptError as error:
            # Its Dockerfile may still be built in another way, so that it is looked at by itself.
            self._refuse(build, self._shown(build.dockerfile), error, target=build.target)

    def _declaring(self) -> Iterator[tuple[str, Sequence[str]]]:
        """The directories with files that declare builds, and the names in them: those below the root first."""
        for directory in self._searched():
            if any(map(declares_builds, directory.names)):
                yield os.path.join(self._root, directory.path) if directory.path else self._root, directory.names
        above = self._root
        while above != self._top:
            above = os.path.dirname(above)
            try:
                names = sorted(os.listdir(above))
            except OSError:
                return
            if any(map(declares_builds, names)):
                yield above, names

    def _searched(self) -> Iterator[Directory]:
        """The directories in which builds may be declared, parents first."""
        stack = [self._tree.root]
        while stack:
            directory = stack.pop()
            yield directory
            children = directory.subdirectories.items()
            searched = (child for name, child in children if not self._skips(name, directory.names))
            stack += reversed([child for child in searched if not self._excluded(child.path)])

    def _excluded(self, path: str) -> bool:
        """Whether a directory is not searched by request: it matches, or all that is in it does."""
        return any(pattern.matches(path) or pattern.matches(f"{path}/x") for pattern in self._request.exclude)

    # -- Dockerfiles that nothing declares ------------------------------------------------------

    def _undeclared(self) -> None:
        counted = frozenset(self._counted)
        fixtures: list[str] = []
        for directory in self._searched():
            for name in filter(looks_like_dockerfile, directory.names):
                shown = directory.child_path(name)
                path = os.path.join(self._root, shown)
                real = os.path.realpath(path)
                if os.path.isdir(path) or real in counted:
                    continue
                if real not in self._elsewhere and self._is_fixture(shown):
                    fixtures.append(shown)
                elif real not in self._elsewhere:
                    self._by_itself(directory, shown, path)
                elif self._every:
                    self._skip(shown, shown, f"{shown}: {self._elsewhere[real]} builds it with another context")
                else:
                    self._skip(shown, shown, f"{self._elsewhere[real]} builds it with another context")

        if fixtures:
            self._notes.append(_left_out(fixtures))

    def _by_itself(self, directory: Directory, shown: str, path: str) -> None:
        """Add a Dockerfile that nothing declares as a build of its own, if it counts."""
        request = self._request
        build = Build(
            shown,
            self._root,
            path,
            build_args=request.build_args,
            platform=request.platform,
            contexts=request.contexts,
            dialect=request.dialect,
        )
        context = self._attempt(build)
        if isinstance(context, CtxoptError):
            self._refuse(build, shown, context)
            return
        reads = context.plan.reads
        home = home_of(self._tree.root, directory, reads)
        if home is Home.UNKNOWN and (above := between(self._tree.root, directory, reads)) is not None:
            home, directory = Home.OWN, above
        if home is Home.ROOT or (home is Home.UNKNOWN and not directory.path and not self._every):
            self._add(build, context)
        elif home is Home.EITHER and self._every and self._is_own(directory, context):
            own = replace(build, context=os.path.join(self._root, directory.path), assumed=True)
            self._add(own, self._attempt(own), note=_assumed(shown, directory.path, "the searched directory"))
        elif home is Home.EITHER:
            own = replace(build, context=os.path.join(self._root, directory.path), assumed=True)
            build = replace(build, assumed=True)
            self._add(build, context, note=self._either(shown, directory.path), own_ignore_file=False, other=own)
        elif home is Home.UNKNOWN and self._every and reads_above(reads):
            # It fails from either directory; from its own the error says where the source is.
            own = replace(build, context=os.path.join(self._root, directory.path))
            self._add(own, self._attempt(own))
        elif home is Home.UNKNOWN and not self._every and is_nearer(self._tree.root, directory, reads):
            self._skip(shown, shown, f"it is built from {directory.path}, where more of its sources are")
        elif home is Home.UNKNOWN:
            missing = missing_source(self._tree.root if not self._every else directory, reads)
            line, source = missing or (0, "")
            said = context_hint(self._root, self._tree.root.names, shown)
            hint = "declare the build to set its context" + (f": {said}" if said else "")
            error = CtxoptError(f"{source} does not exist", file=shown, line=line, hint=hint)
            shorter = f"line {line} reads {source}, which is not in this context"
            self._refuse(build, shown, error, reason="" if self._every else shorter, context=context)
        elif self._every:
            own = replace(build, context=os.path.join(self._root, directory.path))
            self._add(own, self._attempt(own))
        elif reads:
            self._skip(shown, shown, f"it is built from {directory.path}, where all its sources are")
        else:
            self._skip(shown, shown, f"it is built from {directory.path}: it reads nothing of this context")

    def _is_own(self, directory: Directory, context: BuildContext) -> bool:
        """Whether what is beside a Dockerfile, and not in the root, is what it builds or runs."""
        root = self._tree.root
        texts = (step.text for step in context.plan.steps if step.kind in ("RUN", "CMD", "ENTRYPOINT"))
        return is_project(directory, root, self._is_manifest) or names_own(directory, root, texts)

    def _either(self, shown: str, directory: str) -> str:
        if self._every:
            return _assumed(shown, "the searched directory", directory)
        return f"all its sources are in {directory} as well: if it is built there, exclude it with --only"

    def _shown(self, path: str | None) -> str:
        """A path for people: relative to the root, unless it is more than one directory above it."""
        if path is None:
            return "Dockerfile"
        relative = relative_to(self._root, path)
        return path if relative.startswith("../..") else relative


def _assumed(shown: str, context: str, other: str) -> str:
    return (
        f"{shown} is assumed to be built from {context}, but all its sources are in {other} too: if {other} is its "
        "context, declare the build"
    )


def _left_out(fixtures: Sequence[str]) -> str:
    """The note about Dockerfiles that are data of tests."""
    more = f" and {plural(len(fixtures) - 1, 'other Dockerfile')}" if len(fixtures) > 1 else ""
    are, them = ("are", "them") if more else ("is", "it")
    return f"skipped: {fixtures[0]}{more} {are} data of tests, and nothing here builds {them}; -f names one"


def _unknown_in(found: DiscoveredBuild) -> set[str]:
    """The variables without a known value in what a build reads."""
    return {name for read in found.context.plan.reads for name in read.unresolved}


def _builds_the_same(build: Build, other: Build) -> bool:
    """Whether two builds have one Dockerfile and one context."""
    return (build.context, build.inline) == (other.context, other.inline) and (
        build.inline is not None or os.path.realpath(dockerfile_of(build)) == os.path.realpath(dockerfile_of(other))
    )


def dockerfile_of(build: Build) -> str:
    """The absolute path of a build's Dockerfile, which need not exist."""
    default = build.dockerfile or default_dockerfile(build.context, dialect=build.dialect)
    return default or os.path.join(build.context, "Dockerfile")
