"""What git would ignore, read from the `.gitignore` files of a context that is in no repository.

pathspec turns each line into a regular expression. Which line decides follows gitignore(5): the last one that matches
the entry itself, in the closest file that has one; the content of an ignored directory is not looked at. The time that
a regular expression takes may grow with the size of a name to the power of the stars in it, so stars, lines and the
work as a whole are bounded. If a bound is exceeded nothing is known: a line that is skipped might be an exception.
"""

import re
import warnings
from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Final

from ctxopt.core.context.tree import Directory, EntryKind, Tree
from ctxopt.core.lazy_dataclass import dataclass
from ctxopt.core.lazy_re import lazy_re
from ctxopt.evidence.model import ReadFile
from ctxopt.git.facts import GitFacts

if TYPE_CHECKING:
    from pathspec import RegexPattern

_NAME: Final = ".gitignore"
_BOM: Final = b"\xef\xbb\xbf"
_MAX_LINES: Final = 5_000
_MAX_LENGTH: Final = 1_000
_MAX_STARS: Final = 3
#: Maximum work, in steps of a regular expression: some seconds.
_MAX_WORK: Final = 300_000_000
#: The work of a comparison beyond the steps of its regular expression.
_COMPARISON: Final = 50
_STARS: Final = lazy_re(r"\*+")
#: A pattern that all paths match.
_EVERYTHING: Final = lazy_re(r"/?(?:\*\*/)+\*{1,2}|/?\*\*")
#: What makes a character of a pattern match something else than itself.
_SPECIAL: Final = lazy_re(r"[*?\[\]\\]")


class NothingKnown(Exception):
    """Why the files say nothing about a context."""


def gitignore_facts(tree: Tree, read_file: ReadFile) -> GitFacts | None:
    """What git would ignore in a tree if it tracked nothing; None where there is no `.gitignore`.

    Raises NothingKnown where the files exceed a bound or ignore the whole directory.
    """
    walk = _Walk(read_file)
    walk.run(tree.root)
    if not walk.lines:
        return None
    if walk.files | walk.directories >= {name for name in tree.root.names if name != ".git"}:
        raise NothingKnown("it ignores the whole directory, so it gives no evidence about its contents")
    nothing: frozenset[str] = frozenset()
    return GitFacts(nothing, nothing, frozenset(walk.files), frozenset(walk.directories), nothing)


def ignored_anywhere(data: bytes) -> Callable[[str], bool]:
    """Whether the text of a `.gitignore` ignores all directories of a name, in whatever directory below they are."""
    try:
        lines = [line for line in _lines(data) if not line.anchored]
    except NothingKnown:
        return lambda _: False

    def is_ignored(name: str) -> bool:
        matching = (line for line in reversed(lines) if line.may_match(name, True) and line.matches(name, True))
        last = next(matching, None)
        return last is not None and last.ignores

    return is_ignored


# -- lines --------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Line:
    """One line of a `.gitignore`.

    `anchored`: it is compared with paths relative to the file, not just with names. `content_only`: it matches what is
    in a directory, but not the directory. What it matches begins with `head` and ends with `tail`.
    """

    ignores: bool
    regex: re.Pattern[str]
    directories_only: bool
    anchored: bool
    content_only: bool
    head: str
    tail: str
    stars: int

    def may_match(self, given: str, is_directory: bool) -> bool:
        """Whether the regular expression has to be asked about a name or a path."""
        if self.directories_only and not is_directory:
            return False
        return given.startswith(self.head) and given.endswith(self.tail)

    def matches(self, given: str, is_directory: bool) -> bool:
        """Whether it matches just the entry with this name or path, and not a directory above it."""
        if self.content_only:
            above = given.rpartition("/")[0]
            return bool(above) and self.regex.search(above + "/") is not None
        text = given + "/" if is_directory else given
        found = self.regex.search(text)
        # pathspec also finds the content of a matched directory: then the match ends earlier.
        return found is not None and (not self.anchored or found.end() == len(text))


def _lines(data: bytes) -> Iterator[_Line]:
    for raw in data.removeprefix(_BOM).split(b"\n"):
        line = _line(raw.removesuffix(b"\r").decode("utf-8", "surrogateescape"))
        if line is not None:
            yield line


