"""Where a read of the context puts its entries in the image."""

from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache

from ctxopt.core.dockerfile.model import ContextRead, Plan
from ctxopt.core.golang import match as gomatch
from ctxopt.core.golang import paths
from ctxopt.core.lazy_dataclass import dataclass
from ctxopt.evidence.model import BuildRead
from ctxopt.image.places import below, directories, resolved, same_part
from ctxopt.image.sources import ContextPlace


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

    def takes(self, path: str) -> bool:
        """Whether the read takes an entry of the context, or something in it."""
        parts = path.split("/")
        return self.read.broad or any(_agree(source, parts) for source in self._sources)

    def image_path(self, path: str) -> str | None:
        """The path in the image of an entry of the context; None where it is not known."""
        if self.base is None:
            return None
        if self.flattens:
            _, slash, rest = path.partition("/")
            return paths.join(self.base, rest) if slash else None
        if self.read.broad or self.read.parents:
            return paths.join(self.base, path)
        return self._below_source(path.split("/"))

    def _below_source(self, parts: list[str]) -> str | None:
        """The path in the image of what is in the directory that a source names, or of the file that it names."""
        base = self.base or ""
        for source in self._sources:
            if len(parts) > len(source) and _agree(source, parts):
                return paths.join(base, *parts[len(source) :])
        into = self.read.destination.endswith("/") or len(self.read.sources) > 1
        if any(len(source) == len(parts) and _agree(source, parts) for source in self._sources):
            return paths.join(base, parts[-1]) if into else base
        return None

    def context_path(self, path: str) -> str | None:
        """The entry of the context that is copied to a path in the image: "" for the root, None for no entry."""
        if self.base is None or self.flattens:
            return None
        rest = below(self.base, path)
        if rest is None or self.read.broad or self.read.parents:
            return rest
        # Of several sources it is not known which of them has it.
        only = self._sources[0] if len(self._sources) == 1 else None
        if only is None or any(gomatch.has_wildcards(part) for part in only):
            return None
        return paths.join(*only, rest) if only else rest

    def places(self) -> Iterator[ContextPlace]:
        """The directories of its stage that have files of the context because of this read."""
        for source in self._sources:
            known = not self.flattens and not self.read.parents and not any(map(gomatch.has_wildcards, source))
            path = "/".join(source) if known else None
            if path and self.read.destination.endswith("/") and self.base is not None:
                # The source may be a file, which keeps its name.
                yield ContextPlace(self.read.stage, paths.join(self.base, source[-1]), path)
            yield ContextPlace(self.read.stage, self.base, path)

    @property
    def _sources(self) -> tuple[tuple[str, ...], ...]:
        return _parts_of(self.read.sources)


@lru_cache(maxsize=1 << 10)
def _parts_of(sources: tuple[str, ...]) -> tuple[tuple[str, ...], ...]:
    return tuple(tuple(part for part in paths.join("/", source).split("/") if part) for source in sources)


def _agree(source: Sequence[str], parts: Sequence[str]) -> bool:
    """Whether a path is the one of a source, in it, or above it."""
    return all(same_part(pattern, name) for pattern, name in zip(source, parts, strict=False))


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
    whole = paths.join("/", read.sources[source]) == "/"
    flattens = read.broad and not whole and read.kind != "RUN" and not read.parents
    written = read.destination.split(", ")[source] if read.kind == "RUN" else read.destination
    unknown = read.misplaced or written == "?"
    base = None if unknown else resolved(workdirs[read.step], written)
    return ImageLocation(plan_number, plan, read, base, flattens)
