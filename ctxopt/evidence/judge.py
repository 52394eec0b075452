"""The judgement: which entries that only broad reads take can be excluded, for which reason, and which cannot."""

from collections.abc import Collection, Sequence
from typing import Final

from ctxopt.catalogue.ecosystems import Junk, Recreated, catalogue
from ctxopt.catalogue.secrets import Secret
from ctxopt.core.context.tree import Directory, EntryKind
from ctxopt.evidence.applies import Applier
from ctxopt.evidence.builds import BuildEvidence, Sources, build_evidence
from ctxopt.evidence.candidate import Candidate, stranger_candidates
from ctxopt.evidence.criteria import Criteria, Criterion
from ctxopt.evidence.ignored_patterns import IgnoredPatterns
from ctxopt.evidence.kept_text import KeptText
from ctxopt.evidence.model import (
    MADE_KINDS,
    BuildRead,
    Claim,
    Judgement,
    Kept,
    Obstacle,
    ObstacleKind,
    Reason,
    ReasonKind,
    Subject,
    Taken,
)
from ctxopt.evidence.obstacles import Obstacles
from ctxopt.evidence.usual import usual_claims

__all__ = ["judge"]

#: Maximum number of searches for what is kept, where each search finds more that is.
_MAX_ROUNDS: Final = 6
_WAYS_OUT: Final = (
    "pass its values at run time (`--env-file`), or mount it for the RUN that needs it (`--mount=type=secret`)"
)
#: What programs write.
_MADE: Final = MADE_KINDS | {ReasonKind.CACHE}
#: Maximum number of patterns for places in place of one for all of them.
_MOST_PLACES: Final = 2
_UNDECIDED: Final = "there is too much text to search for what names it"


def judge(
    subject: Subject,
    build_reads: Sequence[BuildRead],
    excluded: Collection[str] = (),
    builds: BuildEvidence | None = None,
    sources: Sources | None = None,
) -> Judgement:
    """What can be excluded of a context, and what has to stay, where builds read it as given.

    Without a read nothing is claimed. `excluded` are entries of which that is known already: nothing is needed because
    their text names it. `builds` is what is known already of these builds, on the same context, and `sources` what was
    read there.
    """
    if not build_reads:
        return Judgement((), (), ())
    if builds is None:
        builds = build_evidence(build_reads, subject, catalogue(), sources)
    else:
        builds = builds.for_reads(build_reads)
    texts = KeptText(
        subject, builds.locations, named_by=builds.mentions.of, tools=builds.tools, tested=bool(builds.tested)
    )
    for _ in range(_MAX_ROUNDS):
        found = _Judge(subject, builds)
        judgement = found.run()
        claimed = {entry for claim in judgement.claims for entry in claim.entries}
        mentions = texts.mentions(found.candidates, claimed.union(excluded))
        if not texts.complete:
            break
        if not mentions:
            return judgement
        # What is kept because of them may name more.
        builds = builds.with_mentions(mentions)
    return _Judge(subject, builds, decided=False).run()


def _is_made(criterion: Criterion) -> bool:
    """Whether programs write what the criterion is about, and nobody puts it there."""
    return criterion.kind in _MADE and not (isinstance(criterion.entry, Junk) and criterion.entry.stray)


