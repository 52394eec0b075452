"""Whether a pattern could hide what an instruction reads, judged by names alone: for files yet to come.

Which files there are now is not asked. Where it cannot be told, the answer is that it could.
"""

from collections.abc import Callable
from functools import cache

from ctxopt.core.dockerfile.model import ContextRead
from ctxopt.core.dockerignore.pattern import BadPattern
from ctxopt.core.dockerignore.patterns import PatternSet
from ctxopt.core.dockerignore.quote import escaped
from ctxopt.core.golang import match as gomatch
from ctxopt.core.golang import paths
from ctxopt.errors import PatternError

#: Globs whose lengths multiply to more than this are not compared: they may meet.
_MOST = 1 << 16
#: Paths of more parts than this together are not compared either.
_DEEPEST = 400


def source_parts(read: ContextRead, source: str) -> tuple[str, ...]:
    """The parts of a source below the root of the context; those of a bind mount with their wildcards escaped."""
    if read.parents:
        source = source.replace("/./", "/", 1)
    parts = tuple(part for part in paths.join("/", source).split("/") if part)
    return tuple(map(escaped, parts)) if read.kind == "RUN" else parts


def could_hide(pattern: str, read: ContextRead, is_file: Callable[[str], bool]) -> bool:
    """Whether a path that a pattern of an ignore file matches, or one below it, could be read.

    `is_file` tells whether a source, wildcards included, stands for regular files: nothing lies below it.
    """
    if read.unresolved:
        return True
    parts = tuple(pattern.split("/"))
    if any(len(parts) + len(source_parts(read, source)) > _DEEPEST for source in read.sources):
        return True
    if _is_deep(parts) or (read.parents and any(_is_deep(source_parts(read, source)) for source in read.sources)):
        return True
    return any(_meets(parts, read, source_parts(read, source), is_file) for source in read.sources)


def _is_deep(parts: tuple[str, ...]) -> bool:
    """Whether a part has two stars among other characters: for a pattern they reach any depth as well."""
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
            # The excludes count from the pivot, so a pattern for what lies in the source is none for them.
            return not _excluded("/".join(rest), tuple(one for one in read.excludes if one.startswith(("**/", "!"))))
        return not _excluded("/".join(rest), read.excludes)

    return meets(0, 0)


def _excluded(below: str, excludes: tuple[str, ...]) -> bool:
    """Whether `--exclude` surely leaves out all that a pattern below the source matches."""
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


def _through(tokens: list[str], reached: set[int]) -> set[int]:
    """The positions with those that follow by letting stars stand for nothing."""
    for at in sorted(reached):
        while at < len(tokens) and tokens[at] == "*":
            at += 1
            reached.add(at)
    return reached


def _tokens(glob: str) -> list[str]:
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
            # An escaped star must not be taken for the token of a star.
            literal = glob[at : at + 1]
            tokens.append("\\*" if literal == "*" else literal)
            at += 1
        else:
            tokens.append("" if char == "?" else char)
    return tokens
