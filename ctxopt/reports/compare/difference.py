"""What one state of a build's context adds to another and takes from it."""

from ctxopt.core.build_context import BuildContext
from ctxopt.core.context.tree import Totals, View
from ctxopt.core.lazy_dataclass import dataclass
from ctxopt.core.usage.index import ReadResult
from ctxopt.reports.compare.changes import Changes, changes, whole


@dataclass(frozen=True, slots=True)
class ReadChange:
    """An instruction before and after; one of them is None for one that came or went."""

    before: ReadResult | None
    after: ReadResult | None

    @property
    def growth(self) -> int:
        """Bytes that it reads more, negative for less."""
        return _size(self.after) - _size(self.before)


@dataclass(frozen=True, slots=True)
class Difference:
    """Two states of one build: the totals of each, and what differs. `dockerfile` is that of the later one.

    `context` compares what BuildKit's ignore file keeps, `transfer` what BuildKit transfers; `reads` are
    the instructions whose reading differs, the largest growth first.
    """

    before: str
    after: str
    dockerfile: str
    totals_before: Totals
    totals_after: Totals
    transfer_before: Totals
    transfer_after: Totals
    context: Changes
    transfer: Changes
    reads: tuple[ReadChange, ...]


def difference(before: BuildContext, after: BuildContext, names: tuple[str, str]) -> Difference:
    """Compare two states of a build; `names` are what they are called. Raises CtxoptError."""
    for context in (before, after):
        context.transferred.check(View.BUILDKIT)
    old, new = before.transferred, after.transferred
    return Difference(
        *names,
        after.located.dockerfile.name,
        whole(old, View.BUILDKIT),
        whole(new, View.BUILDKIT),
        whole(old, View.TRANSFER),
        whole(new, View.TRANSFER),
        changes(old, new, View.BUILDKIT),
        changes(old, new, View.TRANSFER),
        tuple(_reads(before, after)),
    )


def _reads(before: BuildContext, after: BuildContext) -> list[ReadChange]:
    """Instructions are the same if they are of one stage and name the same sources and destination."""
    old = {_key(result): result for result in before.usage.results}
    new = {_key(result): result for result in after.usage.results}
    pairs = [ReadChange(old.get(key), new.get(key)) for key in dict.fromkeys((*new, *old))]
    differing = [
        pair for pair in pairs if pair.before is None or pair.after is None or pair.before.totals != pair.after.totals
    ]
    return sorted(differing, key=lambda pair: -pair.growth)


def _key(result: ReadResult) -> tuple[object, ...]:
    read = result.read
    return read.kind, read.stage_label, read.sources, read.destination, read.excludes


def _size(result: ReadResult | None) -> int:
    return 0 if result is None else result.totals.size
