"""Docker's ignore patterns for users of the pathspec library.

Importing this module registers the pattern class under the name "dockerignore"::

    import pathspec
    import ctxopt.dockerignore.pathspec

    spec = pathspec.PathSpec.from_lines("dockerignore", ["*.log", "!keep.log"], backend="simple")

pathspec decides each path by itself: the last pattern that matches the path or a parent of it wins. That
is moby/patternmatcher's `MatchesOrParentMatches`. A walk by Docker can differ from it where exceptions
are involved; `ctxopt.DockerIgnore` decides as the walk does.
"""

from typing import Any

from pathspec.pattern import Pattern as _Base
from pathspec.util import register_pattern

from ctxopt.core.dockerignore.pattern import compile_pattern
from ctxopt.core.dockerignore.reader import read_lines
from ctxopt.core.golang.text import decode

NAME = "dockerignore"


class DockerIgnorePattern(_Base):
    """One line of an ignore file. `include` is True for a pattern, False for an exception, None for neither.

    Raises ValueError for a pattern that Docker refuses.
    """

    __slots__ = ("_pattern",)

    def __init__(self, pattern: str | bytes) -> None:
        data = pattern if isinstance(pattern, bytes) else pattern.encode("utf-8", "surrogateescape")
        lines = read_lines(data, "pattern")
        self._pattern = compile_pattern(lines[0].pattern) if lines else None
        super().__init__(None if self._pattern is None else not self._pattern.exception)

    def match_file(self, file: str | bytes) -> Any:
        """The path or the parent directory of it that the pattern matches, or None."""
        path = decode(file) if isinstance(file, bytes) else file
        pattern = self._pattern
        if pattern is None:
            return None
        cut = 0
        while cut >= 0:
            cut = path.find("/", cut + 1)
            candidate = path if cut < 0 else path[:cut]
            if candidate and pattern.matches(candidate):
                return candidate
        return None


register_pattern(NAME, DockerIgnorePattern, override=True)
