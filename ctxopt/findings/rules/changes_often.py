"""Files in a COPY or ADD that change with every build, commit or test run, so that every later step is rebuilt."""

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from ctxopt.core.build_context import BuildContext
from ctxopt.core.context.tree import Directory, EntryKind, Totals
from ctxopt.core.dockerfile.model import Plan
from ctxopt.core.dockerignore.quote import literal
from ctxopt.core.golang import paths
from ctxopt.core.usage.snapshot import Node
from ctxopt.findings import layers
from ctxopt.findings.context import RuleContext
from ctxopt.findings.model import Confidence, Finding, Severity
from ctxopt.findings.rule import Rule
from ctxopt.image.commands import is_command
from ctxopt.image.places import lineage

#: Names of directories and of files, each with the event that changes them.
_DIRECTORIES: Final = {
    ".git": "commit",
    ".hg": "commit",
    ".svn": "commit",
    "coverage": "test run",
    "htmlcov": "test run",
    ".nyc_output": "test run",
    "test-results": "test run",
    "playwright-report": "test run",
    "allure-results": "test run",
    ".pytest_cache": "test run",
}
_FILES: Final = {
    "*.log": "run",
    ".coverage": "test run",
    "coverage.xml": "test run",
    "lcov.info": "test run",
    "junit.xml": "test run",
    "*.tsbuildinfo": "build",
    "build-info.json": "build",
    "build_info.json": "build",
    "buildinfo.txt": "build",
    "build-date.txt": "build",
    "build_date.txt": "build",
    "build-timestamp": "build",
    "BUILD_TIMESTAMP": "build",
    ".build-stamp": "build",
    ".last-build": "build",
    "git-revision.txt": "commit",
    "REVISION": "commit",
}
#: A directory of this name only counts if it contains one of these.
_PROOF: Final = {
    "coverage": ("lcov.info", "lcov-report", "index.html", "coverage-final.json", "clover.xml", "coverage.xml")
}
#: Directories whose files do not change often, whatever they are called.
_STILL: Final = frozenset(
    (
        *("node_modules", "vendor", "site-packages", ".venv", "venv", "testdata", "fixtures", "test", "tests", "spec"),
        *("__tests__", "docs", "examples"),
    )
)
#: What reads the git history: names of commands, files that configure a build, and texts in them.
_GIT_TOOLS: Final = ("git", "goreleaser", "gitversion", "nbgv", "hugo")
_CONFIGURATIONS: Final = (
    *("pyproject.toml", "setup.cfg", "setup.py", "package.json", "pom.xml", "build.gradle", "build.gradle.kts"),
    *("build.rs", "build.sbt", "Makefile", "GNUmakefile", "CMakeLists.txt", "meson.build", "Rakefile", "justfile"),
)
_MARKS: Final = (
    *(b"setuptools_scm", b"setuptools-scm", b"hatch-vcs", b"versioningit", b"versioneer", b"pbr", b"git-commit-id"),
    *(b"gitinfo", b"git-version", b"vergen", b"git rev-parse", b"git describe", b"git log", b"dynamic-versioning"),
)
_LARGEST: Final = 1 << 20
_PATTERNS: Final = 4
_HISTORY: Final = (".git", ".hg", ".svn")


def check(context: RuleContext) -> Iterator[Finding]:
    """Find such files in each COPY and ADD that a RUN follows."""
    build = context.build
    plan = build.plan
    entries = sorted(_entries(build.tree.root, build.tree.names), key=lambda node: (node.inside is None, node.path))
    if not entries:
        return
    followers = _followers(plan)
    reads = [read.number for read in plan.reads if read.kind != "RUN" and followers[read.number]]
    for number in reads:
        named = {paths.join("/", source)[1:] for source in plan.reads[number].sources}
        taken = [
            (node, totals)
            for node in entries
            if node.path not in named and (totals := build.usage.taken(number, node.directory, node.index)).files
        ]
        if any(node.name in _HISTORY for node, _ in taken) and _needs_history(context, number):
            taken = [(node, totals) for node, totals in taken if node.name not in _HISTORY]
        if taken:
            yield _finding(build, number, taken, followers[number])


RULE = Rule(
    id="CTX302",
    name="cache-changes-often",
    title="Files that change all the time in what an instruction copies",
    help=(
        "The cache compares contents: with the history of git, logs or reports in a `COPY`, that and every instruction "
        "after it run each time. Leave them out with the ignore file."
    ),
    check=check,
)


