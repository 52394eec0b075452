"""What each commit of a history changed in the inputs of a build's instructions.

An input is an entry that an instruction reads: its path, what it is, whether its owner may execute it, its
content, or where the link leads. BuildKit's cache keys of COPY, ADD and bind mounts are made from the same, and
hold no times. Two simplifications, both on the safe side: a link on the way to a source counts as an input,
where BuildKit looks at what it leads to; and an instruction that fails has no inputs but that it fails.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from ctxopt.build_context import BuildContext
from ctxopt.context.revision import revision_from
from ctxopt.context.tree import KEPT, Directory, Kind, View
from ctxopt.dockerfile.model import ContextRead
from ctxopt.errors import CtxoptError
from ctxopt.golang.match import matches
from ctxopt.history.epochs import Epoch, epochs
from ctxopt.history.log import GITLINK, Blob, Commit, History
from ctxopt.usage.reach import source_parts
from ctxopt.usage.resolve import Unresolved, resolve
from ctxopt.usage.snapshot import Node, Snapshot

#: A bit beside those of the views: the entry is there.
_THERE: Final = 16
#: Where git keeps what every commit changes.
GIT: Final = ".git"
_VIEWS: Final = (View.BUILDKIT, View.TRANSFER, _THERE)


@dataclass(frozen=True, slots=True)
class Changed:
    """What a commit changed in the inputs of instructions, by the numbers of the plan's reads.

    Each has the sorted paths that changed, directories with a slash at the end. `failing` are the reads that fail
    at the commit, since what they name is not there.
    """

    commit: str
    paths: dict[int, tuple[str, ...]]
    failing: frozenset[int]


#: The inputs of one read: None if it fails, and the entries; a directory that is no submodule has no blob.
Inputs = tuple[bool, dict[str, Blob | None]]


def changed_inputs(context: BuildContext, history: History) -> Iterator[Changed]:
    """For each commit of the history, the newest first, what it changed for a build as it is configured now.

    A read of git's own directory is changed by every commit.
    """
    always = dict.fromkeys(reads_of_git(context), (GIT,))
    for changed in _changes(context, history):
        paths = changed.paths
        if always:
            paths = {
                number: tuple(sorted({*paths.get(number, ()), *always.get(number, ())}))
                for number in sorted({*paths, *always})
            }
        yield Changed(changed.commit, paths, changed.failing)


def reads_of_git(context: BuildContext) -> frozenset[int]:
    """The reads that take something of git's own directory, by what is there today."""
    directory = context.tree.root.subdirectories.get(GIT)
    found: set[int] = set()
    stack = [directory] if directory is not None and context.plan.reads else []
    while stack:
        inside = stack.pop()
        stack += inside.subdirectories.values()
        for place, kind in enumerate(inside.kinds):
            if kind == Kind.FILE:
                found |= context.usage.readers(inside, place)
    return frozenset(number for number in found if number >= 0)


def _changes(context: BuildContext, history: History) -> Iterator[Changed]:
    before: list[Inputs] | None = None
    failing: frozenset[int] = frozenset()
    for epoch, made in _steady(context, history):
        live = Live(made, epoch, history.gitlinks)
        if before is not None and epoch.entry is not None:
            yield Changed(epoch.entry.name, differences(before, live.inputs()), failing)
        failing = live.failing
        for commit in epoch.commits:
            paths = live.undo(commit)
            yield Changed(commit.name, paths, failing)
            failing = live.failing
        before = live.inputs()


def differences(one: list[Inputs], other: list[Inputs]) -> dict[int, tuple[str, ...]]:
    """The reads whose inputs are not the same, each with the paths that differ; none if only one of them fails."""
    found: dict[int, tuple[str, ...]] = {}
    for number, (left, right) in enumerate(zip(one, other, strict=True)):
        (fails, here), (other_fails, there) = left, right
        if fails != other_fails:
            found[number] = ()
        elif here != there:
            paths = {path for path in here.keys() | there.keys() if here.get(path, 0) != there.get(path, 0)}
            found[number] = tuple(sorted(_shown(path, here, there) for path in paths))
    return found


def _shown(path: str, *sides: dict[str, Blob | None]) -> str:
    return path if any(side.get(path) is not None for side in sides) else path + "/"


def _steady(context: BuildContext, history: History) -> Iterator[tuple[Epoch, BuildContext]]:
    """The epochs and the build over all of each, those taken apart in which names decide whether a pattern fails."""
    for epoch in epochs(history):
        made = _over(context, history, epoch)
        if not epoch.commits or _is_steady(made):
            yield epoch, made
        else:
            for single in epoch.single():
                yield single, _over(context, history, single)


