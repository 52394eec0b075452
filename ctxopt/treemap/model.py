"""The data of a map of one context: what a page draws, with nothing left to compute."""

from collections.abc import Sequence
from typing import Final

from ctxopt.core.context.tree import Totals
from ctxopt.core.lazy_dataclass import dataclass
from ctxopt.proposal.model import Level, Proposal
from ctxopt.reports.report import Report


class Status:
    """What one builder does with a file. Plain integers, since there is one for each file and view."""

    #: An instruction reads it, and it gets into the image.
    IMAGE: Final = 0
    #: An instruction reads it, but it stays in a stage, or is only mounted.
    BUILD: Final = 1
    #: The builder itself reads it: the Dockerfile, an ignore file.
    BUILDER: Final = 2
    #: It is sent, and no instruction reads it.
    UNUSED: Final = 3
    #: It is in the context, but nothing asks for it, so BuildKit does not send it.
    IDLE: Final = 4
    #: The ignore file excludes it.
    IGNORED: Final = 5


@dataclass(frozen=True, slots=True)
class ViewSummary:
    """The context as one builder sees it as it is (`level` is None), or with what is proposed at a level.

    `sent` are the files and logical bytes that this builder is sent; `patterns` are those of its ignore file
    that decide about at least one file, as (text, file, line). `broken` is why this builder fails with the proposal
    though it does not now, "" if it does not.
    """

    builder: str
    level: Level | None
    sent: Totals
    patterns: tuple[tuple[str, str, int], ...]
    broken: str = ""

    @property
    def after(self) -> bool:
        """Whether this is with a proposal."""
        return self.level is not None


@dataclass(frozen=True, slots=True)
class FileStatus:
    """All that is known of a file besides its name and size; many files share one.

    `by_view` and `deciders` have a value for each view of the treemap: a Status, and the index of the pattern
    that excludes the file in the view's patterns, or -1. `readers` are indices into the report's reads.
    `risk` says why the file should not be sent, "" if nothing is known against it.
    """

    by_view: tuple[int, ...]
    deciders: tuple[int, ...]
    readers: tuple[int, ...] = ()
    risk: str = ""


#: The status of a node that is a directory: directories have none.
DIRECTORY: Final = -1


@dataclass(frozen=True, slots=True)
class Nodes:
    """The tree as columns, parents before their children; the first is the root, with the parent -1.

    A node is a directory, or a file, or, with the name "", the files of one status in or below a directory that
    are too small for nodes of their own. `files` and `sizes` (logical bytes) are 0 for directories, `statuses` are
    indices into the treemap's statuses, or DIRECTORY.
    """

    names: Sequence[str]
    parents: Sequence[int]
    files: Sequence[int]
    sizes: Sequence[int]
    statuses: Sequence[int]


@dataclass(frozen=True, slots=True)
class Treemap:
    """The context of one build with all its files.

    `views` are those of each builder as it is, then those of each of the `proposals`, the surest first. `proposal` is
    what `generate` proposes without a level, None where there is none, and `why` says why. `refusal` is why the classic
    builder fails, so that it has no views; "" if it does not. `places` are, for each finding of the report, the nodes
    of the files that it names. `name` is that of the build among several, and `command` proposes its ignore file.
    """

    report: Report
    views: tuple[ViewSummary, ...]
    statuses: tuple[FileStatus, ...]
    nodes: Nodes
    proposal: Proposal | None
    why: str = ""
    refusal: str = ""
    proposals: tuple[Proposal, ...] = ()
    places: tuple[tuple[int, ...], ...] = ()
    name: str = ""
    command: str = "ctxopt generate"
