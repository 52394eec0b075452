"""Packages of a project that a build has nothing to do with: it installs the project, but not them."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from ctxopt.catalogue.ecosystems import Recreated
from ctxopt.core.lazy_dataclass import dataclass
from ctxopt.evidence.builds import BuildEvidence
from ctxopt.evidence.image import ImageLocation
from ctxopt.evidence.manifests import is_member
from ctxopt.evidence.recreated import Recreation, recreation
from ctxopt.image.places import below

if TYPE_CHECKING:
    from ctxopt.evidence.unused import Unused


@dataclass(frozen=True, slots=True)
class Stranger:
    """A package that no command of a build installs, runs or names, and how the project around it is installed."""

    package: str
    text: str

    def names(self) -> Iterator[str]:
        """The directories above the package, from which a text may list all that is in them."""
        yield from _above(self.package)


def stranger(recreated: Recreated, name: str, path: str, builds: BuildEvidence) -> Stranger | None:
    """The package that an installed directory belongs to, if the build has nothing to do with it; None if it may."""
    package = path[: -len(name)].rstrip("/")
    if not package or _is_used(package, builds):
        return None
    for above in (*_above(package), ""):
        around = f"{above}/{name}" if above else name
        made = recreation(recreated, name, around, builds)
        # Without steps no build takes it, so that nothing says how the project is installed.
        if isinstance(made, Recreation) and made.steps:
            return Stranger(package, f"no command uses {package}; {around} is {made.text}")
    return None


def stray(path: str, name: str, builds: BuildEvidence, unused: "Unused") -> Stranger | None:
    """The package of what git ignores, if that gets into no image and the builds have no use for it; None if they may.

    All commands of the stages that it gets into have to be known.
    """
    package = path[: -len(name)].rstrip("/")
    takers = [location for location in builds.locations if location.takes(path)]
    if not package or not takers or not all(unused.only_builds(location, path) for location in takers):
        return None
    if _is_used(package, builds):
        return None
    return Stranger(package, f"no command uses {package}, and it gets into no image")


def _is_used(package: str, builds: BuildEvidence) -> bool:
    """Whether a command runs in a package or names it, or a workspace has it as a member."""
    mentions = builds.mentions
    # What its own manifest and texts say of it does not make it used.
    inside = (mention for mention in mentions.inside(package) if not mention.file.startswith(f"{package}/"))
    if any(inside) or any(mentions.of(directory) for directory in (package, *_above(package))):
        return True
    for root, members in builds.members.items():
        member = below(root, package) if root else package
        if member and is_member(members, member):
            return True
    return any(_runs_in(location, package, builds) for location in builds.locations if location.takes(package))


def _runs_in(location: ImageLocation, package: str, builds: BuildEvidence) -> bool:
    """Whether a command runs in a package, where one read puts it, or may."""
    image_path = location.image_path(package)
    if image_path is None:
        return True
    directories = [run.directory for run in builds.all_runs.of_plan(location.plan_number)]
    return any(directory is None or below(image_path, directory) is not None for directory in directories)


def _above(package: str) -> Iterator[str]:
    """The directories above a package, without the root."""
    directory = package.rpartition("/")[0]
    while directory:
        yield directory
        directory = directory.rpartition("/")[0]
