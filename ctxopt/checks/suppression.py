"""Suppressed findings, and where values of a configuration come from."""

from typing import Literal

from ctxopt.core.dockerignore.pattern import Pattern
from ctxopt.core.lazy_dataclass import dataclass


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
        location = self.file if self.line is None else f"{self.file}:{self.line}"
        return f"{location} [tool.ctxopt]" if self.key.startswith("tool.ctxopt") else location


@dataclass(frozen=True, slots=True)
class Suppression:
    """A suppression in the configuration, with its reason. An `InlineSuppression` is one in a Dockerfile.

    `path` is written as in an ignore file, relative to the context; without it, it applies to
    all findings of the rule. `pattern` is the same, compiled.
    """

    rule: str
    path: str | None
    reason: str
    origin: Origin
    pattern: Pattern | None = None

    def covers(self, rule: str, file: str | None) -> bool:
        """Whether it suppresses a finding, by its rule and file."""
        if rule != self.rule:
            return False
        if self.pattern is None:
            return True
        return file is not None and applies(self.pattern, file)


def applies(pattern: Pattern, path: str) -> bool:
    """Whether a pattern matches a path or, as in an ignore file, a directory above it."""
    parts = path.split("/")
    return any(pattern.matches("/".join(parts[:end])) for end in range(1, len(parts) + 1))
