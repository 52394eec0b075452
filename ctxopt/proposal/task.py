"""What is to be solved for one ignore file, and the solution."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from ctxopt.core.build_context import BuildContext
from ctxopt.core.dockerfile.model import ContextRead
from ctxopt.evidence.model import JUNK_KINDS, Reason
from ctxopt.proposal.keep import KeepMap
from ctxopt.proposal.links import behind_links


@dataclass(frozen=True, slots=True)
class Suggestion:
    """Entries that can be excluded for one reason, and the general patterns that people would write for them."""

    reason: Reason
    entries: tuple[str, ...]
    patterns: tuple[str, ...]

    @property
    def junk(self) -> bool:
        """Whether they can be excluded even from inside what an instruction names."""
        return self.reason.kind in JUNK_KINDS


@dataclass(frozen=True, slots=True)
class Task:
    """One ignore file to write: its present bytes, and the builds that read it.

    `contexts` are the builds with the user's own lines, without our block; `after` gives the builds with other bytes
    in the file. `classic`: the legacy builder reads the file as well. `options` are those of `ctxopt generate` that
    the block records.
    """

    name: str
    data: bytes
    contexts: tuple[BuildContext, ...]
    after: Callable[[bytes], tuple[BuildContext, ...]]
    keep: KeepMap
    suggestions: tuple[Suggestion, ...] = ()
    allowlist: bool = False
    classic: bool = True
    options: tuple[str, ...] = ()

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
    patterns that would do harm, `left` files that no pattern could exclude.
    """

    data: bytes
    patterns: tuple[SolvedPattern, ...]
    dropped: tuple[str, ...]
    left: tuple[str, ...]
