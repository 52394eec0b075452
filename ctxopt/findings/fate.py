"""How far files of the context get: to the builder, into a stage, into the image."""

from collections.abc import Iterable
from dataclasses import dataclass

from ctxopt.core.build_context import BuildContext
from ctxopt.core.context.tree import Directory, Kind, Totals, View
from ctxopt.core.dockerfile.model import ContextRead, StageCopy
from ctxopt.image.layout import Layout, layouts

#: Told the path of a file of the context, and the read that took it into a stage.
Origin = tuple[str, int]


@dataclass(frozen=True, slots=True)
class Taken:
    """How one file gets into a stage, and into the image if `in_image`.

    `read` takes it from the context into a stage, `step` as far as it gets: that may be a COPY from that
    stage. `place` is where it then is, `origin` where the read put it, if that is known. `sure` is False
    where it was followed through a stage whose commands may have moved it.
    """

    read: ContextRead
    step: ContextRead | StageCopy
    in_image: bool
    place: str | None = None
    origin: str | None = None
    sure: bool = True


class Fates:
    """The fates of some files of one build, given by their paths."""

    def __init__(self, context: BuildContext, paths: Iterable[str]) -> None:
        self._context = context
        plan, usage = context.plan, context.usage
        self._paths = {path: place for path in paths if (place := context.locate(path)) is not None}
        self._readers = {
            path: tuple(
                number
                for number in sorted(usage.readers(*place))
                # What reads anything, for all that is known, is not said to read this.
                if number >= 0 and plan.reads[number].kind != "RUN" and not plan.reads[number].unresolved
            )
            for path, place in self._paths.items()
        }
        read: list[list[str]] = [[] for _ in plan.reads]
        for path, numbers in self._readers.items():
            for number in numbers:
                read[number].append(path)
        self._layouts = layouts(plan, read) if any(read) else {}
        last = max((stage.number for stage in plan.stages if stage.exported), default=-1)
        self._image = self._layouts.get(last, Layout())
        self._in_image: dict[Origin, str] = {}
        for where, origin in self._image.files.items():
            self._in_image.setdefault(origin, where)

    @property
    def image(self) -> Layout:
        """Where these files are in the image."""
        return self._image

    def is_sent(self, path: str) -> bool:
        """Whether BuildKit transfers a file that was given."""
        directory, at = self._paths[path]
        return bool(directory.flags[at] & View.TRANSFER)

    def taken(self, path: str, removed: str = "") -> Taken | None:
        """How far a file that was given gets, None if into no stage.

        `removed` is the name under which a RUN would remove it, if that is not its own.
        """
        reads = self._context.plan.reads
        numbers = self._readers[path]
        if not numbers:
            return None
        direct = next((number for number in numbers if reads[number].reaches_image), None)
        if direct is not None:
            place = self._in_image.get((path, direct))
            return Taken(reads[direct], reads[direct], True, place, place)
        for number in numbers:
            place = self._in_image.get((path, number))
            if place is not None and self.removal(removed or path, reads[number]) is None:
                origin = self._in_stage(path, number)
                return Taken(reads[number], self._image.steps[place], True, place, origin, sure=False)
        first = reads[numbers[0]]
        origin = self._in_stage(path, numbers[0])
        return Taken(first, first, False, origin, origin)

    def _in_stage(self, path: str, number: int) -> str | None:
        """Where a read puts a file in its own stage."""
        layout = self._layouts.get(self._context.plan.reads[number].stage, Layout())
        return next((place for place, origin in layout.files.items() if origin == (path, number)), None)

    def removal(self, path: str, read: ContextRead) -> int | None:
        """The line of a later RUN in the stage of a read that removes a file or a directory above it, by the names."""
        names = frozenset(path.split("/"))
        for step in self._context.plan.steps:
            if step.stage == read.stage and step.kind == "RUN" and step.line > read.line and removes(step.text, names):
                return step.line
        return None


def removes(text: str, names: frozenset[str]) -> bool:
    """Whether the text of a RUN looks as if it removed something of one of these names."""
    words = [word.strip("\"';&|") for word in text.split()]
    if "rm" not in words:
        return False
    return any(word.rstrip("/").rpartition("/")[2] in names for word in words[words.index("rm") + 1 :])


def taken_below(context: BuildContext, inside: Directory, read: ContextRead) -> Totals:
    """The files that a read takes of a directory, with all that is below."""
    wanted = [read.number in readers for readers in context.usage.reader_sets]
    totals = Totals()
    stack = [inside]
    while stack:
        directory = stack.pop()
        used = directory.used or bytes(len(directory.names))
        sizes = [
            size
            for size, kind, readers in zip(directory.sizes, directory.kinds, used, strict=True)
            if kind != Kind.DIRECTORY and wanted[readers]
        ]
        totals += Totals(len(sizes), sum(sizes))
        stack += directory.subdirectories.values()
    return totals


def first_file(inside: Directory, names: Iterable[str] = ()) -> str | None:
    """A file of BuildKit's view in a directory, if possible of one of these names, else anywhere below."""
    stack = [inside]
    while stack:
        directory = stack.pop()
        for name in (*names, *directory.names):
            place = directory.find(name)
            if place >= 0 and directory.kinds[place] == Kind.FILE and directory.flags[place] & View.BUILDKIT:
                return directory.child_path(name)
        stack += directory.subdirectories.values()
    return None
