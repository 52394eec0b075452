"""The inputs of all reads of a build, from one state of an epoch to the next older one."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Final

from ctxopt.core.build_context import BuildContext
from ctxopt.core.context.tree import Directory, EntryKind, Tree, View
from ctxopt.core.dockerfile.model import ContextRead
from ctxopt.core.dockerignore.patterns import PatternSet
from ctxopt.core.golang.match import matches
from ctxopt.core.ids import ReadId
from ctxopt.core.lazy_dataclass import dataclass
from ctxopt.core.usage.by_name import source_parts
from ctxopt.core.usage.resolve import Unresolved, resolve
from ctxopt.core.usage.snapshot import Node, Snapshot
from ctxopt.errors import CtxoptError
from ctxopt.rebuilds.epochs import Epoch
from ctxopt.rebuilds.log import GITLINK, Blob, Commit
from ctxopt.rebuilds.presence import Presence

#: The inputs of one read: whether it fails, and the entries if not; a directory that is no submodule has no blob.
Inputs = tuple[bool, dict[str, Blob | None]]
#: The reads with changed inputs, each with the paths that differ.
Differences = dict[ReadId, tuple[str, ...]]


class Live:
    """The inputs of all reads in one state of an epoch, which can be turned into the next older one.

    `build` is the one over all entries of the epoch, `everything` its tree with no patterns. `submodules` are the
    paths of the submodules that there are in any state.
    """

    def __init__(self, build: BuildContext, everything: Tree, epoch: Epoch, submodules: tuple[str, ...]) -> None:
        reads = build.plan.reads
        usage = _usage(build)
        self._reads = reads
        self._views = [View.BUILDKIT if read.unresolved else View.TRANSFER for read in reads]
        self._usage = usage
        self._presence = Presence(usage.tree, everything, usage.includes, dict(epoch.files))
        self._snapshot = _Watched(usage.tree, View.TRANSFER, build.files, [read.excludes for read in reads])
        #: The first of the reads that ask for the same, for each read: only the first ones are followed.
        self._first = usage.first
        firsts = [read for read in reads if self._first[read.number] == read.number]
        #: For each submodule the reads of what is in it.
        self._within = {path: _leading_into(firsts, path) for path in submodules}
        #: For each read the paths that its result depends on.
        self._asked: list[set[str]] = [set() for _ in reads]
        self._failing = {read.number for read in reads if usage.refused or not read.unresolved}
        for path, kind, _, _ in epoch.rows:
            if path not in epoch.files and (kind != EntryKind.DIRECTORY or path in self._within):
                self._presence.put(path, None)
        for number in usage.resolvable:
            self._resolve(number)

    @property
    def failing(self) -> frozenset[ReadId]:
        """The reads that fail in this state."""
        return frozenset(ReadId(number) for number, first in enumerate(self._first) if first in self._failing)

    def inputs(self) -> list[Inputs]:
        """All inputs in this state; those of reads that ask for the same are the same object."""
        inputs: list[Inputs] = [(number in self._failing, {}) for number in range(len(self._reads))]
        blobs = self._presence.blobs
        for directory in self._usage.tree.directories():
            row = self._usage.rows.get(directory.path)
            if row is None:
                continue
            prefix = directory.path + "/" if directory.path else ""
            for name, flags, used in zip(directory.names, directory.flags, row, strict=True):
                for number in self._usage.sets[used]:
                    if flags & self._views[number] and number not in self._failing:
                        inputs[number][1][prefix + name] = blobs.get(prefix + name)
        for path, numbers in self._within.items():
            blob = blobs.get(path)
            if blob is not None and blob.mode == GITLINK:
                for number in numbers:
                    inputs[number][1][path] = blob
        return [inputs[first] for first in self._first]

    def undo(self, commit: Commit) -> Differences:
        """Turn to the state before a commit; returns what the commit changed."""
        presence = self._presence
        presence.start()
        newer = {change.path: presence.blobs.get(change.path) for change in commit.changes}
        failed = set(self._failing)
        for change in commit.changes:
            if change.before is None:
                presence.put(change.path, None)
        for change in commit.changes:
            if change.before is not None:
                presence.put(change.path, change.before)
        moved = presence.changed()
        for number in self._usage.resolvable:
            if not moved.isdisjoint(self._asked[number]):
                self._resolve(number)
        return self._differences(moved, newer, failed ^ self._failing)

    def _differences(self, moved: set[str], newer: Mapping[str, Blob | None], turned: set[ReadId]) -> Differences:
        """What differs between this state and the newer one.

        `moved` are the entries that are in other views, `newer` what was at the paths of the commit, `turned` the
        reads that fail in one of the states only.
        """
        blobs = self._presence.blobs
        different: dict[ReadId, set[str]] = {}
        modified = {path for path, blob in newer.items() if blob != blobs.get(path)}
        for path in moved | modified:
            shown = path if path in blobs or newer.get(path) is not None else path + "/"
            for number in self._affected(path, newer, path in modified):
                different.setdefault(number, set()).add(shown)
        shown_paths = {number: tuple(sorted(paths)) for number, paths in different.items() if number not in turned}
        followed = shown_paths | dict.fromkeys(turned, ())
        return {ReadId(number): followed[first] for number, first in enumerate(self._first) if first in followed}

    def _affected(self, path: str, newer: Mapping[str, Blob | None], modified: bool) -> Iterator[ReadId]:
        """The reads whose input a path is in one of the states, if it is another one in the other."""
        if modified and GITLINK in {blob.mode for blob in (newer[path], self._presence.blobs.get(path)) if blob}:
            yield from self._within.get(path, ())
        before, after = self._presence.views_before(path), self._presence.views(path)
        if before | after:
            for number in self._readers(path):
                view = self._views[number]
                is_input = number not in self._failing and (before | after) & view
                if is_input and (modified or not before & after & view):
                    yield number

    def _readers(self, path: str) -> frozenset[ReadId]:
        found = self._usage.tree.find(path)
        row = None if found is None else self._usage.rows.get(found[0].path)
        return frozenset() if found is None or row is None else self._usage.sets[row[found[1]]]

    def _resolve(self, number: ReadId) -> None:
        """Find out whether a read fails in this state, and which paths that depends on."""
        read = self._reads[number]
        if read.unresolved:
            return
        self._snapshot.asked = self._asked[number] = set(_required(read))
        try:
            resolve(self._snapshot, read, _NOBODY)
        except Unresolved:
            self._failing.add(number)
        else:
            self._failing.discard(number)


def differences(one: list[Inputs], other: list[Inputs]) -> Differences:
    """The reads whose inputs differ, with the paths that do; () if only one of them fails."""
    different: Differences = {}
    known: dict[tuple[int, int], tuple[str, ...]] = {}
    for number, ((fails, here), (other_fails, there)) in enumerate(zip(one, other, strict=True)):
        if fails != other_fails:
            different[ReadId(number)] = ()
            continue
        key = id(here), id(there)
        if key not in known:
            paths = {path for path in here.keys() | there.keys() if here.get(path, 0) != there.get(path, 0)}
            known[key] = tuple(sorted(_shown(path, here, there) for path in paths))
        if known[key]:
            different[ReadId(number)] = known[key]
    return different


def _shown(path: str, *sides: dict[str, Blob | None]) -> str:
    return path if any(side.get(path) is not None for side in sides) else path + "/"


# -- the build over all entries -----------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Usage:
    """What a build over all entries of an epoch reads.

    `rows` and `sets` are as in the build's usage, without the builder's own reads. `resolvable` are the reads that do
    not fail over all entries together; the others fail in every state. `refused`: the context is refused as a whole.
    `first` are for each read the first that asks for the same; only these are in `sets` and `resolvable`.
    """

    tree: Tree
    includes: PatternSet | None
    rows: Mapping[str, Sequence[int]]
    sets: Sequence[frozenset[ReadId]]
    resolvable: Sequence[ReadId]
    first: Sequence[ReadId]
    refused: bool = False


def _usage(build: BuildContext) -> _Usage:
    try:
        usage = build.usage
        first = [usage.first_of(read.number) for read in build.plan.reads]
        return _Usage(
            # Its flags will follow the states.
            build.transferred.with_own_flags(),
            build.includes,
            usage.rows,
            [frozenset(number for number in readers.all_firsts() if number >= 0) for readers in usage.reader_sets],
            [number for number in dict.fromkeys(first) if usage.results[number].error is None],
            first,
        )
    except CtxoptError:
        empty = Tree(Directory(""), views=View.BUILDKIT | View.TRANSFER)
        first = [read.number for read in build.plan.reads]
        return _Usage(empty, None, {}, [frozenset()], [], first, refused=True)


class _Watched(Snapshot):
    """Notes what is looked up."""

    asked: set[str]

    def find(self, path: str) -> Node | None:
        self.asked.add(path)
        return super().find(path)


class _Nobody:
    """Ignores what is read."""

    def start(self, name: str, node: Node) -> None:
        """Nothing."""

    def follow(self, link: Node) -> None:
        """Nothing."""

    def one(self, node: Node) -> None:
        """Nothing."""

    def all_in(self, directories: Iterable[Directory]) -> None:
        """Nothing."""

    def some(self, directory: Directory, mask: bytes) -> None:
        """Nothing."""

    def passed(self, directory: Directory) -> None:
        """Nothing."""


_NOBODY: Final = _Nobody()


def _required(read: ContextRead) -> Iterator[str]:
    """The paths that a read with --parents asks for by name."""
    if read.parents:
        yield from ("/".join(source_parts(read, source)) for source in read.sources)


def _leading_into(reads: Sequence[ContextRead], submodule: str) -> tuple[ReadId, ...]:
    """The reads with a source in a submodule, by its names: its content is not in the history."""
    names = submodule.split("/")
    return tuple(
        read.number
        for read in reads
        if any(_goes_through(source_parts(read, source), names) for source in read.sources)
    )


def _goes_through(parts: tuple[str, ...], names: list[str]) -> bool:
    if "**" in parts[: len(names)]:
        return True
    return len(parts) > len(names) and all(map(matches, parts, names))
