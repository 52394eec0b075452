"""What needs an entry that a criterion applies to, and which parts of a directory nothing needs."""

from collections.abc import Iterator
from typing import Final

from ctxopt.catalogue.ecosystems import Recreated
from ctxopt.catalogue.secrets import Secret
from ctxopt.core.context.tree import Directory, EntryKind
from ctxopt.core.lazy_dataclass import dataclass
from ctxopt.evidence.builds import BuildEvidence
from ctxopt.evidence.criteria import Criterion
from ctxopt.evidence.manifest_names import is_manifest
from ctxopt.evidence.mentions import Mention
from ctxopt.evidence.model import MADE_KINDS, Obstacle, ObstacleKind, PlanStep, ReasonKind, Subject, Taken
from ctxopt.evidence.suspects import Suspects

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
        self._suspects = Suspects(subject, builds.mentions)
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
            criterion.kind not in MADE_KINDS or self._subject.readers.have(Taken.ONLY_ABOVE, directory, index)
        )
        question = _Question(criterion, not (recreated or absent), tracked, inside, steps, product)
        if not criterion.entry_only and not absent:
            counting = (mention for mention in self._mentions_above(directory) if question.counts(mention))
            above = next((mention for mention in counting if not mention.shallow), None)
            if above is not None:
                return Fit(Obstacle(path, above.kind, above.why))
        obstacle = self._obstacle(question, directory, index)
        below = directory.subdirectories.get(name)
        if below is None or (obstacle is not None and (obstacle.closed or not criterion.in_parts)):
            return Fit(obstacle)
        return self._fit_below(question, below, obstacle)

    def _fit_below(self, question: _Question, top: Directory, obstacle: Obstacle | None) -> Fit:
        """What a criterion can exclude of a directory; `obstacle` is the one of the directory itself.

        Only where something may be an obstacle is a directory looked into.
        """
        suspects = self._suspects_for(question)
        tree, view = self._subject.tree, self._subject.view
        if obstacle is None and suspects.find(1, *tree.span(top)) < 0:
            return Fit(None)
        pieces = _Pieces(top, obstacle, view)
        stack = [top]
        while stack:
            directory = stack.pop()
            pieces.enter(directory)
            start = tree.start(directory.path)
            end = start + len(directory.names)
            at = suspects.find(1, start, end)
            while at >= 0:
                found = self._obstacle(question, directory, at - start)
                if found is not None:
                    if not question.criterion.in_parts:
                        return Fit(found)
                    pieces.add(found, directory, at - start)
                at = suspects.find(1, at + 1, end)
            stack += [
                below
                for below in directory.subdirectories.values()
                if directory.flags[below.index] & view
                and not pieces.is_closed(below)
                and (pieces.is_broken(below) or suspects.find(1, *tree.span(below)) >= 0)
            ]
        return pieces.fit()

    def _suspects_for(self, question: _Question) -> bytes:
        return self._suspects.mask(
            inside=question.inside,
            mentioned=question.mentioned,
            manifests=not question.criterion.with_manifests,
            tracked=question.tracked,
        )

    def _obstacle(self, question: _Question, directory: Directory, index: int) -> Obstacle | None:
        """What speaks against excluding one entry, whatever is in it."""
        criterion, readers = question.criterion, self._subject.readers
        path = directory.child_path(directory.names[index])
        is_directory = directory.kinds[index] == EntryKind.DIRECTORY
        if not readers.have(Taken.ONLY_BROAD | (Taken.ONLY_ABOVE if question.inside else 0), directory, index):
            # A directory that only its contents bring along is out of scope, but what names it means all of them.
            named = self._mention(question, path, is_directory) if question.mentioned and is_directory else None
            return named if named is not None and named.closed else Obstacle(path, ObstacleKind.OUT_OF_SCOPE)
        git = self._subject.git
        if question.tracked and not is_directory and git is not None and git.tracks(path):
            return Obstacle(path, ObstacleKind.TRACKED, self._tracked_text())
        if not is_directory and not criterion.with_manifests and is_manifest(path):
            return Obstacle(path, ObstacleKind.MANIFEST, "build file or package manifest")
        return self._mention(question, path, is_directory) if question.mentioned else None

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

    def __init__(self, top: Directory, obstacle: Obstacle | None, view: int) -> None:
        self._obstacle = obstacle
        self._view = view
        #: The directories that cannot be excluded as a whole, and those that have to stay with everything in them.
        self._broken = {top.path} if obstacle is not None else set()
        self._closed: set[str] = set()
        self._visited: list[Directory] = []
        #: For each directory the indexes of the entries that have to stay.
        self._staying: dict[str, set[int]] = {}

    def enter(self, directory: Directory) -> None:
        """Note a directory that is looked into."""
        self._visited.append(directory)

    def add(self, obstacle: Obstacle, directory: Directory, index: int) -> None:
        """Note an obstacle at an entry of a directory."""
        known = self._obstacle
        if known is None or not known.reported or (obstacle.closed and not known.closed):
            self._obstacle = obstacle
        self._broken.add(directory.path)
        self._staying.setdefault(directory.path, set()).add(index)
        below = directory.subdirectories.get(directory.names[index])
        if below is not None:
            self._broken.add(below.path)
            if obstacle.closed:
                self._closed.add(below.path)

    def is_closed(self, directory: Directory) -> bool:
        """Whether a directory has to stay with everything in it."""
        return directory.path in self._closed

    def is_broken(self, directory: Directory) -> bool:
        """Whether a directory has to stay, but not everything in it."""
        return directory.path in self._broken

    def fit(self) -> Fit:
        """The largest pieces that nothing in them has to stay of."""
        if not self._broken:
            return Fit(None)
        # Backwards, everything below a directory comes before it.
        for directory in reversed(self._visited):
            if directory.path in self._broken and directory.parent is not None:
                self._broken.add(directory.parent.path)
        parts = [
            part for directory in self._visited if directory.path in self._broken for part in self._parts(directory)
        ]
        return Fit(self._obstacle, tuple(sorted(parts)) if len(parts) <= _MAX_PARTS else ())

    def _parts(self, directory: Directory) -> Iterator[str]:
        """The pieces right in a directory that cannot be excluded as a whole."""
        staying = self._staying.get(directory.path, ())
        for index, name in enumerate(directory.names):
            if directory.flags[index] & self._view and index not in staying:
                below = directory.subdirectories.get(name)
                if below is None or below.path not in self._broken:
                    yield directory.child_path(name)
