"""Which paths an instruction reads, judged by names alone: for files that do not exist yet.

Files that exist are not looked at. Where names alone do not decide it, the answer is that the path could be read.
"""

from collections.abc import Callable, Collection, Iterator, Sequence
from functools import cache, lru_cache
from itertools import chain

from ctxopt.core.dockerfile.model import ContextRead
from ctxopt.core.dockerignore.pattern import BadPattern
from ctxopt.core.dockerignore.patterns import Carried, PatternSet
from ctxopt.core.dockerignore.quote import escaped
from ctxopt.core.golang import match as gomatch
from ctxopt.core.golang import paths
from ctxopt.core.golang.containing import Containing
from ctxopt.errors import PatternError

#: Maximum product of the lengths of two globs that are compared; longer ones count as overlapping.
_MOST = 1 << 16
#: Maximum number of parts of two paths that are compared.
_DEEPEST = 400


def source_parts(read: ContextRead, source: str) -> tuple[str, ...]:
    """The parts of a source below the root of the context; those of a bind mount with their wildcards escaped."""
    if read.parents:
        source = source.replace("/./", "/", 1)
    parts = tuple(part for part in paths.join("/", source).split("/") if part)
    return tuple(map(escaped, parts)) if read.kind == "RUN" else parts


def could_hide(pattern: str, read: ContextRead, is_file: Callable[[str], bool]) -> bool:
    """Whether a path that a pattern of an ignore file matches, or a path below it, could be read.

    `is_file` tells whether a source, which may have wildcards, names regular files only: they contain nothing.
    """
    return SourceNames(read).could_be_hidden(pattern, is_file)


class SourceNames:
    """The sources of an instruction, taken apart once to be compared with many patterns."""

    def __init__(self, read: ContextRead) -> None:
        self._read = read
        sources = [source_parts(read, source) for source in read.sources]
        self.longest = max(map(len, sources), default=0)
        self._deep = read.parents and any(map(_is_deep, sources))
        #: The sources by their first part where that is a plain name, and all others.
        self._by_first: dict[str, list[tuple[str, ...]]] = {}
        self._others: list[tuple[str, ...]] = []
        #: Of these the ones that begin with a wildcard, by a text that names must contain, and all but those.
        self._wild: Containing[tuple[str, ...]] = Containing()
        self._anywhere: list[tuple[str, ...]] = []
        for source in sources:
            if source and _is_plain(source[0]):
                self._by_first.setdefault(source[0], []).append(source)
                continue
            self._others.append(source)
            text = gomatch.needed_text(source[0]) if source and source[0] != "**" else None
            if text is None:
                self._anywhere.append(source)
            else:
                self._wild.add(text, source)

    @property
    def firsts(self) -> Collection[str] | None:
        """The first parts of all sources, if they are plain names: only in entries of these names something is read."""
        return None if self._read.unresolved or self._deep or self._others else self._by_first.keys()

    def could_be_hidden(self, pattern: str, is_file: Callable[[str], bool]) -> bool:
        """Whether a path that a pattern matches, or a path below it, could be read; see `could_hide`."""
        if self._read.unresolved:
            return True
        parts = tuple(pattern.split("/"))
        if len(parts) + self.longest > _DEEPEST or self._deep or _is_deep(parts):
            return True
        return any(_meets(parts, self._read, source, is_file) for source in self._near(parts[0]))

    def _near(self, first: str) -> Iterator[tuple[str, ...]]:
        """The sources whose first part may be that of a pattern."""
        if _is_plain(first):
            yield from self._by_first.get(first, ())
            yield from self._anywhere
            yield from self._wild.candidates(f"\0{first}\0")
        else:
            yield from chain(*self._by_first.values(), self._others)


class NamesOfReads:
    """The sources of many instructions, of which few are compared with each pattern."""

    def __init__(self, names: Sequence[SourceNames]) -> None:
        self._all = names
        self._longest = max((one.longest for one in names), default=0)
        #: Those all of whose sources begin with plain names, by these, and the others.
        self._by_first: dict[str, list[SourceNames]] = {}
        self._others: list[SourceNames] = []
        for one in names:
            if one.firsts is None:
                self._others.append(one)
            for first in one.firsts or ():
                self._by_first.setdefault(first, []).append(one)

    def could_be_hidden(self, pattern: str, is_file: Callable[[str], bool]) -> bool:
        """Whether a path that a pattern matches, or a path below it, could be read by one of them."""
        parts = tuple(pattern.split("/"))
        is_near = _is_plain(parts[0]) and not _is_deep(parts) and len(parts) + self._longest <= _DEEPEST
        asked = (*self._others, *self._by_first.get(parts[0], ())) if is_near else self._all
        return any(one.could_be_hidden(pattern, is_file) for one in asked)


def _is_plain(part: str) -> bool:
    return not gomatch.has_wildcards(part) and "\\" not in part


