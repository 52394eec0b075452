"""The largest directories and files of a context, as a report has them."""

from typing import TYPE_CHECKING

from ctxopt.core.context.tree import Totals
from ctxopt.core.ids import ReadId
from ctxopt.core.lazy_dataclass import dataclass

if TYPE_CHECKING:
    from ctxopt.reports.uses import Use


@dataclass(frozen=True, slots=True)
class LargeEntry:
    """A directory (its path ends in a slash) or a file, and the files in it by their use, most bytes first."""

    path: str
    totals: Totals
    uses: "tuple[tuple[Use, Totals], ...]"

    @property
    def use(self) -> "Use":
        """What becomes of most of its bytes."""
        return self.uses[0][0]


@dataclass(frozen=True, slots=True)
class Largest:
    """The largest entries, none in another, and all files of the context by their use, most bytes first.

    `indirect` are the numbers of the instructions whose files get into the image by way of another stage.
    """

    entries: tuple[LargeEntry, ...] = ()
    uses: "tuple[tuple[Use, Totals], ...]" = ()
    indirect: frozenset[ReadId] = frozenset()
