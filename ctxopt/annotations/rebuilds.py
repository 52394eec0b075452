"""Replayed rebuilds as annotations: the figures as the summary, and each change that would have saved rebuilds."""

from collections.abc import Iterator

from ctxopt.annotations.model import Annotation, Annotations, Descriptor, placed
from ctxopt.display import plural
from ctxopt.rebuilds.model import Advice, EditKind
from ctxopt.reports.rebuilds import CacheReport

_HELP = "`ctxopt cache` shows the lines to write, and how many rebuilds each instruction would save."
_RULES = {
    EditKind.SPLIT: Descriptor("cache-split", "Dependencies installed after a COPY of more than they need", _HELP),
    EditKind.MOVE: Descriptor("cache-move", "RUN after a COPY that it does not need", _HELP),
    EditKind.IGNORE: Descriptor("cache-ignore", "Unneeded files cause rebuilds", _HELP),
}
#: Maximum number of instructions in the summary, the costliest ones.
_MOST = 10


def annotate(report: CacheReport, prefix: str = "") -> Annotations:
    """The annotations of replayed rebuilds; `prefix` is the path of the context in the repository."""
    return Annotations(
        "ctxopt cache",
        tuple(_summary(report)),
        tuple(_RULES.values()),
        tuple(_item(advice, prefix) for advice in report.advice),
    )


def _summary(report: CacheReport) -> Iterator[tuple[str, str]]:
    count = len(report.commits)
    yield "Commits that cause rebuilds", f"{report.rebuilding:,} of {count:,}"
    for row in sorted(report.rows, key=lambda row: row.rank)[:_MOST]:
        one = row.instruction
        if one.rebuilds:
            yield f"Line {one.step.line}: {row.text}", f"rebuilt by {one.rebuilds:,} of {plural(count, 'commit')}"


def _item(advice: Advice, prefix: str) -> Annotation:
    rule = _RULES[advice.kind]
    saved = [
        f"line {one.line}, {' '.join(one.instruction.split())}: {one.before:,} before, {one.after:,} after"
        for one in advice.savings
    ]
    caution = [advice.caution] if advice.caution else []
    message = "\n".join((f"{advice.text}; {plural(advice.saved, 'rebuild')} fewer", *saved, *advice.lines, *caution))
    return Annotation(rule.id, rule.level, message, placed(prefix, advice.file), advice.line, advice.line)
