"""The books: which instruction reads which entry of the context, and what nobody reads."""

from array import array
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from heapq import nsmallest
from operator import neg

from ctxopt.context.files import Files
from ctxopt.context.tree import Directory, Kind, Totals, Tree, View
from ctxopt.dockerfile.model import ContextRead, Plan
from ctxopt.errors import ReadError
from ctxopt.usage.resolve import Unresolved, resolve
from ctxopt.usage.snapshot import Node, Snapshot


@dataclass(frozen=True, slots=True)
class ReadResult:
    """One context read with what it takes: files and logical bytes, or why the build would fail."""

    read: ContextRead
    totals: Totals
    error: ReadError | None


#: The number under which the Dockerfile and the ignore file are read: by the builder, by no instruction.
BUILDER = -1


def is_used(readers: frozenset[int]) -> bool:
    """Whether an instruction is among the readers."""
    return any(number >= 0 for number in readers)


def is_unused(readers: frozenset[int]) -> bool:
    """Whether nobody reads: no instruction, and not the builder itself."""
    return not readers


@dataclass(frozen=True, slots=True)
class Branch:
    """A directory with a sum over some of the files below it.

    `whole` tells whether that is every file below. `files` are the largest files right in it, as names
    and bytes, and `loose` sums all that are right in it; `children` are the directories, largest first.
    """

    path: str
    totals: Totals
    whole: bool
    loose: Totals
    files: tuple[tuple[str, int], ...] = ()
    children: "tuple[Branch, ...]" = ()


