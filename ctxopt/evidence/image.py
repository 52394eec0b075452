"""Where a broad read lays the context down in the image."""

from dataclasses import dataclass

from ctxopt.evidence.model import Site
from ctxopt.golang import paths
from ctxopt.image.places import below, directories, resolved, steps_of_reads


@dataclass(frozen=True, slots=True)
class Place:
    """Where a site's read lays things down.

    `step` is the place of its instruction in the plan's steps, -1 if it is not among them. `base` is
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


def place_of(site: Site) -> Place:
    """Where a site's read lays things down."""
    read, plan = site.read, site.plan
    step = next(step for one, step in zip(plan.reads, steps_of_reads(plan), strict=True) if one is read)
    source = next((i for i, source in enumerate(read.sources) if paths.join("/", source) in ("/", "/*")), 0)
    spills = paths.join("/", read.sources[source]) != "/" and read.kind != "RUN" and not read.parents
    written = read.destination.split(", ")[source] if read.kind == "RUN" else read.destination
    if step < 0 or read.misplaced or written == "?":
        return Place(site, step, None, spills)
    return Place(site, step, resolved(directories(plan)[step], written), spills)
