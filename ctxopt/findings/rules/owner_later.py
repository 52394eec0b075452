"""Files of which a RUN changes the owner or the mode after a COPY or ADD: they are in two layers."""

import re
from collections.abc import Iterator, Sequence

from ctxopt.build_context import BuildContext
from ctxopt.context.tree import Totals
from ctxopt.findings import layers
from ctxopt.findings.layers import Touch
from ctxopt.findings.model import Confidence, Finding
from ctxopt.findings.settings import Settings
from ctxopt.image.commands import Run
from ctxopt.image.effects import Target, changed

RULE = "CTX203"
NAME = "size-owner-later"
TITLE = "Files in the image twice as a later RUN changes their owner or mode"
HELP = (
    "A change of the owner or the mode writes the whole file into another layer. `COPY --chown=user:group` and "
    "`COPY --chmod=755` set them at once."
)
_OCTAL = re.compile("[0-7]{3,4}")
#: Single files of less are not worth a word, in bytes.
_LEAST = 10_000
_USERS = ("useradd", "adduser", "addgroup", "groupadd")


def check(context: BuildContext, _settings: Settings) -> Iterator[Finding]:
    """Find what is written anew, for each RUN together."""
    touches = layers.touched(context, ("chown", "chgrp", "chmod"), _targets, again=True)
    for step in sorted({touch.step for touch in touches}):
        group = [touch for touch in touches if touch.step == step]
        totals = sum((touch.totals for touch in group), Totals())
        if totals.size >= _LEAST or any(_is_whole(touch.run) for touch in group):
            yield _finding(context, step, group, totals)


def _is_whole(run: Run) -> bool:
    return any(target.whole for target in changed(run)[0])


def _targets(run: Run) -> tuple[Target, ...]:
    return changed(run)[0]


def _finding(context: BuildContext, step: int, group: Sequence[Touch], totals: Totals) -> Finding:
    changer = context.plan.steps[step]
    entries = [entry for touch in group for entry in touch.entries]
    names = [layers.label(node) for node, _ in entries]
    commands = " and ".join(dict.fromkeys(touch.run.name for touch in group))
    reads = [context.plan.reads[read] for read in sorted({touch.read for touch in group})]
    return Finding(
        RULE,
        layers.severity(totals),
        context.plan.file,
        changer.line,
        f"{commands} writes {layers.listed(names)} into another layer, which "
        f"{layers.lines(read.line for read in reads)} copied",
        _fix(context, group),
        totals,
        Confidence.MEDIUM if all(touch.run.conditional for touch in group) else Confidence.HIGH,
        (
            *(f"line {read.line}: {layers.shown_read(read)}" for read in reads),
            f"line {changer.line}: {layers.shown_step(changer)}",
            *layers.largest(entries),
        ),
        changer.end_line,
    )


def _fix(context: BuildContext, group: Sequence[Touch]) -> str:
    runs = _runs(context, group)
    modes = [value for run in runs if run.name == "chmod" and (value := changed(run)[1])]
    flags = [
        f"--chown={':' if run.name == 'chgrp' else ''}{value}"
        for run in runs
        if run.name != "chmod" and (value := changed(run)[1])
    ]
    flags += [f"--chmod={mode}" for mode in modes]
    reads = sorted({touch.read for touch in group})
    totals = context.usage.results
    whole = all(_taken(group, read) == totals[read].totals for read in reads)
    lines = [context.plan.reads[read].line for read in reads]
    kinds = " and ".join(sorted({context.plan.reads[read].kind for read in reads}))
    fix = f"write {' '.join(dict.fromkeys(flags))} in the {kinds} of {layers.lines(lines)}"
    if not whole:
        names = layers.listed([layers.label(node) for touch in group for node, _ in touch.entries])
        if len(modes) == len(runs):
            return f"chmod {' '.join(dict.fromkeys(modes))} {names} before the build: {kinds} keeps modes"
        fix = f"take {names} in a COPY of its own, with {' '.join(dict.fromkeys(flags))}"
    if any(_OCTAL.fullmatch(mode) is None for mode in modes):
        fix += " (a mode in letters needs Dockerfile syntax 1.14 or newer)"
    made = _made_after(context, lines[0], group[0].step)
    return f"{fix}, below the {made} that makes the user" if made and "--chown" in fix else fix


def _runs(context: BuildContext, group: Sequence[Touch]) -> list[Run]:
    """The commands of a RUN that change something of what the same reads brought."""
    reads = {touch.read for touch in group}
    own = [landing for landing in context.landings if landing.read in reads]
    return [
        run
        for run in context.commands.of(group[0].step)
        if any(True for target in changed(run)[0] for landing in own for _ in landing.entries(target))
    ]


def _taken(group: Sequence[Touch], read: int) -> Totals:
    return sum((touch.totals for touch in group if touch.read == read), Totals())


def _made_after(context: BuildContext, line: int, step: int) -> str | None:
    """The command that makes a user between a COPY and a chown, if one does."""
    steps = context.plan.steps
    between = [number for number in context.commands.image_steps if number <= step and steps[number].line > line]
    runs = (run for number in context.commands.with_words(between, _USERS) for run in context.commands.of(number))
    return next((run.name for run in runs if run.name in _USERS), None)
