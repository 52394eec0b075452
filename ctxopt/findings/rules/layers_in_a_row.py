"""Consecutive instructions that can be merged: for information only."""

from collections.abc import Iterator, Sequence
from typing import Final

from ctxopt.core.dockerfile.model import Step
from ctxopt.core.lazy_re import lazy_re
from ctxopt.display import plural
from ctxopt.findings import layers
from ctxopt.findings.context import RuleContext
from ctxopt.findings.model import Finding, Severity
from ctxopt.findings.rule import Rule

#: Minimum number of consecutive instructions.
_FEWEST: Final = 3
_LAYERS: Final = ("RUN", "COPY", "ADD")
#: What only commands of Windows have.
_WINDOWS: Final = lazy_re(r"(?<![\w/])[C-Ec-e]:[\\/]|\$env:|(?i:powershell|Invoke-WebRequest)")


def check(context: RuleContext) -> Iterator[Finding]:
    """Find consecutive instructions of the exported image; one finding for all."""
    build = context.build
    exported = {stage.number for stage in build.plan.stages if stage.exported}
    steps = [step for step in build.plan.steps if step.stage in exported]
    posix = context.commands.is_posix
    others = frozenset(step.stage for number, step in build.plan.numbered_steps() if not posix[number])
    rows = [row for row in _rows(steps) if row[0].kind != "RUN" or not (row[0].stage in others or _is_windows(row))]
    if not rows:
        return
    count = sum(step.kind in _LAYERS for step in steps)
    first = rows[0]
    fewer = sum(len(row) - 1 for row in rows)
    yield Finding(
        RULE.id,
        Severity.INFO,
        build.plan.file,
        first[0].line,
        f"{_shown(first)} can be merged: {plural(count - fewer, 'layer')} instead of {count}",
        "merge the ones that do not need separate cache entries",
        # The message names the first of them.
        evidence=tuple(map(_shown, rows[1:])),
        end_line=first[0].end_line,
    )


RULE = Rule(
    id="CTX214",
    name="size-layers-in-a-row",
    of_image=True,
    hadolint=("DL3059",),
    title="Consecutive instructions that can be merged",
    help=(
        "Each `RUN`, `COPY` and `ADD` creates a layer. Join related commands with `&&`, and list several "
        "sources in one `COPY`. Keep apart what should be cached separately."
    ),
    check=check,
)


def _is_windows(row: Sequence[Step]) -> bool:
    """Whether some RUN are for Windows, where a new PATH counts from the next one on."""
    return any(_WINDOWS.search(step.text) is not None for step in row)


def _shown(row: Sequence[Step]) -> str:
    return f"{len(row)} consecutive {row[0].kind} instructions ({layers.lines(step.line for step in row)})"


def _rows(steps: Sequence[Step]) -> Iterator[list[Step]]:
    row: list[Step] = []
    for step in steps:
        if row and _belong_together(row[-1], step):
            row.append(step)
            continue
        if _is_long(row):
            yield row
        row = [step]
    if _is_long(row):
        yield row


def _belong_together(step: Step, other: Step) -> bool:
    same = (step.stage, step.kind, step.flags, step.words is None) == (
        other.stage,
        other.kind,
        other.flags,
        other.words is None,
    )
    if not same or step.line == other.line or any(flag.startswith("--from") for flag in step.flags):
        # What comes from other stages changes independently.
        return False
    if step.kind == "RUN":
        return step.words is None and "\n" not in step.text + other.text and not step.flags
    return (
        step.kind == "COPY"
        and step.words is None
        and "<<" not in step.text + other.text
        and _into(step) == _into(other) != ""
    )


def _into(step: Step) -> str:
    """The destination directory of a COPY without quotes, as it is written; "" if it may be a file."""
    words = step.text.split()
    return words[-1] if len(words) > 1 and (words[-1].endswith("/") or words[-1] == ".") else ""


def _is_long(row: Sequence[Step]) -> bool:
    return len(row) >= _FEWEST and row[0].kind in ("RUN", "COPY")
