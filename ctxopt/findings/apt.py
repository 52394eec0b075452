"""RUN instructions that update apt's package lists, and the later ones that install from these lists."""

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Final

from ctxopt.catalogue.words import PACKAGE_CACHES
from ctxopt.core.ids import StepId
from ctxopt.core.lazy_dataclass import dataclass
from ctxopt.findings.context import RuleContext
from ctxopt.image.commands import Run, is_command
from ctxopt.image.places import lineage

if TYPE_CHECKING:
    from ctxopt.catalogue.package_caches import PackageCache

_NAME: Final = "apt"


@dataclass(frozen=True, slots=True)
class ListsUpdate:
    """A RUN that updates the lists: the command, and whether the same RUN installs from them.

    `users` are the later RUN that install from these lists, since they update none before; `certain` says that all of
    these are known and in the same stage.
    """

    step: StepId
    run: Run
    installs: bool
    users: tuple[StepId, ...]
    certain: bool


def lists_updates(context: RuleContext, steps: Iterable[StepId]) -> Iterator[ListsUpdate]:
    """Those of the steps that update the lists, in order."""
    commands = context.commands
    numbers = commands.with_words(steps, PACKAGE_CACHES[_NAME])
    for number in numbers:
        runs = commands.of(number)
        update = next((run for run in runs if _updates(run)), None)
        if update is not None:
            users, certain = _users(context, number)
            yield ListsUpdate(number, update, any(map(_uses, runs)), users, certain)


def _users(context: RuleContext, step: StepId) -> tuple[tuple[StepId, ...], bool]:
    """The later RUN that install from the lists of one, and whether all of them are known and in its stage."""
    commands, plan = context.commands, context.build.plan
    stage = plan.steps[step].stage
    below = {one.number for one in plan.stages if stage in lineage(plan, one.number)}
    later = (number for number, one in plan.numbered_steps() if number > step and one.stage in below)
    users: list[StepId] = []
    certain, updated = True, set()
    for number in commands.with_words(later, PACKAGE_CACHES[_NAME]):
        own = plan.steps[number].stage
        runs = commands.of(number)
        first = next((run for run in runs if _updates(run) or _uses(run)), None)
        if own in updated:
            continue
        if first is not None and _updates(first):
            updated |= {one.number for one in plan.stages if own in lineage(plan, one.number)}
        elif first is not None:
            users.append(number)
            certain = certain and own == stage
        elif not runs:
            certain = False
    return tuple(users), certain


def _updates(run: Run) -> bool:
    return any(is_command(run, command) for command in _commands().fills)


def _uses(run: Run) -> bool:
    return any(is_command(run, command) for command in _commands().uses)


def _commands() -> "PackageCache":
    from ctxopt.catalogue.package_caches import package_caches

    return package_caches()[_NAME]
