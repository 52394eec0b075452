"""The findings of several builds, where one that several have is one fact."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace

from ctxopt.core.lazy_dataclass import dataclass
from ctxopt.findings.model import Finding


@dataclass(frozen=True, slots=True)
class BuildFindings:
    """The findings of the build that is called `name`, of the context at `root`."""

    name: str
    root: str
    findings: tuple[Finding, ...]


def each_once(
    builds: Sequence[BuildFindings], may_go: Callable[[Finding], bool] = lambda _: True
) -> list[tuple[Finding, ...]]:
    """The findings of each build, without those that an earlier build of the same context has as well.

    The first one names the other builds as evidence. Only where `may_go`: others stay as they are.
    """
    names: dict[tuple[str, Finding], dict[str, None]] = {}
    for build in builds:
        for finding in filter(may_go, build.findings):
            names.setdefault((build.root, finding), {})[build.name] = None
    return [tuple(_kept(build, names, may_go)) for build in builds]


def _kept(
    build: BuildFindings, names: Mapping[tuple[str, Finding], Iterable[str]], may_go: Callable[[Finding], bool]
) -> Iterator[Finding]:
    for finding in build.findings:
        first, *others = names.get((build.root, finding), (build.name,))
        if first == build.name:
            also = (f"the same in the build of {', '.join(others)}",) if others else ()
            yield replace(finding, evidence=(*finding.evidence, *also)) if also else finding
