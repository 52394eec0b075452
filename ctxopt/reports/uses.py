"""What becomes of the files of one context: in the final image, only in the build, unused, or not sent."""

from enum import Enum

from ctxopt.core.build_context import BuildContext
from ctxopt.core.context.tree import Directory, View
from ctxopt.core.dockerfile.model import ContextRead
from ctxopt.core.usage.readers import BUILDER
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
        self.by_readers: list[Use] = []
        by_number = {read.number: use_by(read) for read in context.plan.reads} | {BUILDER: Use.BUILDER}
        for readers in context.usage.reader_sets:
            # Each set comes after its rest, so that no reader is looked at twice.
            if readers.rest is None:
                self.by_readers.append(Use.UNUSED)
            else:
                uses = set(map(by_number.__getitem__, readers.added))
                self.by_readers.append(strongest(self.by_readers[readers.rest.number], *uses))
        single = is_single_stage(context.plan)
        origins = set() if single else image_origins(context)
        #: The files in the image where that depends on other stages as well; None if the readers decide.
        self.image = None if single else frozenset(path for path, _ in origins)
        reads = (context.plan.reads[number] for _, number in origins)
        #: The instructions whose files get into the image by way of another stage.
        self.indirect = frozenset(read.number for read in reads if not read.reaches_image)

    def of(self, directory: Directory, index: int, readers: int) -> Use:
        """What becomes of one file, given the number of the set of its readers."""
        if not directory.flags[index] & View.BUILDKIT:
            return Use.IGNORED
        use = self.by_readers[readers]
        if self.image is None or use is not Use.BUILD:
            return use
        return Use.IMAGE if directory.child_path(directory.names[index]) in self.image else Use.BUILD

    def of_entry(self, directory: Directory, index: int) -> Use:
        """What becomes of one file."""
        return self.of(directory, index, self._usage.numbers(directory)[index])
