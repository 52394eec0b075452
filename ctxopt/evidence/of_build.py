"""The evidence of one build, for who asks about that build alone."""

from typing import Final

from ctxopt.catalogue.ecosystems import catalogue
from ctxopt.core.build_context import BuildContext
from ctxopt.core.context.tree import Directory, View
from ctxopt.core.usage.readers import is_used
from ctxopt.evidence.builds import BuildEvidence, build_evidence
from ctxopt.evidence.model import BuildRead, EntryReaders, Subject

_LARGEST: Final = 1 << 20


def evidence_of(build: BuildContext) -> BuildEvidence | None:
    """What one build does with its context; None if it reads nothing there whose sources are known."""
    reads = reads_of(build)
    return build_evidence(reads, subject_of(build), catalogue()) if reads else None


def reads_of(build: BuildContext) -> list[BuildRead]:
    """The reads of a build whose sources are known."""
    return [BuildRead(build.plan, read) for read in build.plan.reads if not read.unresolved]


def subject_of(build: BuildContext) -> Subject:
    """What one build is sent, as something to judge; only whether a read takes an entry is answered."""
    usage = build.usage
    readers = EntryReaders(_never, _never, lambda directory, index: is_used(usage.readers(directory, index)))
    return Subject(
        build.tree,
        View.BUILDKIT,
        readers,
        lambda path: build.read(path, _LARGEST),
        None,
        build.build_files,
        exists=build.exists,
    )


def _never(_directory: Directory, _index: int) -> bool:
    return False
