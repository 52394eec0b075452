"""What is to be solved for one ignore file, and the solution."""

from collections.abc import Callable, Iterator
from dataclasses import field
from typing import Final

from ctxopt.core.build_context import BuildContext
from ctxopt.core.context.tree import Totals
from ctxopt.core.dockerfile.model import ContextRead
from ctxopt.core.lazy_dataclass import dataclass
from ctxopt.evidence.model import JUNK_KINDS, MADE_KINDS, Reason, ReasonKind
from ctxopt.proposal.block import Record
from ctxopt.proposal.keep import KeepMap
from ctxopt.proposal.links import behind_links

#: What a build makes again, and history: nobody means it by naming a directory that it lies in.
_BELOW_SOURCES: Final = MADE_KINDS | {ReasonKind.VCS}


@dataclass(frozen=True, slots=True)
class Suggestion:
    """Entries that can be excluded for one reason, and the general pattern that people would write for them.

    `pattern` is "" where each entry gets a pattern of its own. Without entries it is about what is not here today, but
    usual in such projects.
    """

    reason: Reason
    entries: tuple[str, ...]
    pattern: str = ""

    @property
    def junk(self) -> bool:
        """Whether they can be excluded even from inside what an instruction names."""
        return self.reason.kind in JUNK_KINDS

    @property
    def below_sources(self) -> bool:
        """Whether the pattern may match below what an instruction names, but not that itself."""
        return self.reason.kind in _BELOW_SOURCES


@dataclass(frozen=True, slots=True)
class Task:
    """One ignore file to write: its present bytes, and the builds that read it.

    `contexts` are the builds with the user's own lines, without our block; `after` gives the builds with other bytes
    in the file. `classic`: the legacy builder reads the file as well. `record` is what the block records; `needed` are
    paths that the user's lines exclude and must not.
    """

    name: str
    data: bytes
    contexts: tuple[BuildContext, ...]
    after: Callable[[bytes], tuple[BuildContext, ...]]
    keep: KeepMap
    suggestions: tuple[Suggestion, ...] = ()
    allowlist: bool = False
    classic: bool = True
    record: Record = field(default_factory=Record)
    needed: tuple[str, ...] = ()

    @property
    def reads(self) -> Iterator[ContextRead]:
        """The reads of the context by all builds."""
        for context in self.contexts:
            yield from context.plan.reads

    @property
    def linked(self) -> Iterator[ContextRead]:
        """The same reads where links are on their way, with the links followed."""
        for context in self.contexts:
            for read in context.plan.reads:
                linked = behind_links(context, read)
                if linked is not None:
                    yield linked


@dataclass(frozen=True, slots=True)
class SolvedPattern:
    """A pattern and the entries that it is for; without a reason no instruction reads them."""

    pattern: str
    reason: Reason | None
    entries: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Solution:
    """The text of an ignore file.

    `patterns` are those that exclude something; exceptions and repeated lines are not among them. `dropped` are
    patterns that would do harm, `left` files that no pattern could exclude, and `omitted` sums up those that are not
    worth a line.
    """

    data: bytes
    patterns: tuple[SolvedPattern, ...]
    dropped: tuple[str, ...]
    left: tuple[str, ...]
    omitted: Totals = field(default_factory=Totals)