def _line(text: str) -> _Line | None:
    """A line; None for a comment, a blank line, and a pattern that matches nothing. Raises NothingKnown."""
    if len(text) > _MAX_LENGTH:
        raise NothingKnown(f"a line has more than {_MAX_LENGTH:,} characters")
    if not text.strip() or text.startswith("#"):
        return None
    compiled = _compiled(text)
    if compiled is None or compiled.include is None or compiled.regex is None:
        return None
    pattern = text if text.endswith("\\ ") else text.rstrip()
    pattern = pattern if compiled.include else pattern.removeprefix("!")
    body = pattern.rstrip("/")
    # A leading `**/` before a name is the same as the name alone.
    anchored = "/" in body.removeprefix("**/") and _EVERYTHING.fullmatch(body) is None
    stars = len(_STARS.findall(body))
    if stars > _MAX_STARS:
        raise NothingKnown(f"a line has more than {_MAX_STARS} stars")
    return _Line(
        compiled.include,
        compiled.regex,
        pattern.endswith("/"),
        anchored,
        anchored and body.endswith("/**"),
        _SPECIAL.split(body.removeprefix("/"))[0],
        _SPECIAL.split(body)[-1].lstrip("/"),
        stars,
    )


def _compiled(text: str) -> "RegexPattern | None":
    """A line as pathspec compiles it; None for one that matches nothing. Raises NothingKnown."""
    # Loaded for the first line: many contexts have no such file.
    from pathspec import GitIgnoreSpec, RegexPattern

    try:
        with warnings.catch_warnings():
            # Brackets in brackets mean something else to a regular expression, or will some day.
            warnings.simplefilter("error", FutureWarning)
            patterns = list(GitIgnoreSpec.from_lines([text]).patterns)
    except FutureWarning:
        raise NothingKnown("a line has a class of characters in brackets") from None
    except ValueError:
        # Git accepts such a line, but no path is like it.
        return None
    return patterns[0] if patterns and isinstance(patterns[0], RegexPattern) else None


# -- files --------------------------------------------------------------------------------------


class _File:
    """A `.gitignore` and its decisions."""

    def __init__(self, directory: str, lines: Sequence[_Line]) -> None:
        self._directory = directory
        self._lines = lines
        last_first = list(enumerate(lines))[::-1]
        self._for_paths = [(index, line) for index, line in last_first if line.anchored]
        self._for_names = [(index, line) for index, line in last_first if not line.anchored]
        #: The last line that matches a name, by the name and whether it is a directory; -1 for none.
        self._known: dict[tuple[str, bool], int] = {}
        self.work = 0

    def ignores(self, path: str, is_directory: bool) -> bool | None:
        """Whether the file ignores an entry below its directory; None if no line matches it."""
        relative = path[len(self._directory) + 1 :] if self._directory else path
        key = relative.rpartition("/")[2], is_directory
        if key not in self._known:
            self._known[key] = self._last(self._for_names, *key)
        index = max(self._known[key], self._last(self._for_paths, relative, is_directory))
        return None if index < 0 else self._lines[index].ignores

    def _last(self, lines: Sequence[tuple[int, _Line]], given: str, is_directory: bool) -> int:
        for index, line in lines:
            self.work += _COMPARISON
            if line.may_match(given, is_directory):
                self.work += int(len(given) ** line.stars)
                if self.work > _MAX_WORK:
                    break
                if line.matches(given, is_directory):
                    return index
        return -1


class _Walk:
    """Decides about the entries of a tree, except the content of ignored directories."""

    def __init__(self, read_file: ReadFile) -> None:
        self._read_file = read_file
        self._work = 0
        self.lines = 0
        self.files: set[str] = set()
        self.directories: set[str] = set()

    def run(self, root: Directory) -> None:
        """Decide about everything below a directory. Raises NothingKnown."""
        stack: list[tuple[Directory, tuple[_File, ...]]] = [(root, ())]
        while stack:
            directory, above = stack.pop()
            files = (*self._file_in(directory), *above)
            for name, kind in zip(directory.names, directory.kinds, strict=True):
                path, is_directory = directory.child_path(name), kind == EntryKind.DIRECTORY
                if name == ".git":
                    continue
                if self._is_ignored(files, path, is_directory):
                    (self.directories if is_directory else self.files).add(path)
                elif name in directory.subdirectories:
                    stack.append((directory.subdirectories[name], files))

    def _file_in(self, directory: Directory) -> Iterator[_File]:
        """The `.gitignore` of a directory, if there is one. Raises NothingKnown."""
        index = directory.find(_NAME)
        if index < 0 or directory.kinds[index] != EntryKind.FILE:
            return
        path = directory.child_path(_NAME)
        data = self._read_file(path)
        if data is None:
            raise NothingKnown(f"{path} cannot be read")
        lines = list(_lines(data))
        self.lines += len(lines)
        if self.lines > _MAX_LINES:
            raise NothingKnown(f"there are more than {_MAX_LINES:,} lines")
        yield _File(directory.path, lines)

    def _is_ignored(self, files: Sequence[_File], path: str, is_directory: bool) -> bool:
        for file in files:
            before = file.work
            ignores = file.ignores(path, is_directory)
            self._work += file.work - before
            if self._work > _MAX_WORK:
                raise NothingKnown("there are too many lines for so many files")
            if ignores is not None:
                return ignores
        return False
