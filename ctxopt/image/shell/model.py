"""What is known of a command in shell text."""

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Scope:
    """A part of shell text that commands are in; `number` tells it from others of the same text.

    In one with `subshell`, a changed directory or variable stays in it. All others are parts that may not be
    run: branches, loops, functions, what follows `||`, and what follows `&&` after a test.
    """

    number: int
    subshell: bool


@dataclass(frozen=True, slots=True)
class Command:
    """One simple command: its words without quotes, at least one; expansions stay as they are written.

    `line` counts from 0 in the text that it is in. `reads` are the files that `<` hands to it, `writes` those
    that its output goes to. `scopes` are those that it is in, the outermost first. Assignments before the
    command are not in it.
    """

    words: tuple[str, ...]
    line: int
    reads: tuple[str, ...] = ()
    writes: tuple[str, ...] = field(default=(), compare=False)
    scopes: tuple[Scope, ...] = field(default=(), compare=False)

    @property
    def conditional(self) -> bool:
        """Whether it may not be run, as far as the text itself says."""
        return any(not scope.subshell for scope in self.scopes)
