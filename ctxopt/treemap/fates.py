"""What there is to know of each file, told once for all files of which it is the same."""

from collections.abc import Sequence
from itertools import repeat
from typing import NamedTuple

from ctxopt.core.build_context import BuildContext
from ctxopt.core.context.tree import Directory, View
from ctxopt.core.usage.account import BUILDER, is_used
from ctxopt.core.usage.would import would_read
from ctxopt.reports.stages import image_files
from ctxopt.treemap.model import Fate, Look, Status
from ctxopt.treemap.seen import Seen, decided

#: With more fates than that, further ones do not tell which pattern decides.
_MOST = 5000


class _Key(NamedTuple):
    """What tells one fate from another."""

    #: The View bits today, and after the proposal.
    today: int
    after: int
    #: The number of the set of readers, and whether they bring the file into the image.
    used: int
    in_image: bool
    risk: str
    #: For each view, the place of the pattern that leaves the file out.
    deciders: tuple[int, ...]
    #: The reads that take the file where only the classic builder is sent it, going by its name.
    classic: tuple[int, ...] = ()


class Fates:
    """The fates of all files, each told once."""

    def __init__(self, context: BuildContext, seen: Sequence[Seen], risky: dict[str, str]) -> None:
        self._seen = seen
        self._decided = decided(seen)
        self._plan = context.plan
        self._usage = context.usage
        self._sets = context.usage.reader_sets
        self._used = [is_used(readers) for readers in self._sets]
        self._image = image_files(context)
        self._risky = risky
        self._risky_names = frozenset(path.rpartition("/")[2] for path in risky)
        #: Why all in a directory is risky, by its path.
        self._below: dict[str, str] = {}
        #: Whether the builders read different ignore files, so that one may be sent what the other is not.
        self._apart = len({one.context.ignore_file(one.view) for one in seen if not one.after}) > 1
        self._numbers: dict[_Key, int] = {}
        self._told: dict[Fate, int] = {}
        #: For each view the patterns that decide about something: their places in the ignore file, numbered.
        self._deciding: list[dict[int, int]] = [{} for _ in seen]

    @property
    def table(self) -> tuple[Fate, ...]:
        """The fates by their places."""
        return tuple(self._told)

    @property
    def looks(self) -> tuple[Look, ...]:
        """The views, with the patterns to which the fates point."""
        return tuple(one.look(places) for one, places in zip(self._seen, self._deciding, strict=True))

    def of(self, directory: Directory) -> int | list[int]:
        """The places of the fates of what is in a directory; one for all, where it is the same."""
        path, names = directory.path, directory.names
        rows = [one.flags[path] for one in self._seen]
        today, after = rows[0], rows[-1]
        used = self._usage.numbers(directory)
        places = [one[path] for one in self._decided]
        risk = self._risk_of(directory)
        risky = not risk and not self._risky_names.isdisjoint(names)
        alike = [place for place in places if isinstance(place, int)]
        same = len(alike) == len(places) and all(map(_uniform, (today, after, used)))
        if same and not risky and not self._apart and not self._used[used[0]]:
            return self._number(_Key(today[0], after[0], used[0], False, risk, tuple(alike)))
        decided = zip(
            *(repeat(place, len(names)) if isinstance(place, int) else place for place in places), strict=True
        )
        prefix = f"{path}/" if path else ""
        return [
            self._number(
                _Key(
                    now,
                    then,
                    number,
                    self._used[number] and prefix + name in self._image,
                    self._risky.get(prefix + name, "") if risky else risk,
                    deciding,
                    self._by_name(prefix + name, now) if self._apart else (),
                )
            )
            for name, now, then, number, deciding in zip(names, today, after, used, decided, strict=True)
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
            number = self._numbers[key] = self._told.setdefault(self._fate(key), len(self._told))
        return number

    def _fate(self, key: _Key) -> Fate:
        readers = self._sets[key.used]
        read: int | None = None
        if self._used[key.used]:
            read = Status.IMAGE if key.in_image else Status.BUILD
        elif BUILDER in readers:
            read = Status.BUILDER
        elif key.classic:
            exported = any(self._plan.reads[i].reaches_image for i in key.classic)
            read = Status.IMAGE if exported else Status.BUILD
        statuses = tuple(one.status(key.after if one.after else key.today, read) for one in self._seen)
        return Fate(
            statuses,
            tuple(self._decider(i, key.deciders[i]) if one == Status.IGNORED else -1 for i, one in enumerate(statuses)),
            tuple(sorted(reader for reader in readers if reader >= 0)) or key.classic,
            key.risk,
        )

    def _decider(self, view: int, place: int) -> int:
        if place < 0 or len(self._told) >= _MOST:
            return -1
        return self._deciding[view].setdefault(place, len(self._deciding[view]))


def _uniform(row: Sequence[int]) -> bool:
    return bool(row) and row[0] == row[-1] and len(set(row)) == 1
