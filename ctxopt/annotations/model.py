"""What a command has to say about places in the repository, in the one form that all formats for CI are made from."""

import posixpath
from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum

from ctxopt.display import printable


class Level(Enum):
    """How much an annotation matters; the worst first."""

    ERROR = "error"
    WARNING = "warning"
    NOTE = "note"


@dataclass(frozen=True, slots=True)
class Descriptor:
    """What annotations may be about: a title of one line, and in Markdown without HTML what to do.

    `level` is the one that its annotations have unless they say otherwise; `page` is the address of more
    about it, if there is more.
    """

    id: str
    title: str
    help: str
    level: Level = Level.WARNING
    page: str = ""


@dataclass(frozen=True, slots=True)
class Annotation:
    """A message about a place. Its text and the file's name are as they were found, and may hold any character.

    `rule` is the id of a Descriptor. `file` is relative to the repository, with slashes, and None where the
    message is about the whole; lines count from 1.
    """

    rule: str
    level: Level
    message: str
    file: str | None
    line: int | None = None
    end_line: int | None = None

    @property
    def place(self) -> str:
        """The file and line as people may safely see them, "" for the whole."""
        if self.file is None:
            return ""
        return printable(self.file if self.line is None else f"{self.file}:{self.line}")

    @property
    def text(self) -> str:
        """The message as people may safely see it: only the ends of its lines are not escaped."""
        return "\n".join(printable(line) for line in self.message.split("\n"))


@dataclass(frozen=True, slots=True)
class Annotations:
    """All that one run of a command has to say.

    `summary` holds rows of a label and a value; `rules` all rules that were looked at, so also those that
    found nothing. Raises ValueError for an item of no rule, and for two rules of one name.
    """

    title: str
    summary: tuple[tuple[str, str], ...]
    rules: tuple[Descriptor, ...]
    items: tuple[Annotation, ...]

    def __post_init__(self) -> None:
        known = {rule.id for rule in self.rules}
        if len(known) < len(self.rules):
            raise ValueError("two rules have the same id")
        unknown = {item.rule for item in self.items} - known
        if unknown:
            raise ValueError(f"no such rule: {', '.join(sorted(unknown))}")


def joined(title: str, parts: Sequence[tuple[str | None, Annotations]]) -> Annotations:
    """The annotations of several builds, each with what it is called, the worst first.

    What is the same for several builds, as of an ignore file that they share, is said once.
    """
    items = dict.fromkeys(item for _, part in parts for item in part.items)
    order = list(Level)
    return Annotations(
        title,
        tuple((f"{name}: {label}" if name else label, value) for name, part in parts for label, value in part.summary),
        tuple({rule.id: rule for _, part in parts for rule in part.rules}.values()),
        tuple(sorted(items, key=lambda item: order.index(item.level))),
    )


def placed(prefix: str, file: str) -> str:
    """A file of the context as the repository names it; a Dockerfile may well lie outside of the context."""
    return posixpath.normpath(posixpath.join(prefix, file))
