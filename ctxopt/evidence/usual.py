"""What people exclude in projects of a kind, whether it is there today or not."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Final

from ctxopt.catalogue.ecosystems import Catalogue, Recreated, Usual
from ctxopt.catalogue.names import NameIndex, any_match
from ctxopt.core.context.tree import Directory
from ctxopt.evidence.builds import BuildEvidence
from ctxopt.evidence.gitignore import ignored_anywhere
from ctxopt.evidence.model import Claim, Reason, ReasonKind, Subject
from ctxopt.evidence.recreated import NotRecreated, recreation
from ctxopt.image.commands import first_command, is_command

_IGNORED: Final = "git ignores it wherever it is"


def usual_claims(subject: Subject, builds: BuildEvidence, known: Catalogue, seen: Collection[str]) -> Iterator[Claim]:
    """Claims without entries, for names that were not seen: what tools leave, and what builds make again.

    Nothing that a command, a script or a manifest mentions is claimed, and of dependencies only what every build that
    reads the context makes again beside each manifest of their kind; of those that one command makes everywhere it is
    enough that git ignores them everywhere, so that no source is ever kept there.
    """
    is_ignored = ignored_anywhere(subject.read_file(".gitignore") or b"")
    # All names of a context are compared once, not once a kind.
    beside = NameIndex((pattern, pattern) for usual in known.usual for pattern in usual.beside)
    manifests = beside.find(subject.tree.names)
    for usual in known.usual:
        homes = [home for home in _homes(subject) if _is_found(usual, home, subject.view)]
        is_there = bool(homes) or _is_deeper(usual, manifests, subject)
        for name in usual.names if is_there else ():
            if name not in seen and not builds.mentions.candidates([name]):
                without = name not in subject.tree.names and is_ignored(name)
                yield from _claims(name, homes, builds, known, without=without)


def _homes(subject: Subject) -> tuple[Directory, ...]:
    """The directories in which manifests are looked for."""
    root = subject.tree.root
    return (root, *root.subdirectories.values())


def _is_found(usual: Usual, directory: Directory, view: int) -> bool:
    return not usual.beside or any(
        flags & view and any_match(usual.beside, name)
        for name, flags in zip(directory.names, directory.flags, strict=True)
    )


def _is_deeper(usual: Usual, manifests: Mapping[str, Collection[str]], subject: Subject) -> bool:
    """Whether some directory has a manifest of a kind, however deep it is; `manifests` are the names of all kinds."""
    names = [name for name, patterns in manifests.items() if not frozenset(usual.beside).isdisjoint(patterns)]
    return any(directory.flags[index] & subject.view for directory, index in subject.tree.named(names))


def _makes_in_each(recreated: Recreated, builds: BuildEvidence) -> bool:
    """Whether each build that reads the context runs what makes an entry: it may be made before another one."""
    plans = {location.plan_number for location in builds.locations}
    runs = map(builds.all_runs.of_plan, plans)
    return all(first_command(own, recreated.made_by, is_command) is not None for own in runs)


def _claims(
    name: str, homes: Sequence[Directory], builds: BuildEvidence, known: Catalogue, *, without: bool
) -> Iterator[Claim]:
    """The claim that a name makes, by the entry that says what it is; `without`: no checkout has it anywhere."""
    for junk in known.junk if homes else ():
        if name in junk.names:
            yield Claim(Reason(ReasonKind(junk.key), junk.text), (), (f"**/{name}",))
    for metadata in known.metadata if homes else ():
        if name in metadata.names and not (metadata.needed and builds.history is not None):
            yield Claim(Reason(ReasonKind.VCS, metadata.text), (), (name,))
    for recreated in known.dependency:
        if name in recreated.names:
            results = [recreation(recreated, name, home.child_path(name), builds) for home in homes]
            texts = [result.text for result in results if not isinstance(result, NotRecreated)]
            if without and recreated.nested == "all" and _makes_in_each(recreated, builds):
                yield Claim(Reason(ReasonKind.DEPENDENCY, _IGNORED), (), (f"**/{name}",))
            elif homes and len(texts) == len(results):
                yield Claim(Reason(ReasonKind.DEPENDENCY, texts[0]), (), (f"**/{name}",))