def _over(context: BuildContext, history: History, epoch: Epoch) -> BuildContext:
    return context.over(revision_from(history.root, history.prefix, history.head, epoch.rows, history.targets))


def _is_steady(made: BuildContext) -> bool:
    try:
        if made.patterns(View.BUILDKIT).fails_late or (made.includes is not None and made.includes.fails_late):
            return False
        errors = [result.error for result in made.usage.results]
    except CtxoptError:
        return False
    return all(error is None or error.kind != "bad_pattern" for error in errors)


@dataclass(slots=True)
class _Entry:
    """An entry of an epoch: its place, the views that keep it for its own sake, and who reads it where it is."""

    directory: Directory
    place: int
    own: int
    readers: frozenset[int]


class Live:
    """The inputs of all reads in one state of an epoch, which can be turned into the next older one.

    `made` is the build over all entries of the epoch. What of them is there, and in which views, is kept in the
    flags of its tree, so that what is resolved in it is resolved in the state.
    """

    def __init__(self, made: BuildContext, epoch: Epoch, submodules: tuple[str, ...]) -> None:
        reads = made.plan.reads
        self._reads = reads
        self._views = [View.BUILDKIT if read.unresolved else View.TRANSFER for read in reads]
        self._blobs: dict[str, Blob] = {}
        self._bits: dict[str, int] = {}
        self._inside: dict[str, list[int]] = {}
        self._before: dict[str, int] = {}
        self._within = {path: _leading_into(reads, path) for path in submodules}
        self._asked: list[set[str]] = [set() for _ in reads]
        self._entries: dict[str, _Entry] = {}
        self._snapshot: _Watched | None = None
        self._failing = {number for number, read in enumerate(reads) if not read.unresolved}
        try:
            results = made.usage.results
            self._entries = dict(_entries(made, alone=not epoch.commits))
            self._snapshot = _Watched(made.transferred, View.TRANSFER, made.files)
        except CtxoptError:
            # The context is refused as a whole.
            self._failing = set(range(len(reads)))
            results = ()
        #: The reads that fail in no state because of what is there in all of them together.
        self._open = [number for number, result in enumerate(results) if result.error is None]
        for path, blob in epoch.files.items():
            self._put(path, blob)
        self._before.clear()
        for number in self._open:
            self._judge(number)

    @property
    def failing(self) -> frozenset[int]:
        """The reads that fail in this state."""
        return frozenset(self._failing)

    def inputs(self) -> list[Inputs]:
        """All inputs in this state."""
        found: list[Inputs] = [(number in self._failing, {}) for number in range(len(self._reads))]
        for path, bits in self._bits.items():
            entry = self._entries.get(path)
            for number in entry.readers if entry is not None and bits else ():
                if bits & self._views[number] and number not in self._failing:
                    found[number][1][path] = self._blobs.get(path)
        for path, numbers in self._within.items():
            blob = self._blobs.get(path)
            if blob is not None and blob.mode == GITLINK:
                for number in numbers:
                    found[number][1][path] = blob
        return found

    def undo(self, commit: Commit) -> dict[int, tuple[str, ...]]:
        """Go on to the state before a commit; returns the reads with the paths that it changed for them."""
        self._before.clear()
        other: dict[str, Blob | None] = {}
        failed = set(self._failing)
        for change in commit.changes:
            other[change.path] = self._blobs.get(change.path)
            if change.before is None:
                self._put(change.path, None)
        for change in commit.changes:
            if change.before is not None:
                self._put(change.path, change.before)
        touched = {path for path, bits in self._before.items() if bits != self._bits.get(path, 0)}
        for number in self._open:
            if not touched.isdisjoint(self._asked[number]):
                self._judge(number)
        return self._changed(touched, other, failed)

    def _changed(
        self, touched: set[str], other: dict[str, Blob | None], failed: set[int]
    ) -> dict[int, tuple[str, ...]]:
        """The reads with what differs for them between this state and the newer one.

        `touched` are the entries that are in other views than before, `other` what was at the paths of the commit,
        `failed` the reads that failed.
        """
        turned = failed ^ self._failing
        found: dict[int, set[str]] = {}
        modified = {path for path, blob in other.items() if blob != self._blobs.get(path)}
        for path in touched | modified:
            shown = path if path in self._blobs or other.get(path) is not None else path + "/"
            if path in modified and GITLINK in {blob.mode for blob in (other[path], self._blobs.get(path)) if blob}:
                for number in self._within.get(path, ()):
                    found.setdefault(number, set()).add(shown)
            entry = self._entries.get(path)
            after = self._bits.get(path, 0)
            either, both = self._before.get(path, after) | after, self._before.get(path, after) & after
            for number in entry.readers if entry is not None else ():
                view = self._views[number]
                if number not in self._failing and either & view and (path in modified or not both & view):
                    found.setdefault(number, set()).add(shown)
        told = {number: tuple(sorted(paths)) for number, paths in found.items() if number not in turned}
        return dict(sorted((told | dict.fromkeys(turned, ())).items()))

    def _put(self, path: str, blob: Blob | None) -> None:
        """Put something at a path, or take it away, and see to the directories above."""
        if blob is None:
            self._blobs.pop(path, None)
        else:
            self._blobs[path] = blob
        while path and self._set(path):
            path = path.rpartition("/")[0]

    def _set(self, path: str) -> bool:
        """Work out anew in which views an entry is; returns whether that changed."""
        counts = self._inside.get(path)
        entry = self._entries.get(path)
        bits = 0
        if path in self._blobs or (counts is not None and counts[2]):
            bits = _THERE | (entry.own if entry is not None else 0)
            if counts is not None:
                bits |= (View.BUILDKIT if counts[0] else 0) | (View.TRANSFER if counts[1] else 0)
        old = self._bits.get(path, 0)
        if bits == old:
            return False
        self._before.setdefault(path, old)
        self._bits[path] = bits
        if entry is not None:
            entry.directory.flags[entry.place] = bits & ~_THERE
        above = self._inside.setdefault(path.rpartition("/")[0], [0, 0, 0])
        for place, view in enumerate(_VIEWS):
            above[place] += bool(bits & view) - bool(old & view)
        return True

    def _judge(self, number: int) -> None:
        """Find out whether a read fails in this state, and which look-ups that depends on."""
        snapshot, read = self._snapshot, self._reads[number]
        if snapshot is None or read.unresolved:
            return
        snapshot.asked = self._asked[number] = set(_required(read))
        try:
            resolve(snapshot, read, _NOBODY)
        except Unresolved:
            self._failing.add(number)
        else:
            self._failing.discard(number)