class _Judge:
    """One pass over a context; `decided` is False if not all was searched for what is needed."""

    def __init__(self, subject: Subject, builds: BuildEvidence, decided: bool = True) -> None:
        self._subject = subject
        self._builds = builds
        self._decided = decided
        #: The entries of which something is claimed that a text could need.
        self.candidates: list[Candidate] = []
        self._criteria = Criteria(subject, builds)
        self._applier = Applier(subject, builds)
        self._obstacles = Obstacles(subject, builds)
        #: Entries that are claimed, or that have to stay with everything in them: nothing below is looked at.
        self._settled: set[str] = set()
        self._claims: dict[Reason, list[tuple[str, Criterion]]] = {}
        self._ignored_patterns = IgnoredPatterns(subject.read_file)
        #: The names of what a build makes again that stay somewhere: no general pattern is written for them, since it
        #: would hide what is made later, and is needed in the same way.
        self._staying: set[str] = set()
        #: Directories with what was installed that have to stay: no pattern is written for what is in them.
        self._installed: list[str] = []
        self._kept: dict[tuple[ReasonKind, str, str], Kept] = {}
        self._warnings: dict[str, None] = {}
        self._used_secrets: dict[str, str] = {}
        self._doubted_secrets: dict[str, str] = {}
        #: The names of criteria that some entry has.
        self._seen: set[str] = set()

    def run(self) -> Judgement:
        view = self._subject.view
        stack = [self._subject.tree.root]
        while stack:
            directory = stack.pop()
            for name, criteria in self._criteria.candidates(directory).items():
                index = directory.find(name)
                self._seen.update(criterion.name for criterion in criteria)
                if directory.flags[index] & view:
                    self._weigh(directory, index, criteria)
            flags = directory.flags
            stack += [
                below
                for below in directory.subdirectories.values()
                if flags[below.index] & view and below.path not in self._settled
            ]
        return Judgement(
            tuple(self._all_claims()),
            tuple(sorted(self._kept.values(), key=lambda kept: (kept.path, kept.why))),
            tuple(sorted(self._warnings)),
            tuple(usual_claims(self._subject, self._builds, catalogue(), self._seen)) if self._claims else (),
            tuple(sorted(self._used_secrets.items())),
            tuple(sorted(self._doubted_secrets.items())),
        )

    def _weigh(self, directory: Directory, index: int, criteria: Sequence[Criterion]) -> None:
        """Claim an entry, or parts of it, by the first criterion that can exclude it."""
        path = directory.child_path(directory.names[index])
        if path in self._settled:
            return
        obstacles: list[tuple[Criterion, Obstacle]] = []
        only_made = False
        for criterion in criteria:
            if only_made and not isinstance(criterion.entry, Recreated):
                break
            applies = self._applier.of(criterion, directory, path)
            if applies is None:
                continue
            if isinstance(applies, Obstacle):
                obstacles.append((criterion, applies))
                if isinstance(criterion.entry, Secret) and applies.kind is ObstacleKind.USED:
                    self._used_secrets[path] = applies.text
                if isinstance(criterion.entry, Secret):
                    break
                # That git ignores it as well is no reason: it ignores most secrets, and what is built and shipped. What
                # one toolchain does not make again, another one may.
                only_made |= isinstance(criterion.entry, Recreated) and not criterion.entry.ignored_too
                continue
            searched = self._is_searched(criterion, path, made=bool(applies.steps) or applies.absent)
            if searched and not self._decided:
                obstacles.append((criterion, Obstacle(path, ObstacleKind.UNDECIDED, _UNDECIDED)))
                break
            fit = self._obstacles.fit(criterion, directory, index, applies.steps, applies.product, applies.absent)
            if searched and (fit.obstacle is None or fit.parts):
                is_directory = directory.kinds[index] == EntryKind.DIRECTORY
                self.candidates.append(Candidate(path, is_directory, _is_made(criterion)))
            self.candidates += stranger_candidates(applies.stranger)
            if fit.obstacle is None:
                self._claim(applies.reason, criterion, path)
                self._note_use(criterion, path)
                return
            if fit.obstacle.reported:
                obstacles.append((criterion, fit.obstacle))
                self._note(criterion, fit.obstacle, path)
            for part in fit.parts:
                self._claim(applies.reason, criterion, part)
            if fit.parts:
                break
        self._keep(directory, index, criteria, obstacles)

    def _is_searched(self, criterion: Criterion, path: str, made: bool) -> bool:
        """Whether a text that names an entry may need it, so that texts are searched for its name."""
        if made:
            return not isinstance(criterion.entry, Recreated) and criterion.kind is not ReasonKind.GIT_IGNORED
        if isinstance(criterion.entry, Recreated):
            return True
        git = self._subject.git
        return criterion.named_in_texts(path, git is not None and self._subject.repository and git.ignored(path))

    def _claim(self, reason: Reason, criterion: Criterion, path: str) -> None:
        self._claims.setdefault(reason, []).append((path, criterion))
        self._settled.add(path)

    def _note_use(self, criterion: Criterion, path: str) -> None:
        """Note what may read a file with secrets that can be excluded."""
        secret = criterion.entry
        if not isinstance(secret, Secret):
            return
        named = next((mention.why for mention in self._builds.mentions.of(path) if mention.text), None)
        run = self._applier.doubted_reader(secret, path)
        user = named or (f"{run.origin} may read it" if run is not None else None)
        if user is not None:
            self._doubted_secrets[path] = f"{user}; {_WAYS_OUT}"

    def _note(self, criterion: Criterion, obstacle: Obstacle, path: str) -> None:
        """Note what an obstacle means for what is below an entry, and for people."""
        if obstacle.closed and obstacle.path == path and criterion.entry_only:
            self._settled.add(path)
        if isinstance(criterion.entry, Secret) and obstacle.kind is ObstacleKind.TRACKED:
            self._warnings[f"{path}: {criterion.entry.warning}; git tracks it, so it is in every clone"] = None

    def _keep(
        self,
        directory: Directory,
        index: int,
        criteria: Sequence[Criterion],
        obstacles: Sequence[tuple[Criterion, Obstacle]],
    ) -> None:
        """Note an entry that is not claimed as a whole."""
        readers = self._subject.readers
        path = directory.child_path(directory.names[index])
        if readers.have(Taken.ANY, directory, index):
            self._staying.update(c.name for c in criteria if c.kind in MADE_KINDS and c.pattern_matches(path))
        if any(criterion.kind is ReasonKind.DEPENDENCY for criterion, _ in obstacles):
            self._installed.append(path + "/")
        if obstacles and readers.have(Taken.ONLY_BROAD | Taken.ONLY_ABOVE, directory, index):
            criterion, first = obstacles[0]
            # Each directory, and of files with the same text one.
            is_directory = directory.kinds[index] == EntryKind.DIRECTORY
            key = (criterion.kind, path if is_directory else "", first.text)
            self._kept.setdefault(key, Kept(first.path, first.text, first.kind))

    def _all_claims(self) -> list[Claim]:
        """The claims, the strongest first; those with general patterns apart from those without."""
        claims: list[Claim] = []
        installed = tuple(self._installed)
        for reason, entries in self._claims.items():
            patterns: dict[str, list[str]] = {}
            others = []
            for path, criterion in entries:
                pattern = self._pattern(criterion, path)
                if pattern is not None:
                    patterns.setdefault(pattern, []).append(path)
                elif not path.startswith(installed):
                    others.append(path)
            named = sorted(path for paths in patterns.values() for path in paths)
            if named:
                written = {
                    one for pattern, paths in patterns.items() for one in self._in_places(reason, pattern, paths)
                }
                claims.append(Claim(reason, tuple(named), tuple(sorted(written))))
            if others:
                claims.append(Claim(reason, tuple(sorted(others))))
        return sorted(claims, key=lambda claim: (claim.reason.kind.rank, claim.entries))

    def _in_places(self, reason: Reason, pattern: str, entries: Sequence[str]) -> Collection[str]:
        """The pattern for some results, or those of `.gitignore` where they name the places of all of them.

        In another place a directory of the same name may be source one day.
        """
        if reason.kind is not ReasonKind.OUTPUT or not pattern.startswith("**/"):
            return (pattern,)
        found = {self._ignored_patterns.only_there(path) for path in entries}
        places = {place for place in found if place is not None}
        return places if len(places) == len(found) <= _MOST_PLACES else (pattern,)

    def _pattern(self, criterion: Criterion, path: str) -> str | None:
        """The general pattern for an entry, as the catalogue or a `.gitignore` has it; None where there is none."""
        if criterion.kind is ReasonKind.GIT_IGNORED:
            return self._ignored_patterns.of(path)
        staying = criterion.kind in MADE_KINDS and criterion.name in self._staying
        # Of a part of a directory that has the name, only its own path says what it is.
        return criterion.pattern(path) if not staying and criterion.pattern_matches(path) else None
