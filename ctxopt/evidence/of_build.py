"""The evidence of one build, for who asks about that build alone."""

from collections.abc import Mapping
from typing import Final

from ctxopt.catalogue.ecosystems import catalogue
from ctxopt.core.build_context import BuildContext
from ctxopt.core.context.tree import Directory, View
from ctxopt.evidence.builds import BuildEvidence, build_evidence
from ctxopt.evidence.model import AskEntry, BuildRead, EntryReaders, Subject

_LARGEST: Final = 1 << 20


def evidence_of(build: BuildContext) -> BuildEvidence | None:
    """What one build does with its context; None if it reads nothing there whose sources are known."""
    reads = [BuildRead(build.plan, read) for read in build.plan.reads if not read.unresolved]
    if not reads:
        return None
    return build_evidence(reads, _subject(build, _never), catalogue())


def named_in_texts(build: BuildContext, evidence: BuildEvidence, entries: Mapping[str, bool]) -> frozenset[str]:
    """Those of some entries of which the text of a file that is sent names something; True for directories.

    All of them where not all texts could be searched.
    """
    from ctxopt.evidence.kept_text import Candidate, KeptText

    texts = KeptText(_subject(build, _always), evidence.locations)
    candidates = [Candidate(path, directory) for path, directory in entries.items()]
    mentions = texts.mentions(candidates, entries)
    if not texts.complete:
        return frozenset(entries)
    named = ["/".join(mention.parts[:count]) for mention in mentions for count in range(1, len(mention.parts) + 1)]
    return frozenset(named).intersection(entries)


def _subject(build: BuildContext, is_read: AskEntry) -> Subject:
    readers = EntryReaders(_never, _never, is_read)
    return Subject(build.tree, View.BUILDKIT, readers, lambda path: build.read(path, _LARGEST), None, build.build_files)


def _always(_directory: Directory, _index: int) -> bool:
    return True


def _never(_directory: Directory, _index: int) -> bool:
    return False
