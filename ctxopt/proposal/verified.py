"""What builds have shown, as the block of an ignore file records it, and what that means for a proposal."""

from collections.abc import Iterator

from ctxopt.core.dockerignore.patterns import PatternSet
from ctxopt.evidence.model import Judgement, Kept, ObstacleKind, Reason, ReasonKind
from ctxopt.proposal.block import Record
from ctxopt.proposal.task import Suggestion

_REASON = Reason(ReasonKind.BUILDING_ONLY, "verified by building only")
_WHY = 'a build needs it, says "ctxopt verify"'


def building_only(record: Record, judgement: Judgement) -> Iterator[Suggestion]:
    """The patterns that builds allow, for what is kept for another reason than that a build needs it."""
    for pattern in record.building_only:
        alone = PatternSet((pattern,))
        entries = tuple(kept.path for kept in judgement.kept if alone.matches_or_parent_matches(kept.path))
        if entries:
            yield Suggestion(_REASON, entries, pattern)


def without_built(record: Record, judgement: Judgement) -> Iterator[Kept]:
    """What is kept, with what builds need, and without what they allow to exclude."""
    allowed = PatternSet(record.building_only)
    yield from (Kept(pattern.removeprefix("**/"), _WHY, ObstacleKind.BUILT) for pattern in record.needed)
    yield from (kept for kept in judgement.kept if not allowed.matches_or_parent_matches(kept.path))
