"""The report of `ctxopt cache`: what the last commits rebuild of a build, and what would have rebuilt less."""

from collections.abc import Iterator

from ctxopt.builds.discovery import Request
from ctxopt.core.build_context import BuildContext
from ctxopt.core.context.tree import Totals
from ctxopt.core.dockerfile.model import Step
from ctxopt.core.dockerfile.references import is_git, is_url
from ctxopt.core.lazy_dataclass import dataclass
from ctxopt.display import plural
from ctxopt.errors import CtxoptError
from ctxopt.proposal.model import FileProposal, Level
from ctxopt.proposal.propose import propose
from ctxopt.rebuilds.advise import advise
from ctxopt.rebuilds.epochs import Timeline
from ctxopt.rebuilds.ignored import ProposedFile, ProposedPattern
from ctxopt.rebuilds.inputs import GIT, changed_inputs, reads_of_git
from ctxopt.rebuilds.log import History, read_history
from ctxopt.rebuilds.model import Advice
from ctxopt.rebuilds.replay import Instruction, Rebuild, Replay, replay

#: Maximum number of names in a note.
_NAMED = 3


@dataclass(frozen=True, slots=True)
class Row:
    """An instruction with its stage, and its rank from 1, the costliest.

    RUN comes before COPY and ADD, since its cost is not known; then what is rebuilt more often, and then what reads
    more bytes. `takes` is what it reads of the context today, None if it reads nothing there.
    """

    instruction: Instruction
    stage: str
    rank: int
    takes: Totals | None

    @property
    def text(self) -> str:
        """The instruction as written, in one line."""
        return written(self.instruction.step)


def written(step: Step) -> str:
    """An instruction as written, in one line."""
    return " ".join(" ".join((step.kind, *step.flags, step.text)).split())


@dataclass(frozen=True, slots=True)
class CacheReport:
    """What `ctxopt cache` shows. `commits` are those with a parent in this clone, the newest first.

    `asked` is how many were requested; `shallow`: a shallow clone has no more. `rebuilding` is the number of commits
    that rebuild anything.
    """

    root: str
    dockerfile: str
    target: str
    asked: int
    shallow: bool
    rebuilding: int
    commits: tuple[Rebuild, ...]
    rows: tuple[Row, ...]
    advice: tuple[Advice, ...]
    notes: tuple[str, ...]
    errors: tuple[CtxoptError, ...]


def cache_report(context: BuildContext, most: int, request: Request) -> CacheReport:
    """The replay of the last `most` commits with the Dockerfile and the ignore file as they are now.

    `request` says which builds count for what the ignore file may exclude. Raises CtxoptError if there is no history,
    or if BuildKit would refuse the context.
    """
    results = context.usage.results
    history = read_history(context.root, most)
    timeline = Timeline(history)
    replayed = replay(context.plan, changed_inputs(context, timeline))
    labels = {stage.number: stage.label for stage in context.plan.stages}
    sizes = [result.totals for result in results]
    ranks = _ranks(replayed, sizes)
    target = next(stage for stage in reversed(context.plan.stages) if stage.exported)
    return CacheReport(
        context.root,
        context.located.dockerfile.name,
        target.label,
        most,
        history.cut,
        replayed.rebuilding,
        replayed.commits,
        tuple(
            Row(
                instruction,
                labels[instruction.step.stage],
                ranks[instruction.number],
                None if instruction.read is None else sizes[instruction.read],
            )
            for instruction in replayed.instructions
        ),
        advise(context, timeline, replayed, lambda: _proposed(context.root, request)),
        tuple(_notes(context, history, replayed)),
        tuple(result.error for result in results if result.error is not None),
    )


def _proposed(root: str, request: Request) -> list[ProposedFile]:
    """The ignore files that would change with everything that can be excluded."""
    files = propose(root, request, level=Level.LIKELY).files
    return [ProposedFile(file.name, file.new, _likely(file)) for file in files if file.changes]


def _likely(file: FileProposal) -> tuple[ProposedPattern, ...]:
    return tuple(ProposedPattern(row.pattern, row.evidence) for row in file.rows if row.level is Level.LIKELY)


def _ranks(replayed: Replay, sizes: list[Totals]) -> dict[int, int]:
    def key(instruction: Instruction) -> tuple[bool, int, int, int]:
        size = 0 if instruction.read is None else sizes[instruction.read].size
        return instruction.step.kind != "RUN", -instruction.rebuilds, -size, instruction.number

    ordered = sorted(replayed.instructions, key=key)
    return {instruction.number: rank for rank, instruction in enumerate(ordered, 1)}


def _notes(context: BuildContext, history: History, replayed: Replay) -> Iterator[str]:
    commits = len(history.commits)
    if history.cut:
        yield f"shallow clone with {plural(commits, 'commit')} to compare; fetch the rest with git fetch --unshallow"
    elif history.whole:
        yield f"the history has only {plural(commits, 'commit')} with a parent"
    for path in history.gitlinks:
        yield (
            f"{path} is a submodule: its contents are not in this history; each update counts as one change "
            "of all its files"
        )
    git = reads_of_git(context)
    for instruction in replayed.instructions:
        if instruction.read is not None and instruction.read in git:
            line = instruction.step.line
            yield f"line {line} reads {GIT}, which every commit changes: exclude it"
    uncommitted = _uncommitted(context, history)
    if uncommitted:
        count = plural(len(uncommitted), "file")
        yield f"{count} that instructions read are not in the last commit and are not counted: {_some(uncommitted)}"
    for instruction in replayed.instructions:
        if instruction.failing:
            yield f"line {instruction.step.line}: its source does not exist at {plural(instruction.failing, 'commit')}"
        words = instruction.step.words or instruction.step.text.split()
        if instruction.step.kind == "ADD" and any(is_url(word) or is_git(word) for word in words):
            yield f"line {instruction.step.line}: content from a URL counts as unchanged"
    if any(instruction.step.takes_from and instruction.rebuilds for instruction in replayed.instructions):
        yield "COPY --from a rebuilt stage counts as changed, although the files may be the same"
    for name, named in context.plan.named:
        if named.reads:
            yield f"changes of the named context {name} are not in this history and are not counted"
    yield from context.plan.notes


def _uncommitted(context: BuildContext, history: History) -> list[str]:
    """The files that instructions read now and that are not in the last commit, sorted."""
    usage = context.usage
    read = usage.files_of_any(result.read.number for result in usage.results if result.error is None)
    others = (GIT + "/", *(path + "/" for path in history.gitlinks))
    return [path for path in read if path not in history.newest and not path.startswith(others)]


def _some(names: list[str]) -> str:
    more = f" and {len(names) - _NAMED:,} more" if len(names) > _NAMED else ""
    return ", ".join(names[:_NAMED]) + more
