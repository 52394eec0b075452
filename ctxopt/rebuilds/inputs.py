"""What each commit of a history changed in the inputs of a build's instructions.

An input is an entry that an instruction reads: its path, what it is, whether its owner may execute it, its
content, or where the link leads. BuildKit's cache keys of COPY, ADD and bind mounts are made from the same, and
hold no times. Two simplifications, both on the safe side: a link on the way to a source counts as an input,
where BuildKit looks at what it leads to; and an instruction that fails has no inputs but that it fails.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final

from ctxopt.core.build_context import BuildContext
from ctxopt.core.context.tree import KEPT, Directory, EntryKind, Tree, View
from ctxopt.core.dockerfile.model import ContextRead, Plan
from ctxopt.core.golang import paths
from ctxopt.core.golang.match import matches
from ctxopt.core.ids import ReadId
from ctxopt.core.usage.by_name import source_parts
from ctxopt.core.usage.resolve import Unresolved, resolve
from ctxopt.core.usage.snapshot import Node, Snapshot
from ctxopt.errors import CtxoptError
from ctxopt.rebuilds.epochs import Epoch, Timeline
from ctxopt.rebuilds.log import GITLINK, Blob, Commit

#: Where git keeps what every commit changes.
GIT: Final = ".git"
_VIEWS: Final = (View.BUILDKIT, View.TRANSFER)
_BOTH: Final = View.BUILDKIT | View.TRANSFER


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


def changed_inputs(context: BuildContext, timeline: Timeline) -> Iterator[Changed]:
    """For each commit of the history, the newest first, what it changed for a build as it is configured now.

    A read of git's own directory is changed by every commit.
    """
    always = dict.fromkeys(reads_of_git(context), (GIT,))
    for changed in _changes(context, timeline):
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
            if kind == EntryKind.FILE:
                found |= context.usage.readers(inside, place)
    return frozenset(number for number in found if number >= 0)


def _changes(context: BuildContext, timeline: Timeline) -> Iterator[Changed]:
    before: list[Inputs] | None = None
    failing: frozenset[int] = frozenset()
    for epoch, everything, made in _steady(context, timeline):
        live = Live(made, everything, epoch, timeline.history.gitlinks)
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


def _steady(context: BuildContext, timeline: Timeline) -> Iterator[tuple[Epoch, Tree, BuildContext]]:
    """The epochs and the build over all of each, those taken apart in which names decide whether a pattern fails."""
    followed = any(_may_be_followed(context.plan, path) for path in timeline.history.links)
    for epoch, together in timeline.epochs(links_are_files=not followed):
        made = context.with_unfiltered(together.tree, together.files)
        if not epoch.commits or _is_steady(made):
            yield epoch, together.tree, made
        else:
            for single in epoch.single():
                alone = timeline.together(single)
                yield single, alone.tree, context.with_unfiltered(alone.tree, alone.files)


def _may_be_followed(plan: Plan, link: str) -> bool:
    """Whether a link may lie on the way to what an instruction reads, rather than be read itself: by its path."""
    if any(read.parents for read in plan.reads):
        # Its patterns are those of ignore files, which see more in a name than a source does.
        return True
    names = link.split("/")
    sources = [(source_parts(read, source), read) for read in plan.reads for source in read.sources]
    followed = [(_parts(path), None) for path in plan.follow_paths]
    for parts, read in (*sources, *followed):
        if any("[" in part or "**" in part for part in parts):
            # These match across directories.
            return True
        if len(names) <= len(parts) and all(map(matches, parts, names)):
            return True
        # Beside the root of a source with patterns, links are looked at as well.
        if read is not None and read.excludes and not parts and len(names) == 1:
            return True
    return False


def _parts(path: str) -> tuple[str, ...]:
    return tuple(part for part in paths.join("/", path).split("/") if part)


def _is_steady(made: BuildContext) -> bool:
    try:
        if made.patterns(View.BUILDKIT).fails_on_use or (made.includes is not None and made.includes.fails_on_use):
            return False
        errors = [result.error for result in made.usage.results]
    except CtxoptError:
        return False
    return all(error is None or error.kind != "bad_pattern" for error in errors)


class Live:
    """The inputs of all reads in one state of an epoch, which can be turned into the next older one.

    `made` is the build over all entries of the epoch, which `everything` holds. What of them is in the views of
    a state is kept in the flags of its tree, so that what is resolved in it is resolved in the state. Only
    what comes and goes is looked at: all else is as it is in the epoch.
    """

    def __init__(self, made: BuildContext, everything: Tree, epoch: Epoch, submodules: tuple[str, ...]) -> None:
        reads = made.plan.reads
        self._reads = reads
        self._views = [View.BUILDKIT if read.unresolved else View.TRANSFER for read in reads]
        self._blobs = dict(epoch.files)
        self._everything = everything
        #: The entries of the epoch that are not there, and for directories how many entries are.
        self._gone: set[str] = set()
        self._entries: dict[str, int] = {}
        #: For entries the views that they are in for their own sake, for directories how many entries of each view.
        self._own: dict[str, int] = {}
        self._held: dict[str, list[int]] = {}
        self._before: dict[str, int] = {}
        self._within = {path: _leading_into(reads, path) for path in submodules}
        self._asked: list[set[str]] = [set() for _ in reads]
        self._failing = {read.number for read in reads if not read.unresolved}
        try:
            results = made.usage.results
            self._tree = made.transferred
            self._includes = made.includes
            self._rows = made.usage.rows
            self._sets = [frozenset(number for number in one if number >= 0) for one in made.usage.reader_sets]
        except CtxoptError:
            # The context is refused as a whole.
            self._failing = {read.number for read in reads}
            results = ()
            self._tree = Tree(Directory(""), views=View.BUILDKIT | View.TRANSFER)
            self._rows = {}
            self._includes = None
            self._sets = [frozenset()]
        self._snapshot = _Watched(self._tree, View.TRANSFER, made.files)
        #: The reads that fail in no state because of what is there in all of them together.
        self._open = [result.read.number for result in results if result.error is None]
        for path, kind, _, _ in epoch.rows:
            if path not in self._blobs and (kind != EntryKind.DIRECTORY or path in self._within):
                self._put(path, None)
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
        for directory in self._tree.directories():
            row = self._rows.get(directory.path)
            if row is None:
                continue
            prefix = directory.path + "/" if directory.path else ""
            for name, flags, used in zip(directory.names, directory.flags, row, strict=True):
                for number in self._sets[used]:
                    if flags & self._views[number] and number not in self._failing:
                        found[number][1][prefix + name] = self._blobs.get(prefix + name)
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
        touched = {path for path, bits in self._before.items() if bits != self._bits(path)}
        for number in self._open:
            if not touched.isdisjoint(self._asked[number]):
                self._judge(number)
        return self._changed(touched, other, failed)

    def _changed(
        self, touched: set[str], other: dict[str, Blob | None], failed: set[ReadId]
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
            after = self._bits(path)
            either, both = self._before.get(path, after) | after, self._before.get(path, after) & after
            for number in self._readers(path) if either else ():
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
        while path and self._settle(path):
            path = path.rpartition("/")[0]

    def _settle(self, path: str) -> bool:
        """Work out anew whether an entry is there, and in which views; returns whether anything changed."""
        there = path in self._blobs or self._count(path) > 0
        came = there == (path in self._gone)
        above = path.rpartition("/")[0]
        if came:
            (self._gone.discard if there else self._gone.add)(path)
            self._entries[above] = self._count(above) + (1 if there else -1)
        place = self._tree.find(path)
        if place is None:
            return came
        directory, at = place
        held = self._counts(path)
        # Asked for in any case: what an entry is for its own sake can be seen only before anything is changed.
        own = self._own_bits(path, directory, at)
        bits = own if there else 0
        bits |= (View.BUILDKIT if held[0] else 0) | (View.TRANSFER if held[1] else 0)
        old = directory.flags[at] & _BOTH
        if bits == old:
            return came
        self._before.setdefault(path, old)
        counts = self._counts(above)
        directory.flags[at] ^= old ^ bits
        for number, view in enumerate(_VIEWS):
            counts[number] += bool(bits & view) - bool(old & view)
        return True

    def _count(self, path: str) -> int:
        """How many entries of a directory are there; 0 for what is no directory."""
        if path not in self._entries:
            directory = _directory(self._everything, path)
            self._entries[path] = 0 if directory is None else len(directory.names)
        return self._entries[path]

    def _counts(self, path: str) -> list[int]:
        """How many entries of a directory are in each of the views."""
        if path not in self._held:
            directory = _directory(self._tree, path)
            flags = b"" if directory is None else directory.flags
            self._held[path] = [sum(bool(one & view) for one in flags) for view in _VIEWS]
        return self._held[path]

    def _own_bits(self, path: str, directory: Directory, place: int) -> int:
        """In which views an entry is for its own sake; a directory may be in one only for what is in it."""
        if path not in self._own:
            own = directory.flags[place] & _BOTH
            if directory.kinds[place] == EntryKind.DIRECTORY:
                if not directory.flags[place] & KEPT:
                    own = 0
                elif own & View.TRANSFER and self._includes is not None and not self._includes.trace(path)[0]:
                    own = View.BUILDKIT
            self._own[path] = own
        return self._own[path]

    def _bits(self, path: str) -> int:
        place = self._tree.find(path)
        return 0 if place is None else place[0].flags[place[1]] & _BOTH

    def _readers(self, path: str) -> frozenset[ReadId]:
        place = self._tree.find(path)
        row = None if place is None else self._rows.get(place[0].path)
        return frozenset() if place is None or row is None else self._sets[row[place[1]]]

    def _judge(self, number: ReadId) -> None:
        """Find out whether a read fails in this state, and which look-ups that depends on."""
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


def _directory(tree: Tree, path: str) -> Directory | None:
    directory: Directory | None = tree.root
    for name in path.split("/") if path else ():
        directory = None if directory is None else directory.subdirectories.get(name)
    return directory


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

    def all_in(self, directories: Iterable[Directory]) -> None:
        """Nothing."""


_NOBODY: Final = _Nobody()


def _required(read: ContextRead) -> Iterator[str]:
    """The paths that a read with --parents asks for by name."""
    if read.parents:
        yield from ("/".join(source_parts(read, source)) for source in read.sources)


def _leading_into(reads: tuple[ContextRead, ...], submodule: str) -> tuple[ReadId, ...]:
    """The reads with a source in a submodule, by its names: what is in there is not in the history."""
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
