"""A COPY from a stage that carries on into the image what only building needed."""

from collections.abc import Iterable, Iterator, Sequence
from itertools import islice, pairwise, takewhile
from typing import TYPE_CHECKING, Final

from ctxopt.core.context.tree import Totals
from ctxopt.core.dockerfile.model import StageCopy
from ctxopt.core.golang import paths
from ctxopt.core.ids import StageId
from ctxopt.core.lazy_dataclass import dataclass
from ctxopt.core.usage.snapshot import Node
from ctxopt.display import amount
from ctxopt.findings import layers
from ctxopt.findings.context import RuleContext
from ctxopt.findings.final_image import is_archived, is_for_development
from ctxopt.findings.model import Confidence, Finding, Severity
from ctxopt.findings.rule import Rule
from ctxopt.image.commands import Run, may_be_command
from ctxopt.image.effects import Target, path_of
from ctxopt.image.places import below, lineage, resolved

if TYPE_CHECKING:
    from ctxopt.catalogue.carried import Kind

#: Minimum number of bytes of one kind.
_FEWEST: Final = 10_000
#: Bytes from which a finding is a warning; the history of git always is.
_WORTH_A_WARNING: Final = 1_000_000
#: Maximum number of directories and files of one kind to name.
_NAMED: Final = 3
#: Words of commands that take files away.
_REMOVERS: Final = ("rm", "mv", "prune", "-delete", "clean")
#: Tests of `find` for names, and others after which it is not known what it finds.
_NAMES: Final = ("-name", "-iname", "-path", "-ipath", "-wholename", "-regex", "-iregex")
_FURTHER_TESTS: Final = ("-empty", "-maxdepth", "-size", "-mtime", "-newer", "-user", "-perm")


@dataclass(frozen=True, slots=True)
class _Load:
    """What a COPY carries on that the image does not need, of one kind."""

    what: str
    entries: tuple[tuple[Node, Totals], ...]

    @property
    def totals(self) -> Totals:
        return sum((totals for _, totals in self.entries), Totals())


def check(context: RuleContext) -> Iterator[Finding]:
    """Find COPY from other stages into the exported image that take more than the result, one finding each."""
    plan = context.build.plan
    exported = {stage.number for stage in plan.stages if stage.exported}
    copies = [copy for copy in plan.copies if copy.stage in exported and copy.source not in exported]
    # Many copies of the same carry the same on.
    known: dict[tuple[StageId, tuple[str, ...]], list[_Load]] = {}
    made: dict[StageId, list[tuple[str, ...]]] = {}
    for copy in copies:
        sources = [path for source in copy.sources if (path := paths.join("/", source)) and not copy.unresolved]
        key = copy.source, tuple(sources)
        if key not in known:
            known[key] = list(_loads(context, copy.source, sources)) if context.destinations else []
        loads = known[key]
        if is_for_development(context.build):
            loads = [load for load in loads if load.what != "tests"]
        if is_archived(context.build):
            loads = [load for load in loads if not load.what.endswith("git")]
        if copy.source not in made:
            made[copy.source] = _made_in(context, copy.source)
        leftovers = list(_leftovers(made[copy.source], sources))
        if loads or leftovers:
            yield _finding(context, copy, loads, leftovers)


RULE = Rule(
    id="CTX114",
    name="copy-carries-on",
    title="COPY --from takes more than the image needs",
    help=(
        "Copy the results of a stage by name, or exclude the rest: `COPY --from=build --exclude=.git /app /app`, with "
        "Dockerfile syntax 1.19 or newer."
    ),
    check=check,
)


def _loads(context: RuleContext, stage: StageId, sources: Sequence[str]) -> Iterator[_Load]:
    """What a COPY of these paths of a stage carries on of the context, by kind."""
    from ctxopt.catalogue.carried import carried

    plan = context.build.plan
    stages = lineage(plan, stage)
    landed = [one for one in context.destinations if plan.reads[one.read].stage in stages]
    landed = [one for one in landed if any(_overlaps(source, one.path) for source in sources)]
    if not landed:
        return
    runs = [run for number in context.commands.in_stage(stage) for run in context.commands.of(number)]
    swept = any(_sweeps(run, following, sources) for run, following in pairwise((*runs, None)) if run is not None)
    for kind in carried().kind:
        if kind.compiled_by and not any(may_be_command(run, one) for run in runs for one in kind.compiled_by):
            continue
        entries = [
            (node, totals)
            for one in landed
            for source in sources
            for node in one.entries(_target(source, kind))
            if (totals := context.build.usage.taken(one.read, node.directory, node.index)).files
        ]
        load = _Load(kind.what, tuple(_outermost(entries)))
        if (load.totals.size >= _FEWEST or (kind.always and entries)) and not (swept or _is_removed(runs, load)):
            yield load


def _overlaps(source: str, path: str) -> bool:
    return below(source, path) is not None or below(path, source) is not None


def _target(source: str, kind: "Kind") -> Target:
    directories = None if kind.files and kind.directories else bool(kind.directories)
    return Target(source, True, (*kind.directories, *kind.files), directories)


def _outermost(entries: Sequence[tuple[Node, Totals]]) -> Iterator[tuple[Node, Totals]]:
    """The entries without those that are in another one, each once."""
    known = {node.path: (node, totals) for node, totals in entries}
    for path, entry in known.items():
        parts = path.split("/")
        if not any("/".join(parts[:end]) in known for end in range(1, len(parts))):
            yield entry