def _followers(plan: Plan) -> list[int]:
    """For each read the number of RUN after it, in its stage and in stages that start from it."""
    runs: dict[int, list[int]] = {stage: [] for stage in {read.stage for read in plan.reads if not read.unresolved}}
    lineages = {stage.number: lineage(plan, stage.number) & runs.keys() for stage in plan.stages if stage.needed}
    for place, step in enumerate(plan.steps):
        if step.kind == "RUN":
            for stage in lineages.get(step.stage, ()):
                runs[stage].append(place)
    return [
        0 if read.unresolved else len(runs[read.stage]) - bisect_right(runs[read.stage], read.step)
        for read in plan.reads
    ]


def _entries(root: Directory, names: Iterable[str]) -> Iterator[Node]:
    """The entries of the context that change often, judging by their names."""
    ends = tuple(pattern[1:] for pattern in _FILES if pattern.startswith("*"))
    wanted = {name for name in names if name in _DIRECTORIES or name in _FILES or name.endswith(ends)}
    stack = [root] if wanted else []
    while stack:
        directory = stack.pop()
        taken: set[str] = set()
        for name in () if wanted.isdisjoint(directory.names) else wanted.intersection(directory.names):
            place = directory.find(name)
            if directory.kinds[place] != EntryKind.DIRECTORY:
                if name not in _DIRECTORIES:
                    yield Node(directory, place)
            elif name in _DIRECTORIES and _is_proven(directory, name):
                taken.add(name)
                yield Node(directory, place)
        stack += [
            inside for name, inside in directory.subdirectories.items() if name not in taken and name not in _STILL
        ]


def _is_proven(directory: Directory, name: str) -> bool:
    wanted = _PROOF.get(name)
    inside = directory.subdirectories.get(name)
    return wanted is None or (inside is not None and any(inside.find(proof) >= 0 for proof in wanted))


def _needs_history(context: RuleContext, number: int) -> bool:
    """Whether a command or a build configuration may read the git history."""
    build = context.build
    commands, read = context.commands, build.plan.reads[number]
    for step in commands.in_stage(read.stage):
        if build.plan.steps[step].kind != "RUN":
            continue
        if ".git" in build.plan.steps[step].text or not commands.of(step):
            return True
        for run in commands.of(step):
            stamped = is_command(run, "go build") or is_command(run, "go install")
            if run.name in _GIT_TOOLS or (stamped and "-buildvcs=false" not in run.words):
                return True
    for name in _CONFIGURATIONS:
        if build.tree.root.find(name) >= 0:
            data = build.read(name, _LARGEST)
            if data is None or any(mark in data for mark in _MARKS):
                return True
    return False


def _finding(build: BuildContext, number: int, taken: Sequence[tuple[Node, Totals]], after: int) -> Finding:
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
        f"{layers.listed(names)} {verb} with every {when}: this {read.kind} and the "
        f"{f'{after:,} RUN' if after > 1 else 'RUN'} after it are then never taken from the cache",
        _fix(build, number, [node for node, _ in taken]),
        totals=totals,
        confidence=Confidence.HIGH if any(node.name in _HISTORY for node, _ in taken) else Confidence.MEDIUM,
        evidence=(f"line {read.line}: {layers.shown_read(read)}", *layers.largest(taken)),
        end_line=read.end_line,
    )


def _when(name: str) -> str:
    known = _DIRECTORIES.get(name) or _FILES.get(name)
    return known or next(when for pattern, when in _FILES.items() if pattern[0] == "*" and name.endswith(pattern[1:]))


def _fix(build: BuildContext, number: int, nodes: Sequence[Node]) -> str:
    patterns = list(dict.fromkeys(_pattern(node) for node in nodes))
    others = {
        read.line
        for read in build.plan.reads
        if read.number != number
        and not (read.broad or read.unresolved)
        and any(build.usage.taken(read.number, node.directory, node.index).files for node in nodes)
    }
    if others:
        excludes = " ".join(f"--exclude={pattern}" for pattern in patterns[:_PATTERNS])
        return (
            f"write {build.plan.reads[number].kind} {excludes} … (Dockerfile syntax 1.19 or newer), "
            f"as line {min(others)} reads the same"
        )
    unless = "if no command reads the history, " if any(node.name in _HISTORY for node in nodes) else ""
    return unless + layers.left_out(build, patterns)


def _pattern(node: Node) -> str:
    if node.inside is None and node.name not in _FILES:
        return "**/" + next(pattern for pattern in _FILES if pattern[0] == "*" and node.name.endswith(pattern[1:]))
    return literal(node.path)
