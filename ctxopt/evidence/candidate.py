"""An entry that the texts of kept files are searched for."""

from collections.abc import Iterator

from ctxopt.core.lazy_dataclass import dataclass
from ctxopt.evidence.strangers import Stranger


@dataclass(frozen=True, slots=True)
class Candidate:
    """An entry that could be excluded, and may be named by some text; `directory` if it is one.

    `made`: programs write it, so that a text which names what is not there may be the one that makes it. `package`: it
    is kept, and searched for since what is installed in it need not be where nothing names it; `above` one, so only
    where just it is named.
    """

    path: str
    directory: bool
    made: bool = False
    package: bool = False
    above: bool = False


def stranger_candidates(stranger: Stranger | None) -> Iterator[Candidate]:
    """What is searched for to find out whether something uses a package; nothing for None."""
    if stranger is None:
        return
    yield Candidate(stranger.package, True, package=True)
    for directory in stranger.names():
        yield Candidate(directory, True, above=True)
