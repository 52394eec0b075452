"""What is known of commands themselves: which only run another one, and how the words of a tool are read."""

from collections.abc import Mapping
from dataclasses import dataclass, field

Commands = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Tool:
    """How a tool's words are read.

    The first `words` of them are no paths (-1: those before the first flag, -2: none at all is);
    `values` are flags whose values are neither paths nor commands, `directory` flags whose value is where
    it works.
    """

    name: str
    words: int = 0
    values: tuple[str, ...] = ()
    directory: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """What is known of commands: those that only run the command after them, and tools by their names."""

    wrappers: Commands = ()
    tools: Mapping[str, Tool] = field(default_factory=dict)
