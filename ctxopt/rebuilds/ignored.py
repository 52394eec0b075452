"""A proposed ignore file as advice: the part of it that the history changes."""

from collections.abc import Callable, Collection, Sequence

from ctxopt.core.build_context import BuildContext
from ctxopt.core.context.locate import SourceFile
from ctxopt.core.context.tree import View
from ctxopt.core.dockerignore.patterns import PatternSet
from ctxopt.core.lazy_dataclass import dataclass
from ctxopt.errors import PatternError


@dataclass(frozen=True, slots=True)
class ProposedPattern:
    """A proposed pattern with the evidence for it."""

    pattern: str
    evidence: str


@dataclass(frozen=True, slots=True)
class ProposedFile:
    """An ignore file with its proposed bytes.

    `patterns` are those that exclude what instructions read and nothing needs.
    """

    name: str
    data: bytes
    patterns: tuple[ProposedPattern, ...]


#: Works out the ignore files that are proposed with everything that can be excluded. Raises CtxoptError.
Propose = Callable[[], Sequence[ProposedFile]]


@dataclass(frozen=True, slots=True)
class Ignoring:
    """A build with a proposed ignore file, and those of its patterns that exclude what commits changed."""

    build: BuildContext
    file: str
    patterns: tuple[ProposedPattern, ...]


def ignoring(build: BuildContext, proposed: Sequence[ProposedFile], changed: Collection[str]) -> Ignoring | None:
    """A build with the proposed file that it would read; None if that excludes nothing of what commits changed.

    Raises CtxoptError.
    """
    file = _file(build, proposed)
    if file is None:
        return None
    patterns = tuple(pattern for pattern in file.patterns if _excludes_any(pattern.pattern, changed))
    if not patterns:
        return None
    changed_build = build.with_ignore_file(SourceFile(file.name, file.data), file.name, build.tree)
    return Ignoring(changed_build, file.name, patterns)


def _file(build: BuildContext, proposed: Sequence[ProposedFile]) -> ProposedFile | None:
    """The proposal for the file that BuildKit reads in this build, or would read."""
    present = build.ignore_file(View.BUILDKIT)
    own = build.located.dockerfile.name + ".dockerignore"
    names = (own, ".dockerignore") if present is None or present.name == ".dockerignore" else (present.name,)
    by_name = {file.name: file for file in proposed}
    return next((by_name[name] for name in names if name in by_name), None)


def _excludes_any(pattern: str, paths: Collection[str]) -> bool:
    try:
        patterns = PatternSet((pattern,))
        return any(patterns.matches_or_parent_matches(path.rstrip("/")) for path in paths)
    except PatternError:
        return False
