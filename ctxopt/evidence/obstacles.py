"""What needs an entry that a criterion applies to, and which parts of a directory nothing needs."""

from collections.abc import Sequence
from typing import Final

from ctxopt.catalogue.ecosystems import Recreated
from ctxopt.catalogue.secrets import Secret
from ctxopt.core.context.tree import Directory, EntryKind
from ctxopt.core.lazy_dataclass import dataclass
from ctxopt.evidence.builds import BuildEvidence
from ctxopt.evidence.criteria import Criterion
from ctxopt.evidence.manifest_names import is_manifest, possible_manifests
from ctxopt.evidence.mentions import Mention
from ctxopt.evidence.model import MADE_KINDS, Obstacle, ObstacleKind, PlanStep, ReasonKind, Subject

#: Maximum number of entries that a directory is taken apart into.
_MAX_PARTS: Final = 200


@dataclass(frozen=True, slots=True)
class Fit:
    """What a criterion can exclude of an entry: all of it without an obstacle, else some `parts` of it."""

    obstacle: Obstacle | None
    parts: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _Question:
    """A criterion that is asked about an entry and everything below it.

    `mentioned`: mentions count, except by the `steps` that recreate the entry. `tracked`: git may track something
    there that the criterion must not exclude. `inside`: it applies inside of directories that instructions name.
    """

    criterion: Criterion
    mentioned: bool
    tracked: bool
    inside: bool
    steps: frozenset[PlanStep]
    product: str = ""

    def counts(self, mention: Mention) -> bool:
        """Whether a mention is a reason for keeping the entry."""
        if mention.text and isinstance(self.criterion.entry, Secret):
            # A program gets it when a container starts: it need not be in the image.
            return False
        if self.criterion.kind is ReasonKind.VCS and self.criterion.name not in mention.parts:
            # What lies in such a directory is named with it, or not meant.
            return False
        if self.product and mention.anchored and "/".join(mention.parts) == self.product:
            # What is named is what the step writes.
            return False
        return mention.step is None or mention.step not in self.steps


