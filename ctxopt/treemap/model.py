"""A finished picture of a context: what a page draws, and nothing it must work out."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from ctxopt.core.context.tree import Totals
from ctxopt.proposal.model import Proposal
from ctxopt.reports.report import Report


class Status:
    """What one builder does with a file, at one time. Plain integers: there is one for each file and builder."""

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
    #: The ignore file leaves it out.
    IGNORED: Final = 5


@dataclass(frozen=True, slots=True)
class Look:
    """The context as one builder sees it, today or after the proposal.

    `sent` are the files and logical bytes that this builder is sent; `patterns` are those of its ignore file
    that decide about something, as (text, file, line).
    """

    builder: str
    after: bool
    sent: Totals
    patterns: tuple[tuple[str, str, int], ...]


@dataclass(frozen=True, slots=True)
class Fate:
    """What there is to know of a file besides its name and size; many files share one.

    `statuses` and `deciders` have a value for each look of the picture: a Status, and the place of the pattern
    that leaves the file out in the look's patterns, or -1. `readers` are places in the report's reads.
    `risk` says why the file should not be sent, "" for nothing.
    """

    statuses: tuple[int, ...]
    deciders: tuple[int, ...]
    readers: tuple[int, ...] = ()
    risk: str = ""


#: The fate of a node that is a directory: it has none of its own.
DIRECTORY: Final = -1


@dataclass(frozen=True, slots=True)
class Nodes:
    """The tree as columns, parents before what is in them; the first is the root, with the parent -1.

    A node is a directory, or a file, or, with the name "", files of one fate in a directory or anywhere below it that
    are too small to be told apart. `files` and `sizes` (logical bytes) are 0 for directories, `fates` are
    places in the picture's fates, or DIRECTORY.
    """

    names: Sequence[str]
    parents: Sequence[int]
    files: Sequence[int]
    sizes: Sequence[int]
    fates: Sequence[int]


@dataclass(frozen=True, slots=True)
class Picture:
    """The context of one build with all its files. `proposal` is None where there is none, and `why` says why.

    `refusal` is why the classic builder fails, so that there is no look of it; "" if it does not.
    """

    report: Report
    looks: tuple[Look, ...]
    fates: tuple[Fate, ...]
    nodes: Nodes
    proposal: Proposal | None
    why: str = ""
    refusal: str = ""
