"""The lines of `.gitignore` files as patterns of an ignore file, for what git ignores."""

from collections.abc import Iterator
from typing import Final

from ctxopt.core.dockerignore import quote
from ctxopt.core.golang import match as gomatch
from ctxopt.evidence.model import ReadFile

#: What makes a line mean something else to git, or is too rare to be worth a translation.
_UNUSUAL: Final = frozenset("![\\?#")
#: Maximum number of lines of one file with a wildcard that is not a star before an ending, with a slash and without.
_MOST_WILD: Final = 50


class IgnoredPatterns:
    """The patterns for what git ignores, by its own lines: each file is read once."""

    def __init__(self, read_file: ReadFile) -> None:
        self._read_file = read_file
        self._files: dict[str, _Lines] = {}

    def of(self, path: str) -> str | None:
        """The pattern, for the closest line that matches an entry; None where there is none that is simple."""
        return next(filter(None, (lines.of(path) for lines in self._above(path))), None)

    def only_there(self, path: str) -> str | None:
        """The pattern for a line that names the place of an entry; None where one matches its name at any depth."""
        found = [lines for lines in self._above(path) if lines.of(path)]
        return found[0].at(path) if found and not any(lines.anywhere(path) for lines in found) else None

    def _above(self, path: str) -> Iterator["_Lines"]:
        for directory in _above(path):
            lines = self._files.get(directory)
            if lines is None:
                lines = self._files[directory] = _Lines(directory, self._read_file)
            yield lines


class _Lines:
    """The lines of the `.gitignore` in one directory, by what they match."""

    def __init__(self, directory: str, read_file: ReadFile) -> None:
        self._start = directory + "/" if directory else ""
        #: Patterns by the name, the path below the directory or the ending that they match.
        self._names: dict[str, str] = {}
        self._paths: dict[str, str] = {}
        self._endings: dict[str, str] = {}
        self._wild: list[tuple[str, str]] = []
        self._wild_paths: list[tuple[str, str]] = []
        text = read_file(self._start + ".gitignore") or b""
        for line in text.decode("utf-8", "surrogateescape").splitlines():
            self._add(line.strip())

    def of(self, path: str) -> str | None:
        """The pattern of the line that matches an entry, by its place or by its name."""
        return self.at(path) or self.anywhere(path)

    def at(self, path: str) -> str | None:
        """The pattern of the line that matches an entry by its place."""
        below = path[len(self._start) :]
        found = self._paths.get(below)
        return found or next((pattern for glob, pattern in self._wild_paths if gomatch.matches(glob, below)), None)

    def anywhere(self, path: str) -> str | None:
        """The pattern of the line that matches an entry by its name alone."""
        name = path.rpartition("/")[2]
        found = self._names.get(name) or self._endings.get("." + name.rpartition(".")[2])
        return found or next((pattern for glob, pattern in self._wild if gomatch.matches(glob, name)), None)

    def _add(self, line: str) -> None:
        body = line.removeprefix("**/").rstrip("/")
        if not body.strip("*./") or not _UNUSUAL.isdisjoint(body) or "**" in body:
            return
        if "*" in body and line.endswith("/"):
            # Only directories are meant: as a pattern, `data*/` would also be for `database.py`.
            return
        anchored, body = "/" in body and not line.startswith("**/"), body.lstrip("/")
        start = quote.glob(quote.escaped(self._start)) if self._start else ""
        pattern = start + ("" if anchored else "**/") + quote.glob(body)
        if anchored:
            if "*" not in body:
                self._paths[body] = pattern
            elif len(self._wild_paths) < _MOST_WILD:
                self._wild_paths.append((body, pattern))
        elif "*" not in body:
            self._names[body] = pattern
        elif body.startswith("*.") and body[2:].isalnum():
            self._endings[body[1:]] = pattern
        elif "/" not in body and len(self._wild) < _MOST_WILD:
            self._wild.append((body, pattern))


def _above(path: str) -> Iterator[str]:
    """The directories above a path, the closest first; "" is the root."""
    while path:
        path = path.rpartition("/")[0]
        yield path
