"""All changes that would have saved rebuilds, tried one by one, the most useful first."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence

from ctxopt.core.build_context import BuildContext
from ctxopt.core.dockerfile.model import Step
from ctxopt.display import plural
from ctxopt.edits import applied
from ctxopt.edits.dockerfile import DockerfileText
from ctxopt.errors import CtxoptError
from ctxopt.evidence.install_split import InstallSplit, split_installs
from ctxopt.image.install_needs import Commands
from ctxopt.image.layout import layouts
from ctxopt.rebuilds.epochs import Timeline
from ctxopt.rebuilds.hoist import hoisted
from ctxopt.rebuilds.ignored import Propose, ignoring
from ctxopt.rebuilds.inputs import changed_inputs
from ctxopt.rebuilds.model import Advice, CacheEdit, EditKind, Saving
from ctxopt.rebuilds.replay import Instruction, Replay, replay


def advise(build: BuildContext, timeline: Timeline, replayed: Replay, propose: Propose) -> tuple[Advice, ...]:
    """What would have saved rebuilds of a build, of which `replayed` is the replay of the history.

    A changed Dockerfile counts only if every file of the context gets to the same place in every stage. `propose`
    is called only if commits rebuild anything. A commit that changes the Dockerfile rebuilds anyway, and saves nothing.
    """
    if not replayed.rebuilding:
        return ()
    every = [*_of_dockerfile(build, timeline, replayed), *_of_ignore_file(build, timeline, replayed, propose)]
    useful = [advice for advice in every if advice.saved > 0 and _saves_a_run(advice)]
    return tuple(sorted(useful, key=lambda advice: (-advice.saved, advice.kind.value)))


def _saves_a_run(advice: Advice) -> bool:
    """Whether a RUN is rebuilt less often; a COPY alone takes no time worth a change."""
    return any(saving.kind == "RUN" and saving.after < saving.before for saving in advice.savings)


def _of_dockerfile(build: BuildContext, timeline: Timeline, replayed: Replay) -> Iterator[Advice]:
    stage_lines = {stage.line for stage in build.plan.stages}
    if any(instruction.step.line in stage_lines for instruction in replayed.instructions):
        # Triggers are not in this file, so they cannot be moved, and all of them have the line of the FROM.
        return
    file, commands = build.located.dockerfile.name, Commands(build.plan)
    text = DockerfileText(file, build.located.dockerfile.data)
    edits: list[CacheEdit] = [*_splits(build, commands), *hoisted(build.plan, text, commands)]
    anyway = _rebuilding_anyway(build, timeline)
    for edit in edits:
        try:
            edited = build.with_dockerfile(edit.data).with_unfiltered(build.tree)
            if not _are_laid_out_alike(build, edited):
                continue
            after = replay(edited.plan, changed_inputs(edited, timeline))
        except CtxoptError:
            continue
        savings = tuple(_savings(replayed, after, edit.replaced, anyway))
        yield Advice(edit.kind, edit.text, file, edit.line, edit.lines, savings, edit.caution)


def _splits(build: BuildContext, commands: Commands) -> Iterator[CacheEdit]:
    """The changes by which dependencies are installed before the sources are copied."""
    data = build.located.dockerfile.data
    for split in split_installs(build, commands):
        if isinstance(split, InstallSplit):
            caution = f"build with docker build {' '.join(split.options)}" if split.options else ""
            yield CacheEdit(
                EditKind.SPLIT, split.text, split.line, split.lines, applied(data, split.edits), split.replaced, caution
            )


def _of_ignore_file(build: BuildContext, timeline: Timeline, replayed: Replay, propose: Propose) -> Iterator[Advice]:
    changed = {path for instruction in replayed.instructions for path, _ in instruction.causes}
    try:
        change = ignoring(build, propose(), changed)
        if change is None:
            return
        after = replay(change.build.plan, changed_inputs(change.build, timeline))
    except CtxoptError:
        return
    reasons = "; ".join(dict.fromkeys(pattern.evidence for pattern in change.patterns))
    yield Advice(
        EditKind.IGNORE,
        f"exclude unneeded files that commits change ({plural(len(change.patterns), 'pattern')})",
        change.file,
        None,
        tuple(pattern.pattern for pattern in change.patterns),
        tuple(_savings(replayed, after, (), _rebuilding_anyway(build, timeline))),
        f"{reasons}; `ctxopt generate --level likely` proposes it, too",
    )


def _are_laid_out_alike(one: BuildContext, other: BuildContext) -> bool:
    """Whether two builds surely put the same files of the context at the same places in all stages."""
    if any(result.error is not None for build in (one, other) for result in build.usage.results):
        return False
    both = [
        layouts(build.plan, [build.usage.files_of(read.number) for read in build.plan.reads], build.snapshot)
        for build in (one, other)
    ]
    if any(layout.unknown for stages in both for layout in stages.values()):
        return False
    before, after = (
        {number: {path: origin for path, (origin, _) in layout.files.items()} for number, layout in stages.items()}
        for stages in both
    )
    return before == after


def _rebuilding_anyway(build: BuildContext, timeline: Timeline) -> frozenset[str]:
    """The commits that change the Dockerfile: what comes after the changed instruction is rebuilt whatever is read."""
    path = build.located.dockerfile_path
    return frozenset(
        commit.name for commit in timeline.history.commits if any(change.path == path for change in commit.changes)
    )


def _savings(
    before: Replay, after: Replay, replaced: Sequence[tuple[str, int]], anyway: frozenset[str]
) -> Iterator[Saving]:
    """The instructions of a build that are rebuilt more or less often in another one, at other commits than some."""
    remaining = _by_text(after.instructions)
    new_texts = {number: text for text, number in replaced}
    old_counts, new_counts = _counts(before, anyway), _counts(after, anyway)
    for instruction in before.instructions:
        step = instruction.step
        text = new_texts.get(instruction.number, step.text)
        same = remaining[step.stage, step.kind, _flags(step), text]
        if same:
            saved = old_counts[instruction.number] - new_counts[same.pop(0).number]
            if saved:
                now = instruction.rebuilds - saved
                yield Saving(step.line, step.kind, f"{step.kind} {text}", instruction.rebuilds, now)


def _counts(replayed: Replay, anyway: frozenset[str]) -> Counter[int]:
    """How often each step is rebuilt, but for some commits."""
    return Counter(number for one in replayed.commits if one.commit not in anyway for number in one.steps)


def _by_text(
    instructions: Iterable[Instruction],
) -> defaultdict[tuple[int, str, tuple[str, ...], str], list[Instruction]]:
    by_text: defaultdict[tuple[int, str, tuple[str, ...], str], list[Instruction]] = defaultdict(list)
    for instruction in instructions:
        step = instruction.step
        by_text[step.stage, step.kind, _flags(step), step.text].append(instruction)
    return by_text


def _flags(step: Step) -> tuple[str, ...]:
    """The flags of an instruction without its secrets, which no cache key has and an edit may add."""
    return tuple(flag for flag in step.flags if not flag.startswith("--mount=type=secret"))
