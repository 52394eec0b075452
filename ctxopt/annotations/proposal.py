"""A proposal as annotations: ignore files that are not up to date, their patterns, and warnings."""

from collections.abc import Iterator

from ctxopt.annotations.model import Annotation, Annotations, Descriptor, Level, placed
from ctxopt.core.context.tree import Totals
from ctxopt.display import amount, plural
from ctxopt.proposal.model import FileProposal, Proposal

_OUTDATED = Descriptor(
    "ignore-file-outdated",
    "Ignore file keeps files that no build needs",
    "`ctxopt generate --write` with the same options updates the file.",
)
_PATTERN = Descriptor(
    "proposed-pattern",
    "Pattern that would make the build context smaller",
    "`ctxopt generate --write` adds it to the ignore file, after proving that no build breaks.",
    Level.NOTE,
)
_AT_STAKE = Descriptor(
    "proposal-warning",
    "File that should not be in the build context",
    "Check the named file, then exclude it or remove it from the repository.",
)


def annotate(proposal: Proposal, prefix: str = "", *, failing: bool = False, written: bool = False) -> Annotations:
    """The annotations of a proposal; `prefix` is the path of the context in the repository.

    With `failing`, files that are not up to date are errors; `written` tells that they have been written since.
    """
    return Annotations(
        "ctxopt generate",
        tuple(_summary(proposal, written)),
        (_OUTDATED, _PATTERN, _AT_STAKE),
        tuple(_items(proposal, prefix, Level.ERROR if failing else Level.WARNING, written)),
    )


def _summary(proposal: Proposal, written: bool) -> Iterator[tuple[str, str]]:
    yield "Level", proposal.level.value
    yield "Style", proposal.style.value
    for file in proposal.files:
        yield file.name, "up to date" if not file.changes else "written" if written else "not up to date"
        for effect in file.effects:
            if effect.classic is not None:
                yield f"{effect.origin}: legacy builder sends", _change(effect.classic)
            yield f"{effect.origin}: BuildKit transfers", _change(effect.buildkit)


def _items(proposal: Proposal, prefix: str, level: Level, written: bool) -> Iterator[Annotation]:
    for file in proposal.files:
        place = placed(prefix, file.name)
        if file.changes and not written:
            yield Annotation(_OUTDATED.id, level, _outdated(file), place)
        for row in file.rows:
            if row.warning:
                yield Annotation(_AT_STAKE.id, Level.WARNING, f"{row.pattern}: {row.warning}", place)
    for warning in proposal.warnings:
        yield Annotation(_AT_STAKE.id, Level.WARNING, warning, None)
    for file in proposal.files:
        for row in file.rows if file.changes else ():
            files = plural(row.files, "file")
            message = f"{row.pattern}: {row.evidence} ({row.level.value}), excludes {files}"
            yield Annotation(_PATTERN.id, Level.NOTE, message, placed(prefix, file.name))


def _outdated(file: FileProposal) -> str:
    if not file.rows:
        return "differs from what ctxopt generate writes, in its own block only"
    kept, needed = (amount(totals.size, totals.files) for totals in (file.kept, file.needed))
    return f"{plural(len(file.rows), 'pattern')} would keep {kept}, of which {needed} are needed"


def _change(pair: tuple[Totals, Totals]) -> str:
    return f"{amount(pair[0].size, pair[0].files)} → {amount(pair[1].size, pair[1].files)}"