def _is_removed(runs: Sequence[Run], load: _Load) -> bool:
    """Whether a command of the stage may take such entries away before they are copied."""
    names = {node.name for node, _ in load.entries}
    words = (word for run in runs if run.name in _REMOVERS or "-delete" in run.words for word in run.words[1:])
    return any(word.rstrip("/*").rpartition("/")[2] in names or word.strip("*'\"") in ("", ".go") for word in words)


def _sweeps(run: Run, following: Run | None, sources: Sequence[str]) -> bool:
    """Whether a `find` removes all but a few names from what a COPY takes, itself or by the xargs that follows it."""
    if run.name != "find":
        return False
    words = [word.lstrip("\\") for word in run.words[1:]]
    piped = following is not None and following.step == run.step and following.name == "xargs"
    removes = "-delete" in words or "rm" in words or (piped and following is not None and "rm" in following.words)
    if not removes or not _names_what_stays(words):
        return False
    roots = list(takewhile(lambda word: not word.startswith(("-", "(", "!")), words)) or ["."]
    swept = [path for root in roots if (path := path_of(run, root)) is not None]
    return all(any(below(path, source) is not None for path in swept) for source in sources)


def _names_what_stays(words: Sequence[str]) -> bool:
    """Whether the first name among the tests of a `find` is one of files that it does not mean."""
    before: list[str] = []
    for word in words:
        if word in _NAMES:
            return [one for one in before if one != "("][-1:] in (["-not"], ["!"])
        if word in _FURTHER_TESTS:
            return False
        before.append(word)
    return False


def _made_in(context: RuleContext, stage: StageId) -> list[tuple[str, ...]]:
    """What building leaves in a stage: for each kind the paths at which it may be, by the commands that make it."""
    commands, plan = context.commands, context.build.plan
    numbers = commands.with_words(commands.in_stage(stage), ("build", "next", "generate"))
    if not numbers:
        return []
    from ctxopt.catalogue.carried import carried

    texts = [plan.steps[number].text for number in commands.in_stage(stage)]
    stages = lineage(plan, stage)
    every = context.evidence.all_runs if context.evidence is not None else ()
    runs = [run for run in every if plan.steps[run.step].stage in stages and plan.steps[run.step].kind == "RUN"]
    found = []
    for leftover in carried().leftover:
        if any(leftover.path in text and "rm" in text for text in texts):
            continue
        making = (run for run in runs if any(may_be_command(run, one) for one in leftover.made_by))
        places = dict.fromkeys(resolved(run.directory, leftover.path) for run in making)
        found.append(
            tuple(
                path
                for path in places
                if path is not None and not any(layers.is_mounted(context, number, path) for number in numbers)
            )
        )
    return found


def _leftovers(made: Iterable[Sequence[str]], sources: Sequence[str]) -> Iterator[str]:
    """The paths that building leaves in what a COPY takes, one of each kind."""
    for places in made:
        yield from islice((path for path in places if any(below(source, path) for source in sources)), 1)


def _finding(context: RuleContext, copy: StageCopy, loads: Sequence[_Load], leftovers: Sequence[str]) -> Finding:
    plan = context.build.plan
    step = plan.steps[copy.step]
    entries = tuple(_outermost([entry for load in loads for entry in load.entries]))
    totals = _Load("", entries).totals
    what = [load.what for load in loads] + [f"{path}, a cache" for path in leftovers]
    grave = totals.size >= _WORTH_A_WARNING or any(load.what.endswith("git") for load in loads)
    severity = Severity.WARNING if grave else Severity.NOTE
    excludes = " ".join(f"--exclude={pattern}" for pattern in _patterns(copy, loads, leftovers))
    label = next((stage.label for stage in plan.stages if stage.number == copy.source), str(copy.source))
    return Finding(
        RULE.id,
        severity,
        plan.file,
        copy.line,
        f"this COPY carries on from stage {label} what the image does not need: {', '.join(what)}",
        f"copy the results by name, or write COPY --from={label} {excludes} … (Dockerfile syntax 1.19 or newer)",
        totals=totals if loads else None,
        confidence=Confidence.MEDIUM,
        evidence=(
            f"line {copy.line}: {layers.shown_step(step)}",
            *(f"{load.what}: {_shown(load)}" for load in loads),
        ),
        end_line=copy.end_line,
    )


def _shown(load: _Load) -> str:
    names = [layers.label(node) for node, _ in load.entries]
    more = f" and {len(names) - _NAMED:,} more" if len(names) > _NAMED else ""
    return f"{', '.join(names[:_NAMED])}{more} ({amount(load.totals.size, load.totals.files)})"


def _patterns(copy: StageCopy, loads: Sequence[_Load], leftovers: Sequence[str]) -> list[str]:
    """The patterns for `--exclude`, which are relative to the source."""
    patterns: dict[str, None] = {}
    for load in loads:
        for node, _ in load.entries[:_NAMED]:
            name = (
                f"**/{node.name}"
                if node.inside is not None or load.what == "tests"
                else f"**/*.{node.name.rpartition('.')[2]}"
            )
            patterns[".git" if node.path == ".git" else name] = None
    for path in leftovers:
        source = max((paths.join("/", one) for one in copy.sources if below(paths.join("/", one), path)), key=len)
        patterns[(below(source, path) or "").lstrip("/")] = None
    return list(patterns)[:4]