class Obstacles:
    """The obstacles in one context."""

    def __init__(self, subject: Subject, builds: BuildEvidence) -> None:
        self._subject = subject
        self._builds = builds
        index = subject.tree.root.find(".git")
        in_view = index >= 0 and bool(subject.tree.root.flags[index] & subject.view)
        self._asks_git = builds.history is not None and builds.history.dirty and in_view
        #: For each directory the mentions of it or of one above it, which apply to everything below.
        self._above: dict[str, tuple[Mention, ...]] = {"": ()}

    def fit(
        self,
        criterion: Criterion,
        directory: Directory,
        index: int,
        steps: frozenset[PlanStep],
        product: str = "",
        absent: bool = False,
    ) -> Fit:
        """What a criterion that applies can exclude of an entry; `steps` are those that recreate it, or a `product`.

        What builds are also made without, `absent`, nothing needs that names it.
        """
        name = directory.names[index]
        path = directory.child_path(name)
        git = self._subject.git
        recreated = isinstance(criterion.entry, Recreated) and bool(steps) and git is not None and git.ignored(path)
        guarded = criterion.untracked_only or self._asks_git
        tracked = guarded and git is not None and git.tracks(path)
        # What is in a directory that a source names itself is wanted, whatever git says of the directory.
        inside = criterion.inside_sources and (
            criterion.kind not in MADE_KINDS or self._subject.readers.only_above(directory, index)
        )
        question = _Question(criterion, not (recreated or absent), tracked, inside, steps, product)
        if not criterion.entry_only and not absent:
            counting = (mention for mention in self._mentions_above(directory) if question.counts(mention))
            above = next((mention for mention in counting if not mention.shallow), None)
            if above is not None:
                return Fit(Obstacle(path, above.kind, above.why))
        obstacle = self._obstacle(question, directory, index, True)
        below = directory.subdirectories.get(name)
        if below is None or (obstacle is not None and (obstacle.closed or not criterion.in_parts)):
            return Fit(obstacle)
        return self._fit_below(question, below, obstacle)

    def _fit_below(self, question: _Question, top: Directory, obstacle: Obstacle | None) -> Fit:
        """What a criterion can exclude of a directory; `obstacle` is the one of the directory itself."""
        in_parts = question.criterion.in_parts
        pieces = _Pieces(top, obstacle)
        stack = [top]
        while stack:
            directory = stack.pop()
            free = pieces.enter(directory)
            hot = self._hot(directory.names)
            for index, flags in enumerate(directory.flags):
                if not flags & self._subject.view:
                    continue
                name = directory.names[index]
                found = self._obstacle(question, directory, index, name in hot)
                below = directory.subdirectories.get(name)
                if found is not None:
                    if not in_parts:
                        return Fit(found)
                    pieces.add(found, directory, below)
                elif below is None:
                    free.append(directory.child_path(name))
                if below is not None and (found is None or not found.closed):
                    stack.append(below)
        return pieces.fit()

    def _hot(self, names: list[str]) -> set[str]:
        """The names in a directory that need a closer look: something may mention them, or they may be manifests."""
        return {*self._builds.mentions.candidates(names), *possible_manifests(names)}

    def _obstacle(self, question: _Question, directory: Directory, index: int, hot: bool) -> Obstacle | None:
        """What speaks against excluding one entry, whatever is in it; `hot` is as in `_hot`."""
        criterion, readers = question.criterion, self._subject.readers
        name = directory.names[index]
        inside = question.inside and readers.only_above(directory, index)
        if not inside and not readers.only_broad(directory, index):
            return Obstacle(directory.child_path(name), ObstacleKind.OUT_OF_SCOPE)
        if not hot and not question.tracked:
            return None
        is_directory = directory.kinds[index] == EntryKind.DIRECTORY
        path = directory.child_path(name)
        git = self._subject.git
        if question.tracked and not is_directory and git is not None and git.tracks(path):
            return Obstacle(path, ObstacleKind.TRACKED, self._tracked_text())
        if not is_directory and not criterion.with_manifests and is_manifest(path):
            return Obstacle(path, ObstacleKind.MANIFEST, "build file or package manifest")
        if not hot or not question.mentioned:
            return None
        return self._mention(question, path, is_directory)

    def _tracked_text(self) -> str:
        history = self._builds.history
        if not self._asks_git or history is None:
            return "git tracks it"
        return f"git tracks it, and a command that uses git would see it as deleted: {history.why}"

    def _mention(self, question: _Question, path: str, is_directory: bool) -> Obstacle | None:
        """The first mention of an entry, or of something in it, that counts."""
        mentions = self._builds.mentions
        for closed, found in ((True, mentions.of(path)), (False, mentions.inside(path) if is_directory else [])):
            for mention in found:
                if question.counts(mention):
                    return Obstacle(path, mention.kind, mention.why, closed)
        return None

    def _mentions_above(self, directory: Directory) -> tuple[Mention, ...]:
        """The mentions of a directory and of those above it."""
        unknown: list[Directory] = []
        current = directory
        while current.path not in self._above and current.parent is not None:
            unknown.append(current)
            current = current.parent
        mentions = self._above[current.path]
        for current in reversed(unknown):
            mentions = (*mentions, *self._builds.mentions.of(current.path))
            self._above[current.path] = mentions
        return mentions


class _Pieces:
    """The pieces of a directory while it is walked, parents before what is in them."""

    def __init__(self, top: Directory, obstacle: Obstacle | None) -> None:
        self._obstacle = obstacle
        #: The directories that cannot be excluded as a whole.
        self._broken = {top.path} if obstacle is not None else set()
        self._visited: list[tuple[Directory, list[str]]] = []

    def enter(self, directory: Directory) -> list[str]:
        """Note a directory; returns the list of the entries in it, no directories, that can be excluded."""
        free: list[str] = []
        self._visited.append((directory, free))
        return free

    def add(self, obstacle: Obstacle, directory: Directory, below: Directory | None) -> None:
        """Note an obstacle at an entry of a directory; `below` is the entry if that is a directory itself."""
        known = self._obstacle
        if known is None or not known.reported or (obstacle.closed and not known.closed):
            self._obstacle = obstacle
        self._broken.add(directory.path)
        if below is not None:
            self._broken.add(below.path)

    def fit(self) -> Fit:
        """The largest pieces that nothing in them has to stay of."""
        if not self._broken:
            return Fit(None)
        # Backwards, everything below a directory comes before it.
        for directory, _ in reversed(self._visited):
            if directory.path in self._broken and directory.parent is not None:
                self._broken.add(directory.parent.path)
        parts = _parts(self._visited, self._broken)
        return Fit(self._obstacle, tuple(sorted(parts)) if len(parts) <= _MAX_PARTS else ())


def _parts(visited: Sequence[tuple[Directory, list[str]]], broken: set[str]) -> list[str]:
    whole = {directory.path for directory, _ in visited} - broken
    parts: list[str] = []
    for directory, free in visited:
        if directory.path in broken:
            parts += free
            parts += [below.path for below in directory.subdirectories.values() if below.path in whole]
    return parts
