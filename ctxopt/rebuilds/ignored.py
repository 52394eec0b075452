"""Patterns for the ignore file: what `generate --level likely` would leave out, as far as the history changes it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from ctxopt.builds.discovery import Request
from ctxopt.core.build_context import BuildContext
from ctxopt.core.context.locate import SourceFile
from ctxopt.core.context.tree import View
from ctxopt.core.dockerignore.patterns import PatternSet
from ctxopt.errors import PatternError
from ctxopt.proposal.model import FileProposal, Level, PatternRow
from ctxopt.proposal.propose import propose


@dataclass(frozen=True, slots=True)
class Ignoring:
    """A build with the patterns in its ignore file that matter for the history, and what speaks for them."""

    build: BuildContext
    file: str
    rows: tuple[PatternRow, ...]


def ignoring(build: BuildContext, request: Request, changed: Iterable[str]) -> Ignoring | None:
    """What may be left out of what the commits changed; None for nothing. Raises CtxoptError."""
    proposal = propose(build.root, request, level=Level.LIKELY)
    file = _file(build, {file.name: file for file in proposal.files if file.changes})
    if file is None:
        return None
    rows = tuple(row for row in file.rows if row.level is Level.LIKELY and _hits(row, changed))
    if not rows:
        return None
    made = build.with_ignore_file(SourceFile(file.name, file.new), file.name, build.tree)
    return Ignoring(made, file.name, rows)


def _file(build: BuildContext, proposed: Mapping[str, FileProposal]) -> FileProposal | None:
    """The proposal for the file that BuildKit reads in this build, or would read."""
    present = build.ignore_file(View.BUILDKIT)
    own = build.located.dockerfile.name + ".dockerignore"
    names = (own, ".dockerignore") if present is None or present.name == ".dockerignore" else (present.name,)
    return next((proposed[name] for name in names if name in proposed), None)


def _hits(row: PatternRow, changed: Iterable[str]) -> bool:
    try:
        patterns = PatternSet((row.pattern,))
        return any(patterns.matches_or_parent_matches(path.rstrip("/")) for path in changed)
    except PatternError:
        return False