def _entries(made: BuildContext, *, alone: bool) -> Iterator[tuple[str, _Entry]]:
    """All entries of an epoch by their paths, with nothing there yet; `alone` if it is of one state only."""
    usage, includes = made.usage, made.includes
    readers = [frozenset(number for number in one if number >= 0) for one in usage.reader_sets]
    for directory in made.transferred.directories():
        kinds, flags = directory.kinds, directory.flags
        used = directory.used or bytes(len(flags))
        prefix = directory.path + "/" if directory.path else ""
        for place, name in enumerate(directory.names):
            own = flags[place] & (View.BUILDKIT | View.TRANSFER)
            path = prefix + name
            if kinds[place] == Kind.DIRECTORY and not alone:
                # It may be in a view only for what is in it, which comes and goes.
                if not flags[place] & KEPT:
                    own = 0
                elif own & View.TRANSFER and includes is not None and not includes.trace(path)[0]:
                    own = View.BUILDKIT
            yield path, _Entry(directory, place, own, readers[used[place]])
        directory.flags = bytearray(len(flags))


class _Watched(Snapshot):
    """Notes what is looked up."""

    asked: set[str]

    def find(self, path: str) -> Node | None:
        self.asked.add(path)
        return super().find(path)


class _Nobody:
    """Is told what is read, and does not care."""

    def one(self, node: Node) -> None:
        """Nothing."""

    def all_in(self, directory: Directory) -> None:
        """Nothing."""


_NOBODY: Final = _Nobody()


def _required(read: ContextRead) -> Iterator[str]:
    """The paths that a read with --parents asks for by name."""
    if read.parents:
        yield from ("/".join(source_parts(read, source)) for source in read.sources)


def _leading_into(reads: tuple[ContextRead, ...], submodule: str) -> tuple[int, ...]:
    """The reads with a source in a submodule, by its names: what is in there is not in the history."""
    names = submodule.split("/")
    return tuple(
        number
        for number, read in enumerate(reads)
        if any(_goes_through(source_parts(read, source), names) for source in read.sources)
    )


def _goes_through(parts: tuple[str, ...], names: list[str]) -> bool:
    if "**" in parts[: len(names)]:
        return True
    return len(parts) > len(names) and all(map(matches, parts, names))
