"""Where a read of the context puts its entries in the image."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from ctxopt.core.dockerfile.model import ContextRead, Plan
from ctxopt.core.golang import paths
from ctxopt.evidence.model import BuildRead
from ctxopt.image.places import below, directories, resolved


@dataclass(frozen=True, slots=True)
class ImageLocation:
    """Where one read puts the entries of the context.

    `plan_number` counts the plans in the order in which they first occur. `base` is the directory in the image, None
    where it is not known. `flattens`: a directory at the root of the context is replaced by its content, as
    with `COPY * /x/`.
    """

    plan_number: int
    plan: Plan
    read: ContextRead
    base: str | None
    flattens: bool

    def image_path(self, path: str) -> str | None:
        """The path in the image of an entry of the context; None where it is not known."""
        if self.base is None:
            return None
        if self.flattens:
            _, slash, rest = path.partition("/")
            return paths.join(self.base, rest) if slash else None
        return paths.join(self.base, path)

    def context_path(self, path: str) -> str | None:
        """The entry of the context that is copied to a path in the image: "" for the root, None for no entry."""
        if self.base is None or self.flattens:
            return None
        return below(self.base, path)


def image_locations(build_reads: Iterable[BuildRead]) -> tuple[ImageLocation, ...]:
    """The locations of some reads, in their order."""
    # Plans are compared as objects: comparing their content would take as long as finding the locations.
    plans: dict[int, tuple[int, list[str]]] = {}
    locations = []
    for build_read in build_reads:
        plan = build_read.plan
        if id(plan) not in plans:
            plans[id(plan)] = len(plans), directories(plan)
        locations.append(_location(build_read, *plans[id(plan)]))
    return tuple(locations)


def _location(build_read: BuildRead, plan_number: int, workdirs: Sequence[str]) -> ImageLocation:
    plan, read = build_read.plan, build_read.read
    source = next((i for i, source in enumerate(read.sources) if paths.join("/", source) in ("/", "/*")), 0)
    flattens = paths.join("/", read.sources[source]) != "/" and read.kind != "RUN" and not read.parents
    written = read.destination.split(", ")[source] if read.kind == "RUN" else read.destination
    unknown = read.misplaced or written == "?"
    base = None if unknown else resolved(workdirs[read.step], written)
    return ImageLocation(plan_number, plan, read, base, flattens)
