"""What the commands of an image make in directories that a later command changes as a whole."""

from bisect import bisect_left
from collections.abc import Sequence
from itertools import islice
from typing import Final

from ctxopt.findings.context import RuleContext
from ctxopt.image.commands import Run, is_independent
from ctxopt.image.places import resolved

#: What the names of commands begin with that make nothing in the directory where they work, or what is copied there.
_MAKING_NOTHING: Final = ("mv", "cp", "sed", "dos2unix", "cat", "grep", "pip")
_SAYING: Final = frozenset(("head", "tail", "exit", "awk", "sort", "tr", "cut", "export", "command", "wc", "date"))


class _Places:
    """Paths with the number of the first command at which each is there."""

    def __init__(self, places: Sequence[tuple[str, int]]) -> None:
        self._first: dict[str, int] = {}
        for path, number in places:
            self._first.setdefault(path, number)
        self._paths = sorted(self._first)

    def has(self, path: str, before: int) -> bool:
        """Whether a path is there before a command."""
        return self._first.get(path, before) < before

    def has_below(self, top: str, before: int) -> bool:
        """Whether something below a directory is there before a command."""
        start = top.rstrip("/") + "/"
        for path in islice(self._paths, bisect_left(self._paths, start), None):
            if not path.startswith(start):
                return False
            if path != top and self._first[path] < before:
                return True
        return False


class Made:
    """Where the commands of an image make something; asked about what is there before one of them."""

    def __init__(self, context: RuleContext) -> None:
        commands = context.commands
        self._numbers: dict[tuple[object, ...], int] = {}
        files: list[tuple[str, int]] = []
        directories: list[tuple[str, int]] = []
        workdirs: list[tuple[str, int]] = []
        #: The first command that makes something in a place that only the shell knows.
        self._somewhere: int | None = None
        number = 0
        for step in commands.image_steps:
            # A working directory counts for the commands of its own step as well.
            workdirs.append((commands.directories[step], number - 1))
            for run in commands.of(step):
                # Of two that are the same in a RUN the later one counts: more may be there.
                self._numbers[run.identity] = number
                is_mkdir, makes = run.name == "mkdir", not _makes_nothing(run)
                if makes:
                    words = (*run.words[1:], *run.writes)
                    paths = (run.directory, *(resolved(run.directory, word) for word in words))
                    files += [(path, number) for path in paths if path is not None]
                if is_mkdir:
                    words = tuple(word for word in run.words[1:] if not word.startswith("-"))
                    paths = tuple(resolved(run.directory, word) for word in words)
                    directories += [(path, number) for path in paths if path is not None]
                if self._somewhere is None and (is_mkdir or makes) and any("$" in word for word in run.words[1:]):
                    self._somewhere = number
                number += 1
        self._files, self._directories, self._workdirs = _Places(files), _Places(directories), _Places(workdirs)

    def in_any(self, tops: Sequence[str], last: Run) -> bool:
        """Whether a command before one makes something in one of some directories.

        That is an install, a clone or the like that works there, or a command that writes below it.
        """
        before = self._before(last)
        return any(self._files.has(top, before) or self._files.has_below(top, before) for top in tops)

    def directories_in(self, tops: Sequence[str], last: Run) -> bool:
        """Whether directories are made below some others before a command, by `mkdir` or as working directories."""
        before = self._before(last)
        return any(self._directories.has_below(top, before) or self._workdirs.has_below(top, before) for top in tops)

    def works_in(self, tops: Sequence[str], last: Run) -> bool:
        """Whether a working directory before a command is one of some directories."""
        return any(self._workdirs.has(top, self._before(last)) for top in tops)

    def somewhere(self, last: Run) -> bool:
        """Whether a command before one makes something in a place that only the shell knows."""
        return self._somewhere is not None and self._somewhere < self._before(last)

    def _before(self, last: Run) -> int:
        return self._numbers[last.identity]


def _makes_nothing(run: Run) -> bool:
    """Whether a command makes nothing in the directory where it works, or something of what is copied there."""
    # Imported here because few builds change owners.
    from ctxopt.catalogue.commands import is_blind

    name = run.name
    return is_blind(name) or name.startswith(_MAKING_NOTHING) or name in _SAYING or is_independent(run)
