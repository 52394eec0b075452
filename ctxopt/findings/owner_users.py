"""Whether the user of a later `chown` exists where an instruction copies what it changes."""

from collections.abc import Iterator, Sequence
from typing import Final

from ctxopt.catalogue.commands import known_commands
from ctxopt.core.ids import StageId, StepId
from ctxopt.core.lazy_re import lazy_re
from ctxopt.findings.context import RuleContext
from ctxopt.image.commands import Run, first_command, may_be_command
from ctxopt.image.ownership import flag_of

_ROOT: Final = ("", "root", "0")
#: Users and groups that images of Debian, Red Hat and Alpine have, and those that Alpine lacks.
_USUAL: Final = frozenset(("nobody", "daemon", "bin", "mail", "users", "adm", "sys"))
_NOT_IN_ALPINE: Final = frozenset(("www-data", "nogroup"))
_WORD: Final = lazy_re(r"[\w.-]+")
#: Maximum length of the text of an instruction to look for names in, in characters.
_LONGEST: Final = 16 << 10


def made_between(context: RuleContext, line: int, step: StepId) -> list[str]:
    """The names of the commands that create users or groups between an instruction and a step, that one included."""
    users = known_commands().users
    names = (run.name for run in _between(context, line, step, users) if run.name in users)
    return list(dict.fromkeys(names))


def is_unknown(context: RuleContext, lines: Sequence[int], step: StepId, owner: str) -> bool:
    """Whether nobody knows that a user or group exists where the instructions of some lines copy.

    It does where no command creates it in between; the installation of a package may.
    """
    names = [name for name in _names(owner) if not _is_usual(context, name)]
    if not names:
        return False
    line = min(lines)
    if made_between(context, line, step):
        # It says so itself, and can be moved.
        return False
    between = list(_between(context, line, step, ("",)))
    if first_command(between, known_commands().distribution, may_be_command) is None:
        return False
    steps = context.build.plan.steps
    before = [steps[n] for n in context.commands.image_steps if steps[n].line < line]
    words = {word for one in before for word in _WORD.findall(one.text[:_LONGEST])}
    words.update(word for one in before for flag in one.flags for word in _WORD.findall(flag))
    return not words.issuperset(names)


def fails(context: RuleContext, line: int) -> bool:
    """Whether an instruction gives files to a user whom only a later command of its stage creates."""
    steps = context.build.plan.steps
    number = next(number for number, step in context.build.plan.numbered_steps() if step.line == line)
    names = set(_names(flag_of(steps[number].flags, "--chown") or ""))
    if not names:
        return False
    stage: StageId = steps[number].stage
    later = (n for n in context.commands.in_stage(stage) if n > number and steps[n].kind == "RUN")
    users = known_commands().users
    runs = (run for n in context.commands.with_words(later, users) for run in context.commands.of(n))
    return any(run.name in users and not run.conditional and not names.isdisjoint(run.words[-1:]) for run in runs)


def _names(owner: str) -> Iterator[str]:
    """The user and the group of an owner, where they are names and not root's."""
    user, _, group = owner.replace(".", ":", 1).partition(":") if ":" not in owner else owner.partition(":")
    return (name for name in (user, group) if name not in _ROOT and not name.isdigit() and "$" not in name)


def _is_usual(context: RuleContext, name: str) -> bool:
    """Whether a base image has a user by its own name, or every one does."""
    bases = [stage.base.lower() for stage in context.build.plan.stages if stage.parent is None]
    if name in _USUAL or any(name in _WORD.findall(base) for base in bases):
        return True
    return name in _NOT_IN_ALPINE and not any("alpine" in base for base in bases)


def _between(context: RuleContext, line: int, step: StepId, words: Sequence[str]) -> Iterator[Run]:
    """The commands of the RUN with one of some words between an instruction and a step, that one included."""
    steps, commands = context.build.plan.steps, context.commands
    numbers = [number for number in commands.image_steps if number <= step and steps[number].line > line]
    return (run for number in commands.with_words(numbers, words) for run in commands.of(number))
