"""Annotations: messages about places in the repository, from which all CI formats are rendered."""

import os
import posixpath
from collections.abc import Sequence
from enum import Enum

from ctxopt.core.lazy_dataclass import dataclass
from ctxopt.display import inert, printable


class Level(Enum):
    """How serious an annotation is; the worst first."""

    ERROR = "error"
    WARNING = "warning"
    NOTE = "note"


@dataclass(frozen=True, slots=True)
class Descriptor:
    """What annotations are about, as SARIF's reportingDescriptor: a title of one line, and help in plain Markdown.

    `level` is the default level of its annotations; `page` is the address of its documentation, "" for none.
    """

    id: str
    title: str
    help: str
    level: Level = Level.WARNING
    page: str = ""


@dataclass(frozen=True, slots=True)
class Annotation:
    """A message about a place. The message and the file's name may contain any character.

    `rule` is the id of a Descriptor. `file` is relative to the repository, with slashes; None if the message is
    about the whole. Lines count from 1.
    """

    rule: str
    level: Level
    message: str
    file: str | None
    line: int | None = None
    end_line: int | None = None

    @property
    def place(self) -> str:
        """The file and line, escaped for display; "" for the whole."""
        if self.file is None:
            return ""
        return printable(self.file if self.line is None else f"{self.file}:{self.line}")

    @property
    def text(self) -> str:
        """The message, escaped for display; only its line ends are not."""
        return inert("\n".join(printable(line) for line in self.message.split("\n")))


@dataclass(frozen=True, slots=True)
class Annotations:
    """The annotations of one run of a command.

    `summary` are rows of a label and a value; `rules` are all that were checked, also those that found nothing.
    `unchecked` is what could not be checked: it fails the run where its level is an error.
    Raises ValueError for an item without a rule, and for two rules with the same id.
    """

    title: str
    summary: tuple[tuple[str, str], ...]
    rules: tuple[Descriptor, ...]
    items: tuple[Annotation, ...]
    unchecked: tuple[Annotation, ...] = ()

    def __post_init__(self) -> None:
        known = {rule.id for rule in self.rules}
        if len(known) < len(self.rules):
            raise ValueError("two rules have the same id")
        unknown = {item.rule for item in (*self.items, *self.unchecked)} - known
        if unknown:
            raise ValueError(f"no such rule: {', '.join(sorted(unknown))}")


def joined(title: str, parts: Sequence[tuple[str | None, Annotations]]) -> Annotations:
    """The annotations of several builds, each with its name, the worst first.

    An annotation of several builds, as about an ignore file that they share, is included once.
    """
    items = dict.fromkeys(item for _, part in parts for item in part.items)
    order = list(Level)
    return Annotations(
        title,
        tuple((f"{name}: {label}" if name else label, value) for name, part in parts for label, value in part.summary),
        tuple({rule.id: rule for _, part in parts for rule in part.rules}.values()),
        tuple(sorted(items, key=lambda item: order.index(item.level))),
        tuple(item for _, part in parts for item in part.unchecked),
    )


def placed(prefix: str, file: str) -> str:
    """The path in the repository of a file of the context; a Dockerfile may be outside of the context."""
    return posixpath.normpath(file if os.path.isabs(file) else posixpath.join(prefix, file))
