"""A list of patterns and its decision for a path: the plain form, pattern by pattern.

This is moby/patternmatcher's `MatchesUsingParentResults` and `MatchesOrParentMatches`. The walk uses
`ctxopt.core.dockerignore.scope`, which decides whole directories at once and is tested against this module.
"""

from bisect import bisect_left
from collections.abc import Iterable, Sequence
from functools import cached_property

from ctxopt.core.dockerignore.pattern import BadPattern, Pattern, PatternKind, compile_pattern
from ctxopt.core.dockerignore.reader import Line
from ctxopt.core.golang.regex import bits
from ctxopt.core.lazy_dataclass import dataclass
from ctxopt.errors import PatternError

#: For each pattern, whether it matched a directory: passed down to the entries in it.
Carried = tuple[bool, ...]


@dataclass(frozen=True, slots=True)
class Touch:
    """One pattern that took part in a decision.

    `path` is the path or the parent directory that it matched, `inherited` says that the result was
    handed down, and `matched` is the state after it: True if the path is matched so far.
    """

    pattern: Pattern
    path: str
    inherited: bool
    matched: bool


class PatternSet:
    """Compiled patterns in the order of the file. For an ignore file, "matched" means excluded.

    `file` names the file they came from, for errors. Raises PatternError for a pattern that Docker
    refuses on reading; one that it refuses only on use raises when it is used.
    """

    def __init__(self, patterns: Iterable[str | Line], file: str | None = None) -> None:
        self.file = file
        self.sources = tuple(patterns)
        #: The set that `with_exceptions` was called on, and the number of exceptions that it added.
        self._given: PatternSet | None = None
        self._added = 0
        compiled: list[Pattern] = []
        for source in self.sources:
            text, line = (source, 0) if isinstance(source, str) else (source.pattern, source.number)
            try:
                pattern = compile_pattern(text, line)
            except BadPattern as error:
                raise self._error(text, line, error) from None
            if pattern is not None:
                compiled.append(pattern)
        self._take(compiled)

    @classmethod
    def of(cls, patterns: Iterable[Pattern]) -> "PatternSet":
        """A set of compiled patterns."""
        made = cls(())
        made._take(patterns)
        return made

    def _take(self, compiled: Iterable[Pattern]) -> None:
        """Be a set of these patterns."""
        self.patterns: Sequence[Pattern] = tuple(compiled)
        self.exceptions = [pattern for pattern in self.patterns if pattern.exception]
        self.exception_bits = bits(i for i, pattern in enumerate(self.patterns) if pattern.exception)
        #: Whether some pattern fails only when it is used: then the order of comparisons matters.
        self.fails_on_use = any(pattern.error is not None for pattern in self.patterns)

    def __len__(self) -> int:
        return len(self.patterns)

    def with_exceptions(self, paths: Iterable[str]) -> "PatternSet":
        """The same patterns followed by exceptions for these paths; itself if there are none."""
        added = tuple("!" + path for path in paths)
        if not added:
            return self
        # What is compiled already is not compiled again: there may be many patterns.
        made = PatternSet(added, self.file)
        made._take((*self.patterns, *made.patterns))
        made.sources, made._given, made._added = (*self.sources, *added), self, len(added)
        return made

    @property
    def added(self) -> tuple[str, ...]:
        """The paths that `with_exceptions` added."""
        added = self.sources[len(self.sources) - self._added :]
        return tuple(source[1:] for source in added if isinstance(source, str))

    def without_added(self) -> "PatternSet":
        """The patterns without those that `with_exceptions` added."""
        return self if self._given is None else self._given

    def decide(self, path: str, parent: Carried | None) -> tuple[bool, Carried]:
        """Decide a path from what was decided for the directory it is in.

        `parent` is what `decide` returned for that directory; None, as for paths in the root, makes the
        patterns look at the parents of the path themselves. Returns whether the path is matched and
        what to hand down. A pattern that could not change the outcome is skipped, and then counts as
        not matching for everything below: Docker does the same, and it shows.
        """
        matched = False
        carried = []
        for i, pattern in enumerate(self.patterns):
            hit = parent[i] if parent else False
            if not hit and pattern.exception == matched:
                hit = self.matches(pattern, path) or (not parent and self._matching_parent(pattern, path) is not None)
            if hit:
                matched = not pattern.exception
            carried.append(hit)
        return matched, tuple(carried)

    def matches_or_parent_matches(self, path: str) -> bool:
        """Decide a path by itself; a pattern that matches a parent directory matches the path."""
        matched = False
        for pattern in self.patterns:
            if pattern.exception == matched and (
                self.matches(pattern, path) or self._matching_parent(pattern, path) is not None
            ):
                matched = not pattern.exception
        return matched

    def matches_by_depth(self, path: str) -> bool:
        """Decide a path as docker/cli does for the Dockerfile and .dockerignore (`patternmatcher.Matches`).

        A pattern of n parts is compared with the path and with the first n parts of its directory, and
        with nothing else: `**/sub`, with two parts, does not see that `sub` is the directory of `sub/file`.
        """
        directory = path.rpartition("/")[0]
        parents = directory.split("/") if directory else []
        known = {path, *("/".join(parents[: end + 1]) for end in range(len(parents)))}
        matched = False
        for pattern in self.patterns:
            # Of very many plain paths nearly all are others.
            if pattern.exception != matched or (pattern.kind is PatternKind.EXACT and pattern.text not in known):
                continue
            hit = self.matches(pattern, path)
            depth = pattern.cleaned.count("/") + 1
            if not hit and 0 < depth <= len(parents):
                hit = self.matches(pattern, "/".join(parents[:depth]))
            if hit:
                matched = not pattern.exception
        return matched

    def trace(self, path: str) -> tuple[bool, list[Touch]]:
        """Decide a path as a walk from the root down to it would; returns also which patterns took part."""
        parts = path.split("/")
        carried: Carried | None = None
        origin: dict[int, str] = {}
        matched = False
        for depth in range(1, len(parts) + 1):
            here = "/".join(parts[:depth])
            matched, carried = self.decide(here, carried)
            for i, hit in enumerate(carried):
                if hit:
                    origin.setdefault(i, here)
        touches = []
        state = False
        for i, pattern in enumerate(self.patterns):
            if carried and carried[i]:
                state = not pattern.exception
                touches.append(Touch(pattern, origin[i], origin[i] != path, state))
        return matched, touches

    def matches(self, pattern: Pattern, path: str) -> bool:
        """Whether one pattern matches this very path. Raises PatternError where Docker would fail."""
        try:
            return pattern.matches(path)
        except BadPattern as error:
            raise self._error(("!" if pattern.exception else "") + pattern.cleaned, pattern.line, error) from None

    def descends_into_excluded(self, directory: str, *, trim_globs: bool) -> bool:
        """Whether a builder still descends into an excluded directory because of an exception.

        `trim_globs` is True for BuildKit, False for the legacy builder: BuildKit (fsutil) drops a final `/*` or
        `/**` from an exception, and descends everywhere once one has a wildcard before that; the legacy builder
        (go-archive) compares the exception as written.
        """
        texts = self._plain_exceptions if trim_globs else self._exception_texts
        return texts is None or _any_below(texts, directory)

    def may_match_inside(self, directory: str) -> bool:
        """Whether fsutil descends into a directory that no pattern includes (for sets of included paths)."""
        texts = self._plain_inclusions
        return texts is None or _any_below(texts, directory)

    @cached_property
    def _exception_texts(self) -> tuple[str, ...]:
        return _sorted(pattern.cleaned for pattern in self.exceptions)

    @cached_property
    def _plain_exceptions(self) -> tuple[str, ...] | None:
        return _plain(self.exceptions)

    @cached_property
    def _plain_inclusions(self) -> tuple[str, ...] | None:
        return _plain(pattern for pattern in self.patterns if not pattern.exception)

    def _matching_parent(self, pattern: Pattern, path: str) -> str | None:
        cut = path.find("/")
        while cut > 0:
            if self.matches(pattern, path[:cut]):
                return path[:cut]
            cut = path.find("/", cut + 1)
        return None

    def _error(self, text: str, line: int, error: BadPattern) -> PatternError:
        return PatternError(
            f'bad pattern "{text}": {error}',
            file=self.file,
            line=line or None,
            hint="Docker refuses it too: correct or remove it",
        )


#: Characters that make a pattern one with wildcards for fsutil.
_WILD = frozenset("*[]?^\\")


def _plain(patterns: Iterable[Pattern]) -> tuple[str, ...] | None:
    """The patterns as plain paths, a final `/**` and then a final `/*` dropped; None if one has a wildcard."""
    texts = [pattern.cleaned.removesuffix("/**").removesuffix("/*") for pattern in patterns]
    return None if any(not _WILD.isdisjoint(text) for text in texts) else _sorted(texts)


def _sorted(texts: Iterable[str]) -> tuple[str, ...]:
    """Texts with a slash at the end, in the order in which `_any_below` looks them up."""
    return tuple(sorted(text + "/" for text in texts))


def _any_below(texts: Sequence[str], directory: str) -> bool:
    """Whether one of the sorted texts is a directory or a path below it."""
    index = bisect_left(texts, directory + "/")
    return index < len(texts) and texts[index].startswith(directory + "/")
