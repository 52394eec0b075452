"""What was found in one workflow: its builds, what is not known of others, and what is to be said of its steps."""

from collections.abc import Collection, Iterable, Iterator

from ctxopt.builds.build import Build, Unresolved
from ctxopt.builds.reading import Budget
from ctxopt.builds.workflows.model import GitBuild
from ctxopt.display import plural


class Found:
    """What was found in the workflow `shown` of the repository at `root`, in the order of its steps."""

    def __init__(self, shown: str, root: str, budget: Budget) -> None:
        self.shown = shown
        self.root = root
        self.budget = budget
        self.builds: dict[Build, None] = {}
        self.unresolved: dict[Unresolved, None] = {}
        self.git_builds: dict[GitBuild, None] = {}
        #: The lines of the steps that build from git, by their actions and what would change that.
        self._from_git: dict[tuple[str, str], dict[int, None]] = {}
        #: The lines of the steps that build other repositories, by their actions and these.
        self._foreign: dict[tuple[str, str], dict[int, None]] = {}

    def add_unresolved(self, origin: str, why: str, line: int | None = None) -> None:
        """Say of a step why not all is known of what it builds."""
        self.unresolved[Unresolved(origin, self.shown, why, line)] = None

    def add_all_unresolved(self, some: Iterable[Unresolved]) -> None:
        """Say the same of what declares the builds of a step."""
        self.unresolved |= dict.fromkeys(some)

    def note_from_git(self, action: str, line: int, fix: str) -> None:
        """Note a step that builds from git; with the input `fix` it would not."""
        self._from_git.setdefault((action, fix), {})[line] = None

    def note_foreign(self, action: str, repository: str, line: int) -> None:
        """Note a step that builds another repository, "" for a directory with none."""
        self._foreign.setdefault((action, repository), {})[line] = None

    def notes(self) -> Iterator[str]:
        """What is to be said of steps that build from git, and of those that build other repositories."""
        for (action, fix), lines in self._from_git.items():
            yield (
                f"{self.shown}:{next(iter(lines))}: {action} builds from git here{_more(lines)}: files that are not "
                "tracked, also those of earlier steps, are missing, and .dockerignore does not apply; to build from "
                f"the checkout, add `{fix}`"
            )
        for (action, name), lines in self._foreign.items():
            what = name or "a directory in which this repository is not checked out"
            yield (
                f"{self.shown}:{next(iter(lines))}: {action} builds {what} here{_more(lines)}: not counted, since it "
                "is not this repository"
            )


def _more(lines: Collection[int]) -> str:
    return f" (and {plural(len(lines) - 1, 'other step')})" if len(lines) > 1 else ""
