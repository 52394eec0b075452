"""An ignore file as one object: `DockerIgnore`."""

from collections.abc import Iterable

from ctxopt.core.dockerignore.patterns import PatternSet, Touch
from ctxopt.core.dockerignore.reader import read_lines
from ctxopt.core.lazy_dataclass import dataclass


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
