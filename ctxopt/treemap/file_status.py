"""The statuses of all files, each distinct one computed and numbered once."""

from collections.abc import Sequence
from itertools import repeat
from typing import NamedTuple

from ctxopt.core.context.tree import Directory, View
from ctxopt.core.usage.by_name import would_read
from ctxopt.core.usage.readers import BUILDER, is_used
from ctxopt.reports.preview import Preview
from ctxopt.treemap.builder_view import BuilderView, decided
from ctxopt.treemap.model import FileStatus, Status, ViewSummary

#: With more statuses than this, further ones do not name the pattern that decides.
_MOST = 5000


class _Key(NamedTuple):
    """What distinguishes one status from another."""

    #: The View bits as it is, and with each proposal.
    flags: tuple[int, ...]
    #: The number of the set of readers, and whether they bring the file into the image.
    used: int
    in_image: bool
    risk: str
    #: For each view, the index of the pattern that excludes the file.
    deciders: tuple[int, ...]
    #: The reads that take the file, by its name, where only the classic builder is sent it.
    classic: tuple[int, ...] = ()


class StatusTable:
    """Numbers the distinct statuses of files in the order in which they are first asked for."""

    def __init__(self, preview: Preview, views: Sequence[BuilderView]) -> None:
        self._views = views
        levels = list(dict.fromkeys(view.decisions.level for view in views))
        #: For each view the place of its state among those of `_Key.flags`, and a view of each state.
        self._states = [levels.index(view.decisions.level) for view in views]
        self._firsts = [views[self._states.index(state)] for state in range(len(levels))]
        self._decided = decided(preview.tree, views)
        self._plan = preview.plan
        self._usage = preview.usage
        self._sets = preview.usage.reader_sets
        self._used = [is_used(readers) for readers in self._sets]
        self._image = preview.image
        self._risky = preview.risks
        self._risky_names = frozenset(path.rpartition("/")[2] for path in preview.risks)
        #: Why all in a directory is risky, by its path.
        self._below: dict[str, str] = {}
        #: Whether the builders read different ignore files, so that one may be sent what the other is not.
        self._apart = len({now.ignore_file for now in preview.decisions if now.level is None}) > 1
        self._numbers: dict[_Key, int] = {}
        self._statuses: dict[FileStatus, int] = {}
        #: For each view the patterns that decide about something: their indices in the ignore file, numbered.
        self._deciding: list[dict[int, int]] = [{} for _ in views]

    @property
    def statuses(self) -> tuple[FileStatus, ...]:
        """The statuses in the order of their numbers."""
        return tuple(self._statuses)

    @property
    def summaries(self) -> tuple[ViewSummary, ...]:
        """The views, with the patterns to which the statuses point."""
        return tuple(view.summary(indices) for view, indices in zip(self._views, self._deciding, strict=True))

    def of(self, directory: Directory) -> int | list[int]:
        """The numbers of the statuses of a directory's entries; a single one where all have the same."""
        path, names = directory.path, directory.names
        rows = [view.flags(directory) for view in self._firsts]
        used = self._usage.numbers(directory)
        deciding = [by_path[path] for by_path in self._decided]
        risk = self._risk_of(directory)
        risky = not risk and not self._risky_names.isdisjoint(names)
        common = [decider for decider in deciding if isinstance(decider, int)]
        same = len(common) == len(deciding) and all(map(_uniform, (*rows, used)))
        if same and not risky and not self._apart and not self._used[used[0]]:
            return self._number(_Key(tuple(row[0] for row in rows), used[0], False, risk, tuple(common)))
        each = zip(
            *(repeat(decider, len(names)) if isinstance(decider, int) else decider for decider in deciding), strict=True
        )
        prefix = f"{path}/" if path else ""
        return [
            self._number(
                _Key(
                    flags,
                    number,
                    self._used[number] and prefix + name in self._image,
                    self._risky.get(prefix + name, "") if risky else risk,
                    deciders,
                    self._by_name(prefix + name, flags[0]) if self._apart else (),
                )
            )
            for name, flags, number, deciders in zip(names, zip(*rows, strict=True), used, each, strict=True)
        ]

    def _risk_of(self, directory: Directory) -> str:
        """Why all in a directory is risky, "" if it is not."""
        if not self._risky:
            return ""
        above = "" if directory.parent is None else self._below[directory.parent.path]
        risk = self._below[directory.path] = above or self._risky.get(directory.path, "")
        return risk

    def _by_name(self, path: str, flags: int) -> tuple[int, ...]:
        if not flags & View.CLASSIC or flags & View.BUILDKIT:
            return ()
        return tuple(read.number for read in self._plan.reads if would_read(read, path))

    def _number(self, key: _Key) -> int:
        number = self._numbers.get(key)
        if number is None:
            number = self._numbers[key] = self._statuses.setdefault(self._status(key), len(self._statuses))
        return number

    def _status(self, key: _Key) -> FileStatus:
        readers = self._sets[key.used]
        read: int | None = None
        if self._used[key.used]:
            read = Status.IMAGE if key.in_image else Status.BUILD
        elif BUILDER in readers:
            read = Status.BUILDER
        elif key.classic:
            exported = any(self._plan.reads[i].reaches_image for i in key.classic)
            read = Status.IMAGE if exported else Status.BUILD
        by_view = tuple(
            view.status(key.flags[state], read) for view, state in zip(self._views, self._states, strict=True)
        )
        return FileStatus(
            by_view,
            tuple(
                self._decider(i, key.deciders[i]) if status == Status.IGNORED else -1
                for i, status in enumerate(by_view)
            ),
            tuple(sorted(reader for reader in readers if reader >= 0)) or key.classic,
            key.risk,
        )

    def _decider(self, view: int, index: int) -> int:
        if index < 0 or len(self._statuses) >= _MOST:
            return -1
        return self._deciding[view].setdefault(index, len(self._deciding[view]))


def _uniform(row: Sequence[int]) -> bool:
    return bool(row) and row[0] == row[-1] and len(set(row)) == 1
