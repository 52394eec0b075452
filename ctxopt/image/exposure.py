"""How far files of the context get: to the builder, into a stage, into the image."""

from collections.abc import Iterable

from ctxopt.core.build_context import BuildContext
from ctxopt.core.context.tree import View
from ctxopt.core.dockerfile.model import ContextRead, StageCopy
from ctxopt.core.lazy_dataclass import dataclass
from ctxopt.image.layout import Layout, Origin, layouts


@dataclass(frozen=True, slots=True)
class Exposure:
    """How one file gets into a stage, and into the image if `in_image`.

    `read` brings it from the context into a stage; `step` is the last instruction that brings it further,
    which may be a COPY from that stage. `path` is its path there, `origin` its path in the stage of `read`,
    both None where they are not known. `sure` is False where the file passes through a stage whose commands
    may have moved it.
    """

    read: ContextRead
    step: ContextRead | StageCopy
    in_image: bool
    path: str | None = None
    origin: str | None = None
    sure: bool = True

    def carried_by(self, copy: StageCopy) -> "Exposure":
        """The same file where a COPY takes it on into the image, at a path that is not known."""
        return Exposure(self.read, copy, True, None, self.origin, sure=False)


class Exposures:
    """How far each of some files of one build gets. Paths that the walk did not record are not among them."""

    def __init__(self, build: BuildContext, paths: Iterable[str]) -> None:
        self._plan = plan = build.plan
        usage = build.usage
        self._entries = {path: entry for path in paths if (entry := build.locate(path)) is not None}
        self._readers = {
            path: tuple(
                number
                for number in sorted(usage.readers(*entry))
                # A read with unknown variables may read anything, so it is no evidence about this file.
                if number >= 0 and plan.reads[number].kind != "RUN" and not plan.reads[number].unresolved
            )
            for path, entry in self._entries.items()
        }
        files_read: list[list[str]] = [[] for _ in plan.reads]
        for path, numbers in self._readers.items():
            for number in numbers:
                files_read[number].append(path)
        self._layouts = layouts(plan, files_read, build.snapshot) if any(files_read) else {}
        last = max((stage.number for stage in plan.stages if stage.exported), default=-1)
        self._image = self._layouts.get(last, Layout())
        self._image_paths: dict[Origin, str] = {}
        for image_path, origin in self._image.files.items():
            self._image_paths.setdefault(origin, image_path)

    def is_sent(self, path: str) -> bool:
        """Whether BuildKit transfers one of the files."""
        directory, index = self._entries[path]
        return bool(directory.flags[index] & View.TRANSFER)

    def of(self, path: str, removed: str = "") -> Exposure | None:
        """How far one of the files gets; None if no instruction brings it into a stage.

        `removed` is the path that a RUN would remove if that is not the file's own, such as its directory.
        """
        reads = self._plan.reads
        numbers = self._readers[path]
        if not numbers:
            return None
        direct = next((number for number in numbers if reads[number].reaches_image), None)
        if direct is not None:
            image_path = self._image_paths.get((path, direct))
            return Exposure(reads[direct], reads[direct], True, image_path, image_path)
        for number in numbers:
            image_path = self._image_paths.get((path, number))
            if image_path is not None and self.removal(removed or path, reads[number]) is None:
                step = self._image.steps[image_path]
                return Exposure(reads[number], step, True, image_path, self._stage_path(path, number), sure=False)
        first = reads[numbers[0]]
        stage_path = self._stage_path(path, numbers[0])
        return Exposure(first, first, False, stage_path, stage_path)

    def _stage_path(self, path: str, number: int) -> str | None:
        """Where a read puts a file in its own stage; None if that is not known."""
        layout = self._layouts.get(self._plan.reads[number].stage, Layout())
        return next((place for place, origin in layout.files.items() if origin == (path, number)), None)

    def removal(self, path: str, read: ContextRead) -> int | None:
        """The line of a later RUN in the stage of a read that seems to remove a file or a directory above it."""
        names = frozenset(path.split("/"))
        for step in self._plan.steps:
            if step.stage == read.stage and step.kind == "RUN" and step.line > read.line and _removes(step.text, names):
                return step.line
        return None


def _removes(text: str, names: frozenset[str]) -> bool:
    """Whether the text of a RUN looks as if it removed something with one of these names."""
    words = [word.strip("\"';&|") for word in text.split()]
    if "rm" not in words:
        return False
    return any(word.rstrip("/").rpartition("/")[2] in names for word in words[words.index("rm") + 1 :])
