"""Findings that somebody has decided not to be told about, and where that is said."""

from dataclasses import dataclass
from typing import Literal

from ctxopt.core.dockerignore.pattern import Pattern


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a value comes from: a key of a file, an option, or neither.

    `key` is its full name, such as "max-size" or "tool.ctxopt.build[0].target"; `line` is None where it
    is not known.
    """

    source: Literal["default", "file", "option"]
    key: str
    file: str | None = None
    line: int | None = None

    def __str__(self) -> str:
        if self.source == "option":
            return f"option --{self.key}"
        if self.file is None:
            return "default"
        place = self.file if self.line is None else f"{self.file}:{self.line}"
        return f"{place} [tool.ctxopt]" if self.key.startswith("tool.ctxopt") else place


@dataclass(frozen=True, slots=True)
class Suppression:
    """Findings that shall not be reported, and why.

    `path` is written as in an ignore file, relative to the context; without it, findings of the rule
    are meant wherever they are. `pattern` is the same, compiled.
    """

    rule: str
    path: str | None
    reason: str
    origin: Origin
    pattern: Pattern | None = None

    def covers(self, rule: str, file: str | None) -> bool:
        """Whether a finding is meant, by its rule and the file it is about."""
        if rule != self.rule:
            return False
        if self.pattern is None:
            return True
        parts = [] if file is None else file.split("/")
        # As in an ignore file, what is meant of a directory is meant of all below it.
        return any(self.pattern.matches("/".join(parts[:end])) for end in range(1, len(parts) + 1))
