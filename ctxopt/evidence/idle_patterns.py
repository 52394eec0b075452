"""The patterns of an ignore file that have no effect, and why."""

from collections.abc import Iterator
from dataclasses import replace
from enum import Enum
from functools import cached_property
from typing import Final

from ctxopt.core.build_context import BuildContext
from ctxopt.core.context.tree import EntryKind as Entry
from ctxopt.core.context.tree import View
from ctxopt.core.dockerignore.pattern import BadPattern, PatternKind
from ctxopt.core.dockerignore.spec import DockerIgnore
from ctxopt.core.golang.match import has_wildcards
from ctxopt.core.golang.text import trim_space
from ctxopt.core.lazy_dataclass import dataclass
from ctxopt.evidence.excluded import excluded_by
from ctxopt.evidence.ignore_lines import IgnoreLine, ignore_lines

#: Maximum number of patterns with wildcards to search for, and of decisions to explain.
_MOST_SEARCHED: Final = 20
_MOST_EXPLAINED: Final = 100
#: What may make a part of a pattern match more than its own text.
_SPECIAL: Final = frozenset("*?[\\")


class Cause(Enum):
    """Why a pattern has no effect."""

    #: Nothing here matches it; on another machine something may.
    UNMATCHED = "unmatched"
    #: What it matches, other lines decide about in the same way.
    REDUNDANT = "redundant"
    #: An exception whose path another line excludes all the same.
    OVERRULED = "overruled"


@dataclass(frozen=True, slots=True)
class IdlePattern:
    """A pattern without effect; `reason` says so in one sentence.

    `below` is the line that an overruled exception must move below; None if moving it does not help. `covered` is the
    line that already decides about what a redundant one matches, if it is known.
    """

    line: IgnoreLine
    cause: Cause
    reason: str
    below: int | None = None
    covered: IgnoreLine | None = None


def idle_patterns(build: BuildContext) -> Iterator[IdlePattern]:
    """The patterns of BuildKit's ignore file that decide about no entry, in their order."""
    idle = [line for line in ignore_lines(build) if line.effective is False]
    if idle:
        yield from _Reasons(build, idle).patterns()


class _Reasons:
    """Works out why patterns have no effect."""

    def __init__(self, build: BuildContext, idle: list[IgnoreLine]) -> None:
        self._build = build
        self._idle = idle
        self._ignore = DockerIgnore(build.patterns(View.BUILDKIT))
        self._lines = {line.line.number: line for line in ignore_lines(build)}
        wild = list(dict.fromkeys(line.pattern.cleaned for line in idle if _is_wild(line)))
        matches = excluded_by(build.tree, wild[:_MOST_SEARCHED])
        self._matches = matches.paths
        self._searched = frozenset(wild[:_MOST_SEARCHED] if matches.complete else ())
        self._has_exceptions = bool(build.patterns(View.BUILDKIT).exceptions)
        self._explained = 0

    def patterns(self) -> Iterator[IdlePattern]:
        for line in self._idle:
            text = line.pattern.cleaned
            path = self._matches.get(text) if _is_wild(line) else self._existing(text)
            if path is None:
                yield self._unmatched(line)
            elif self._explained == _MOST_EXPLAINED:
                yield _redundant(line, f"other lines decide about {path}")
            else:
                self._explained += 1
                yield self._decided(line, path)

    @cached_property
    def _is_walk_complete(self) -> bool:
        """Whether the walk entered every directory."""
        return all(
            directory.kinds.count(Entry.DIRECTORY) == len(directory.subdirectories)
            for directory in self._build.tree.directories()
        )

    def _existing(self, path: str) -> str | None:
        """The path, if there is such an entry in the context."""
        inside = path not in (".", "/") and path.partition("/")[0] != ".."
        return path if inside and self._build.exists(path) else None

    def _decided(self, line: IgnoreLine, path: str) -> IdlePattern:
        """The reason for a pattern that matches a path about which other lines decide."""
        number = line.line.number
        verdict = self._ignore.explain(path)
        touches = [touch.pattern.line for touch in verdict.touches]
        last = touches[-1] if touches else number
        if verdict.closed_at is not None:
            return _excluded(line, f"line {last} excludes {verdict.closed_at} and everything in it", last)
        before = [other for other in touches if other < number]
        if line.pattern.exception:
            if verdict.excluded and last > number and _covers(line, self._lines.get(last)):
                # Below that line it would bring back all that the line excludes.
                return _redundant(line, f"line {last} excludes {path}, and it keeps nothing else")
            if verdict.excluded:
                return _excluded(line, f"line {last} excludes {path}", last)
            above = " above it" if touches and not before else ""
            keeps = f"line {before[-1]} already keeps {path}" if before else f"nothing{above} excludes {path}"
            return _redundant(line, keeps)
        if not before:
            return _redundant(line, f"line {last} decides about {path}")
        other = self._lines[before[-1]]
        if other.pattern.cleaned == line.pattern.cleaned:
            return _redundant(line, _same(line, other))
        return replace(_redundant(line, f"line {other.line.number} already excludes {path}"), covered=other)

    def _unmatched(self, line: IgnoreLine) -> IdlePattern:
        """The reason for a pattern that matches nothing in what the walk recorded, which may not be everything."""
        text = line.pattern.cleaned
        if not _is_wild(line):
            return _unmatched(line, "matches no files here")
        undecided = _unmatched(line, "matches no files here that other lines do not decide about")
        if text not in self._searched:
            return undecided
        if line.pattern.exception:
            return _redundant(line, "no file that it matches is excluded")
        directory = _literal_directory(text)
        is_there = bool(directory) and self._existing(directory) is not None
        if is_there and (excluded := self._excluded_directory(line, directory)) is not None:
            return excluded
        if self._has_exceptions:
            # One of them may have brought back what this pattern and another one match.
            return undecided
        in_root_only = "/" not in text and "**" not in text and "[" not in text
        if self._is_walk_complete or in_root_only or (directory and not is_there):
            return _unmatched(line, "matches no files here")
        return _unmatched(line, "matches no files outside directories that other lines exclude")

    def _excluded_directory(self, line: IgnoreLine, directory: str) -> IdlePattern | None:
        """The reason for a pattern that only matches below a directory which another line excludes."""
        entry = self._build.locate(directory)
        is_entered = entry is not None and entry[0].names[entry[1]] in entry[0].subdirectories
        if is_entered or self._explained == _MOST_EXPLAINED:
            return None
        self._explained += 1
        verdict = self._ignore.explain(directory)
        if not verdict.excluded or not verdict.touches:
            return None
        other = verdict.touches[-1].pattern.line
        return _redundant(line, f"line {other} excludes {verdict.closed_at or directory}")


