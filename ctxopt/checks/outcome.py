"""The outcome of a run of checks: the builds that were checked, and what could not be."""

from collections.abc import Iterable, Sequence

from ctxopt.builds.build import Unresolved
from ctxopt.checks.check import BuildCheck
from ctxopt.checks.suppression import applies
from ctxopt.core.dockerignore.pattern import Pattern
from ctxopt.core.lazy_dataclass import dataclass

#: Maximum length of a name that a pattern can excuse, in characters.
_LONGEST = 4096


@dataclass(frozen=True, slots=True)
class Unchecked:
    """A build or a declaration that could not be checked completely.

    `place` is the path of its file in the repository; `excused` whether it is allowed to stay unchecked.
    """

    unresolved: Unresolved
    place: str
    excused: bool = False


@dataclass(frozen=True, slots=True)
class Outcome:
    """The checks of all builds, and what could not be checked: it fails the run where it is not excused.

    `gone` are, in words, the builds of the revision to compare with that are no builds any more; `excluded` are
    patterns of the directories in which no builds were looked for.
    """

    results: tuple[BuildCheck, ...]
    unchecked: tuple[Unchecked, ...] = ()
    gone: tuple[str, ...] = ()
    excluded: tuple[str, ...] = ()

    @property
    def incomplete(self) -> tuple[Unchecked, ...]:
        """What could not be checked and is not excused."""
        return tuple(one for one in self.unchecked if not one.excused)

    @property
    def passed(self) -> bool:
        """Whether every build passed, and nothing is unchecked but what is excused."""
        return not self.incomplete and all(result.passed for result in self.results)

    @property
    def verdict(self) -> str:
        """The outcome in one word: "passed", "failed" or "incomplete"."""
        return "incomplete" if self.incomplete else "passed" if self.passed else "failed"

    @property
    def exit_code(self) -> int:
        """0 passed, 1 failed, 2 incomplete."""
        return {"passed": 0, "failed": 1, "incomplete": 2}[self.verdict]


def excused(unchecked: Iterable[Unchecked], patterns: Sequence[Pattern]) -> tuple[Unchecked, ...]:
    """What could not be checked, marked as excused where a pattern matches its path in the repository or its name."""
    return tuple(
        Unchecked(one.unresolved, one.place, any(_covers(pattern, one) for pattern in patterns)) for one in unchecked
    )


def _covers(pattern: Pattern, unchecked: Unchecked) -> bool:
    # A name from a declaration may be of any length, and each part of it is compared.
    names = (name for name in (unchecked.place, unchecked.unresolved.origin) if len(name) <= _LONGEST)
    return any(applies(pattern, name) for name in names)
