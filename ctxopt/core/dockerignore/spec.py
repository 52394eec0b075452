"""An ignore file as one object: `DockerIgnore`."""

from collections.abc import Iterable
from functools import cached_property
from typing import Final

from ctxopt.core.dockerignore.patterns import PatternSet, Touch
from ctxopt.core.dockerignore.reader import read_lines
from ctxopt.core.dockerignore.scope import Scope, scope, set_bits
from ctxopt.core.lazy_dataclass import dataclass

#: Up to so many patterns, a path is compared with each of them.
_FEW: Final = 64


@dataclass(frozen=True, slots=True)
class Verdict:
    """What happens to one path, and why.

    `touches` are the patterns that took part, in order. `closed_at` is a parent directory that the
    builder does not look into, so that no exception for something below it is ever seen.
    """

    excluded: bool
    touches: tuple[Touch, ...]
    closed_at: str | None = None


class DockerIgnore:
    """The patterns of an ignore file, deciding paths as Docker's walk of a context does.

    Paths are relative to the context's root, with slashes, without a slash at the end.
    """

    def __init__(self, patterns: PatternSet) -> None:
        self._patterns = patterns

    @classmethod
    def from_bytes(cls, data: bytes, file: str = ".dockerignore") -> "DockerIgnore":
        """Read an ignore file's bytes. Raises PatternError, with line number, for what Docker refuses."""
        return cls(PatternSet(read_lines(data, file), file))

    @classmethod
    def from_lines(cls, lines: Iterable[str], file: str = ".dockerignore") -> "DockerIgnore":
        """Read an ignore file's lines. Raises PatternError, with line number, for what Docker refuses."""
        return cls.from_bytes("\n".join(lines).encode("utf-8", "surrogateescape"), file)

    def ignores(self, path: str, *, classic: bool = False) -> bool:
        """Whether BuildKit, or the legacy builder, excludes a path. Raises PatternError."""
        return self.explain(path, classic=classic).excluded

    def explain(self, path: str, *, classic: bool = False) -> Verdict:
        """What happens to a path, and which patterns decide it. Raises PatternError."""
        if len(self._patterns) > _FEW:
            return self._explained(path, classic=classic)
        carried = None
        cut = path.find("/")
        while cut > 0:
            parent = path[:cut]
            parent_out, carried = self._patterns.decide(parent, carried)
            if parent_out and not self._patterns.descends_into_excluded(parent, trim_globs=not classic):
                return Verdict(True, tuple(self._patterns.trace(parent)[1]), parent)
            cut = path.find("/", cut + 1)
        excluded, touches = self._patterns.trace(path)
        return Verdict(excluded, tuple(touches))

    def _explained(self, path: str, *, classic: bool) -> Verdict:
        """The same, without comparing each pattern with each directory of the path."""
        inside = self._scope
        excluded = False
        origins: dict[int, str] = {}
        here = ""
        for name in path.split("/"):
            here = f"{here}/{name}" if here else name
            before = inside.carried
            excluded, inside = inside.within(name)
            origins.update(dict.fromkeys(set_bits(inside.carried & ~before), here))
            if excluded and here != path and not self._patterns.descends_into_excluded(here, trim_globs=not classic):
                break
        touches = []
        matched = False
        for index in set_bits(inside.carried):
            pattern = self._patterns.patterns[index]
            matched = not pattern.exception
            touches.append(Touch(pattern, origins[index], origins[index] != here, matched))
        return Verdict(excluded, tuple(touches), None if here == path else here)

    @cached_property
    def _scope(self) -> Scope:
        return scope(self._patterns)
