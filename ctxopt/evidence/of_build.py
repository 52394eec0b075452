"""The evidence of one build, for who asks about that build alone."""

from collections.abc import Mapping
from typing import Final

from ctxopt.catalogue.ecosystems import catalogue
from ctxopt.core.build_context import BuildContext
from ctxopt.core.context.tree import View
from ctxopt.core.usage.follow import follow_links
from ctxopt.core.usage.readers import is_used
from ctxopt.evidence.builds import BuildEvidence, build_evidence
from ctxopt.evidence.model import BuildRead, EntryReaders, Subject, Taken

_LARGEST: Final = 1 << 20


def evidence_of(build: BuildContext) -> BuildEvidence | None:
    """What one build does with its context; None if it reads nothing there whose sources are known."""
    return build.once(_evidence) if reads_of(build) else None


def _evidence(build: BuildContext) -> BuildEvidence:
    return build_evidence(reads_of(build), subject_of(build), catalogue())


def reads_of(build: BuildContext) -> list[BuildRead]:
    """The reads of a build whose sources are known."""
    return [BuildRead(build.plan, read) for read in build.plan.reads if not read.unresolved]


def subject_of(build: BuildContext) -> Subject:
    """What one build is sent, as something to judge; only whether a read takes an entry is answered."""
    usage = build.usage
    taken = [Taken.ANY if is_used(readers) else 0 for readers in usage.reader_sets]
    rows = {path: bytes(map(taken.__getitem__, row)) for path, row in usage.rows.items()}
    return Subject(
        build.tree,
        View.BUILDKIT,
        EntryReaders(build.tree, build.tree.joined(rows)),
        lambda path: build.read(path, _LARGEST),
        None,
        build.build_files,
        exists=build.exists,
        links=lambda path: follow_links(build.files, [path]) or (),
    )


def named_in_texts(build: BuildContext, evidence: BuildEvidence, entries: Mapping[str, bool]) -> frozenset[str]:
    """Those of some entries of which the text of a file that is sent names something; True for directories.

    All of them where not all texts could be searched.
    """
    from ctxopt.evidence.candidate import Candidate
    from ctxopt.evidence.kept_text import KeptText

    texts = KeptText(
        subject_of(build),
        evidence.locations,
        named_by=evidence.mentions.of,
        tools=evidence.tools,
        tested=bool(evidence.tested),
    )
    candidates = [Candidate(path, directory) for path, directory in entries.items()]
    mentions = texts.mentions(candidates, entries)
    if not texts.complete:
        return frozenset(entries)
    named = ["/".join(mention.parts[:count]) for mention in mentions for count in range(1, len(mention.parts) + 1)]
    return frozenset(named).intersection(entries)
