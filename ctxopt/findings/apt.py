"""RUN instructions that update apt's package lists, and the later ones that install from these lists."""

from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import TYPE_CHECKING, Final

from ctxopt.catalogue.words import PACKAGE_CACHES
from ctxopt.core.build_context import BuildContext
from ctxopt.core.golang import paths
from ctxopt.core.ids import StageId, StepId
from ctxopt.core.lazy_dataclass import dataclass
from ctxopt.findings.context import RuleContext
from ctxopt.image.commands import Run, is_command
from ctxopt.image.conditions import is_off
from ctxopt.image.places import lineage
from ctxopt.image.scripts import script_of

if TYPE_CHECKING:
    from ctxopt.catalogue.package_caches import PackageCache

_NAME: Final = "apt"
#: Maximum size of a script to read, in bytes, and maximum number of those of one name.
_LARGEST: Final = 256 << 10
_MOST_SCRIPTS: Final = 20


@dataclass(frozen=True, slots=True)
class ListsUpdate:
    """A RUN that updates the lists: the command, and whether the same RUN installs from them.

    `users` are the later RUN that install from these lists, since they update none before; `certain` says that all of
    these are known and in the same stage, and that no script which a later RUN runs may install from them.
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
    scripts: list[StepId] | None = None
    for number in numbers:
        runs = commands.of(number)
        update = next((run for run in runs if _updates(run) and not is_off(context.build.plan, run)), None)
        if update is not None:
            scripts = _running_scripts(context) if scripts is None else scripts
            users, certain = _users(context, number, scripts)
            yield ListsUpdate(number, update, any(map(_uses, runs)), users, certain)


def _running_scripts(context: RuleContext) -> list[StepId]:
    """The RUN that run a script which may install something with apt: by its text, if the context has it."""
    plan, commands = context.build.plan, context.commands
    numbers = [number for number, step in plan.numbered_steps() if step.kind == "RUN"]
    known: dict[str, bool] = {}
    found = []
    for number in numbers:
        for name in map(paths.base, filter(None, map(script_of, commands.of(number)))):
            if name not in known:
                known[name] = _may_install(context.build, name)
            if known[name]:
                found.append(number)
                break
    return found


def _may_install(build: BuildContext, name: str) -> bool:
    texts = [
        build.read(directory.child_path(name), _LARGEST)
        for directory, _ in islice(build.tree.named([name]), _MOST_SCRIPTS)
    ]
    # A COPY may give a file another name, and an image has files of its own.
    return not texts or any(text is None or _NAME.encode() in text for text in texts)


def _users(context: RuleContext, step: StepId, scripts: Sequence[StepId]) -> tuple[tuple[StepId, ...], bool]:
    """The later RUN that install from the lists of one, and whether all of them are known and in its stage."""
    commands, plan = context.commands, context.build.plan
    stage = plan.steps[step].stage
    below = {one.number for one in plan.stages if stage in lineage(plan, one.number)}
    later = (number for number, one in plan.numbered_steps() if number > step and one.stage in below)
    users: list[StepId] = []
    certain = not any(number > step and plan.steps[number].stage in below for number in scripts)
    updated: set[StageId] = set()
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
