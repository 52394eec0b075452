"""A pattern that changes nothing in this context."""

from collections.abc import Iterator
from functools import cached_property

from ctxopt.core.build_context import BuildContext
from ctxopt.core.context.tree import Kind as Entry
from ctxopt.core.context.tree import View
from ctxopt.core.dockerignore.pattern import Kind
from ctxopt.core.dockerignore.spec import DockerIgnore
from ctxopt.core.golang.text import trim_space
from ctxopt.findings.model import Finding, IgnoreLine, Severity, first_left_out, ignore_lines
from ctxopt.findings.settings import Settings

RULE = "CTX004"
NAME = "ignore-no-effect"
TITLE = "A pattern that has no effect"
HELP = (
    "The pattern matches nothing here, or another line decides in its place. Remove it if it is not there for others, "
    "or move an exception below the line that leaves its path out."
)

#: As many patterns with wildcards are looked for in the context, and as many decisions are taken apart.
_LOOKED_FOR = 20
_EXPLAINED = 100
#: What may make a part of a pattern match more than its own text.
_SPECIAL = frozenset("*?[\\")


def check(context: BuildContext, _settings: Settings) -> Iterator[Finding]:
    """Find patterns that decide about nothing, and say what decides in their place where that can be told."""
    idle = [line for line in ignore_lines(context) if line.effective is False]
    if idle:
        yield from _Reasons(context, idle).findings()


class _Reasons:
    """Why patterns have no effect."""

    def __init__(self, context: BuildContext, idle: list[IgnoreLine]) -> None:
        self._context = context
        self._idle = idle
        self._ignore = DockerIgnore(context.patterns(View.BUILDKIT))
        self._lines = {line.line.number: line for line in ignore_lines(context)}
        wild = list(dict.fromkeys(line.pattern.cleaned for line in idle if _is_wild(line)))
        found = first_left_out(context.tree, wild[:_LOOKED_FOR])
        self._found = found.paths
        self._looked_for = frozenset(wild[:_LOOKED_FOR] if found.complete else ())
        self._has_exceptions = bool(context.patterns(View.BUILDKIT).exceptions)
        self._explained = 0

    def findings(self) -> Iterator[Finding]:
        for line in self._idle:
            text = line.pattern.cleaned
            path = self._found.get(text) if _is_wild(line) else self._existing(text)
            if path is None:
                yield _note(line, self._unmatched(line))
            elif self._explained == _EXPLAINED:
                yield _note(line, f"{line.shown} has no effect: other lines decide about {path}")
            else:
                self._explained += 1
                yield self._overruled(line, path)

    @cached_property
    def _all_seen(self) -> bool:
        """Whether every directory was looked into."""
        return all(
            directory.kinds.count(Entry.DIRECTORY) == len(directory.subdirectories)
            for directory in self._context.tree.directories()
        )

    def _existing(self, path: str) -> str | None:
        """The path, if there is such an entry in the context."""
        inside = path not in (".", "/") and path.partition("/")[0] != ".."
        return path if inside and self._context.exists(path) else None

    def _overruled(self, line: IgnoreLine, path: str) -> Finding:
        """The finding for a pattern that matches a path but decides nothing about it."""
        number = line.line.number
        verdict = self._ignore.explain(path)
        touches = [touch.pattern.line for touch in verdict.touches]
        last = touches[-1] if touches else number
        if verdict.closed_at is not None:
            return self._refuted(line, f"line {last} leaves {verdict.closed_at} out with all that is in it", last)
        before = [other for other in touches if other < number]
        if line.pattern.exception:
            if verdict.left_out:
                return self._refuted(line, f"line {last} leaves {path} out", last)
            above = " above it" if touches and not before else ""
            keeps = f"line {before[-1]} keeps {path} already" if before else f"nothing{above} leaves {path} out"
            return _note(line, f"{line.shown} has no effect: {keeps}")
        if not before:
            return _note(line, f"{line.shown} has no effect: line {last} decides about {path}")
        other = self._lines[before[-1]]
        if other.pattern.cleaned == line.pattern.cleaned:
            return _note(line, f"{line.shown} has no effect: {_same(line, other)}")
        return _note(line, f"{line.shown} has no effect: line {other.line.number} leaves {path} out already")

    def _refuted(self, line: IgnoreLine, reason: str, other: int) -> Finding:
        message = f"{line.shown} has no effect: {reason}"
        if not line.pattern.exception:
            return _note(line, message)
        below = other > line.line.number
        fix = f"move it below line {other}" if below else "except the directories above it as well"
        return Finding(RULE, Severity.WARNING, line.file, line.line.number, message, fix)

    def _unmatched(self, line: IgnoreLine) -> str:
        """What to say of a pattern that matches nothing that was seen; not every directory was."""
        text = line.pattern.cleaned
        if not _is_wild(line):
            return f"{line.shown} matches nothing here"
        undecided = f"{line.shown} matches nothing here that is not decided already"
        if text not in self._looked_for:
            return undecided
        if line.pattern.exception:
            return f"{line.shown} has no effect: nothing that it matches is left out"
        directory = _literal_directory(text)
        there = bool(directory) and self._existing(directory) is not None
        if there and not self._is_entered(directory) and self._explained < _EXPLAINED:
            self._explained += 1
            verdict = self._ignore.explain(directory)
            if verdict.left_out and verdict.touches:
                other = verdict.touches[-1].pattern.line
                return f"{line.shown} has no effect: line {other} leaves {verdict.closed_at or directory} out"
        if self._has_exceptions:
            # One of them may have brought back what this pattern and another one match.
            return undecided
        in_root_only = "/" not in text and "**" not in text and "[" not in text
        if self._all_seen or in_root_only or (directory and not there):
            return f"{line.shown} matches nothing here"
        return f"{line.shown} matches nothing outside of the directories that other lines leave out"

    def _is_entered(self, directory: str) -> bool:
        found = self._context.locate(directory)
        return found is not None and found[0].names[found[1]] in found[0].subdirectories


def _is_wild(line: IgnoreLine) -> bool:
    return line.pattern.kind is not Kind.EXACT


def _literal_directory(text: str) -> str:
    """The directory that holds all that a pattern with wildcards can match, as far as it is named; "" for the root."""
    parts = text.split("/")
    wild = next((i for i, part in enumerate(parts) if not _SPECIAL.isdisjoint(part)), len(parts))
    return "/".join(parts[: min(wild, len(parts) - 1)])


def _same(line: IgnoreLine, other: IgnoreLine) -> str:
    """Why two patterns that may look different mean the same."""
    one, two = trim_space(line.line.text), trim_space(other.line.text)
    slashes = [
        place
        for place, differ in (
            ("in front", one.startswith("/") != two.startswith("/")),
            ("at the end", one.endswith("/") != two.endswith("/")),
        )
        if differ
    ]
    why = f"; a slash {' or '.join(slashes)} changes nothing" if slashes else ""
    return f"it means the same as line {other.line.number}{why}"


def _note(line: IgnoreLine, message: str) -> Finding:
    return Finding(
        RULE, Severity.NOTE, line.file, line.line.number, message, "remove it, if it is not there for others"
    )
