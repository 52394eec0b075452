"""The evidence of one build, for who asks about that build alone."""

from typing import Final

from ctxopt.catalogue.ecosystems import catalogue
from ctxopt.core.build_context import BuildContext
from ctxopt.core.context.tree import View
from ctxopt.evidence.builds import BuildEvidence, build_evidence
from ctxopt.evidence.model import BuildRead, EntryReaders, Subject

_LARGEST: Final = 1 << 20


def evidence_of(build: BuildContext) -> BuildEvidence | None:
    """What one build does with its context; None if it reads nothing there whose sources are known."""
    reads = [BuildRead(build.plan, read) for read in build.plan.reads if not read.unresolved]
    if not reads:
        return None
    readers = EntryReaders.nobody(build.tree)
    subject = Subject(
        build.tree, View.BUILDKIT, readers, lambda path: build.read(path, _LARGEST), None, build.build_files
    )
    return build_evidence(reads, subject, catalogue())
