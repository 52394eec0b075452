"""Whether the user of a later `chown` exists where an instruction copies what it changes."""

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from itertools import takewhile
from typing import Final

from ctxopt.catalogue.commands import known_commands
from ctxopt.core.ids import StageId, StepId
from ctxopt.core.lazy_re import lazy_re
from ctxopt.findings.context import RuleContext
from ctxopt.image.commands import first_command, may_be_command
from ctxopt.image.ownership import flag_of

_ROOT: Final = ("", "root", "0")
#: Users and groups that images of Debian, Red Hat and Alpine have, and those that Alpine lacks.
_USUAL: Final = frozenset(("nobody", "daemon", "bin", "mail", "users", "adm", "sys"))
_NOT_IN_ALPINE: Final = frozenset(("www-data", "nogroup"))
_WORD: Final = lazy_re(r"[\w.-]+")
#: Maximum length of the text of an instruction to look for names in, in characters.
_LONGEST: Final = 16 << 10


class Users:
    """The users and groups that the commands of an image create, and where; there may be many of them."""

    def __init__(self, context: RuleContext) -> None:
        known, commands = known_commands(), context.commands
        self._steps = context.build.plan.steps
        #: The steps by their lines, and the lines in which words are first.
        self._at = {step.line: number for number, step in reversed(list(context.build.plan.numbered_steps()))}
        self._words: dict[str, int] = {}
        #: The steps that create users, with the commands; those that install packages, which may; and the last one that
        #: creates a name, by its stage.
        self._creating: dict[StepId, list[str]] = {}
        self._installing: list[StepId] = []
        self._created: dict[tuple[StageId, str], StepId] = {}
        with_users = set(commands.with_words(commands.image_steps, known.users))
        for number in commands.image_steps:
            step = self._steps[number]
            for text in (step.text[:_LONGEST], *step.flags):
                for word in _WORD.findall(text):
                    self._words.setdefault(word, step.line)
            runs = commands.of(number)
            if first_command(runs, known.distribution, may_be_command) is not None:
                self._installing.append(number)
            for run in runs if number in with_users else ():
                if run.name in known.users:
                    self._creating.setdefault(number, []).append(run.name)
                    if not run.conditional:
                        self._created.update(((step.stage, name), number) for name in run.words[-1:])
        self._creating_steps = list(self._creating)

    def step_at(self, line: int) -> StepId:
        """The instruction of a line."""
        return self._at[line]

    def made_between(self, line: int, step: StepId) -> list[str]:
        """The names of the commands that create some between an instruction and a step, that one included."""
        numbers = self._creating_steps[: bisect_right(self._creating_steps, step)]
        later = list(takewhile(lambda number: self._steps[number].line > line, reversed(numbers)))
        return list(dict.fromkeys(name for number in reversed(later) for name in self._creating[number]))

    def may_be_installed(self, line: int, step: StepId) -> bool:
        """Whether a package that may create some is installed between an instruction and a step, that one included."""
        at = bisect_right(self._installing, step)
        return at > 0 and self._steps[self._installing[at - 1]].line > line

    def are_named(self, names: Iterable[str], line: int) -> bool:
        """Whether instructions above a line have all of some names."""
        return all(self._words.get(name, line) < line for name in names)

    def are_made_later(self, names: Iterable[str], line: int) -> bool:
        """Whether a later command of its stage creates one of the names in the instruction of a line."""
        number = self._at[line]
        stage = self._steps[number].stage
        return any(self._created.get((stage, name), number) > number for name in names)


def made_between(context: RuleContext, line: int, step: StepId) -> list[str]:
    """The names of the commands that create users or groups between an instruction and a step, that one included."""
    return context.once(Users).made_between(line, step)


def is_unknown(context: RuleContext, lines: Sequence[int], step: StepId, owner: str) -> bool:
    """Whether nobody knows that a user or group exists where the instructions of some lines copy.

    It does where no command creates it in between; the installation of a package may.
    """
    names = [name for name in _names(owner) if not _is_usual(context, name)]
    if not names:
        return False
    line, users = min(lines), context.once(Users)
    if users.made_between(line, step):
        # It says so itself, and can be moved.
        return False
    return users.may_be_installed(line, step) and not users.are_named(names, line)


def fails(context: RuleContext, line: int) -> bool:
    """Whether an instruction gives files to a user whom only a later command of its stage creates."""
    plan = context.build.plan
    users = context.once(Users)
    names = set(_names(flag_of(plan.steps[users.step_at(line)].flags, "--chown") or ""))
    return bool(names) and users.are_made_later(names, line)


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
