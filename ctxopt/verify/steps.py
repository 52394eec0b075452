"""The steps of a build, from the lines that a builder prints: which one runs, and which one failed.

Follows the plain progress of buildx, the output of the legacy builder, and that of buildah, which podman builds with.
"""

from collections import deque
from collections.abc import Sequence
from typing import Final

from ctxopt.core.lazy_re import lazy_re

#: Maximum number of lines of a step that are shown.
LAST: Final = 10

_VERTEX: Final = lazy_re(r"#([0-9]+) (\[(?!internal\]|auth\])[^\]]*\] .*)")
_OUTCOME: Final = lazy_re(r"#([0-9]+) (?:CACHED|DONE|CANCELED|ERROR)\b.*")
_OUTPUT: Final = lazy_re(r"#([0-9]+) (?:[0-9.]+ )?(.*)")
_ERROR: Final = lazy_re(r"#([0-9]+) (ERROR\b.*)")
#: Of the legacy builder and of buildah.
_NUMBERED: Final = lazy_re(r"(?:\[[^\]]*\] )?(?:Step|STEP) ([0-9]+/[0-9]+) ?: (.*)")
#: What BuildKit repeats of the Dockerfile and of the failed step below its progress.
_FRAME: Final = "------"


class Steps:
    """What a builder has said so far."""

    def __init__(self) -> None:
        self._names: dict[str, str] = {}
        self._said: dict[str, deque[str]] = {}
        self._current = ""
        self._failed = ""
        self._errors: deque[str] = deque(maxlen=LAST)

    @property
    def current(self) -> str:
        """The step that was named last, "" before the first."""
        return self._names.get(self._current, "")

    @property
    def failed(self) -> str:
        """The step that failed; where no builder says so, the last one."""
        return self._names.get(self._failed or self._current, "")

    @property
    def last_lines(self) -> tuple[str, ...]:
        """The last lines that the failed step printed, and the builder's own error."""
        said = self._said.get(self._failed or self._current, deque())
        return tuple([line for line in dict.fromkeys((*said, *self._errors)) if line.strip()][-LAST:])

    def read(self, line: str) -> None:
        """Take in the next line."""
        if found := _NUMBERED.fullmatch(line):
            self._name(found[1], f"{found[1]} {found[2]}")
        elif found := _ERROR.fullmatch(line):
            self._failed = found[1] if found[1] in self._names else self._failed
            self._errors.append(found[2])
        elif _OUTCOME.fullmatch(line):
            pass
        elif (found := _VERTEX.fullmatch(line)) and found[1] not in self._names:
            self._name(found[1], found[2])
        elif found := _OUTPUT.fullmatch(line):
            self._say(found[1], found[2])
        elif line.lower().startswith(("error", "failed to")):
            self._errors.append(line)
        elif not line.startswith("#") and self._current and "/" in self._current:
            self._say(self._current, line)

    def _name(self, key: str, text: str) -> None:
        self._names[key] = text
        self._current = key

    def _say(self, key: str, text: str) -> None:
        if self._names.get(key) not in (None, text) and text != _FRAME:
            self._said.setdefault(key, deque(maxlen=LAST)).append(text)


def tail(lines: Sequence[str]) -> tuple[str, ...]:
    """The last lines of a program that says nothing about steps."""
    return tuple([line for line in lines if line.strip()][-LAST:])
