"""A place in the text of a bake file: words, blanks and comments, and errors with their line."""

import re

from ctxopt.core.lazy_re import lazy_re
from ctxopt.errors import CtxoptError

#: Maximum nesting of expressions and blocks.
DEEPEST = 50

_BLANK = lazy_re(r"(?:[ \t\r]+|#[^\n]*|//[^\n]*|/\*.*?\*/)*", re.DOTALL)
_BLANK_LINES = lazy_re(r"(?:[ \t\r\n]+|#[^\n]*|//[^\n]*|/\*.*?\*/)*", re.DOTALL)
_IDENTIFIER = lazy_re(r"[^\W\d][\w-]*")


class Cursor:
    """A place in a text, which moves on as it is read; lines count from `first_line`."""

    def __init__(self, text: str, shown: str, first_line: int = 1) -> None:
        self.text = text
        self.at = 0
        self.shown = shown
        self._line = first_line
        self._counted = 0
        self._depth = 0

    @property
    def line(self) -> int:
        """The line of the place."""
        if self.at < self._counted:
            return self._line - self.text.count("\n", self.at, self._counted)
        self._line += self.text.count("\n", self._counted, self.at)
        self._counted = self.at
        return self._line

    def error(self, problem: str, hint: str = "check the syntax there") -> CtxoptError:
        """An error at this place."""
        return CtxoptError(problem, file=self.shown, line=self.line, hint=hint)

    def blanks(self, *, lines: bool = False) -> None:
        """Go over blanks and comments; with `lines`, over ends of lines as well."""
        found = (_BLANK_LINES if lines else _BLANK).match(self.text, self.at)
        self.at = found.end() if found else self.at

    def sees(self, mark: str) -> bool:
        """Whether the text goes on with a mark."""
        return self.text.startswith(mark, self.at)

    def takes(self, mark: str) -> bool:
        """Go over a mark, if the text goes on with it."""
        if not self.sees(mark):
            return False
        self.at += len(mark)
        return True

    def expect(self, mark: str) -> None:
        """Go over a mark that must be there."""
        if not self.takes(mark):
            found = self.text[self.at : self.at + 1]
            where = {"": "at the end of the file", "\n": "where the line ends"}.get(found, f"before {found}")
            raise self.error(f"{mark} is missing {where}")

    def identifier(self) -> str | None:
        """Go over an identifier; None if there is none."""
        found = _IDENTIFIER.match(self.text, self.at)
        if found is None:
            return None
        self.at = found.end()
        return found[0]

    def matched(self, pattern: re.Pattern[str]) -> re.Match[str] | None:
        """Go over what a pattern matches here."""
        found = pattern.match(self.text, self.at)
        if found is not None:
            self.at = found.end()
        return found

    def enter(self) -> None:
        """Count one more level of nesting."""
        self._depth += 1
        if self._depth > DEEPEST:
            raise self.error(f"it is nested deeper than {DEEPEST}", "")

    def leave(self) -> None:
        """Count one level less."""
        self._depth -= 1
