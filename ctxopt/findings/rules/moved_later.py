"""Files of a COPY or ADD that a later RUN of the same image moves: two layers contain them."""

from collections.abc import Iterator, Sequence
from typing import Final

from ctxopt.core.context.tree import Totals
from ctxopt.core.ids import ReadId, StepId
from ctxopt.core.lazy_re import lazy_re
from ctxopt.findings import layers
from ctxopt.findings.context import RuleContext
from ctxopt.findings.layers import Touch
from ctxopt.findings.model import Confidence, Finding
from ctxopt.findings.rule import Rule
from ctxopt.image.commands import Run, first_command, is_command
from ctxopt.image.effects import Target, moved

#: The options of mv by which a file that is there may stay.
_KEEPS: Final = lazy_re(r"-[A-Za-z]*[niu][A-Za-z]*|--no-clobber|--interactive|--update(?:=.*)?")


def check(context: RuleContext) -> Iterator[Finding]:
    """Find moved files, one finding for each pair of instructions."""
    for read, step, group in layers.by_instructions(layers.touched(context, ("mv",), _targets)):
        if any(touch.totals.size for touch in group):
            yield _finding(context, read, step, group)


RULE = Rule(
    id="CTX202",
    name="size-moved-later",
    of_image=True,
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


def _fix(context: RuleContext, read: ReadId, group: Sequence[Touch]) -> str:
    build = context.build
    instruction, mover = build.plan.reads[read], build.plan.steps[group[0].step]
    nodes = [node for touch in group for node, _ in touch.entries]
    them = "it" if len(nodes) == 1 else "them"
    places = {moved(touch.run)[1] or "" for touch in group}
    into = (places.pop() if len(places) == 1 else "") or "the right place" + ("s" if len(places) > 1 else "")
    installer = next((run for run in layers.runs_between(context, read, group[0]) or () if _installs(run)), None)
    if installer is not None:
        # A package manager stops or asks where files of a package are there already.
        line = build.plan.steps[installer.step].line
        below = f"below line {max(mover.end_line, mover.line)}" if line == mover.line else f"below line {line}"
        return (
            f"{instruction.kind} {them} to {into} {below}, without the mv: {installer.name} in line {line} may install "
            f"files there"
        )
    own = build.usage.results[read].totals
    if sum((touch.totals for touch in group), Totals()) != own:
        return f"{instruction.kind} {them} to {into} in an instruction of its own, without the mv"
    return f"{instruction.kind} {them} to {into} in line {instruction.line}, without the mv"


def _installs(run: Run) -> bool:
    """Whether a command installs packages of the distribution."""
    from ctxopt.catalogue.commands import known_commands

    return first_command((run,), known_commands().distribution, is_command) is not None


def _finding(context: RuleContext, read: ReadId, step: StepId, group: Sequence[Touch]) -> Finding:
    build = context.build
    instruction, mover = build.plan.reads[read], build.plan.steps[step]
    entries = [entry for touch in group for entry in touch.entries]
    names = [layers.label(node) for node, _ in entries]
    totals = sum((touch.totals for touch in group), Totals())
    return Finding(
        RULE.id,
        layers.severity(totals),
        build.plan.file,
        mover.line,
        f"mv writes {layers.listed(names)} again: the layer of the {instruction.kind} in line {instruction.line} "
        f"keeps {'it' if len(names) == 1 else 'them'}",
        _fix(context, read, group),
        totals=totals,
        confidence=Confidence.MEDIUM if all(touch.run.conditional for touch in group) else Confidence.HIGH,
        evidence=(
            f"line {instruction.line}: {layers.shown_read(instruction)}",
            f"line {mover.line}: {layers.shown_step(mover)}",
            *layers.largest(entries),
        ),
        end_line=mover.end_line,
    )