def _is_deep(parts: tuple[str, ...]) -> bool:
    """Whether a part has two stars among other characters: in a pattern they match at any depth as well."""
    return any("**" in part and part != "**" for part in parts)


def _meets(
    pattern: tuple[str, ...], read: ContextRead, source: tuple[str, ...], is_file: Callable[[str], bool]
) -> bool:
    @cache
    def meets(i: int, j: int) -> bool:
        if i == len(pattern):
            return True
        if j == len(source):
            return _inside_is_read(pattern[i:])
        if pattern[i] == "**":
            return meets(i + 1, j) or meets(i, j + 1)
        if source[j] == "**" and read.parents:
            return meets(i, j + 1) or meets(i + 1, j)
        return intersect(pattern[i], source[j]) and meets(i + 1, j + 1)

    def _inside_is_read(rest: tuple[str, ...]) -> bool:
        path = "/".join(source)
        if is_file(path):
            return False
        if read.parents:
            # The excludes are relative to the pivot, so patterns relative to the source do not apply.
            return not _excluded("/".join(rest), tuple(one for one in read.excludes if one.startswith(("**/", "!"))))
        return not _excluded("/".join(rest), read.excludes)

    return meets(0, 0)


def _excluded(below: str, excludes: tuple[str, ...]) -> bool:
    """Whether `--exclude` certainly excludes everything that a pattern below the source matches."""
    try:
        patterns = PatternSet(excludes)
        if patterns.exceptions:
            return False
        if any(pattern.cleaned == below for pattern in patterns.patterns):
            return True
        return not gomatch.has_wildcards(below) and patterns.matches_or_parent_matches(below)
    except (PatternError, BadPattern):
        return False


def intersect(one: str, other: str) -> bool:
    """Whether there is a name that both globs match; a class counts as any character."""
    if not gomatch.has_wildcards(one) and not gomatch.has_wildcards(other) and "\\" not in one + other:
        return one == other
    if len(one) * len(other) > _MOST:
        return True
    left, right = _tokens(one), _tokens(other)
    # Positions in the right glob that can be reached with what is read of the left one so far.
    reached = _through(right, {0})
    for token in left:
        if token == "*":
            reached = set(range(min(reached), len(right) + 1)) if reached else reached
        else:
            stepped = {
                at if right[at] == "*" else at + 1
                for at in reached
                if at < len(right) and (token == "" or right[at] in ("*", "", token))
            }
            reached = _through(right, stepped)
    return len(right) in reached


def _through(tokens: Sequence[str], reached: set[int]) -> set[int]:
    """The positions with those that follow if stars match no characters."""
    for at in sorted(reached):
        while at < len(tokens) and tokens[at] == "*":
            at += 1
            reached.add(at)
    return reached


@lru_cache(maxsize=1 << 10)
def _tokens(glob: str) -> tuple[str, ...]:
    """A glob as characters, "*" for any text and "" for any one character."""
    tokens: list[str] = []
    at = 0
    while at < len(glob):
        char = glob[at]
        at += 1
        if char == "[":
            end = at + 1
            while end < len(glob) and glob[end] != "]":
                end += 2 if glob[end] == "\\" else 1
            tokens.append("")
            at = end + 1
        elif char == "\\":
            # An escaped star must not be confused with the token of a star.
            literal = glob[at : at + 1]
            tokens.append("\\*" if literal == "*" else literal)
            at += 1
        else:
            tokens.append("" if char == "?" else char)
    return tuple(tokens)


def would_read(read: ContextRead, path: str) -> bool:
    """Whether a file at this path, if it were in the context, would be read. Links are ignored.

    An instruction with a pattern that BuildKit refuses reads nothing.
    """
    try:
        return bool(read.unresolved) or any(_source_reads(read, source, path) for source in read.sources)
    except (PatternError, gomatch.BadPattern):
        return False


def _source_reads(read: ContextRead, source: str, path: str) -> bool:
    include = None
    if read.parents:
        pivot, mark, pattern = source.partition("/./")
        source, pattern = (pivot, pattern) if mark else ("/", source)
        include = PatternSet((paths.join("/", pattern)[1:],))
    parts = [part for part in paths.join("/", source).split("/") if part]
    names = path.split("/")
    if len(parts) > len(names):
        return False
    for part, name in zip(parts, names, strict=False):
        if not (gomatch.match(part, name) if gomatch.has_wildcards(part) else part == name):
            return False
    inside = names[len(parts) :]
    if not inside:
        return include is None
    return _passes(include, inside, True) and not _passes(PatternSet(read.excludes), inside, False)


def _passes(patterns: PatternSet | None, names: list[str], otherwise: bool) -> bool:
    if patterns is None:
        return otherwise
    matched, carried = False, None
    for depth in range(1, len(names) + 1):
        handed: Carried | None = carried
        matched, carried = patterns.decide("/".join(names[:depth]), handed)
    return matched
