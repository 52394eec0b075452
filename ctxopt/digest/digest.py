"""The digest of each build in one state."""

import os
from collections.abc import Iterable, Iterator, Sequence

from ctxopt.builds.build import Build
from ctxopt.builds.reading import relative_to
from ctxopt.core.build_context import BuildContext
from ctxopt.core.context.locate import default_dockerfile
from ctxopt.core.context.tree import Tree
from ctxopt.core.golang import match as gomatch
from ctxopt.core.lazy_dataclass import dataclass
from ctxopt.core.named_context import NamedContext
from ctxopt.core.usage.by_name import would_read
from ctxopt.digest.base_digests import BaseDigests
from ctxopt.digest.model import BuildDigest, BuildInfo, InstructionDigest
from ctxopt.digest.reads import StateReader
from ctxopt.digest.steps import Chain, chain_of, labels_of, shown
from ctxopt.errors import ContextError, CtxoptError, NoDockerfileError, PatternError
from ctxopt.git.states import State

#: Maximum number of names in a sentence.
_NAMED = 3
#: Maximum number of builds that a build starts from, one after the other.
_DEEPEST = 50


@dataclass(frozen=True, slots=True)
class KeyedBuild:
    """A build in a state: its context and its chain, or the error for which it has none."""

    build: Build
    name: str
    context: BuildContext | None
    chain: Chain | None
    refused: CtxoptError | None = None

    @property
    def error(self) -> str:
        """Why it cannot be read, "" where it can."""
        return "" if self.refused is None else self.refused.text

    def require(self) -> None:
        """Raise the CtxoptError for which it cannot be read."""
        if self.refused is not None:
            raise self.refused

    @property
    def is_missing(self) -> bool:
        """Whether its context or its Dockerfile is not there."""
        return self.context is None and isinstance(self.refused, ContextError | NoDockerfileError)


class StateBuilds:
    """The builds of one state. Directories are made into trees once, and files are read once.

    `named` are the builds that a named context can be the result of, by the file that declares them and their names.
    """

    def __init__(self, state: State, bases: BaseDigests, builds: Sequence[tuple[str, Build]]) -> None:
        self.state = state
        self.reader = StateReader(state)
        self._bases = bases
        self._named = {key: build for _, build in builds if (key := _declared_as(build.origin)) is not None}
        self._done: dict[Build, Chain | CtxoptError] = {}
        self._waiting: list[Build] = []
        state.read_ahead({file for _, build in builds for file in _files_of(build)})

    def opened(self, build: Build) -> BuildContext:
        """The context of a build in the state, planned but not decided. Raises CtxoptError."""
        state = self.state
        return BuildContext(
            build.context,
            build.dockerfile,
            build.target,
            dict(build.build_args),
            # What several platforms read is not resolved.
            None if build.platforms else build.platform,
            inline=build.inline,
            unfiltered=self._tree(build.context),
            storage=state.storage,
            ignore_file=build.ignore_file,
            contexts=build.contexts,
            walked=self._tree,
            dialect=build.dialect,
            unknown_args=build.unknown_args,
        )

    def keyed(self, name: str, build: Build) -> KeyedBuild:
        """A build with its chain."""
        context = None
        try:
            context = self.opened(build)
            return KeyedBuild(build, name, context, self._chain(build, context))
        except CtxoptError as error:
            return KeyedBuild(build, name, context, None, error)

    def _tree(self, directory: str) -> Tree:
        return self.state.tree(self.state.storage.real(directory))

    def _chain(self, build: Build, context: BuildContext) -> Chain:
        known = self._done.get(build)
        if known is None:
            if build in self._waiting or len(self._waiting) > _DEEPEST:
                raise CtxoptError("it is built from itself", file=build.origin)
            self._waiting.append(build)
            try:
                known = chain_of(context, self.reader, self._bases, lambda named: self._result_of(build, named))
            except CtxoptError as error:
                known = error
            finally:
                self._waiting.pop()
            self._done[build] = known
        if isinstance(known, CtxoptError):
            raise known
        return known

    def _result_of(self, build: Build, named: NamedContext) -> bytes:
        """The digest of the build whose result a named context is. Raises CtxoptError."""
        own = _declared_as(build.origin)
        wanted = named.value.partition(":")[2]
        other = None if own is None else self._named.get((own[0], wanted))
        if other is None:
            raise CtxoptError(f'the build "{wanted}", of which it takes the result, is not known', file=build.origin)
        return self._chain(other, self.opened(other)).digest


