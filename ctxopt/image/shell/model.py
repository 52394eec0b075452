"""A simple command of shell text, and the scopes around it."""

from dataclasses import field
from typing import Final

from ctxopt.core.lazy_dataclass import dataclass

#: Maximum number of variants of all commands of one text, and of those of all texts of a build together: programs in
#: shell of thousands of lines, such as a configure script, put more together than anybody names files by.
MOST_VARIANTS: Final = 4_000


@dataclass(frozen=True, slots=True)
class Scope:
    """A part of shell text that contains commands; `number` is unique in the text.

    In a subshell, a changed directory or variable stays inside. All other scopes are parts that the shell may
    skip: branches, loops, functions, what follows `||`, and what follows `&&` after a test. With `by_value`, the value
    of a variable decides that, and not what files there are; a function is skipped where nothing calls it. `asks` is
    the condition of an `if` or of an `&&` without which the shell skips it, "" where it is long or something else.
    """

    number: int
    subshell: bool
    by_value: bool = False
    asks: str = ""


@dataclass(frozen=True, slots=True)
class Command:
    """One simple command: its words without quotes, at least one; expansions stay as they are written.

    `line` counts from 0 in the text. `reads` are the files of `<`, `writes` those of `>` and the like, `appends` those
    of them to which something is only added. `scopes` are those around it, the outermost first. Assignments before the
    command are not part of it. `only_runs_text` says that it is a shell with a text, whose commands follow this one.
    `variants` are the words, and the files that are read, with values that the text gives to variables in them.
    """

    words: tuple[str, ...]
    line: int
    reads: tuple[str, ...] = ()
    writes: tuple[str, ...] = field(default=(), compare=False)
    scopes: tuple[Scope, ...] = field(default=(), compare=False)
    appends: tuple[str, ...] = field(default=(), compare=False)
    only_runs_text: bool = field(default=False, compare=False)
    variants: tuple[tuple[str, ...], ...] = field(default=(), compare=False)

    @property
    def conditional(self) -> bool:
        """Whether the shell may skip the command."""
        return any(not scope.subshell for scope in self.scopes)

    @property
    def by_value(self) -> bool:
        """Whether the value of a variable decides that the shell runs the command."""
        return any(scope.by_value for scope in self.scopes)

    @property
    def asks(self) -> tuple[str, ...]:
        """The conditions without which the shell does not run the command, the outermost first."""
        return tuple(scope.asks for scope in self.scopes if scope.asks)
