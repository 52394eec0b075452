"""Files in a COPY or ADD that change with every build, commit or test run, so that every later step is rebuilt."""

from bisect import bisect_right
from collections.abc import Collection, Iterable, Iterator, Sequence
from fnmatch import fnmatchcase
from itertools import islice
from typing import Final

from ctxopt.catalogue.changing import changing, changing_names
from ctxopt.core.build_context import BuildContext
from ctxopt.core.context.tree import Directory, EntryKind, Totals, View
from ctxopt.core.dockerfile.model import Plan
from ctxopt.core.dockerignore.quote import literal
from ctxopt.core.golang import paths
from ctxopt.core.ids import ReadId, StageId, StepId
from ctxopt.core.usage.snapshot import Node
from ctxopt.evidence.kept_lines import is_kept_on_purpose
from ctxopt.findings import layers
from ctxopt.findings.context import RuleContext
from ctxopt.findings.git_asked import makefiles_ask, may_ask_git, shown_elsewhere
from ctxopt.findings.history import histories_in_image
from ctxopt.findings.model import Confidence, Finding, Severity
from ctxopt.findings.rule import Rule
from ctxopt.findings.shared_ignore import needed_elsewhere, other_dockerfiles
from ctxopt.image.places import lineage

_PATTERNS: Final = 4
#: Maximum size of a file that may name a log, in bytes.
_LARGEST: Final = 64 << 10
#: Maximum number of files in a directory about which git is asked.
_MOST: Final = 50


def check(context: RuleContext) -> Iterator[Finding]:
    """Find such files in each COPY and ADD that a RUN follows."""
    build = context.build
    plan = build.plan
    entries = sorted(_entries(build.tree.root, build.tree.names), key=lambda node: (node.inside is None, node.path))
    if not entries:
        return
    followers = _followers(plan)
    fails_at = _fails_at(build)
    reads = [
        read.number
        for read in plan.reads
        if read.kind != "RUN" and followers[read.number] and read.step < fails_at.get(read.stage, len(plan.steps))
    ]
    # Texts are searched only where an instruction may be worth a finding.
    entries = _without_read(context, entries) if reads else []
    if not entries:
        return
    totals_of: dict[tuple[int, str], Totals] = {}
    needs_history: dict[int, bool] = {}
    naming: dict[tuple[str, ...], set[int]] = {}
    asking: set[int] | None = None
    is_elsewhere: bool | None = None

    def taken_by(number: ReadId, node: Node) -> Totals:
        # Instructions that read the same take the same.
        key = build.usage.first_of(number), node.path
        if key not in totals_of:
            totals_of[key] = build.usage.taken(number, node.directory, node.index)
        return totals_of[key]

    def keeps_history(number: ReadId) -> bool:
        stage = plan.reads[number].stage
        if stage not in needs_history:
            needs_history[stage] = _needs_history(context, number)
        return needs_history[stage]

    for number in reads:
        named = {paths.join("/", source)[1:] for source in plan.reads[number].sources}
        taken = [
            (node, totals)
            for node in entries
            if not (_is_named(node, named) or _stays(context, node) or _is_in_image(context, number, node))
            and (totals := taken_by(number, node)).files
        ]
        if any(_is_history(node) for node, _ in taken) and (keeps_history(number) or _may_be_needed_elsewhere(context)):
            taken = [(node, totals) for node, totals in taken if not _is_history(node)]
        if taken and is_elsewhere is None:
            # Imported here because it reads many files.
            from ctxopt.evidence.operation import has_other_context

            is_elsewhere = has_other_context(build)
        if taken and not is_elsewhere:
            key = tuple(node.path for node, _ in taken)
            if key not in naming:
                naming[key] = _lines_naming(build, [node for node, _ in taken])
            needing = set(naming[key])
            if any(_is_history(node) for node, _ in taken):
                # Another stage may ask it.
                if asking is None:
                    histories = [node for node, _ in taken if _is_history(node)]
                    asking = {
                        plan.reads[other].line
                        for other in reads
                        if any(taken_by(other, node).files for node in histories) and keeps_history(other)
                    }
                needing |= asking
            yield _finding(context, number, taken, followers[number], needing)


RULE = Rule(
    id="CTX302",
    name="cache-changes-often",
    title="Copied files that change with every build or commit",
    help=(
        "The cache compares contents: a `COPY` with git history, logs or reports in it, and every "
        "instruction after it, run again each time. Exclude these files."
    ),
    check=check,
)


def _without_read(context: RuleContext, entries: Sequence[Node]) -> list[Node]:
    """The entries without the files of builds and commits that a text of the project names: a program may read them."""
    files = {node.path: False for node in entries if node.inside is None and not _is_of_run(node)}
    if not files or context.evidence is None:
        return list(entries)
    from ctxopt.evidence.of_build import named_in_texts

    read = named_in_texts(context.build, context.evidence, files)
    return [node for node in entries if node.path not in read]


