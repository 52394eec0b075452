"""Files of a COPY or ADD that a later RUN of the same image moves: two layers contain them."""

import re
from collections.abc import Iterator, Sequence
from typing import Final

from ctxopt.core.build_context import BuildContext
from ctxopt.core.context.tree import Totals
from ctxopt.core.ids import ReadId, StepId
from ctxopt.findings import layers
from ctxopt.findings.context import RuleContext
from ctxopt.findings.layers import Touch
from ctxopt.findings.model import Confidence, Finding
from ctxopt.findings.rule import Rule
from ctxopt.image.commands import Run
from ctxopt.image.effects import Target, moved

#: The options of mv by which a file that is there may stay.
_KEEPS: Final = re.compile(r"-[A-Za-z]*[niu][A-Za-z]*|--no-clobber|--interactive|--update(?:=.*)?")


def check(context: RuleContext) -> Iterator[Finding]:
    """Find moved files, one finding for each pair of instructions."""
    for read, step, group in layers.by_instructions(layers.touched(context, ("mv",), _targets)):
        yield _finding(context.build, read, step, group)


RULE = Rule(
    id="CTX202",
    name="size-moved-later",
    title="Files in the image twice because a later RUN moves them",
    help=(
        "Moving a file writes it into another layer; the layer that it was copied into keeps its bytes. "
        "`COPY` it to the right place at once."
    ),
    check=check,
)


def _targets(run: Run) -> tuple[Target, ...]:
    # A file that is there already stays with -n, which no COPY does.
    return () if any(_KEEPS.fullmatch(word) for word in run.words[1:]) else moved(run)[0]


def _finding(build: BuildContext, read: ReadId, step: StepId, group: Sequence[Touch]) -> Finding:
    instruction, mover = build.plan.reads[read], build.plan.steps[step]
    entries = [entry for touch in group for entry in touch.entries]
    names = [layers.label(node) for node, _ in entries]
    totals = sum((touch.totals for touch in group), Totals())
    _, into = moved(group[0].run)
    return Finding(
        RULE.id,
        layers.severity(totals),
        build.plan.file,
        mover.line,
        f"mv writes {layers.listed(names)} again: the layer of the {instruction.kind} in line {instruction.line} "
        f"keeps {'it' if len(names) == 1 else 'them'}",
        f"{instruction.kind} {'it' if len(names) == 1 else 'them'} to {into or 'the right place'} in line "
        f"{instruction.line}, without the mv",
        totals=totals,
        confidence=Confidence.MEDIUM if all(touch.run.conditional for touch in group) else Confidence.HIGH,
        evidence=(
            f"line {instruction.line}: {layers.shown_read(instruction)}",
            f"line {mover.line}: {layers.shown_step(mover)}",
            *layers.largest(entries),
        ),
        end_line=mover.end_line,
    )
