"""The patterns of an ignore file as each builder applies them.

The client of the legacy builder reads the file itself. BuildKit's engine reads it, and sends the patterns back to its
client.
"""

from dataclasses import replace
from functools import lru_cache
from typing import Final

from ctxopt.core import metadata
from ctxopt.core.dockerignore.patterns import PatternSet
from ctxopt.core.dockerignore.reader import Line, read_lines
from ctxopt.core.lazy_re import lazy_re
from ctxopt.errors import CtxoptError, PatternError

#: A comment behind a pattern, which Docker takes for a part of it.
_COMMENT = lazy_re(r"\s#")

#: The number of files that are remembered: builds share them, and drafts of a proposal come back to the first.
_REMEMBERED: Final = 2


class _Unsendable(PatternError):
    """A pattern that BuildKit's engine reads and cannot send to its client."""


def is_bad_pattern(error: CtxoptError | None) -> bool:
    """Whether an error is about a pattern, and not only about how it gets to the client."""
    return isinstance(error, PatternError) and not isinstance(error, _Unsendable)


@lru_cache(maxsize=_REMEMBERED)
def legacy_patterns(data: bytes, file: str) -> PatternSet:
    """The patterns for the legacy builder. Raises PatternError, with line number, for what Docker refuses."""
    return PatternSet(read_lines(data, file), file)


@lru_cache(maxsize=_REMEMBERED)
def buildkit_patterns(data: bytes, file: str) -> PatternSet:
    """The patterns for BuildKit. Raises PatternError, with line number, for what it refuses."""
    lines = read_lines(data, file)
    refused = metadata.first_refused([line.pattern for line in lines])
    if refused >= 0:
        raise _unprintable(lines[refused], file)
    if all(metadata.received(line.pattern) == line.pattern for line in lines):
        return legacy_patterns(data, file)
    return PatternSet([replace(line, pattern=metadata.received(line.pattern)) for line in lines], file)


def _unprintable(line: Line, file: str) -> PatternError:
    if "\0" in line.pattern:
        hint = "if it is UTF-16 text, as PowerShell writes it, save it as UTF-8"
    elif _COMMENT.search(line.pattern) is not None:
        hint = "a comment needs a line of its own"
    else:
        hint = "write ? in its place, which matches it"
    return _Unsendable(
        f'the pattern "{line.pattern}" contains a control character, with which BuildKit fails',
        file=file,
        line=line.number,
        hint=hint,
    )
