"""A COPY from a stage that carries on into the image what only building needed."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import field
from functools import cached_property
from itertools import islice, pairwise, product, takewhile
from operator import attrgetter
from typing import TYPE_CHECKING, Final

from ctxopt.catalogue.names import matches
from ctxopt.core.context.tree import Totals
from ctxopt.core.dockerfile.model import StageCopy
from ctxopt.core.golang import paths
from ctxopt.core.ids import StageId
from ctxopt.core.lazy_dataclass import dataclass
from ctxopt.core.lazy_re import lazy_re
from ctxopt.core.usage.snapshot import Node
from ctxopt.display import amount
from ctxopt.evidence.operation import has_other_context, tests_run_in_image
from ctxopt.findings import layers
from ctxopt.findings.context import RuleContext
from ctxopt.findings.final_image import final_steps, installed_to_run, is_archived, is_for_development
from ctxopt.findings.git_asked import asks_when_it_runs
from ctxopt.findings.model import Confidence, Finding, Severity
from ctxopt.findings.rule import Rule
from ctxopt.image.commands import Run, may_be_command
from ctxopt.image.effects import Target, path_of
from ctxopt.image.places import below, lineage, resolved

if TYPE_CHECKING:
    from ctxopt.catalogue.carried import Kind

#: Minimum number of bytes of one kind.
_FEWEST: Final = 20_000
#: Bytes from which a finding is a warning; the history of git always is.
_WORTH_A_WARNING: Final = 1_000_000
#: Maximum number of directories and files of one kind to name.
_NAMED: Final = 3
#: A word of what a container starts.
_WORD: Final = lazy_re(r"[\w.-]+")
#: Words of commands that take files away.
_REMOVERS: Final = ("rm", "mv", "prune", "-delete", "clean")
#: What is left of such a word that may be any name.
_ANY: Final = ("", ".go")
#: Tests of `find` for names, and others after which it is not known what it finds.
_NAMES: Final = ("-name", "-iname", "-path", "-ipath", "-wholename", "-regex", "-iregex")
_FURTHER_TESTS: Final = ("-empty", "-maxdepth", "-size", "-mtime", "-newer", "-user", "-perm")


@dataclass(frozen=True, slots=True)
class _Load:
    """What a COPY carries on that the image does not need, of one kind."""

    what: str
    entries: tuple[tuple[Node, Totals], ...]
    #: The paths of directories in what the COPY takes, by those in the context.
    inside: Mapping[str, str] = field(default_factory=dict)

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
    sources_of: dict[StageId, _Source] = {}
    for copy in copies:
        paths_taken = [path for source in copy.sources if (path := paths.join("/", source)) and not copy.unresolved]
        if copy.source not in sources_of:
            sources_of[copy.source] = _Source(context, copy.source)
        source = sources_of[copy.source]
        key = copy.source, tuple(paths_taken)
        if key not in known:
            known[key] = list(source.loads(paths_taken)) if context.destinations else []
        loads = [load for load in known[key] if not _is_wanted(context, load.what)]
        leftovers = list(source.leftovers(paths_taken))
        if (loads or leftovers) and not has_other_context(context.build):
            yield _finding(context, copy, loads, leftovers)


def _is_wanted(context: RuleContext, what: str) -> bool:
    """Whether an image has one kind of what building needs on purpose, by what it is for and what it is built from."""
    build = context.build
    if what.endswith("git"):
        return is_archived(build) or context.once(_asks_git)
    if is_for_development(build):
        return True
    return tests_run_in_image(build) if what == "tests" else context.once(_is_to_debug)


def _asks_git(context: RuleContext) -> bool:
    """Whether a RUN of the image, or what it starts, asks git."""
    need, plan = context.history, context.build.plan
    is_in_image = need is not None and need.step is not None and plan.stages[plan.steps[need.step].stage].exported
    return is_in_image or asks_when_it_runs(context)


def _is_to_debug(context: RuleContext) -> bool:
    """Whether a program for debugging is installed in the image, copied into it or started: it shows the sources."""
    from ctxopt.catalogue.carried import carried

    debuggers = set(carried().debuggers)
    if not debuggers.isdisjoint(installed_to_run(context)):
        return True
    plan = context.build.plan
    started = (step.text for step in final_steps(plan) if step.kind in ("CMD", "ENTRYPOINT"))
    words = {word for text in started for word in _WORD.findall(text)}
    exported = {stage.number for stage in plan.stages if stage.exported}
    copied = (copy for copy in plan.copies if copy.stage in exported)
    return not debuggers.isdisjoint(words | {paths.base(source) for copy in copied for source in copy.sources})


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


class _Source:
    """A stage from which other stages copy: what it has of the context, and what its commands make and remove."""

    def __init__(self, context: RuleContext, stage: StageId) -> None:
        self._context = context
        self._stage = stage
        self._stages = lineage(context.build.plan, stage)

    @cached_property
    def _runs(self) -> list[Run]:
        commands = self._context.commands
        return [run for number in commands.in_stage(self._stage) for run in commands.of(number)]

    @cached_property
    def _kinds(self) -> "list[Kind]":
        """What may be in the stage and is of no use where it is copied to."""
        from ctxopt.catalogue.carried import carried

        return [
            kind
            for kind in carried().kind
            if not kind.compiled_by or any(may_be_command(run, one) for run in self._runs for one in kind.compiled_by)
        ]

    @cached_property
    def _sweeping(self) -> list[list[str]]:
        """The directories in which each `find` removes all but a few names."""
        pairs = pairwise((*self._runs, None))
        return [swept for run, following in pairs if run is not None and (swept := _swept(run, following)) is not None]

    @cached_property
    def _removed(self) -> frozenset[str]:
        """The names that a command may take away; "" and ".go" stand for any."""
        removing = (run for run in self._runs if run.name in _REMOVERS or "-delete" in run.words)
        words = {word for run in removing for word in run.words[1:]}
        names = {word.rstrip("/*").rpartition("/")[2] for word in words} - set(_ANY)
        return frozenset(names.union(word for word in (word.strip("*'\"") for word in words) if word in _ANY))

    def loads(self, sources: Sequence[str]) -> Iterator[_Load]:
        """What a COPY of these paths carries on of the context, by kind."""
        build = self._context.build
        copied = self._context.once(layers.Copied)
        about = {id(one): one for source in sources for one in copied.about(source)}
        landed = [
            one
            for one in sorted(about.values(), key=attrgetter("step"))
            if build.plan.reads[one.read].stage in self._stages
            and any(_overlaps(source, one.path) for source in sources)
        ]
        if not landed or self._is_swept(sources):
            return
        for kind in self._kinds:
            entries: list[tuple[Node, Totals]] = []
            inside: dict[str, str] = {}
            for one, source in product(landed, sources):
                for node in one.entries(_target(source, kind)):
                    totals = build.usage.taken(one.read, node.directory, node.index)
                    if totals.files:
                        entries.append((node, totals))
                        place = paths.join(one.path, node.path[len(one.node.path) :])
                        inside[node.path] = (below(source, place) or "").lstrip("/")
            load = _Load(kind.what, tuple(_outermost(entries)), inside)
            if (load.totals.size >= _FEWEST or (kind.always and entries)) and not self._is_removed(load):
                yield load

    def _is_swept(self, sources: Sequence[str]) -> bool:
        """Whether a `find` removes all but a few names from what a COPY takes."""
        return any(
            all(any(below(path, source) is not None for path in swept) for source in sources)
            for swept in self._sweeping
        )

    def _is_removed(self, load: _Load) -> bool:
        """Whether a command may take such entries away before they are copied."""
        return not self._removed.isdisjoint(_ANY) or not self._removed.isdisjoint(node.name for node, _ in load.entries)

    @cached_property
    def _made(self) -> list[tuple[str, ...]]:
        """What building leaves: for each kind the paths at which it may be, by the commands that make it."""
        context = self._context
        commands, plan = context.commands, context.build.plan
        numbers = commands.with_words(commands.in_stage(self._stage), ("build", "next", "generate"))
        if not numbers:
            return []
        from ctxopt.catalogue.carried import carried

        texts = [plan.steps[number].text for number in commands.in_stage(self._stage)]
        every = context.evidence.all_runs if context.evidence is not None else ()
        steps = plan.steps
        runs = [run for run in every if steps[run.step].stage in self._stages and steps[run.step].kind == "RUN"]
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

    def leftovers(self, sources: Sequence[str]) -> Iterator[str]:
        """The paths that building leaves in what a COPY takes, one of each kind."""
        for places in self._made:
            yield from islice((path for path in places if any(below(source, path) for source in sources)), 1)


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


def _swept(run: Run, following: Run | None) -> list[str] | None:
    """The directories in which a `find` removes all but a few names, itself or by the xargs that follows it."""
    if run.name != "find":
        return None
    words = [word.lstrip("\\") for word in run.words[1:]]
    piped = following is not None and following.step == run.step and following.name == "xargs"
    removes = "-delete" in words or "rm" in words or (piped and following is not None and "rm" in following.words)
    if not removes or not _names_what_stays(words):
        return None
    roots = list(takewhile(lambda word: not word.startswith(("-", "(", "!")), words)) or ["."]
    return [path for root in roots if (path := path_of(run, root)) is not None]


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


def _of_files(name: str) -> str:
    """The pattern for all files of the kind of one with this name."""
    from ctxopt.catalogue.carried import carried

    names = (pattern for kind in carried().kind for pattern in kind.files if matches(pattern, name))
    return f"**/{next(names, name)}"


def _patterns(copy: StageCopy, loads: Sequence[_Load], leftovers: Sequence[str]) -> list[str]:
    """The patterns for `--exclude`, which are relative to the source."""
    patterns: dict[str, None] = {}
    for load in loads:
        for node, _ in load.entries[:_NAMED]:
            # The same name further down may be that of a part of an installed package.
            name = load.inside.get(node.path) or f"**/{node.name}"
            patterns[name if node.inside is not None else _of_files(node.name)] = None
    for path in leftovers:
        source = max((paths.join("/", one) for one in copy.sources if below(paths.join("/", one), path)), key=len)
        patterns[(below(source, path) or "").lstrip("/")] = None
    return list(patterns)[:4]
