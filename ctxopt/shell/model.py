"""What is known of a command in shell text."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Command:
    """One simple command: its words without quotes, at least one; expansions stay as they are written.

    `line` counts from 0 in the text that it is in. `reads` are the files that `<` hands to it.
    Assignments before the command and the targets of other redirections are in neither.
    """

    words: tuple[str, ...]
    line: int
    reads: tuple[str, ...] = ()
