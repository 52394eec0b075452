"""What rules look at: one build, and what is derived from it once for all of them."""

from collections.abc import Callable, Hashable, Iterable
from functools import cached_property
from typing import TYPE_CHECKING, Any, TypeVar

from ctxopt.core.build_context import BuildContext
from ctxopt.core.lazy_dataclass import dataclass
from ctxopt.edits.dockerfile import DockerfileText
from ctxopt.edits.lines import Lines
from ctxopt.evidence.secret_files import FoundSecret, found_secrets
from ctxopt.findings.settings import DEFAULT, Settings
from ctxopt.image.destinations import Destination, destinations
from ctxopt.image.steps import StepCommands

if TYPE_CHECKING:
    from ctxopt.evidence.builds import BuildEvidence
    from ctxopt.evidence.history import HistoryNeed
    from ctxopt.git.facts import GitFacts
    from ctxopt.image.exposure import Exposures

_Found = TypeVar("_Found")


@dataclass(frozen=True)
class RuleContext:
    """One build and the settings of the rules. Everything else is derived from these, on first use.

    Raises CtxoptError, on first use of a value, where BuildKit would refuse the build.
    """

    build: BuildContext
    settings: Settings = DEFAULT

    @cached_property
    def _found(self) -> dict[Hashable, Any]:
        return {}

    def once(self, find: "Callable[[RuleContext], _Found]") -> _Found:
        """What a function finds here; it is asked once, whatever rules want to know it."""
        if find not in self._found:
            self._found[find] = find(self)
        found: _Found = self._found[find]
        return found

    @cached_property
    def commands(self) -> StepCommands:
        """The commands of the RUN instructions."""
        return StepCommands(self.build.plan)

    @cached_property
    def lines(self) -> list[str]:
        """The lines of the Dockerfile, to look for comments."""
        return self.build.located.dockerfile.data.decode("utf-8", "replace").split("\n")

    @cached_property
    def text(self) -> DockerfileText:
        """The Dockerfile, to be edited."""
        file = self.build.located.dockerfile
        return DockerfileText(file.name, file.data)

    def ignore_text(self, file: str) -> Lines | None:
        """The lines of the ignore file that has a name, to be edited; None where no builder reads it."""
        return self._ignore_texts.get(file)

    @cached_property
    def _ignore_texts(self) -> dict[str, Lines]:
        located = self.build.located
        files = located.classic_ignore, located.buildkit_ignore
        return {file.name: Lines(file.name, file.data) for file in files if file is not None}

    @cached_property
    def destinations(self) -> tuple[Destination, ...]:
        """Where COPY and ADD put what they read, in the order of the build."""
        return destinations(self.build)

    @cached_property
    def secrets(self) -> tuple[FoundSecret, ...]:
        """The files with secrets, the certain ones first."""
        return tuple(found_secrets(self.build))

    @cached_property
    def evidence(self) -> "BuildEvidence | None":
        """What the build does with the context, followed into its scripts; None if it reads nothing that is known."""
        # Imported here because it loads what is known of all ecosystems.
        from ctxopt.evidence.of_build import evidence_of

        return evidence_of(self.build)

    @cached_property
    def git(self) -> "GitFacts | None":
        """What git knows about the context; None if it has no answer."""
        # Imported here because few builds have what a rule asks git about.
        from ctxopt.evidence.work_tree import work_tree_facts

        return work_tree_facts(self.build.root, self.build.tree)

    @property
    def history(self) -> "HistoryNeed | None":
        """Why the build reads the history that git keeps; None if it does not."""
        return self.evidence.history if self.evidence is not None else None

    def exposure(self, paths: Iterable[str]) -> "Exposures":
        """How far some files of the context get."""
        # Imported here because most builds have no file that a rule follows this far.
        from ctxopt.image.exposure import Exposures

        return Exposures(self.build, paths)
