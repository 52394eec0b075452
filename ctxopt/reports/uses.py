"""What becomes of the files of one context: in the final image, only in the build, unused, or not sent."""

from dataclasses import dataclass
from enum import Enum

from ctxopt.core.build_context import BuildContext
from ctxopt.core.context.tree import Directory, EntryKind, Totals, View
from ctxopt.core.dockerfile.model import ContextRead
from ctxopt.core.ids import ReadId
from ctxopt.core.usage.masks import is_uniform
from ctxopt.core.usage.readers import BUILDER, ReaderRow
from ctxopt.reports.stages import image_origins, is_single_stage


class Use(Enum):
    """What becomes of a file, as people call it.

    UNKNOWN is a file of which only instructions with variables decide that have no known value.
    """

    IMAGE = "in final image"
    BUILD = "build only"
    UNKNOWN = "unknown"
    BUILDER = "build files"
    UNUSED = "unused"
    IGNORED = "excluded"
    SECRET = "secret"


#: The uses that a reader more does not change, the strongest first.
_RANKS = (Use.IMAGE, Use.BUILD, Use.BUILDER, Use.UNKNOWN, Use.UNUSED)


def use_by(read: ContextRead) -> Use:
    """What becomes of a file because an instruction reads it, going by that instruction alone."""
    if read.unresolved:
        return Use.UNKNOWN
    if read.reaches_image:
        return Use.IMAGE
    return Use.UNKNOWN if read.misplaced else Use.BUILD


def strongest(*uses: Use) -> Use:
    """What becomes of a file with several readers."""
    return min(uses, key=_RANKS.index, default=Use.UNUSED)


class Uses:
    """What becomes of the files of one context. Raises CtxoptError where BuildKit would not transfer it."""

    def __init__(self, context: BuildContext) -> None:
        self._usage = context.usage
        #: By the numbers of the sets of readers, what becomes of a file in a single stage.
        self._by_readers: list[Use] = []
        for readers in context.usage.reader_sets:
            # Each set comes after its rest, so that no reader is looked at twice.
            if readers.rest is None:
                self._by_readers.append(Use.UNUSED)
            else:
                rest = self._by_readers[readers.rest.number]
                self._by_readers.append(strongest(rest, _use_by_number(context, readers.last)))
        single = is_single_stage(context.plan)
        origins = set() if single else image_origins(context)
        #: The files in the image where that depends on other stages as well; None if the readers decide.
        self._image = None if single else frozenset(path for path, _ in origins)
        reads = (context.plan.reads[number] for _, number in origins)
        #: The instructions whose files get into the image by way of another stage.
        self.indirect = frozenset(read.number for read in reads if not read.reaches_image)

    def of(self, directory: Directory, index: int, readers: int) -> Use:
        """What becomes of one file, given the number of the set of its readers."""
        if not directory.flags[index] & View.BUILDKIT:
            return Use.IGNORED
        use = self._by_readers[readers]
        if self._image is None or use is not Use.BUILD:
            return use
        return Use.IMAGE if directory.child_path(directory.names[index]) in self._image else Use.BUILD

    def of_entry(self, directory: Directory, index: int) -> Use:
        """What becomes of one file."""
        return self.of(directory, index, self._usage.numbers(directory)[index])

    def of_all(self, directory: Directory, numbers: "bytes | ReaderRow") -> Use | None:
        """What becomes of all files in a directory; None if that is not the same, or not seen at one look."""
        flags, kinds = directory.flags, directory.kinds
        if EntryKind.DIRECTORY in kinds or not is_uniform(flags) or numbers.count(numbers[0]) < len(numbers):
            return None
        if self._image is not None and self._by_readers[numbers[0]] is Use.BUILD:
            # Of what one instruction reads, another stage may take some.
            return None
        return self.of(directory, 0, numbers[0])


def _use_by_number(context: BuildContext, reader: ReadId) -> Use:
    return Use.BUILDER if reader == BUILDER else use_by(context.plan.reads[reader])


#: The files of a directory, with everything below it, by their use.
Sums = dict[Use, Totals]


@dataclass(frozen=True, slots=True)
class Node:
    """A directory with its sums, and those in it that the walk only measured."""

    directory: Directory
    sums: Sums
    measured: dict[str, Totals]


def nodes_of(context: BuildContext, uses: Uses) -> dict[str, Node]:
    """All directories that the walk recorded, by their paths."""
    tree = context.transferred
    measured: dict[str, dict[str, Totals]] = {}
    for path, totals in tree.pruned.items():
        measured.setdefault(path.rpartition("/")[0], {})[path] = totals
    nodes: dict[str, Node] = {}
    # Children before parents, without recursion: a context may be very deep.
    for directory in reversed(tree.directories()):
        sums = _direct(directory, context.usage.numbers(directory), uses)
        inside = measured.get(directory.path, {})
        for child in directory.subdirectories.values():
            _add(sums, nodes[child.path].sums)
        for totals in inside.values():
            _add(sums, {Use.IGNORED: totals})
        nodes[directory.path] = Node(directory, sums, inside)
    return nodes


def _direct(directory: Directory, numbers: "bytes | ReaderRow", uses: Uses) -> Sums:
    """The files directly in a directory."""
    if not directory.names:
        return {}
    use = uses.of_all(directory, numbers)
    if use is not None:
        return {use: Totals(len(directory.names), sum(directory.sizes))}
    sums: Sums = {}
    for index, kind in enumerate(directory.kinds):
        if kind != EntryKind.DIRECTORY:
            _add(sums, {uses.of(directory, index, numbers[index]): Totals(1, directory.sizes[index])})
    return sums


def _add(sums: Sums, more: Sums) -> None:
    for use, totals in more.items():
        if totals.files:
            sums[use] = sums.get(use, Totals()) + totals


def by_size(sums: Sums) -> tuple[tuple[Use, Totals], ...]:
    """The uses with their files, most bytes first."""
    return tuple(sorted(sums.items(), key=lambda item: (-item[1].size, -item[1].files, item[0].value)))
