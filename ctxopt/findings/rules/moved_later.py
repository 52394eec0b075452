"""Files of a COPY or ADD that a later RUN of the same image moves: two layers contain them."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import islice
from typing import Final

from ctxopt.core.context.tree import Totals
from ctxopt.core.golang import paths
from ctxopt.core.ids import ReadId, StepId
from ctxopt.core.lazy_re import lazy_re
from ctxopt.core.usage.snapshot import Node
from ctxopt.findings import archives, layers
from ctxopt.findings.context import RuleContext
from ctxopt.findings.layers import Touch
from ctxopt.findings.model import Confidence, Finding
from ctxopt.findings.rule import Rule
from ctxopt.image.commands import Run, first_command, is_command, is_independent
from ctxopt.image.effects import Target, changed, moved, removed, rewritten
from ctxopt.image.places import below, resolved, same_part

#: The options of mv by which a file that is there may stay.
_KEEPS: Final = lazy_re(r"-[A-Za-z]*[niu][A-Za-z]*|--no-clobber|--interactive|--update(?:=.*)?")

#: Minimum size of what a RUN moves, in bytes: for less, nobody gains by another instruction.
_LEAST: Final = 10_000
#: Maximum number of files that a RUN writes anew, and of those that it moves, to compare with its commands.
_MOST: Final = 100
#: Maximum number of files that a fix names.
_SHOWN: Final = 4


def check(context: RuleContext) -> Iterator[Finding]:
    """Find moved files, one finding for each pair of instructions, where a RUN moves more than a few small ones."""
    found = layers.touched(context, ("mv",), _targets)
    anew = {step: _rewritten(context, step) for step in {touch.step for touch in found}}
    touches = [
        kept
        for touch in found
        if (kept := _without_rewritten(context, touch, anew[touch.step])) is not None
        and not _is_cleared_for_more(context, touch)
    ]
    sizes: dict[StepId, int] = {}
    for touch in touches:
        sizes[touch.step] = sizes.get(touch.step, 0) + touch.totals.size
    for read, step, group in layers.by_instructions(touches):
        if sizes[step] >= _LEAST:
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


def _rewritten(context: RuleContext, step: StepId) -> list[Target]:
    """What a RUN writes anew, up to a number of files."""
    return list(islice((target for run in context.commands.of(step) for target in rewritten(run)), _MOST))


def _without_rewritten(context: RuleContext, touch: Touch, anew: Sequence[Target]) -> Touch | None:
    """The same without the files that the RUN writes `anew` besides: they are in its layer in any case."""
    own = [one for one in context.destinations if one.read == touch.read]
    before = {node.path for target in anew for one in own for node in one.entries(target)}
    entries = tuple(
        (node, totals)
        for node, totals in touch.entries
        if node.path not in before and not any(_is_at(target, _places(touch, node)) for target in anew)
    )
    return replace(touch, entries=entries) if entries else None


def _is_cleared_for_more(context: RuleContext, touch: Touch) -> bool:
    """Whether a RUN removes what is at the right place before it moves a file there, and then goes on.

    It would remove what a COPY above it put there, and what it goes on with may need the file.
    """
    from ctxopt.catalogue.commands import is_blind

    runs = context.commands.of(touch.step)
    after = runs[runs.index(touch.run) + 1 :]
    return _clearing(context, (touch,)) is not None and not all(
        is_blind(run.name) or run.name in ("mv", "chmod", "chown") or is_independent(run) for run in after
    )


def _clearing(context: RuleContext, group: Sequence[Touch]) -> Run | None:
    """The command that removes what is at the right place before a file is moved there."""
    touch = group[-1]
    between = layers.runs_between(context, touch.read, touch) or ()
    places = [place for node, _ in islice(touch.entries, _MOST) for place in _places(touch, node)]
    return next((run for run in between if any(_is_at(target, places) for target in removed(run))), None)


def _places(touch: Touch, node: Node) -> tuple[str, ...]:
    """The paths to which a file or directory may be moved."""
    into = resolved(touch.run.directory, moved(touch.run)[1] or ".")
    return () if into is None else (into, paths.join(into, node.name))


def _is_at(target: Target, places: Sequence[str], *, inside: bool = False) -> bool:
    """Whether a command touches all that is at one of the paths, or with `inside`, anything there."""
    for place in places:
        own, wanted = place.rstrip("/").split("/"), target.parts
        if target.names and (below(target.path, place) is not None or (inside and below(place, target.path))):
            return True
        if all(map(same_part, wanted, own)) and (
            len(wanted) == len(own) or (len(wanted) < len(own) and target.whole) or (len(wanted) > len(own) and inside)
        ):
            return True
    return False


def _flags(context: RuleContext, group: Sequence[Touch]) -> tuple[str, str]:
    """What a COPY to the right place needs for what the RUN changes there: as text, and with the commands to drop."""
    nodes = ((touch, node) for touch in group for node, _ in touch.entries)
    places = [place for touch, node in islice(nodes, _MOST) for place in _places(touch, node)]
    runs = context.commands.of(group[0].step)
    names = dict.fromkeys(
        run.name for run in runs if any(_is_at(target, places, inside=True) for target in changed(run)[0])
    )
    if not names:
        return "", "without the mv"
    flags = dict.fromkeys("--chmod" if name == "chmod" else "--chown" for name in names)
    return f" with {' and '.join(flags)}", f"without the mv and the {' and the '.join(names)}"


def _fix(context: RuleContext, read: ReadId, group: Sequence[Touch]) -> str:
    build = context.build
    instruction, mover = build.plan.reads[read], build.plan.steps[group[0].step]
    nodes = [node for touch in group for node, _ in touch.entries]
    them = "it" if len(nodes) == 1 else "them"
    places = {moved(touch.run)[1] or "" for touch in group}
    more = len(places) > 1
    into = ("" if more else next(iter(places))) or f"the right place{'s' if more else ''}"
    flags, without = _flags(context, group)
    between = layers.runs_between(context, read, max(group, key=lambda touch: _order(context, touch))) or ()
    installer = next((run for run in between if _installs(run)), None)
    clearing = _clearing(context, group) if installer is None else None
    rest = _rest(context, read, group)
    if installer is not None:
        # A package manager stops or asks where files of a package are there already.
        line = build.plan.steps[installer.step].line
        below_line = f"below line {max(mover.end_line, mover.line)}" if line == mover.line else f"below line {line}"
        return (
            f"{instruction.kind} {them} to {into} {below_line}{flags}, {without}{rest}: {installer.name} in line "
            f"{line} may install files there"
        )
    if clearing is not None:
        where = f"below line {build.plan.steps[clearing.step].end_line or build.plan.steps[clearing.step].line}"
        return f"{instruction.kind} {them} to {into} {where}{flags}, {without}{rest}: {clearing.name} removes it before"
    if sum((touch.totals for touch in group), Totals()) != build.usage.results[read].totals or len(places) > 1:
        own = "instructions of their own" if more else "an instruction of its own"
        return f"{instruction.kind} {them} to {into} in {own}{flags}, {without}{rest}"
    return f"{instruction.kind} {them} to {into} in line {instruction.line}{flags}, {without}"


def _order(context: RuleContext, touch: Touch) -> int:
    return context.commands.of(touch.step).index(touch.run)


def _rest(context: RuleContext, read: ReadId, group: Sequence[Touch]) -> str:
    """How the instruction no longer brings what it would still carry in a directory; "" where it names the files."""
    instruction = context.build.plan.reads[read]
    named = {paths.join("/", source)[1:] for source in instruction.sources}
    nodes = [node for touch in group for node, _ in touch.entries]
    if sum((touch.totals for touch in group), Totals()) == context.build.usage.results[read].totals:
        return ""
    inside = [node for node in nodes if node.path not in named]
    flags = " ".join(f"--exclude={archives.relative(instruction.sources, node)}" for node in inside[:_SHOWN])
    more = " …" if len(inside) > _SHOWN else ""
    return (
        f", and write {instruction.kind} {flags}{more} in line {instruction.line} (Dockerfile syntax 1.19 or newer)"
        if inside
        else ""
    )


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
