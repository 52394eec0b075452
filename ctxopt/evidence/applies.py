"""Whether a criterion applies to an entry, before anything that needs the entry is looked at."""

from collections.abc import Sequence
from dataclasses import replace
from functools import cached_property
from typing import Final

from ctxopt.catalogue.ecosystems import Junk, Metadata, Recreated
from ctxopt.catalogue.names import NameIndex, any_match, ends_with
from ctxopt.catalogue.secrets import Secret
from ctxopt.catalogue.texts import TextKind, text_kinds
from ctxopt.catalogue.vocabulary import Commands, shells
from ctxopt.core.context.tree import Directory
from ctxopt.core.golang import paths
from ctxopt.core.lazy_dataclass import dataclass
from ctxopt.evidence.builds import BuildEvidence
from ctxopt.evidence.criteria import Criterion
from ctxopt.evidence.manifest_names import is_manifest, possible_manifests
from ctxopt.evidence.model import Obstacle, ObstacleKind, PlanStep, Reason, ReasonKind, Subject
from ctxopt.evidence.recreated import NotRecreated, Recreation, recreation, sources
from ctxopt.evidence.served import is_served
from ctxopt.evidence.strangers import Stranger, stranger, stray
from ctxopt.evidence.stray_files import is_large_file
from ctxopt.evidence.unused import Unused
from ctxopt.image.commands import Run, first_command, may_be_command
from ctxopt.image.places import resolved

#: The directory of a project with its programs.
_PROGRAMS: Final = "bin"


@dataclass(frozen=True, slots=True)
class Applies:
    """That a criterion applies, for this reason; `steps` are those that recreate the entry.

    `product` is the path of what they write in it, "" where that is all of it. `absent`: builds are also made without
    the local one, whatever names it. `stranger` is the package that it belongs to, where it applies because the build
    has nothing to do with that.
    """

    reason: Reason
    steps: frozenset[PlanStep] = frozenset()
    product: str = ""
    absent: bool = False
    stranger: Stranger | None = None


#: None where the criterion is not about the entry at all.
Applicability = Applies | Obstacle | None