def _is_of_run(node: Node) -> bool:
    """Whether a file is a log or the result of a test run, which texts name that write it."""
    return _when(node.name) not in ("build", "commit") or node.name.endswith(".tsbuildinfo")


def _is_named(node: Node, named: Collection[str]) -> bool:
    """Whether an instruction names an entry, or something in it, so that it is to be copied."""
    return any(name == node.path or name.startswith(f"{node.path}/") for name in named)


def _stays(context: RuleContext, node: Node) -> bool:
    """Whether a file that git tracks stays as it is.

    An empty one keeps the place of one that a program writes, and a log is written where programs of a project are.
    """
    if node.inside is not None:
        return _is_leftover(context, node)
    if context.git is None or not context.git.tracks(node.path):
        return False
    # What is in a hidden directory was once left there by a tool.
    if node.directory.sizes[node.index] <= 1 or any(part[:1] == "." for part in node.directory.path.split("/")):
        return True
    is_log = changing(False)[_file_pattern(node.name)].started
    return is_log and not _is_written(context.build, node)


def _is_leftover(context: RuleContext, node: Node) -> bool:
    """Whether somebody once committed what a tool wrote to a directory, and nothing sets that tool up any more."""
    settings, inside = changing(True)[node.name].settings, node.inside
    if not settings or inside is None or context.git is None:
        return False
    if any(fnmatchcase(name, pattern) for name in context.build.tree.names for pattern in settings):
        return False
    files = islice(
        (name for name, kind in zip(inside.names, inside.kinds, strict=True) if kind == EntryKind.FILE), _MOST
    )
    return any(context.git.tracks(inside.child_path(name)) for name in files)


def _is_written(build: BuildContext, node: Node) -> bool:
    """Whether a program writes a log, judging by the name of its directory, or by a file beside it that names it.

    Others are what somebody once committed.
    """
    known, directory = changing_names(), node.directory
    if directory.path.rpartition("/")[2].lower() in known.written_in:
        return True
    beside = [file for file in known.written_beside if directory.find(file) >= 0]
    texts = (build.read(directory.child_path(file), _LARGEST) or b"" for file in beside)
    return any(node.name.encode() in text for text in texts)


def _is_in_image(context: RuleContext, number: int, node: Node) -> bool:
    """Whether CTX103 says of a history that this instruction brings it into the image."""
    history = histories_in_image(context).get(node.path) if _is_history(node) else None
    return history is not None and history.exposure.read.number == number


def _followers(plan: Plan) -> list[int]:
    """For each read the number of RUN after it, in its stage and in stages that start from it."""
    runs: dict[int, list[int]] = {stage: [] for stage in {read.stage for read in plan.reads if not read.unresolved}}
    lineages = {stage.number: lineage(plan, stage.number) & runs.keys() for stage in plan.stages if stage.needed}
    for number, step in plan.numbered_steps():
        if step.kind == "RUN":
            for stage in lineages.get(step.stage, ()):
                runs[stage].append(number)
    return [
        0 if read.unresolved else len(runs[read.stage]) - bisect_right(runs[read.stage], read.step)
        for read in plan.reads
    ]


def _fails_at(build: BuildContext) -> dict[StageId, StepId]:
    """The first step of each stage, or of those that it starts from, that fails: nothing behind it is rebuilt."""
    plan = build.plan
    first: dict[StageId, StepId] = {}
    for read in plan.reads:
        if build.usage.results[read.number].error is not None:
            first.setdefault(read.stage, read.step)
    for stage in plan.stages if first else ():
        # A stage comes after the one that it starts from.
        if stage.parent in first:
            first[stage.number] = min(first[stage.parent], first.get(stage.number, first[stage.parent]))
    return first


def _is_history(node: Node) -> bool:
    known = changing(True).get(node.name)
    return known is not None and known.history


def _entries(root: Directory, names: Iterable[str]) -> Iterator[Node]:
    """The entries of the context that change often, judging by their names."""
    files, directories, still = changing(False), changing(True), frozenset(changing_names().still)
    ends = tuple(pattern[1:] for pattern in files if pattern.startswith("*"))
    wanted = {name for name in names if name in directories or name in files or name.endswith(ends)}
    stack = [root] if wanted else []
    while stack:
        directory = stack.pop()
        taken: set[str] = set()
        for name in () if wanted.isdisjoint(directory.names) else wanted.intersection(directory.names):
            index = directory.find(name)
            if directory.kinds[index] != EntryKind.DIRECTORY:
                if name not in directories:
                    yield Node(directory, index)
            elif name in directories and _is_proven(directory, name):
                taken.add(name)
                yield Node(directory, index)
        stack += [
            inside for name, inside in directory.subdirectories.items() if name not in taken and name not in still
        ]