def _files_of(build: Build) -> Iterator[str]:
    """The absolute paths at which a build has its Dockerfile and its ignore files, if they are there."""
    dockerfile = build.dockerfile or os.path.join(build.context, "Dockerfile")
    yield from (dockerfile, f"{dockerfile}.dockerignore", os.path.join(build.context, ".dockerignore"))
    for context in build.contexts:
        if context.directory is not None:
            yield os.path.join(context.directory, ".dockerignore")


def _declared_as(origin: str) -> tuple[str, str] | None:
    """The file that declares a build, and the name that it has there; None for a Dockerfile."""
    for kind in (": service ", ": target "):
        file, found, name = origin.rpartition(kind)
        if found:
            return file, name
    return None


def info_of(name: str, build: Build, top: str) -> BuildInfo:
    """How a build is run, with paths relative to the top of the repository."""

    def place(path: str) -> str:
        relative = relative_to(top, path)
        return path.replace(os.sep, "/") if relative.startswith("../") or relative == ".." else relative

    if build.inline is not None:
        file = ""
    else:
        file = place(build.dockerfile or default_dockerfile(build.context, dialect=build.dialect) or "Dockerfile")
        if build.dockerfile is None and not os.path.isabs(file) and "/" not in file:
            file = place(os.path.join(build.context, "Dockerfile")) if file == "Dockerfile" else file
    contexts = tuple((one.name, place(one.value) if one.directory is not None else one.value) for one in build.contexts)
    return BuildInfo(
        name or file or "Dockerfile",
        place(build.context),
        file,
        build.target,
        build.build_args,
        ",".join(build.platforms) or build.platform,
        contexts,
    )


def digest_of(keyed: KeyedBuild, info: BuildInfo, state: State, bases: BaseDigests) -> BuildDigest:
    """The result for one build."""
    if keyed.chain is None or keyed.context is None:
        return BuildDigest(info, None, error=keyed.error)
    labels = labels_of(keyed.context.plan)
    instructions = tuple(InstructionDigest(shown(one.step, labels), one.key.hex()) for one in keyed.chain.steps)
    unseen = tuple(unseen_by(keyed, state, bases))
    return BuildDigest(info, keyed.chain.digest.hex(), instructions, unseen)


def unseen_by(keyed: KeyedBuild, state: State, bases: BaseDigests) -> Iterator[str]:
    """What can change a build and is not in its digest."""
    context = keyed.context
    if context is None:
        return
    plan = context.plan
    if keyed.build.unknown_args:
        yield f"values of arguments that only the tool that builds knows: {_names(keyed.build.unknown_args)}"
    images = dict.fromkeys(use.name for use in plan.images if bases.of(use.name) is None)
    if images:
        yield f"base images by tag: {_names(images)}"
    for name, one in ((one.name, one) for one in context.contexts):
        if one.directory is None and bases.of(one.value.partition("://")[2]) is None:
            yield f"the content of the named context {name}: {one.value or 'not known'}"
    downloads = [one.url for one in plan.downloads if not one.checked]
    if downloads:
        yield f"what ADD downloads: {_names(downloads)}"
    secrets = [step for step in plan.steps if step.kind == "RUN" and any("type=secret" in flag for flag in step.flags)]
    if secrets:
        yield f"secrets: RUN in {_lines(step.line for step in secrets)}"
    if context.plan.usual_notes and images:
        yield "ONBUILD and ENV of these base images"
    ignored = _ignored(context, state)
    if ignored:
        yield f"files that git ignores and that instructions could read: {_names(ignored)}"


def _ignored(context: BuildContext, state: State) -> list[str]:
    """The paths that git ignores, and that an instruction would read if they are there."""
    found: list[str] = []
    for one in (context, *context.named.values()):
        prefix = state.inside(one.root)
        start = f"{prefix}/" if prefix else ""
        if prefix is None or not one.plan.reads:
            continue
        for path in state.ignored:
            if path.startswith(start) and _could_be_read(one, path[len(start) :]):
                found.append(path)
    return found


def _could_be_read(context: BuildContext, path: str) -> bool:
    inside = path.rstrip("/")
    try:
        patterns = context.ignore_file(1) and context.patterns(1)
        if patterns and patterns.matches_or_parent_matches(inside) and not patterns.exceptions:
            return False
        # What is in a directory has any name.
        return any(would_read(read, f"{inside}/x" if path.endswith("/") else inside) for read in context.plan.reads)
    except (PatternError, gomatch.BadPattern):
        return True


def _names(names: Iterable[str]) -> str:
    known = list(names)
    more = f" and {len(known) - _NAMED:,} more" if len(known) > _NAMED else ""
    return ", ".join(known[:_NAMED]) + more


def _lines(lines: Iterable[int]) -> str:
    known = list(dict.fromkeys(lines))
    return ("line " if len(known) == 1 else "lines ") + _names(map(str, known))
