"""Which files of the map a finding is about: those that it names."""

from collections.abc import Iterator, Sequence

from ctxopt.core.lazy_re import lazy_re
from ctxopt.findings.model import Finding
from ctxopt.treemap.model import Nodes

#: Words between spaces, without what is in backticks: patterns and commands, not files.
_QUOTED = lazy_re(r"`[^`]*`")
#: What may follow a path in a sentence, or enclose it.
_AROUND = ".,;:()[]"
#: Maximum number of nodes for one finding.
_MOST = 200


def finding_nodes(findings: Sequence[Finding], nodes: Nodes) -> tuple[tuple[int, ...], ...]:
    """For each finding the nodes of the files and directories whose paths it has as its subject or names in its text.

    A name that is not the path of a node is passed over, so that no finding shows what it is not about.
    """
    places = _places(nodes) if findings else {}
    found = []
    for finding in findings:
        named = dict.fromkeys(places[path] for path in _paths(finding) if path in places)
        found.append(tuple(named)[:_MOST])
    return tuple(found)


def _places(nodes: Nodes) -> dict[str, int]:
    """The places of the nodes but the root by their paths."""
    paths = [""] * len(nodes.names)
    places = {}
    for index in range(1, len(nodes.names)):
        above = paths[nodes.parents[index]]
        paths[index] = f"{above}/{nodes.names[index]}" if above else nodes.names[index]
        if nodes.names[index]:
            places[paths[index]] = index
    return places


def _paths(finding: Finding) -> Iterator[str]:
    """What may be paths in a finding: its subject, what a line of evidence begins with, and words."""
    if finding.subject is not None:
        yield finding.subject.rstrip("/")
    for line in finding.evidence:
        yield line.partition(": ")[0].rstrip("/")
    for text in (finding.message, *finding.evidence):
        for word in _QUOTED.sub(" ", text).split():
            # A file's own name may begin with a dot.
            yield word.lstrip("([").rstrip(_AROUND).rstrip("/")