@dataclass(frozen=True)
class Applier:
    """Tells whether criteria apply to the entries of a context."""

    subject: Subject
    builds: BuildEvidence

    @cached_property
    def _beside(self) -> dict[Commands, Sequence[Run]]:
        return {}

    @cached_property
    def _homes(self) -> dict[tuple[str, ...], frozenset[str]]:
        return {}

    @cached_property
    def _unused(self) -> Unused:
        return Unused(self.builds)

    def of(self, criterion: Criterion, directory: Directory, path: str) -> Applicability:
        """Whether a criterion applies to the entry at a path in a directory, or what speaks against it."""
        if "/" in criterion.name and not ends_with(path, criterion.name):
            return None
        match criterion.entry:
            case Recreated():
                return self._recreated(criterion, criterion.entry, directory, path)
            case Secret():
                return self._secret(criterion.entry, path)
            case Metadata():
                return self._metadata(criterion.entry, path)
            case Junk():
                return self._junk(criterion, criterion.entry, directory, path)
            case None:
                return self._fact(criterion, path)

    def _fact(self, criterion: Criterion, path: str) -> Applicability:
        again = self._made_or_absent(path) if criterion.kind is ReasonKind.GIT_IGNORED else None
        if again is not None and again.steps:
            return Applies(Reason(criterion.kind, again.text), again.steps, absent=True)
        written = self._unused.written(path) if criterion.kind is ReasonKind.GIT_IGNORED else None
        if written is not None and not self._has_other_code(path, written.path):
            text = f"ignored and not tracked by git; written by {written.origin}"
            return Applies(Reason(criterion.kind, text), frozenset((written.step,)), written.path)
        if again is not None:
            return Applies(Reason(criterion.kind, again.text), absent=True)
        if criterion.kind is ReasonKind.GIT_IGNORED and self._unused.is_shipped(path):
            return Obstacle(path, ObstacleKind.NOT_RECREATED, "git ignores it, and no RUN makes it: it may be shipped")
        return Applies(Reason(criterion.kind, criterion.text), criterion.steps)

    def _has_other_code(self, path: str, written: str) -> bool:
        """Whether a directory has source code beside what a command writes in it."""
        top = self.subject.tree.directory_at(path) if written != path else None
        stack = [top] if top is not None else []
        while stack:
            directory = stack.pop()
            if directory.path == written:
                continue
            kinds = text_kinds(directory.names)
            if any(kinds[name] is TextKind.CODE and directory.child_path(name) != written for name in directory.names):
                return True
            stack += directory.subdirectories.values()
        return False

    def _made_or_absent(self, path: str) -> Recreation | None:
        """How the builds that take what git ignores get it otherwise, or do without it."""
        name = paths.base(path)
        made = recreation(Recreated((name,)), name, path, self.builds, self.subject.repository)
        return made if isinstance(made, Recreation) and made.text else None

    def _secret(self, secret: Secret, path: str) -> Applicability:
        name = path.rpartition("/")[2]
        if any_match(secret.but, name):
            return None
        if secret.contains or secret.unless or secret.signs or secret.may_refer:
            text = self.subject.read_file(path)
            # Of a text that is not known, a sign cannot be seen, and other files have such names as well.
            if not secret.fits(text) or not secret.shows(text or b""):
                return None
        user = self._reader(secret, path)
        if user is not None:
            mount = "a secret mount would provide it without leaving it in a layer"
            return _used(path, f"{user.origin} may read it; {mount}")
        return Applies(Reason(ReasonKind.SECRET, "named like a file with secrets", secret.warning))

    def _reader(self, secret: Secret, path: str) -> Run | None:
        """The first command that reads a file with secrets; None where none does."""
        user = self.builds.first(tuple(command for command in secret.used_by if command not in secret.beside))
        if user is not None or not secret.beside:
            return user
        return next((run for run in self._beside_runs(secret) if self._may_be_beside(run, path)), None)

    def doubted_reader(self, secret: Secret, path: str) -> Run | None:
        """The first command that may read a file with secrets, for all that is seen of it; None where none may."""
        beside = self._beside_runs(secret)
        if not beside:
            return self.builds.first(secret.perhaps_by)
        runs = (
            run
            for run in self.builds.all_runs.that_may_be(secret.perhaps_by)
            if first_command((run,), secret.perhaps_by, may_be_command)
        )
        return next((run for run in runs if run not in beside or self._may_be_beside(run, path)), None)

    def _beside_runs(self, secret: Secret) -> Sequence[Run]:
        """The commands that only read the files with secrets that are where they are."""
        if secret.beside not in self._beside:
            runs = (
                run
                for run in self.builds.all_runs.that_may_be(secret.beside)
                if first_command((run,), secret.beside, may_be_command)
            )
            self._beside[secret.beside] = list(runs) if secret.beside else []
        return self._beside[secret.beside]

    def _may_be_beside(self, run: Run, path: str) -> bool:
        """Whether a file may be beside the program that a command runs, or beside the `bin` that this is in."""
        words = run.words[1:] if any_match(shells().interpreters, run.name) else run.words
        program = resolved(run.directory, next((word for word in words if not word.startswith("-")), "."))
        if program is None or not run.sure:
            return True
        home = paths.parent(program)
        home = paths.parent(home) if paths.base(home) == _PROGRAMS else home
        takers = (location for location in self.builds.locations if location.takes(path))
        places = [location.image_path(path) for location in takers if location.plan_number == run.plan]
        return any(place is None or paths.parent(place) == home for place in places)

    def _recreated(self, criterion: Criterion, recreated: Recreated, directory: Directory, path: str) -> Applicability:
        git = self.subject.git
        is_output = criterion.kind is ReasonKind.OUTPUT
        if is_output and not (recreated.sure or (git is not None and git.ignored(path))):
            return None
        home = _home(criterion, directory)
        if recreated.beside and (home is None or not any(any_match(recreated.beside, name) for name in home.names)):
            return None
        if recreated.of and not any(source in directory.names for source in sources(recreated, paths.base(path))):
            return None
        if recreated.holds and not _holds(recreated.holds, directory, paths.base(path)):
            return None
        using = self._using(recreated, path, is_output)
        ignored = self.subject.repository and git is not None and git.ignored(path)
        result = recreation(recreated, criterion.name, path, using, ignored)
        if not isinstance(result, NotRecreated):
            return Applies(Reason(criterion.kind, result.text), result.steps, absent=result.absent)
        if recreated.local and git is not None and git.ignored(path):
            return Applies(Reason(criterion.kind, "only works on the machine where it was made"))
        unneeded = self._unused.reason(recreated.chain, path, is_output) if recreated.chain else None
        if unneeded is not None:
            return Applies(Reason(criterion.kind, unneeded))
        if not is_output and git is not None and git.ignored(path) and _is_project(directory):
            other = stranger(recreated, criterion.name, path, using)
            if other is not None:
                return Applies(Reason(criterion.kind, other.text), stranger=other)
        other = stray(path, criterion.name, using, self._unused) if ignored else None
        if other is not None:
            return Applies(Reason(criterion.kind, other.text), stranger=other)
        return Obstacle(path, ObstacleKind.NOT_RECREATED, result.text)

    def _using(self, recreated: Recreated, path: str, is_output: bool) -> BuildEvidence:
        """The evidence, with those locations only at which an entry may be used, if there are any."""
        if not recreated.chain:
            return self.builds
        using = tuple(
            location
            for location in self.builds.locations
            if not self._unused.is_unused_at(location, recreated.chain, path, is_output)
        )
        return replace(self.builds, locations=using) if using else self.builds

    def _metadata(self, metadata: Metadata, path: str) -> Applicability:
        if metadata.needed and self.builds.history is not None:
            return _used(path, self.builds.history.advice)
        return Applies(Reason(ReasonKind.VCS, metadata.text))

    def _above(self, names: tuple[str, ...]) -> frozenset[str]:
        """The directories that have something with one of some names in them, or below."""
        if names not in self._homes:
            tree, index = self.subject.tree, NameIndex((name, True) for name in names)
            found: set[str] = set()
            for directory, _ in tree.named(index.find(tree.names)):
                above: Directory | None = directory
                while above is not None and above.path not in found:
                    found.add(above.path)
                    above = above.parent
            self._homes[names] = frozenset(found)
        return self._homes[names]

    def _served(self, path: str) -> bool:
        """Whether a build serves an entry as it is."""
        return any(
            is_served(location, path, self.builds.served.get(location.plan_number, ()))
            for location in self.builds.locations
        )

    def _is_left(self, junk: Junk, directory: Directory, path: str) -> bool:
        """Whether git says of an entry what it has to: that it ignores it, or nothing at all of a large file."""
        git = self.subject.git
        if junk.key == ReasonKind.GIT_IGNORED.value:
            return git is not None and git.ignored(path) and (self.subject.repository or not junk.stray)
        return not junk.stray or (
            is_large_file(directory, directory.find(paths.base(path)))
            and (git is not None and self.subject.repository and not git.tracks(path) and not git.ignored(path))
        )

    def _junk(self, criterion: Criterion, junk: Junk, directory: Directory, path: str) -> Applicability:
        name = path.rpartition("/")[2]
        if any_match(junk.but, name):
            return None
        if directory.path and (junk.where == "root" or (junk.where == "project" and not _is_project(directory))):
            return None
        home = _home(criterion, directory)
        if junk.beside and (home is None or not any(any_match(junk.beside, other) for other in home.names)):
            return None
        if not self._is_left(junk, directory, path) or (junk.holds and not _holds(junk.holds, directory, name)):
            return None
        if junk.lacks and _has_inside(junk.lacks, directory, name):
            return None
        if junk.near and directory.path not in self._above(junk.near):
            return None
        use = {"tests": self.builds.tested, "docs": self.builds.documented}.get(junk.unless)
        user = self.builds.first(junk.used_by) if use is None and junk.used_by else None
        if user is not None:
            use = f"{user.origin} may read it"
        if use is None and (junk.unless or junk.stray) and self.builds.served and self._served(path):
            use = "the image serves it"
        return Applies(Reason(ReasonKind(junk.key), junk.text)) if use is None else _used(path, use)


def _used(path: str, text: str) -> Obstacle:
    return Obstacle(path, ObstacleKind.USED, text)


def _home(criterion: Criterion, directory: Directory) -> Directory | None:
    """The directory that the name of a criterion is relative to, for an entry of this one; None where there is none."""
    home: Directory | None = directory
    for _ in range(criterion.name.count("/")):
        home = home.parent if home is not None else None
    return home


def _has_inside(names: tuple[str, ...], directory: Directory, name: str) -> bool:
    """Whether a directory of this name has one of some names in it, or below it."""
    below = directory.subdirectories.get(name)
    stack = [below] if below is not None else []
    while stack:
        inside = stack.pop()
        if any(any_match(names, other) for other in inside.names):
            return True
        stack += inside.subdirectories.values()
    return False


def _holds(names: tuple[str, ...], directory: Directory, name: str) -> bool:
    """Whether a directory of this name has one of some names right in it."""
    below = directory.subdirectories.get(name)
    return below is not None and any(any_match(names, other) for other in below.names)


def _is_project(directory: Directory) -> bool:
    """Whether a directory has a manifest."""
    return any(is_manifest(directory.child_path(name)) for name in possible_manifests(directory.names))
