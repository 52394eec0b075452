"""The criteria by which an entry may be excluded: what each is about, and the entries that it matches by name."""

from collections.abc import Iterable, Iterator
from functools import cache
from typing import Final

from ctxopt.catalogue.ecosystems import Catalogue, Junk, Metadata, Recreated, catalogue
from ctxopt.catalogue.names import NameIndex, ends_with
from ctxopt.catalogue.secrets import Secret, secrets
from ctxopt.core.context.tree import Directory, EntryKind
from ctxopt.core.lazy_dataclass import dataclass
from ctxopt.evidence.builds import BuildEvidence
from ctxopt.evidence.model import MADE_KINDS, PlanStep, ReasonKind, Subject

#: These criteria apply to a directory even if there are manifests in it: the manifests are those of others.
_WITH_MANIFESTS: Final = frozenset(
    (ReasonKind.DEPENDENCY, ReasonKind.OUTPUT, ReasonKind.VCS, ReasonKind.CACHE, ReasonKind.GIT_IGNORED)
)
#: Parts of such a directory can be excluded where something in it has to stay.
_IN_PARTS: Final = frozenset(
    (ReasonKind.DOCKER, ReasonKind.CI, ReasonKind.GIT_IGNORED, ReasonKind.TESTS, ReasonKind.DOCS)
)
#: What git tracks is never excluded by these.
_UNTRACKED_ONLY: Final = frozenset(
    (ReasonKind.SECRET, ReasonKind.DEPENDENCY, ReasonKind.OUTPUT, ReasonKind.GIT_IGNORED)
)
#: What these are about may be needed because a text names it.
_NAMED_IN_TEXTS: Final = frozenset(
    (ReasonKind.SECRET, ReasonKind.DOCKER, ReasonKind.CI, ReasonKind.GIT_IGNORED, ReasonKind.TESTS, ReasonKind.DOCS)
)
_MADE_BY_PROGRAMS: Final = frozenset((ReasonKind.CACHE, ReasonKind.EDITOR))
_IGNORED_BY_GIT: Final = "ignored and not tracked by git"
#: Where there is no repository, files that are tracked although a `.gitignore` names them cannot be told.
_IGNORED_BY_FILE: Final = "ignored by .gitignore; without a git repository it is unknown whether git tracks it"
_BUILD_FILE: Final = "build file; loaded separately"


@dataclass(frozen=True, slots=True)
class Criterion:
    """One criterion: an entry of the catalogue under one of its `names`, or a fact with the `text` that states it.

    A fact has no `entry` and no `name`. `steps` are those whose mentions do not count, because they are the fact.
    """

    kind: ReasonKind
    name: str = ""
    entry: Secret | Recreated | Junk | Metadata | None = None
    text: str = ""
    steps: frozenset[PlanStep] = frozenset()

    @property
    def untracked_only(self) -> bool:
        """Whether it never applies to what git tracks."""
        if isinstance(self.entry, Junk):
            return not self.entry.tracked
        return self.kind in _UNTRACKED_ONLY

    @property
    def inside_sources(self) -> bool:
        """Whether it applies even inside a directory that an instruction names."""
        return self._inside_sources or self.kind in MADE_KINDS

    @property
    def _inside_sources(self) -> bool:
        return isinstance(self.entry, Junk) and self.entry.inside_sources

    @property
    def entry_only(self) -> bool:
        """Whether only a mention of the entry itself counts, not one of a directory above it.

        Whoever names that directory needs neither the junk in it nor just this copy of what is recreated.
        """
        return self._inside_sources or isinstance(self.entry, Recreated)

    @property
    def with_manifests(self) -> bool:
        """Whether manifests in a directory do not matter."""
        return self.kind in _WITH_MANIFESTS

    @property
    def in_parts(self) -> bool:
        """Whether parts of a directory can be excluded where the whole cannot."""
        return self.kind in _IN_PARTS

    def named_in_texts(self, path: str, ignored: bool) -> bool:
        """Whether an entry may be needed because a text names it; `ignored` says that git ignores the entry.

        What a tool left behind, and what git ignores of the output of programs, is made where it is needed.
        """
        if self.kind in _MADE_BY_PROGRAMS:
            return not (self.inside_sources or ignored)
        if self.kind is ReasonKind.GIT_IGNORED and any(part in catalogue().scratch for part in path.split("/")):
            return False
        return self.kind in _NAMED_IN_TEXTS

    @property
    def _anchored(self) -> str:
        return self.entry.where if isinstance(self.entry, Junk) else "anywhere"

    def pattern(self, path: str) -> str | None:
        """The general pattern for an entry; None where there is none."""
        if not self.name or (self._anchored == "project" and path != self.name):
            return None
        if isinstance(self.entry, Recreated) and self.entry.holds:
            # The name alone does not say what it is.
            return None
        if isinstance(self.entry, Metadata) and "/" not in path:
            return self.name
        return f"**/{self.name}" if self._anchored == "anywhere" else self.name

    def pattern_matches(self, path: str) -> bool:
        """Whether the general pattern would exclude this entry, which has the name."""
        return ends_with(path, self.name) if self._anchored == "anywhere" else "/" not in path


