"""What the evidence says for and against excluding each entry."""

from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import field

from ctxopt.core.lazy_dataclass import dataclass
from ctxopt.display import plural
from ctxopt.evidence.model import Judgement, Kept, Reason


@dataclass(frozen=True, slots=True)
class Evidence:
    """Reasons for excluding entries, and reasons for keeping them, by the paths of the entries."""

    reasons: dict[str, Reason]
    obstacles: dict[str, Kept]
    _with_reasons: Sequence[str] = field(default=(), repr=False)
    _with_obstacles: Sequence[str] = field(default=(), repr=False)

    @classmethod
    def of(cls, judgement: Judgement) -> "Evidence":
        """The evidence of a judgement."""
        reasons = {entry: claim.reason for claim in judgement.claims for entry in claim.entries}
        obstacles = {kept.path: kept for kept in judgement.kept if kept.why}
        return cls(reasons, obstacles, sorted(reasons), sorted(obstacles))

    def supports(self, path: str) -> bool:
        """Whether all of an entry can be excluded."""
        return any(above in self.reasons for above in _upwards(path)) and not self._has_obstacle(path)

    def lines(self, path: str) -> Iterator[tuple[bool, str]]:
        """What speaks for excluding an entry (True) and against it (False), for people."""
        reason = next((self.reasons[above] for above in _upwards(path) if above in self.reasons), None)
        if reason is not None:
            yield True, reason.text + (f" ({reason.warning})" if reason.warning else "")
        below = _below(self._with_reasons, path) if reason is None else ()
        if below:
            yield True, f"{plural(len(below), 'entry', 'entries')} in it: {self.reasons[below[0]].text}"
        kept = next((self.obstacles[above] for above in _upwards(path) if above in self.obstacles), None)
        if kept is not None:
            yield False, kept.why
        inside = _below(self._with_obstacles, path) if kept is None else ()
        if inside:
            more = f" and {len(inside) - 1:,} more" if len(inside) > 1 else ""
            yield False, f"{inside[0][len(path) + 1 :]}: {self.obstacles[inside[0]].why}{more}"

    def _has_obstacle(self, path: str) -> bool:
        return any(above in self.obstacles for above in _upwards(path)) or bool(_below(self._with_obstacles, path))


def _upwards(path: str) -> Iterator[str]:
    """A path and the directories above it."""
    while path:
        yield path
        path = path.rpartition("/")[0]


def _below(paths: Sequence[str], path: str) -> Sequence[str]:
    """Those of the sorted paths that are below one."""
    # The character after a slash: what begins with the path and a slash comes before it.
    return paths[bisect_left(paths, f"{path}/") : bisect_left(paths, f"{path}0")]
