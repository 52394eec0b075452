"""Where a broad read lays the context down in the image."""

from dataclasses import dataclass

from ctxopt.dockerfile.model import ContextRead
from ctxopt.evidence.model import Site
from ctxopt.golang import paths
from ctxopt.image.places import below, directories, resolved


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
    same = [i for i, other in enumerate(plan.reads) if _place_key(other) == _place_key(read)]
    steps = [i for i, step in enumerate(plan.steps) if (step.stage, step.line, step.kind) == _place_key(read)]
    # Triggers all have the line of the FROM that fired them, and come in the order of the reads.
    number = next((n for n, i in enumerate(same) if plan.reads[i] is read), 0)
    step = steps[min(number, len(steps) - 1)] if steps else -1
    source = next((i for i, source in enumerate(read.sources) if paths.join("/", source) in ("/", "/*")), 0)
    spills = paths.join("/", read.sources[source]) != "/" and read.kind != "RUN" and not read.parents
    written = read.destination.split(", ")[source] if read.kind == "RUN" else read.destination
    if step < 0 or written == "?":
        return Place(site, step, None, spills)
    return Place(site, step, resolved(directories(plan)[step], written), spills)


def _place_key(read: ContextRead) -> tuple[int, int, str]:
    return read.stage, read.line, read.kind
