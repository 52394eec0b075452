"""RUN instructions that update apt's package lists, and the later ones that install from these lists."""

import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import TYPE_CHECKING, Final

from ctxopt.catalogue.words import PACKAGE_CACHES
from ctxopt.core.build_context import BuildContext
from ctxopt.core.golang import paths
from ctxopt.core.ids import StageId, StepId
from ctxopt.core.image_reference import reference
from ctxopt.core.lazy_dataclass import dataclass
from ctxopt.core.lazy_re import lazy_re
from ctxopt.findings.context import RuleContext
from ctxopt.image.commands import Run, is_command, words_after
from ctxopt.image.conditions import is_off
from ctxopt.image.places import lineage
from ctxopt.image.scripts import script_of

if TYPE_CHECKING:
    from ctxopt.catalogue.package_caches import PackageCache

_NAME: Final = "apt"
#: Maximum size of a script to read, in bytes, and maximum number of those of one name.
_LARGEST: Final = 256 << 10
_MOST_SCRIPTS: Final = 20
#: What a script sources or runs as another one, with its comments left out.
_OTHER_SCRIPT: Final = lazy_re(
    r"""(?:^|[\s;&|(])(?:\.|source)[ \t]+["']?([^\s"';&|)]+)|"""
    r"""(?<![^\s"'`();&|<>=])([^\s"'`();&|<>=]+\.(?:ba|da|z)?sh)(?![\w.-])"""
)
_COMMENT: Final = lazy_re(r"^[ \t]*#.*$", re.MULTILINE)
#: Directories in which the system has its settings, which install nothing.
_OF_SYSTEM: Final = ("/etc/", "/usr/", "/proc/", "/dev/")
#: What follows the name of a package: its version, its release, its architecture.
_AFTER_NAME: Final = lazy_re(r"(?<=\w)[=/:].*")
#: What is no command of apt, but an option without its dash.
_TYPED_WRONG: Final = lazy_re(r"\bapt(?:-get)?[ \t]+(?:y|yes|qq?)[ \t]+(?:update|install|upgrade)\b[^;&|\n]*&&")
#: A name that stands for several packages, or for one that is not known.
_MANY: Final = lazy_re(r"[$*?^`]")


@dataclass(frozen=True, slots=True)
class ListsUpdate:
    """A RUN that updates the lists: the command, and whether the same RUN installs from them.

    `users` are the later RUN that install from these lists, since they update none before; `certain` says that all of
    these are known and in the same stage, and that no script which a later RUN runs may install from them. With
    `asked`, a later RUN only looks something up in them, and fails without.
    """

    step: StepId
    run: Run
    installs: bool
    users: tuple[StepId, ...]
    certain: bool
    asked: bool = False


def fails_before(context: RuleContext, run: Run) -> bool:
    """Whether the RUN of a command ends with an error of apt: at a word that apt does not know."""
    return _TYPED_WRONG.search(context.build.plan.steps[run.step].text) is not None


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
            yield _update(context, number, update, any(map(_uses, runs)), scripts)


def _running_scripts(context: RuleContext) -> list[StepId]:
    """The RUN that run a script which may install something with apt: by its text, if the context has it."""
    plan, commands = context.build.plan, context.commands
    numbers = [number for number, step in plan.numbered_steps() if step.kind == "RUN"]
    known: dict[str, bool] = {}
    found = []
    for number in numbers:
        for name in map(paths.base, filter(None, map(script_of, commands.of(number)))):
            if name not in known:
                known[name] = _may_install(context.build, name, set())
            if known[name]:
                found.append(number)
                break
    return found


def _may_install(build: BuildContext, name: str, seen: set[str]) -> bool:
    """Whether the script of a name may install, or one that it runs; those `seen` are not looked at again."""
    seen.add(name)
    texts = [
        build.read(directory.child_path(name), _LARGEST)
        for directory, _ in islice(build.tree.named([name]), _MOST_SCRIPTS)
    ]
    # A COPY may give a file another name, and an image has files of its own.
    if not texts or len(seen) > _MOST_SCRIPTS or any(text is None or _NAME.encode() in text for text in texts):
        return True
    run = {other for text in texts if text is not None for other in _others_of(text.decode("utf-8", "replace"))}
    return any(_may_install(build, other, seen) for other in sorted(run) if other not in seen)


def _others_of(text: str) -> Iterator[str]:
    """The names of the scripts that a script runs, but for the files of the system that it sources."""
    for found in _OTHER_SCRIPT.finditer(_COMMENT.sub("", text)):
        path = found[1] or found[2]
        if not path.startswith(_OF_SYSTEM):
            yield paths.base(path)


def _update(context: RuleContext, step: StepId, run: Run, installs: bool, scripts: Sequence[StepId]) -> ListsUpdate:
    """An update with the later RUN that use its lists."""
    commands, plan = context.commands, context.build.plan
    stage = plan.steps[step].stage
    below = {one.number for one in plan.stages if stage in lineage(plan, one.number)}
    later = (number for number, one in plan.numbered_steps() if number > step and one.stage in below)
    users: list[StepId] = []
    certain = not any(number > step and plan.steps[number].stage in below for number in scripts)
    asked = False
    updated: set[StageId] = set()
    for number in commands.with_words(later, PACKAGE_CACHES[_NAME]):
        own = plan.steps[number].stage
        runs = commands.of(number)
        if own in updated:
            continue
        first = next((run for run in runs if _updates(run) or _uses(run)), None)
        before = runs if first is None else runs[: runs.index(first)]
        asked = asked or any(_asks(context, run) for run in before)
        if first is not None and not _updates(first):
            users.append(number)
            certain = certain and own == stage
        elif not runs:
            certain = False
        if any(map(_updates, runs)):
            updated |= {one.number for one in plan.stages if own in lineage(plan, one.number)}
    return ListsUpdate(step, run, installs, tuple(users), certain, asked)


def packages(run: Run, wanted: Sequence[str] = ("apt-get install", "apt install")) -> frozenset[str]:
    """The names of the packages that a command installs, or does something else with; a variable is a name as well."""
    words = next((rest for command in wanted if (rest := words_after(run, command)) is not None), ())
    return frozenset(_AFTER_NAME.sub("", word) for word in words if not word.startswith("-") and "::" not in word)


def _asks(context: RuleContext, run: Run) -> bool:
    """Whether a command names a package that apt only knows from its lists, since nothing here installs it."""
    named = packages(run, _commands().looks)
    return any(_MANY.search(name) is None and name not in context.once(_installed) for name in named)


def _installed(context: RuleContext) -> frozenset[str]:
    """The packages that the RUN of the Dockerfile install, and those of its base images that are known."""
    from ctxopt.catalogue.apt_packages import packages_of

    commands, plan = context.commands, context.build.plan
    numbers = commands.with_words((number for number, _ in plan.numbered_steps()), PACKAGE_CACHES[_NAME])
    found = [packages(run) for number in numbers for run in commands.of(number)]
    bases = [packages_of(reference(use.name)) for use in plan.images if use.kind == "FROM"]
    return frozenset().union(*found, *bases)


def _updates(run: Run) -> bool:
    return any(is_command(run, command) for command in _commands().fills)


def _uses(run: Run) -> bool:
    return any(is_command(run, command) for command in _commands().uses)


def _commands() -> "PackageCache":
    from ctxopt.catalogue.package_caches import package_caches

    return package_caches()[_NAME]