def _is_proven(directory: Directory, name: str) -> bool:
    wanted = changing(True)[name].proof
    inside = directory.subdirectories.get(name)
    return not wanted or (inside is not None and any(inside.find(proof) >= 0 for proof in wanted))


def _needs_history(context: RuleContext, number: int) -> bool:
    """Whether a command or a build configuration may read the history, or the user wants it to be sent."""
    build = context.build
    if is_kept_on_purpose(build, ".git") or _is_sent_without_objects(build):
        return True
    commands, read = context.commands, build.plan.reads[number]
    for step in commands.in_stage(read.stage):
        if build.plan.steps[step].kind != "RUN":
            continue
        if ".git" in build.plan.steps[step].text or not commands.of(step):
            return True
    return context.history is not None or may_ask_git(context, read.stage)


def _may_be_needed_elsewhere(context: RuleContext) -> bool:
    """Whether another Dockerfile may ask git in a way that its commands do not show, so that no fix is sure."""
    return context.once(_is_asked_elsewhere)


def _is_asked_elsewhere(context: RuleContext) -> bool:
    if any("make " in other.commands for other in other_dockerfiles(context)) and makefiles_ask(context.build):
        return True
    return bool(shown_elsewhere(context))


def _is_sent_without_objects(build: BuildContext) -> bool:
    """Whether the ignore file keeps out what was committed and keeps the rest, which says which commit it is."""
    inside = build.tree.root.subdirectories.get(".git")
    index = inside.find("objects") if inside is not None else -1
    return inside is not None and (index < 0 or not inside.flags[index] & View.BUILDKIT)


def _finding(
    context: RuleContext, number: int, taken: Sequence[tuple[Node, Totals]], after: int, naming: set[int]
) -> Finding:
    build = context.build
    read = build.plan.reads[number]
    names = [layers.label(node) for node, _ in taken]
    totals = sum((totals for _, totals in taken), Totals())
    *first, last = dict.fromkeys(_when(node.name) for node, _ in taken)
    when = f"{', '.join(first)} or {last}" if first else last
    grave = any(node.inside is not None for node, _ in taken)
    verb = "changes" if len(names) == 1 else "change"
    return Finding(
        RULE.id,
        Severity.WARNING if grave else Severity.NOTE,
        build.plan.file,
        read.line,
        f"{layers.listed(names)} {verb} with every {when}, which rebuilds this {read.kind} and the "
        f"{f'{after:,} RUN' if after > 1 else 'RUN'} after it",
        _fix(context, number, [node for node, _ in taken], naming),
        totals=totals,
        confidence=Confidence.HIGH if any(_is_history(node) for node, _ in taken) else Confidence.MEDIUM,
        evidence=(f"line {read.line}: {layers.shown_read(read)}", *layers.largest(taken)),
        end_line=read.end_line,
    )


def _when(name: str) -> str:
    known = changing(True).get(name) or changing(False)[_file_pattern(name)]
    return known.when


def _file_pattern(name: str) -> str:
    """The name of a file that changes often as it is known, which may begin with "*"."""
    files = changing(False)
    return name if name in files else next(known for known in files if known[0] == "*" and name.endswith(known[1:]))


def _lines_naming(build: BuildContext, nodes: Sequence[Node]) -> set[int]:
    """The lines of the instructions that name one of these entries, or something in it."""
    return {
        read.line
        for read in build.plan.reads
        if not (read.broad or read.unresolved)
        and any(_is_named(node, {paths.join("/", source)[1:] for source in read.sources}) for node in nodes)
    }


def _fix(context: RuleContext, number: int, nodes: Sequence[Node], naming: set[int]) -> str:
    build = context.build
    patterns = list(dict.fromkeys(_pattern(node) for node in nodes))
    elsewhere = ""
    if not naming:
        asks = _asks() if any(map(_is_history, nodes)) else ()
        elsewhere = needed_elsewhere(context, [node.path for node in nodes], asks)
    if naming or elsewhere:
        excludes = " ".join(f"--exclude={pattern}" for pattern in patterns[:_PATTERNS])
        return (
            f"write {build.plan.reads[number].kind} {excludes} … (Dockerfile syntax 1.19 or newer); "
            f"{f'line {min(naming)}' if naming else elsewhere} needs the same files"
        )
    return layers.hint_to_exclude(build, patterns)


def _asks() -> tuple[str, ...]:
    """The commands of git that read the history, as they are written."""
    from ctxopt.catalogue.history import history

    return history().asks


def _pattern(node: Node) -> str:
    if node.inside is None and node.name not in changing(False):
        return f"**/{_file_pattern(node.name)}"
    return literal(node.path)
