"""Whether a criterion applies to an entry, before anything that needs the entry is looked at."""

from dataclasses import dataclass

from ctxopt.catalogue.ecosystems import Junk, Metadata, Recreated
from ctxopt.catalogue.names import any_match, ends_with
from ctxopt.catalogue.secrets import Secret
from ctxopt.core.context.tree import Directory
from ctxopt.evidence.builds import BuildEvidence
from ctxopt.evidence.criteria import Criterion
from ctxopt.evidence.manifest_names import is_manifest, possible_manifests
from ctxopt.evidence.model import Obstacle, ObstacleKind, PlanStep, Reason, ReasonKind, Subject
from ctxopt.evidence.recreated import NotRecreated, recreation


@dataclass(frozen=True, slots=True)
class Applies:
    """That a criterion applies, for this reason; `steps` are those that recreate the entry."""

    reason: Reason
    steps: frozenset[PlanStep] = frozenset()


#: None where the criterion is not about the entry at all.
Applicability = Applies | Obstacle | None


@dataclass(frozen=True, slots=True)
class Applier:
    """Tells whether criteria apply to the entries of a context."""

    subject: Subject
    builds: BuildEvidence

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
                return self._junk(criterion.entry, directory, path)
            case None:
                return Applies(Reason(criterion.kind, criterion.text), criterion.steps)

    def _secret(self, secret: Secret, path: str) -> Applicability:
        name = path.rpartition("/")[2]
        if any_match(secret.but, name):
            return None
        if (secret.contains or secret.unless) and not secret.fits(self.subject.read_file(path)):
            return None
        user = self.builds.first(secret.used_by)
        if user is not None:
            mount = "a secret mount would provide it without leaving it in a layer"
            return _used(path, f"{user.origin} may read it; {mount}")
        return Applies(Reason(ReasonKind.SECRET, "named like a file with secrets", secret.warning))

    def _recreated(self, criterion: Criterion, recreated: Recreated, directory: Directory, path: str) -> Applicability:
        git = self.subject.git
        is_output = criterion.kind is ReasonKind.OUTPUT
        if is_output and (git is None or not git.ignored(path)):
            return None
        home: Directory | None = directory
        for _ in range(criterion.name.count("/")):
            home = home.parent if home is not None else None
        if recreated.beside and (home is None or not any(any_match(recreated.beside, name) for name in home.names)):
            return None
        result = recreation(recreated, criterion.name, path, self.builds)
        if isinstance(result, NotRecreated):
            # Nothing creates most build output in the image, which is not worth reporting; dependencies are.
            return None if is_output else Obstacle(path, ObstacleKind.NOT_RECREATED, result.text)
        return Applies(Reason(criterion.kind, result.text), result.steps)

    def _metadata(self, metadata: Metadata, path: str) -> Applicability:
        if metadata.needed and self.builds.needed is not None:
            return _used(path, self.builds.needed)
        return Applies(Reason(ReasonKind.VCS, metadata.text))

    def _junk(self, junk: Junk, directory: Directory, path: str) -> Applicability:
        name = path.rpartition("/")[2]
        if any_match(junk.but, name):
            return None
        if directory.path and (junk.where == "root" or (junk.where == "project" and not _is_project(directory))):
            return None
        use = {"tests": self.builds.tested, "docs": self.builds.documented}.get(junk.unless)
        user = self.builds.first(junk.used_by) if use is None and junk.used_by else None
        if user is not None:
            use = f"{user.origin} may read it"
        return Applies(Reason(ReasonKind(junk.key), junk.text)) if use is None else _used(path, use)


def _used(path: str, text: str) -> Obstacle:
    return Obstacle(path, ObstacleKind.USED, text)


def _is_project(directory: Directory) -> bool:
    """Whether a directory has a manifest."""
    return any(is_manifest(directory.child_path(name)) for name in possible_manifests(directory.names))
