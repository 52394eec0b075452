"""Limits on a build context, and breaches of them."""

from ctxopt.checks.amount import Share
from ctxopt.core.context.tree import Totals, View
from ctxopt.core.lazy_dataclass import dataclass


@dataclass(frozen=True, slots=True)
class Limits:
    """The limits of a build context. Sizes are logical bytes; None is no limit.

    `view` is the View whose files count. `max_unused` is a share of what the view of BuildKit's ignore
    file keeps, `max_growth` one of what the base has. `fail_on` are ids of rules and names of severities.
    """

    view: int = View.TRANSFER
    max_size: int | None = None
    max_files: int | None = None
    max_unused: Share | None = None
    max_file_size: int | None = None
    max_growth: Share | None = None
    fail_on: tuple[str, ...] = ()

    @property
    def names(self) -> tuple[str, ...]:
        """The names of the limits on sizes and numbers that are set, as in the configuration."""
        fields = ("max_size", "max_files", "max_unused", "max_file_size", "max_growth")
        return tuple(name.replace("_", "-") for name in fields if getattr(self, name) is not None)


@dataclass(frozen=True, slots=True)
class Culprit:
    """A file, or a directory with a slash at the end, that accounts for a breach; `new` against the base."""

    path: str
    totals: Totals
    new: bool = False


@dataclass(frozen=True, slots=True)
class Breach:
    """A limit that is exceeded: by how much, in bytes or in files, and the culprits.

    `rule` is its id, such as "limit-size"; `what` is the name of the limit, with the builder if it is the legacy one.
    `pointers` is the number of new pointers of Git LFS, which are counted with the bytes of what they stand for.
    """

    rule: str
    what: str
    measured: int
    allowed: int
    in_bytes: bool
    culprits: tuple[Culprit, ...]
    pointers: int = 0

    @property
    def over(self) -> int:
        """How far the limit is exceeded."""
        return self.measured - self.allowed
