"""All changes that would have saved rebuilds, tried one by one, the most useful first."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence

from ctxopt.builds.discovery import Request
from ctxopt.core.build_context import BuildContext
from ctxopt.core.dockerfile.model import Step
from ctxopt.display import plural
from ctxopt.errors import CtxoptError
from ctxopt.image.layout import layouts
from ctxopt.rebuilds.commands import Commands
from ctxopt.rebuilds.copies import ordered
from ctxopt.rebuilds.epochs import Timeline
from ctxopt.rebuilds.hoist import hoisted
from ctxopt.rebuilds.ignored import ignoring
from ctxopt.rebuilds.inputs import changed_inputs
from ctxopt.rebuilds.installs import split
from ctxopt.rebuilds.model import Advice, Edit, Kind, Saving
from ctxopt.rebuilds.replay import Instruction, Replay, replay
from ctxopt.rebuilds.source import Source


def advise(build: BuildContext, timeline: Timeline, replayed: Replay, request: Request) -> tuple[Advice, ...]:
    """What would have saved rebuilds of a build, of which `replayed` is the replay of the history.

    A changed Dockerfile counts only if every file of the context gets to the same place in every stage.
    """
    if not replayed.rebuilding:
        return ()
    found = [*_of_dockerfile(build, timeline, replayed), *_of_ignore_file(build, timeline, replayed, request)]
    return tuple(sorted((one for one in found if one.saved > 0), key=lambda one: (-one.saved, one.kind.value)))


def _of_dockerfile(build: BuildContext, timeline: Timeline, replayed: Replay) -> Iterator[Advice]:
    if any(one.step.line == stage.line for one in replayed.instructions for stage in build.plan.stages):
        # Triggers are written where they cannot be moved, and what they do is not told apart by lines.
        return
    source, commands = Source(build.located.dockerfile.data), Commands(build.plan)
    edits: list[Edit] = [
        *split(build, source, commands),
        *hoisted(build.plan, source, commands),
        *ordered(build.plan, source, replayed),
    ]
    place = build.located.dockerfile.name
    for edit in edits:
        try:
            made = build.with_dockerfile(edit.data).with_unfiltered(build.tree)
            if not _lays_down_the_same(build, made):
                continue
            after = replay(made.plan, changed_inputs(made, timeline))
        except CtxoptError:
            continue
        savings = tuple(_savings(replayed, after, edit.replaced))
        yield Advice(edit.kind, edit.text, place, edit.line, edit.lines, savings, edit.caution)


def _of_ignore_file(build: BuildContext, timeline: Timeline, replayed: Replay, request: Request) -> Iterator[Advice]:
    changed = {path for one in replayed.instructions for path, _ in one.causes}
    try:
        found = ignoring(build, request, changed)
        if found is None:
            return
        after = replay(found.build.plan, changed_inputs(found.build, timeline))
    except CtxoptError:
        return
    reasons = "; ".join(dict.fromkeys(row.evidence for row in found.rows))
    yield Advice(
        Kind.IGNORE,
        f"leave out with {plural(len(found.rows), 'pattern')} what commits change and nothing needs",
        found.file,
        None,
        tuple(row.pattern for row in found.rows),
        tuple(_savings(replayed, after, ())),
        f"{reasons}; `ctxopt generate --level likely` proposes it with all else",
    )


def _lays_down_the_same(one: BuildContext, other: BuildContext) -> bool:
    """Whether two builds surely put the same files of the context at the same places in all stages."""
    if any(result.error is not None for build in (one, other) for result in build.usage.results):
        return False
    made = [
        layouts(build.plan, [build.usage.files_of(read.number) for read in build.plan.reads]) for build in (one, other)
    ]
    if any(layout.unknown for stages in made for layout in stages.values()):
        return False
    before, after = (
        {number: {path: origin for path, (origin, _) in layout.files.items()} for number, layout in stages.items()}
        for stages in made
    )
    return before == after


def _savings(before: Replay, after: Replay, replaced: Sequence[tuple[str, int]]) -> Iterator[Saving]:
    """The instructions of a build that are rebuilt more or less often in another one."""
    there = _by_text(after.instructions)
    standing_for = {number: text for text, number in replaced}
    for one in before.instructions:
        step = one.step
        text = standing_for.get(one.number, step.text)
        same = there[step.stage, step.kind, _flags(step), text]
        if same:
            now = same.pop(0).rebuilds
            if now != one.rebuilds:
                yield Saving(step.line, f"{step.kind} {text}", one.rebuilds, now)


def _by_text(
    instructions: Iterable[Instruction],
) -> defaultdict[tuple[int, str, tuple[str, ...], str], list[Instruction]]:
    found: defaultdict[tuple[int, str, tuple[str, ...], str], list[Instruction]] = defaultdict(list)
    for one in instructions:
        step = one.step
        found[step.stage, step.kind, _flags(step), step.text].append(one)
    return found


def _flags(step: Step) -> tuple[str, ...]:
    """The flags of an instruction without its secrets, which no cache key has and an edit may add."""
    return tuple(flag for flag in step.flags if not flag.startswith("--mount=type=secret"))