def _unmatched(line: IgnoreLine, what: str) -> IdlePattern:
    return IdlePattern(line, Cause.UNMATCHED, f"{line.shown} {what}")


def _redundant(line: IgnoreLine, why: str) -> IdlePattern:
    return IdlePattern(line, Cause.REDUNDANT, f"{line.shown} has no effect: {why}")


def _excluded(line: IgnoreLine, why: str, other: int) -> IdlePattern:
    """What another line excludes: an exception is overruled by that, a pattern without `!` says the same."""
    if not line.pattern.exception:
        return _redundant(line, why)
    below = other if other > line.line.number else None
    return IdlePattern(line, Cause.OVERRULED, f"{line.shown} has no effect: {why}", below)


def _covers(wide: IgnoreLine, narrow: IgnoreLine | None) -> bool:
    """Whether one pattern matches all that another one does, which has more of a name in it, as far as names say so."""
    if narrow is None or wide.pattern.cleaned == narrow.pattern.cleaned:
        return False
    name = narrow.pattern.cleaned.replace("**", "x").replace("*", "x")
    try:
        return not has_wildcards(name) and _is_wild(wide) and wide.pattern.matches(name)
    except BadPattern:
        return False


def _is_wild(line: IgnoreLine) -> bool:
    return line.pattern.kind is not PatternKind.EXACT


def _literal_directory(text: str) -> str:
    """The directory above all that a pattern with wildcards can match, as far as it is written; "" for the root."""
    parts = text.split("/")
    wild = next((i for i, part in enumerate(parts) if not _SPECIAL.isdisjoint(part)), len(parts))
    return "/".join(parts[: min(wild, len(parts) - 1)])


def _same(line: IgnoreLine, other: IgnoreLine) -> str:
    """Why two patterns that may look different mean the same."""
    one, two = trim_space(line.line.text), trim_space(other.line.text)
    slashes = [
        where
        for where, differs in (
            ("leading", one.startswith("/") != two.startswith("/")),
            ("trailing", one.endswith("/") != two.endswith("/")),
        )
        if differs
    ]
    why = f"; a {' or '.join(slashes)} slash changes nothing" if slashes else ""
    return f"it means the same as line {other.line.number}{why}"
