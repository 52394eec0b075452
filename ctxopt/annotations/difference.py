"""A difference as annotations: what changed in the context and in what instructions read."""

from collections.abc import Iterator

from ctxopt.annotations.model import Annotation, Annotations, Descriptor, Level, placed
from ctxopt.core.context.tree import Totals
from ctxopt.display import amount, signed_size
from ctxopt.reports.compare.changes import Change
from ctxopt.reports.compare.difference import Difference

#: Maximum number of changes to list, from both ends.
_TOLD = 50

_ADDED = Descriptor(
    "context-added",
    "Build context has grown",
    "Check whether the build needs it: `ctxopt explain PATH` shows what reads it, `ctxopt generate` "
    "what can be excluded.",
    Level.NOTE,
)
_REMOVED = Descriptor("context-removed", "Build context has shrunk", "Check whether that was intended.", Level.NOTE)
_READS = Descriptor(
    "instruction-reads",
    "Instruction reads different files",
    "The files that an instruction reads determine its cache and the image.",
    Level.NOTE,
)


def annotate(difference: Difference, prefix: str = "") -> Annotations:
    """The annotations of a difference; `prefix` is the path of the context in the repository."""
    return Annotations(
        "ctxopt diff",
        (
            ("From", difference.before),
            ("To", difference.after),
            ("Context", _change(difference.totals_before, difference.totals_after)),
            ("BuildKit transfers", _change(difference.transfer_before, difference.transfer_after)),
        ),
        (_ADDED, _REMOVED, _READS),
        (*_files(difference, prefix), *_reads(difference, prefix)),
    )


def _files(difference: Difference, prefix: str) -> Iterator[Annotation]:
    for change in difference.context.ends(_TOLD):
        rule = _REMOVED if change.growth < 0 or not change.after.files else _ADDED
        yield Annotation(rule.id, Level.NOTE, _sentence(change), placed(prefix, change.path))


def _sentence(change: Change) -> str:
    if not change.before.files:
        what = f"new, {amount(change.after.size, change.after.files)}"
    elif not change.after.files:
        what = f"gone, {amount(change.before.size, change.before.files)}"
    else:
        what = f"{signed_size(change.growth)}: {_change(change.before, change.after)}"
    return f"{change.path}: {what}"


def _reads(difference: Difference, prefix: str) -> Iterator[Annotation]:
    for change in difference.reads:
        result = change.after or change.before
        assert result is not None
        sources = " ".join(result.shown_sources)
        message = f"{result.read.kind} {sources}: {signed_size(change.growth)}"
        if change.after is None:
            # Its line is that of the earlier Dockerfile.
            yield Annotation(_READS.id, Level.NOTE, f"{message}, instruction removed", None)
        else:
            file = placed(prefix, difference.dockerfile)
            new = "" if change.before else ", new instruction"
            yield Annotation(_READS.id, Level.NOTE, message + new, file, result.read.line, result.read.end_line)


def _change(before: Totals, after: Totals) -> str:
    return f"{amount(before.size, before.files)} → {amount(after.size, after.files)}"