class Usage:
    """Who reads what in one context.

    A read whose source depends on a value that is not known counts as reading all that BuildKit's view
    holds; so does everything where the context could not be resolved.
    """

    def __init__(self, tree: Tree, plan: Plan, files: Files, build_files: Iterable[str] = ()) -> None:
        self._tree = tree
        self._sets: list[frozenset[int]] = [frozenset()]
        self._numbers: dict[frozenset[int], int] = {frozenset(): 0}
        self._joined: dict[tuple[int, int], int] = {}
        snapshot = Snapshot(tree, View.TRANSFER, files)
        everything = Snapshot(tree, View.BUILDKIT | View.CLASSIC, files)
        for path in build_files:
            node = everything.find(path)
            if node is not None:
                self.mark(node.directory, node.place, BUILDER)
        self.results = tuple(self._resolve(i, read, plan.file, snapshot) for i, read in enumerate(plan.reads))

    def readers(self, directory: Directory, place: int) -> frozenset[int]:
        """The numbers of the reads (places in `results`) that take an entry."""
        return self._sets[directory.used[place]] if directory.used is not None else frozenset()

    @property
    def reader_sets(self) -> Sequence[frozenset[int]]:
        """The sets of readers by their numbers, which the entries' `used` rows hold."""
        return self._sets

    def files_of(self, number: int) -> list[str]:
        """The sorted paths of the regular files that a read takes. Raises its error, if it has one."""
        error = self.results[number].error
        if error is not None:
            raise error
        return self._files(lambda readers: number in readers)

    def check(self) -> None:
        """Raise the first read's error, if one has an error."""
        for result in self.results:
            if result.error is not None:
                raise result.error

    def used_files(self) -> list[str]:
        """The sorted paths of the regular files that any read takes. Raises the first read's error."""
        self.check()
        return self._files(is_used)

    def totals(self, keep: Callable[[int, frozenset[int]], bool]) -> Totals:
        """The sum over the files whose flags (View bits and KEPT) and readers are wanted."""
        wanted = (total for (flags, number), total in self._ledger.items() if keep(flags, self._sets[number]))
        return sum(wanted, Totals())

    @cached_property
    def _ledger(self) -> dict[tuple[int, int], Totals]:
        """The files of the whole tree, summed by their flags and the number of the set of their readers."""
        sums: dict[tuple[int, int], list[int]] = {}
        for directory in self._tree.directories():
            used = directory.used or bytes(len(directory.names))
            rows = zip(directory.kinds, directory.flags, used, directory.sizes, strict=True)
            for kind, flags, number, size in rows:
                if kind != Kind.DIRECTORY:
                    entry = sums.get((flags, number))
                    if entry is None:
                        sums[flags, number] = [1, size]
                    else:
                        entry[0] += 1
                        entry[1] += size
        return {key: Totals(files, size) for key, (files, size) in sums.items()}

    def branches(self, view: int, keep: Callable[[frozenset[int]], bool]) -> Branch:
        """The tree of directories with a sum over the files in a view whose readers are wanted."""
        # Children before parents, without recursion: a context may be very deep.
        done: dict[str, Branch] = {}
        for directory in reversed(list(self._tree.directories())):
            children = [done.pop(child.path) for child in directory.subdirectories.values()]
            done[directory.path] = self._branch(directory, children, view, keep)
        return done[""]

    def entries(self, view: int, keep: Callable[[frozenset[int]], bool]) -> Iterator[tuple[Directory, int]]:
        """The files in a view whose readers are wanted, in the order of the walk."""
        for directory in self._tree.directories():
            for place in self._places(directory, view, keep):
                yield directory, place

    def _files(self, keep: Callable[[frozenset[int]], bool]) -> list[str]:
        found = [
            directory.child_path(directory.names[place])
            for directory, place in self.entries(View.TRANSFER | View.BUILDKIT, keep)
            if directory.kinds[place] == Kind.FILE
        ]
        return sorted(found)

    def _branch(
        self, directory: Directory, children: list[Branch], view: int, keep: Callable[[frozenset[int]], bool]
    ) -> Branch:
        places = list(self._places(directory, view, keep))
        sizes = [directory.sizes[place] for place in places]
        loose = Totals(len(places), sum(sizes))
        total = sum((child.totals for child in children), loose)
        in_view = (
            kind != Kind.DIRECTORY and bool(flags & view)
            for kind, flags in zip(directory.kinds, directory.flags, strict=True)
        )
        whole = sum(in_view) == len(places) if places else not any(in_view)
        largest = nsmallest(5, zip(map(neg, sizes), places, strict=True))
        return Branch(
            directory.path,
            total,
            whole and all(child.whole for child in children),
            loose,
            tuple((directory.names[place], -size) for size, place in largest),
            tuple(sorted((c for c in children if c.totals.files), key=lambda c: (-c.totals.size, c.path))),
        )

    def _places(self, directory: Directory, view: int, keep: Callable[[frozenset[int]], bool]) -> Iterator[int]:
        wanted = [keep(readers) for readers in self._sets]
        used = directory.used or bytes(len(directory.names))
        if not any(map(wanted.__getitem__, set(used))):
            return
        rows = zip(directory.kinds, directory.flags, used, strict=True)
        for place, (kind, flags, number) in enumerate(rows):
            if kind != Kind.DIRECTORY and flags & view and wanted[number]:
                yield place

    def _resolve(self, number: int, read: ContextRead, file: str, snapshot: Snapshot) -> ReadResult:
        taking = _Taking(self, number, snapshot.view)
        if read.unresolved:
            taking.view = View.BUILDKIT
            for directory in self._tree.directories():
                taking.all_in(directory)
            return ReadResult(read, taking.totals, None)
        try:
            resolve(snapshot, read, taking)
        except Unresolved as failure:
            return ReadResult(read, taking.totals, self._error(failure, read, file))
        return ReadResult(read, taking.totals, None)

    def mark(self, directory: Directory, place: int, number: int) -> bool:
        """Note that a read takes an entry; returns whether that is new."""
        if place < 0:
            return False
        used = self.numbers(directory)
        before = used[place]
        used[place] = self.join(before, number)
        return used[place] != before

    def numbers(self, directory: Directory) -> "array[int]":
        """The numbers of the sets of readers of a directory's entries, to be changed in place."""
        if directory.used is None:
            directory.used = array("I", bytes(4 * len(directory.names)))
        return directory.used

    def join(self, before: int, number: int) -> int:
        """The number of a set of readers with one more reader in it."""
        after = self._joined.get((before, number))
        if after is None:
            joined = self._sets[before] | {number}
            if joined not in self._numbers:
                self._numbers[joined] = len(self._sets)
                self._sets.append(joined)
            after = self._joined[before, number] = self._numbers[joined]
        return after

    def _error(self, failure: Unresolved, read: ContextRead, file: str) -> ReadError:
        source = failure.source
        if failure.kind == "bad_pattern":
            problem, hint = f'{read.kind} has a bad pattern in "{source}"', "correct the pattern"
        elif failure.kind == "other":
            problem, hint = f'{read.kind} source "{source}" leads through too many links', "remove the circle of links"
        else:
            where = "" if failure.path in ("", source.strip("/")) else f" ({failure.path})"
            problem, hint = f'{read.kind} source "{source}"{where} is not in the build context', self._why(failure.path)
        return ReadError(problem, kind=failure.kind, source=source, file=file, line=read.line, hint=hint)

    def _why(self, path: str) -> str:
        """Why a path is missing: not there, left out by the ignore file, a link to nowhere, or not asked for."""
        directory = self._tree.root
        sent = True
        for name in path.split("/") if path else ():
            place = directory.find(name)
            if place < 0:
                return "there is no such file"
            flags, kind = directory.flags[place], directory.kinds[place]
            if not flags & View.BUILDKIT:
                return "the ignore file leaves it out: add an exception for it"
            if kind == Kind.SYMLINK:
                return "a symbolic link on the way leads to nothing that is sent"
            sent = bool(flags & View.TRANSFER)
            inside = directory.subdirectories.get(name)
            if inside is None:
                inside = Directory(directory.child_path(name))
            directory = inside
        return "the exclude patterns leave it out" if sent else "nothing in it is asked for, so BuildKit is not sent it"


class _Taking:
    """Marks what one read takes, and sums it up."""

    def __init__(self, usage: Usage, number: int, view: int) -> None:
        self._usage = usage
        self._number = number
        self._files = 0
        self._size = 0
        self.view = view

    @property
    def totals(self) -> Totals:
        return Totals(self._files, self._size)

    def one(self, node: Node) -> None:
        """Take one entry."""
        if self._usage.mark(node.directory, node.place, self._number) and node.kind != Kind.DIRECTORY:
            self._files += 1
            self._size += node.directory.sizes[node.place]

    def all_in(self, directory: Directory) -> None:
        """Take all entries of a directory that are in the view."""
        if not directory.names:
            return
        used = self._usage.numbers(directory)
        joined = {before: self._usage.join(before, self._number) for before in set(used)}
        fresh = [
            place
            for place, (flags, before) in enumerate(zip(directory.flags, used, strict=True))
            if flags & self.view and joined[before] != before
        ]
        for place in fresh:
            used[place] = joined[used[place]]
        files = [directory.sizes[place] for place in fresh if directory.kinds[place] != Kind.DIRECTORY]
        self._files += len(files)
        self._size += sum(files)
