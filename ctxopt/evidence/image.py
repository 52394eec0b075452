"""Where a broad read lays the context down in the image."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from ctxopt.core.golang import paths
from ctxopt.evidence.model import Site
from ctxopt.image.places import below, directories, resolved


@dataclass(frozen=True, slots=True)
class Place:
    """Where a site's read lays things down.

    `step` is the index of its instruction in the plan's steps. `base` is
    the directory in the image; `spills` tells that of each directory in the root only what is in it
    gets there, as with `COPY * /x/`.
    """

    site: Site
    step: int
    base: str | None
    spills: bool

    def image_path(self, path: str) -> str | None:
        """Where an entry of the context gets, None where that is not known."""
        if self.base is None:
            return None
        if self.spills:
            _, slash, rest = path.partition("/")
            return paths.join(self.base, rest) if slash else None
        return paths.join(self.base, path)

    def context_path(self, path: str) -> str | None:
        """The entry of the context that gets to a path in the image; "" is the root, None is none."""
        if self.base is None or self.spills:
            return None
        return below(self.base, path)


def places_of(sites: Iterable[Site]) -> tuple[Place, ...]:
    """Where the reads of some sites lay things down."""
    # The plans are told apart as objects: comparing two of them would take as long as finding the places.
    known: dict[int, list[str]] = {}
    found = []
    for site in sites:
        plan = site.plan
        if id(plan) not in known:
            known[id(plan)] = directories(plan)
        found.append(_place(site, known[id(plan)]))
    return tuple(found)


def _place(site: Site, directories: Sequence[str]) -> Place:
    read = site.read
    source = next((i for i, source in enumerate(read.sources) if paths.join("/", source) in ("/", "/*")), 0)
    spills = paths.join("/", read.sources[source]) != "/" and read.kind != "RUN" and not read.parents
    written = read.destination.split(", ")[source] if read.kind == "RUN" else read.destination
    if read.misplaced or written == "?":
        return Place(site, read.step, None, spills)
    return Place(site, read.step, resolved(directories[read.step], written), spills)
