"""What people exclude in projects of a kind, whether it is there today or not."""

from collections.abc import Collection, Iterator, Sequence

from ctxopt.catalogue.ecosystems import Catalogue, Usual
from ctxopt.catalogue.names import any_match
from ctxopt.core.context.tree import Directory
from ctxopt.evidence.builds import BuildEvidence
from ctxopt.evidence.model import Claim, Reason, ReasonKind, Subject
from ctxopt.evidence.recreated import NotRecreated, recreation


def usual_claims(subject: Subject, builds: BuildEvidence, known: Catalogue, seen: Collection[str]) -> Iterator[Claim]:
    """Claims without entries, for names that were not seen: what tools leave, and what builds make again.

    Nothing that a command, a script or a manifest mentions is claimed, and of dependencies only what every build that
    reads the context makes again beside each manifest of their kind.
    """
    for usual in known.usual:
        homes = [home for home in _homes(subject) if _is_found(usual, home, subject.view)]
        for name in usual.names if homes else ():
            if name not in seen and not builds.mentions.candidates([name]):
                yield from _claims(name, homes, builds, known)


def _homes(subject: Subject) -> tuple[Directory, ...]:
    """The directories in which manifests are looked for."""
    root = subject.tree.root
    return (root, *root.subdirectories.values())


def _is_found(usual: Usual, directory: Directory, view: int) -> bool:
    return not usual.beside or any(
        flags & view and any_match(usual.beside, name)
        for name, flags in zip(directory.names, directory.flags, strict=True)
    )


def _claims(name: str, homes: Sequence[Directory], builds: BuildEvidence, known: Catalogue) -> Iterator[Claim]:
    """The claim that a name makes, by the entry that says what it is."""
    for junk in known.junk:
        if name in junk.names:
            yield Claim(Reason(ReasonKind(junk.key), junk.text), (), (f"**/{name}",))
    for metadata in known.metadata:
        if name in metadata.names and not (metadata.needed and builds.history is not None):
            yield Claim(Reason(ReasonKind.VCS, metadata.text), (), (name,))
    for recreated in known.dependency:
        if name in recreated.names:
            results = [recreation(recreated, name, home.child_path(name), builds) for home in homes]
            texts = [result.text for result in results if not isinstance(result, NotRecreated)]
            if len(texts) == len(results):
                yield Claim(Reason(ReasonKind.DEPENDENCY, texts[0]), (), (f"**/{name}",))
