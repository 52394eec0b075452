"""One build context of one build: the composition of all parts of core."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from copy import copy
from dataclasses import replace
from functools import cached_property
from typing import TYPE_CHECKING, TypeVar

from ctxopt.core.context.disk import Progress
from ctxopt.core.context.files import Files
from ctxopt.core.context.locate import (
    DISK,
    LARGEST_IGNORE,
    Located,
    SourceFile,
    Storage,
    context_root,
    locate,
    locate_named,
)
from ctxopt.core.context.tree import Directory, EntryKind, Totals, Tree, View
from ctxopt.core.context.walk import IgnoredPolicy, redecide, walk
from ctxopt.core.dockerfile.model import ContextRead, Plan
from ctxopt.core.dockerfile.outline import outline
from ctxopt.core.dockerfile.plan import plan
from ctxopt.core.dockerignore.builders import buildkit_patterns, is_bad_pattern, legacy_patterns
from ctxopt.core.dockerignore.patterns import PatternSet
from ctxopt.core.named_context import NamedContext
from ctxopt.core.usage.follow import included
from ctxopt.core.usage.index import Usage
from ctxopt.core.usage.snapshot import Snapshot
from ctxopt.core.usage.transfer import decide_transfer, emptied, transferred_alone, with_included
from ctxopt.errors import ContextError, CtxoptError, PatternError, ReadError

if TYPE_CHECKING:
    from ctxopt.core.usage.legacy import LegacyFound, LegacySnapshot

_Found = TypeVar("_Found")

#: What the legacy client adds to a .dockerignore: `.dockerfile.`, 20 digits and two newlines.
_ADDED_LINE = 34
#: Maximum number of requests for one named context that are decided one by one, since each takes time for all entries.
_MOST_REQUESTS = 32


class _SamePlan:
    """A key that is equal for equal plans; a plan is long, so its hash is worked out once."""

    def __init__(self, plan: Plan) -> None:
        self._plan = plan
        self._hash = hash(plan)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _SamePlan) and self._plan == other._plan

    def __hash__(self) -> int:
        return self._hash


class _Paths(list[str]):
    """Paths that belong to a tree, which refers to them weakly, as it cannot to a plain list."""


class BuildContext:
    """The build context of one build: what each builder sends, and which instruction reads what.

    `root` is the context directory; `dockerfile` is relative to it unless it is absolute (default:
    found as `docker build` finds it), unless `inline` holds the text of a Dockerfile that is no file;
    `target`, `build_args` and `platform` are those of the build; `unknown_args` are the names of further arguments,
    whose values only the tool that builds knows.
    The directory is walked once, when first needed, unless `unfiltered` is the tree as walked with no
    patterns; single files are read from `storage`. `ignore_file` is the absolute path of an ignore file that is
    read in place of the one that Docker would find; `dialect` is whose names of ignore files apply (see `locate`).
    `contexts` are the named contexts; those that are directories are walked as well, unless `walked` gives the
    unfiltered tree of one. With `outlined`, the plan is what the text of the Dockerfile names, for a build that cannot
    be planned (see `outline`). `made` are paths in the context that something makes before the build starts, which are
    not here; "" is any.

    Entries are paths relative to the root, separated by slashes, directories with a slash at the end;
    bytes of names that are not UTF-8 are lone surrogates (Python's `surrogateescape`).

    Raises CtxoptError (see its subclasses) for anything that Docker would refuse as well: in the
    constructor for a missing context or a broken Dockerfile, later for everything else.
    """

    def __init__(
        self,
        root: str,
        dockerfile: str | None = None,
        target: str | None = None,
        build_args: Mapping[str, str] | None = None,
        platform: str | None = None,
        *,
        inline: str | None = None,
        ignored: IgnoredPolicy = IgnoredPolicy.SKIP,
        progress: Progress | None = None,
        unfiltered: Tree | None = None,
        storage: Storage = DISK,
        ignore_file: str | None = None,
        contexts: Sequence[NamedContext] = (),
        walked: Callable[[str], Tree | None] | None = None,
        outlined: bool = False,
        dialect: str | None = None,
        unknown_args: Sequence[str] = (),
        made: Sequence[str] = (),
        assumed: bool = False,
    ) -> None:
        #: The name by which the Dockerfile names this context; "" for the main one.
        self.name = ""
        #: Paths that something makes before the build starts, "" for any.
        self.made = tuple(made)
        #: Whether nothing says that this directory is the context, and another one may be.
        self.assumed = assumed
        self._contexts = tuple(contexts)
        self._walked = walked
        self._outlined = outlined
        self._every_stage = False
        self._ignored = ignored
        self._progress = progress
        self._unfiltered = unfiltered
        self.located: Located = locate(
            root, dockerfile, inline=inline, storage=storage, ignore_file=ignore_file, dialect=dialect
        )
        self.root = self.located.root
        self._target = target
        self._build_args = build_args
        self._unknown_args = tuple(unknown_args)
        self._platform = platform
        self.plan: Plan = self._planned()
        self._storage = storage
        self._files = Files(self.root, storage)
        self._directories = {one.name: _directory(one, storage) for one in self._contexts if one.directory is not None}

    def with_unfiltered(self, unfiltered: Tree, files: Files | None = None) -> "BuildContext":
        """The same build over another unfiltered tree; no file is read again.

        `files` gives the contents of the tree's files, where it is not the directory on disk.
        """
        made = self._afresh()
        made._unfiltered = unfiltered
        if files is not None:
            made._files = files
        return made

    def _planned(self) -> Plan:
        file = self.located.dockerfile
        planned = (
            outline(file.data, file.name, self._contexts)
            if self._outlined
            else plan(
                file.data,
                file.name,
                target=self._target,
                build_args=self._build_args,
                platform=self._platform,
                contexts=self._contexts,
                every_stage=self._every_stage,
                podman=self.located.podman,
                unknown_args=self._unknown_args,
            )
        )
        return dict(planned.named)[self.name] if self.name else planned

    def _afresh(self) -> "BuildContext":
        """A copy without any cached results."""
        made = copy(self)
        for attribute in [key for key, value in vars(BuildContext).items() if isinstance(value, cached_property)]:
            vars(made).pop(attribute, None)
        return made

    def with_dockerfile(self, data: bytes) -> "BuildContext":
        """The same build with these bytes as its Dockerfile. Raises DockerfileError."""
        made = self._afresh()
        made.located = replace(self.located, dockerfile=SourceFile(self.located.dockerfile.name, data))
        made.plan = made._planned()
        return made

    def with_ignore_file(self, file: SourceFile | None, name: str, unfiltered: Tree) -> "BuildContext":
        """The same build where the ignore file of this name is replaced, or removed if `file` is None."""
        made = self.with_unfiltered(unfiltered)
        made.located = self.located.with_ignore_file(file, name)
        return made

    def recording(self) -> "BuildContext":
        """The same build, whose tree also has what the ignore file excludes (IgnoredPolicy.RECORD)."""
        made = self._afresh()
        made._ignored = IgnoredPolicy.RECORD
        return made

    @property
    def contexts(self) -> tuple[NamedContext, ...]:
        """The named contexts of the build, whatever they are taken from."""
        return self._contexts

    @property
    def build_args(self) -> Mapping[str, str]:
        """The build arguments that are given, declared in the Dockerfile or not."""
        return self._build_args or {}

    @property
    def unknown_args(self) -> tuple[str, ...]:
        """The names of further arguments that are given, with values that are not known; ANY_ARGUMENT for any."""
        return self._unknown_args

    @property
    def platform(self) -> str | None:
        """The platform that is asked for, such as "linux/arm64"."""
        return self._platform

    @cached_property
    def named(self) -> Mapping[str, "BuildContext"]:
        """The named contexts that are directories, by their names: each with its own ignore file, views and reads.

        BuildKit reads `.dockerignore` in each; the legacy builder has no named contexts. Raises CtxoptError.
        """
        return {name: self._named(name, plan) for name, plan in self.plan.named}

    def _named(self, name: str, plan: Plan) -> "BuildContext":
        made = self._afresh()
        made.name, made.plan, made.made = name, plan, ()
        made.root = self._directories[name]
        made.located = locate_named(made.root, self.located.dockerfile, self._storage)
        made._files = Files(made.root, self._storage)
        made._unfiltered = None if self._walked is None else self._walked(made.root)
        return made

    def walk(self) -> None:
        """Walk this context and the named ones that it reads, if that was not done yet. Raises CtxoptError."""
        read = (named for named in self.named.values() if named.plan.reads)
        for context in (self, *read):
            context.tree  # noqa: B018 - a property that keeps what it found

    def as_legacy(self) -> "BuildContext":
        """The same build as the legacy builder makes it: with the ignore file that it reads, and every stage.

        Where that builder cannot be asked, its refusal is that of both.
        """
        made = self._afresh()
        located = self.located
        made.located = replace(
            located, buildkit_ignore=located.classic_ignore, buildkit_refusal=located.classic_refusal, unfollowed=()
        )
        made._every_stage = True
        made.plan = made._planned()
        return made

    @property
    def unfiltered(self) -> Tree | None:
        """The tree as walked with no patterns; None if the context was walked with its own."""
        return self._unfiltered

    @property
    def buildkit_entries(self) -> list[str]:
        """The sorted entries of BuildKit's local source if every path is wanted."""
        self._patterns(View.BUILDKIT)
        return self.tree.entries(View.BUILDKIT)

    @property
    def classic_entries(self) -> list[str]:
        """The sorted names in the tar that the legacy builder's client sends."""
        self._patterns(View.CLASSIC)
        return self.tree.entries(View.CLASSIC)

    @property
    def uses_context(self) -> bool:
        """Whether this build reads anything from the main context."""
        return self.plan.uses_context

    @property
    def follow_paths(self) -> list[str]:
        """The sorted paths that BuildKit's front end asks for; empty with `uses_context` means everything."""
        return list(self.plan.follow_paths)

    def sent(self, view: int) -> Totals:
        """The files that a builder's client sends. Raises CtxoptError where BuildKit would not transfer the context."""
        totals = self.usage.totals(lambda flags, _: bool(flags & view))
        return totals + self._copies if view == View.CLASSIC else totals

    @property
    def _copies(self) -> Totals:
        """What the legacy client adds for a Dockerfile that is not in the context: a copy, and a line of .dockerignore.

        Both have a random name, and are not among the entries.
        """
        if not self.located.copied or self.located.podman:
            return Totals()
        size = len(self.located.dockerfile.data)
        found = self.tree.find(".dockerignore")
        if found is not None and found[0].flags[found[1]] & View.CLASSIC:
            return Totals(1, size + _ADDED_LINE)
        return Totals(2, size + len(".dockerignore") + _ADDED_LINE)

    @property
    def transfer_entries(self) -> list[str]:
        """The sorted entries that BuildKit transfers for this build."""
        return self.transferred.entries(View.TRANSFER)

    @property
    def instructions(self) -> tuple[ContextRead, ...]:
        """The instructions that read the context, in the order of the build."""
        return self.plan.reads

    @property
    def files_read(self) -> list[list[str]]:
        """For each of `instructions`, the sorted regular files of the context that it reads.

        Raises ReadError for the first instruction whose source is missing.
        """
        return [self.usage.files_of(read.number) for read in self.plan.reads]

    @property
    def used_files(self) -> list[str]:
        """The sorted regular files of the context that any instruction reads. Raises ReadError."""
        return self.usage.used_files()

    @cached_property
    def tree(self) -> Tree:
        """The walked context with the views of both builders, and what BuildKit transfers.

        Why a builder would refuse the context is in its `refusals`. Builds over one unfiltered tree share what is
        decided alike.
        """
        if self._unfiltered is None:
            return self._with_transfer(self._filtered())
        try:
            wanted = self.includes if self.plan.uses_context else None
        except CtxoptError:
            return self._with_transfer(self._filtered())
        if wanted is None or wanted.fails_on_use or self._fails_on_use() or self.plan.requests:
            asked = None if wanted is None else (wanted.file, wanted.sources)
            key = (*self._ignored_by(), self.plan.uses_context, asked, self.plan.requests)
            return self._unfiltered.shared(key, lambda: self._with_transfer(self._filtered()))
        return self._unfiltered.shared((*self._ignored_by(), wanted.sources), lambda: self._with_included(wanted))

    def _fails_on_use(self) -> bool:
        """Whether BuildKit's patterns cannot be applied, or not to all names."""
        try:
            return self._patterns(View.BUILDKIT).fails_on_use
        except CtxoptError:
            return True

    def _ignored_by(self) -> tuple[object, ...]:
        """All that what the ignore files keep depends on, beside the files of the context."""
        try:
            sets = [self._patterns(view) for view in (View.BUILDKIT, View.CLASSIC)]
        except CtxoptError:
            sets = []
        if sets and not any(patterns.fails_on_use for patterns in sets):
            # The legacy client sends each Dockerfile, which makes no difference where no pattern excludes it.
            return self._recorded, bool(self.name), *((patterns.file, patterns.sources) for patterns in sets)
        return self._recorded, replace(self.located, dockerfile=SourceFile("", b""), notes=())

    @property
    def _recorded(self) -> IgnoredPolicy:
        """The policy for an unfiltered tree: what is in it is measured for nothing, so that one tree does for both."""
        return IgnoredPolicy.RECORD if self._ignored is IgnoredPolicy.RECORD else IgnoredPolicy.MEASURE

    def _with_included(self, wanted: PatternSet) -> Tree:
        """The tree for wanted paths, which shares the rest with those for others."""
        assert self._unfiltered is not None
        base = self._unfiltered.shared(self._ignored_by(), self._filtered)
        refused = base.refusals.get(View.BUILDKIT)
        views = base.views | View.TRANSFER
        if refused is not None:
            return replace(base, refusals={**base.refusals, View.TRANSFER: refused}, views=views, base=base)
        return replace(base, root=with_included(base, wanted), views=views, base=base)

    def _filtered(self) -> Tree:
        """The context as the ignore files leave it for both builders."""
        empty = PatternSet(())
        refusals: dict[int, CtxoptError] = {}
        sets = {}
        for view in (View.BUILDKIT, View.CLASSIC):
            try:
                sets[view] = self._patterns(view)
            except CtxoptError as error:
                refusals[view] = error
                sets[view] = empty
        buildkit, classic = sets[View.BUILDKIT], sets[View.CLASSIC]
        if self._unfiltered is not None:
            tree = redecide(self._unfiltered, buildkit, classic, ignored=self._recorded)
        else:
            tree = walk(self.root, buildkit, classic, ignored=self._ignored, progress=self._progress)
        return replace(tree, refusals={**tree.refusals, **refusals})

    def _with_transfer(self, tree: Tree) -> Tree:
        """A tree that was just decided for the ignore files, also decided for what BuildKit transfers."""
        tree = replace(tree, views=tree.views | View.TRANSFER)
        refusal = self._decide_transfer(tree)
        return tree if refusal is None else replace(tree, refusals={**tree.refusals, View.TRANSFER: refusal})

    @property
    def transferred(self) -> Tree:
        """The walked context. Raises CtxoptError if BuildKit would not transfer it."""
        self.tree.check(View.TRANSFER)
        return self.tree

    def _decide_transfer(self, tree: Tree) -> CtxoptError | None:
        """Decide what BuildKit transfers of a tree that was just walked; returns why it would fail, if it would."""
        refusal = tree.refusals.get(View.BUILDKIT)
        if self.name and not self.plan.uses_context:
            # Of a named context that nothing reads, BuildKit does not even read the ignore file.
            return None
        if not self.plan.uses_context:
            # Nothing is asked for, but an ignore file that cannot be applied is reported all the same; one that
            # cannot be sent does no harm then.
            return refusal if self.located.buildkit_refusal or is_bad_pattern(refusal) else None
        try:
            excludes = self._patterns(View.BUILDKIT)
            for includes in self._requested:
                if includes is None or not (excludes.fails_on_use or includes.fails_on_use):
                    tree.check(View.BUILDKIT)
                decide_transfer(tree, excludes, includes)
        except CtxoptError as error:
            return error
        return None

    @cached_property
    def _requested(self) -> tuple[PatternSet | None, ...]:
        """The same for each of the plan's requests; all of them together where there are too many, as if it were one.

        Raises PatternError.
        """
        requests = self.plan.requests
        if not 1 < len(requests) <= _MOST_REQUESTS:
            return (self.includes,)
        plans = (replace(self.plan, follow_paths=paths) for paths in requests)
        return tuple(included(self._files, plan) if plan.follow_paths else None for plan in plans)

    @cached_property
    def _transferred_alone(self) -> Sequence[Tree]:
        """What is sent for each of the plan's requests, where there are several."""
        requested = self._requested if self.plan.requests else ()
        if len(requested) < 2:
            return ()
        return [transferred_alone(self.tree, self._patterns(View.BUILDKIT), includes) for includes in requested]

    @cached_property
    def includes(self) -> PatternSet | None:
        """What BuildKit's client is asked for, links followed; None for everything. Raises PatternError."""
        return included(self._files, self.plan) if self.plan.follow_paths else None

    @cached_property
    def snapshot(self) -> Snapshot:
        """Look-ups in the transferred context, as the builder does them."""
        excludes = [read.excludes for read in self.plan.reads]
        return Snapshot(self.transferred, View.TRANSFER, self._files, excludes)

    def snapshot_of(self, read: ContextRead) -> Snapshot:
        """The same for one instruction, in what BuildKit transfers for that alone where it asks for each by itself.

        Raises CtxoptError.
        """
        alone = self._transferred_alone
        if not alone or read.request is None:
            return self.snapshot
        return Snapshot(alone[read.request], View.TRANSFER, self._files, self.snapshot.excludes)

    @property
    def files(self) -> Files:
        """Access to single files of the context, including ignored ones."""
        return self._files

    @cached_property
    def usage(self) -> Usage:
        """Which instruction reads which entry."""
        tree, plan, files = self.transferred, self.plan, self._files
        steps = tuple((read.step, read.request) for read in plan.reads)
        key = (plan.file, plan.reads, steps, files.source, self.build_files, plan.requests)
        return tree.shared(key, lambda: Usage(tree, plan, files, self.build_files, self._transferred_alone))

    def once(self, find: "Callable[[BuildContext], _Found]") -> _Found:
        """What a function finds for this build; asked once of all builds with the same plan over the same tree.

        Raises CtxoptError if BuildKit would not transfer the context.
        """
        return self.usage.once((find, self._same_plan), lambda: find(self))

    @cached_property
    def _same_plan(self) -> _SamePlan:
        return _SamePlan(self.plan)

    @cached_property
    def emptied_files(self) -> list[str]:
        """The sorted files that BuildKit transfers without their content, so that they are empty in the image.

        Raises CtxoptError where it would not transfer the context.
        """
        # Builds with the same ignore files share the tree, and ask the same of it.
        tree, key = self.transferred, ("emptied", *self._ignored_by())
        return tree.shared(key, lambda: _Paths(sorted(emptied(tree, self._patterns(View.BUILDKIT)))))

    @property
    def legacy_files_read(self) -> list[list[str] | ReadError | None]:
        """For each of `instructions`, what the legacy builder copies, or the error that it fails with there.

        None where a variable has no known value. Stages that the target does not need, which that builder runs as
        well, are not looked at. Raises CtxoptError if it would refuse the context.
        """
        # Few commands ask for it.
        from ctxopt.core.usage.legacy import legacy_files

        return list(legacy_files(*self._legacy))

    @cached_property
    def legacy_results(self) -> list[ReadError | None]:
        """For each of `instructions`, the error that the legacy builder fails with there; None where that is not known.

        Raises CtxoptError if it would refuse the context.
        """
        return [found if isinstance(found, ReadError) else None for found in self._legacy[1]]

    @cached_property
    def _legacy(self) -> "tuple[LegacySnapshot, list[LegacyFound]]":
        """What the legacy builder has of the context, and what it finds there for each of `instructions`."""
        from ctxopt.core.usage.legacy import LegacySnapshot, legacy_found

        patterns = self._patterns(View.CLASSIC)
        self.tree.check(View.CLASSIC)
        removed = patterns.added
        if self._files.link(".dockerignore") is not None:
            removed = self._removed_by_engine(LegacySnapshot(self.tree, self._files, ()))
        snapshot = LegacySnapshot(self.tree, self._files, removed)
        return snapshot, list(legacy_found(snapshot, self.plan))

    def _removed_by_engine(self, sent: Snapshot) -> tuple[str, ...]:
        """The paths that the legacy builder's engine removes of what it was sent where .dockerignore is a link.

        It follows the link inside of the context, which is not always where the client finds patterns, and removes what
        excluded names lead to. Raises ContextError where it fails.
        """
        path = sent.resolve(".dockerignore", [])
        node = sent.find(path)
        if node is not None and node.kind == EntryKind.DIRECTORY:
            raise ContextError(
                "it is a symbolic link that the legacy builder's engine follows to a directory, on which it fails",
                file=".dockerignore",
                hint="put the file itself there",
            )
        data = None if node is None else self._files.read(path, LARGEST_IGNORE)
        if data is None:
            return ()
        try:
            excludes = legacy_patterns(data, path)
        except PatternError:
            # What it cannot compile excludes nothing here.
            return ()
        names = (".dockerignore", self.located.dockerfile_path)
        return tuple(sent.resolve(name, []) for name in names if name is not None and _is_excluded(excludes, name))

    @property
    def legacy_errors(self) -> tuple[ReadError, ...]:
        """Why the legacy builder would fail at instructions. Raises CtxoptError if it would refuse the context."""
        return tuple(found for found in self.legacy_results if found is not None)

    @property
    def build_files(self) -> tuple[str, ...]:
        """The paths in the context of the files that the builder itself reads: the Dockerfile and the ignore files."""
        located = self.located
        dockerfile = None if located.inline else located.dockerfile
        files = (dockerfile, located.buildkit_ignore, located.classic_ignore)
        return tuple(dict.fromkeys(file.name for file in files if file is not None))

    def locate(self, path: str) -> tuple[Directory, int] | None:
        """The directory and the index of a path; None if the walk did not record it."""
        return self.tree.find(path)

    def exists(self, path: str) -> bool:
        """Whether a path exists, ignored or not; links are not followed."""
        return self._files.exists(path)

    def read(self, path: str, most: int) -> bytes | None:
        """The bytes of a regular file of at most `most`; None if it is longer, missing, or behind a link."""
        return self._files.read(path, most)

    def parts(self, path: str, most: int) -> Iterator[bytes]:
        """The first `most` bytes of a regular file in parts. Raises OSError and ValueError for anything else."""
        return self._files.parts(path, most)

    def head(self, path: str, count: int) -> bytes | None:
        """The first `count` bytes of a regular file; None if there is none, or if it is behind a link."""
        return self._files.head(path, count)

    def ignore_file(self, view: int) -> SourceFile | None:
        """The ignore file that a builder reads, if any."""
        return self.located.buildkit_ignore if view == View.BUILDKIT else self.located.classic_ignore

    def patterns(self, view: int) -> PatternSet:
        """The patterns of a builder's ignore file. Raises PatternError for what Docker refuses."""
        return self._patterns(view)

    def _patterns(self, view: int) -> PatternSet:
        return self._buildkit_patterns if view == View.BUILDKIT else self._classic_patterns

    @cached_property
    def _buildkit_patterns(self) -> PatternSet:
        if self.located.buildkit_refusal is not None:
            raise self.located.buildkit_refusal
        file = self.located.buildkit_ignore
        if file is None:
            return PatternSet(())
        compiled = legacy_patterns if self.located.podman else buildkit_patterns
        return compiled(file.data, file.name)

    @cached_property
    def _classic_patterns(self) -> PatternSet:
        """The legacy builder's patterns, with exceptions at the end for what its client always sends."""
        if self.located.classic_refusal is not None:
            raise self.located.classic_refusal
        file = self.located.classic_ignore
        given = PatternSet(()) if file is None else legacy_patterns(file.data, file.name)
        forced = [".dockerignore"]
        if self.located.dockerfile_path is not None:
            forced.append(self.located.dockerfile_path)
        return given.with_exceptions(path for path in forced if _is_excluded(given, path))


def _directory(context: NamedContext, storage: Storage) -> str:
    """The directory of a named context without links. Raises ContextError for one that is not there."""
    try:
        return context_root(context.value, storage)
    except ContextError as error:
        problem = f"{error.problem.replace('build context', 'named context')} ({context.name})"
        raise ContextError(problem, file=context.value, hint=error.hint) from None


def _is_excluded(patterns: PatternSet, path: str) -> bool:
    try:
        return patterns.matches_by_depth(path)
    except PatternError:
        return False