class Criteria:
    """The criteria for the entries of one context."""

    def __init__(self, subject: Subject, builds: BuildEvidence) -> None:
        git = subject.git
        self._index = _index()
        self._removals = builds.removals
        self._ignored = Criterion(
            ReasonKind.GIT_IGNORED, text=_IGNORED_BY_GIT if subject.repository else _IGNORED_BY_FILE
        )
        self._ignored_names = _by_directory(git.ignored_files | git.ignored_directories) if git is not None else {}
        self._build_file_names = _by_directory(subject.build_files)

    def candidates(self, directory: Directory) -> dict[str, list[Criterion]]:
        """The names in a directory that match a criterion, with the criteria, the strongest first."""
        candidates = self._index.find(directory.names)
        for name in self._ignored_names.get(directory.path, ()):
            candidates.setdefault(name, []).append(self._ignored)
        for name in self._build_file_names.get(directory.path, ()):
            candidates.setdefault(name, []).append(Criterion(ReasonKind.DOCKER, text=_BUILD_FILE))
        for name, criterion in self._removed(directory):
            candidates.setdefault(name, []).append(criterion)
        if not candidates:
            return {}
        return {
            name: sorted(criteria, key=lambda criterion: criterion.kind.rank) if len(criteria) > 1 else criteria
            for name, criteria in sorted(candidates.items())
            if directory.find(name) >= 0
        }

    def _removed(self, directory: Directory) -> Iterator[tuple[str, Criterion]]:
        """The names in a directory that every build removes right after it copied them."""
        if not all(self._removals):
            return
        depth = directory.path.count("/") + 1 if directory.path else 0
        at_depth = [[removal for removal in some if len(removal.parts) == depth + 1] for some in self._removals]
        if not all(at_depth):
            return
        for name, kind in zip(directory.names, directory.kinds, strict=True):
            path, is_directory = directory.child_path(name), kind == EntryKind.DIRECTORY
            removing = [next((r for r in some if r.removes(path, is_directory)), None) for some in at_depth]
            removals = [removal for removal in removing if removal is not None]
            if len(removals) == len(at_depth):
                origins = "; ".join(dict.fromkeys(removal.origin for removal in removals))
                yield (
                    name,
                    Criterion(
                        ReasonKind.REMOVED_LATER,
                        text=f"{origins} removes it right away",
                        steps=frozenset(removal.step for removal in removals),
                    ),
                )


@cache
def _index() -> NameIndex[Criterion]:
    return NameIndex(_of_catalogue(catalogue()))


def _of_catalogue(known: Catalogue) -> Iterator[tuple[str, Criterion]]:
    """All names of the catalogue that an entry may be excluded by."""
    kinds: Iterable[tuple[ReasonKind, Iterable[Secret | Recreated | Metadata]]] = (
        (ReasonKind.SECRET, [secret for secret in secrets() if not secret.program]),
        (ReasonKind.DEPENDENCY, known.dependency),
        (ReasonKind.OUTPUT, known.output),
        (ReasonKind.VCS, known.metadata),
    )
    for kind, entries in kinds:
        for entry in entries:
            for name in entry.names:
                yield name, Criterion(kind, name, entry)
    for junk in known.junk:
        for name in junk.names:
            yield name, Criterion(ReasonKind(junk.key), name, junk)


def _by_directory(paths: Iterable[str]) -> dict[str, list[str]]:
    """The names of some paths by the directory that they are in."""
    names: dict[str, list[str]] = {}
    for path in paths:
        directory, _, name = path.rpartition("/")
        names.setdefault(directory, []).append(name)
    return names
