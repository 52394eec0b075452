"""The stages that entries of the context get into, by all reads that take them."""

from ctxopt.core.ids import StageId
from ctxopt.evidence.image import image_locations
from ctxopt.evidence.model import AskReads
from ctxopt.evidence.spread import spread

#: A stage of a plan, by the identity of the plan.
_Stage = tuple[int, StageId]


class Reach:
    """Tells whether two entries of one context are ever in the same stage; what is asked of an entry is asked once."""

    def __init__(self, reads: AskReads) -> None:
        self._reads = reads
        self._known: dict[str, frozenset[_Stage]] = {}

    def meet(self, one: str, other: str) -> bool:
        """Whether a stage of a build has both entries, or may have them."""
        first, second = self._stages(one), self._stages(other)
        return not first or not second or not first.isdisjoint(second)

    def _stages(self, path: str) -> frozenset[_Stage]:
        """The stages with an entry; none where that is not known."""
        if path not in self._known:
            self._known[path] = frozenset(
                (id(location.plan), stage)
                for location in image_locations(self._reads(path))
                for stage in spread(location, path).stages
            )
        return self._known[path]
