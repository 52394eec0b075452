"""Files that two COPY or ADD copy into the same image: each writes them into its own layer."""

from collections.abc import Iterator, Sequence
from dataclasses import field
from heapq import nlargest
from typing import Final

from ctxopt.catalogue.installs import is_manifest
from ctxopt.core.build_context import BuildContext
from ctxopt.core.context.tree import Totals, View
from ctxopt.core.dockerfile.model import Plan
from ctxopt.core.golang import match as gomatch
from ctxopt.core.golang import paths
from ctxopt.core.ids import ReadId, StageId, StepId
from ctxopt.core.lazy_dataclass import dataclass
from ctxopt.core.usage.index import Usage
from ctxopt.core.usage.snapshot import Node
from ctxopt.findings import layers
from ctxopt.findings.context import RuleContext
from ctxopt.findings.model import Finding
from ctxopt.findings.rule import Rule
from ctxopt.image.commands import Run, is_command
from ctxopt.image.destinations import Destination
from ctxopt.image.effects import Target, changed, rewritten
from ctxopt.image.places import lineage

#: Minimum size of a finding, in bytes: where one instruction can just go, and where something must be excluded.
_LEAST: Final = 50_000
_LEAST_TO_EXCLUDE: Final = 250_000
#: The same for files at two places, each of which something may need.
_LEAST_APART: Final = 1_000_000
#: The same for a directory, and for files, that are copied alone before a RUN and again with all others after it, which
#: is done for the build cache.
_LEAST_FOR_CACHE: Final = 1_000_000
_LEAST_OF_FILES: Final = 10_000_000
#: Commands that give files the contents of another commit.
_CHECKS_OUT: Final = tuple(
    f"git {verb}" for verb in ("checkout", "reset", "restore", "switch", "pull", "merge", "stash")
)
#: Maximum number of instructions to compare, the first ones.
_MOST: Final = 100
#: Maximum number of files to collect by name, more than are shown.
_SHOWN: Final = 8
#: Maximum number of `--exclude` in the fix.
_NAMED: Final = 3


def check(context: RuleContext) -> Iterator[Finding]:
    """Find what each instruction copies again, one finding for the later instruction."""
    build = context.build
    reads = build.plan.reads
    exported = [read.number for read in reads if read.reaches_image and not read.unresolved]
    if len(exported) < 2:
        return
    exported = exported[:_MOST]
    for later, shared in sorted(_shared(build.usage, exported).items()):
        if shared.totals.size >= _LEAST:
            yield from _found(context, shared, [exported[place] for place in sorted(shared.earlier)], exported[later])


RULE = Rule(
    id="CTX204",
    name="size-copied-twice",
    of_image=True,
    title="Files copied into the image twice",
    help=(
        "Each `COPY` writes its files into its own layer, even if the same file is already there. "
        "Copy a file once, or exclude it from the broader `COPY` with `--exclude`."
    ),
    check=check,
)


@dataclass(slots=True)
class _Shared:
    """What a read shares with earlier ones: their positions in build order, and the numbers of reader sets."""

    earlier: set[int] = field(default_factory=set)
    sets: set[int] = field(default_factory=set)
    totals: Totals = field(default_factory=Totals)


def _shared(usage: Usage, exported: Sequence[int]) -> dict[int, _Shared]:
    """What reads share with earlier ones, by the position of the later read; each file counts once."""
    places = {number: index for index, number in enumerate(exported)}
    # The positions of the readers of each set, and what of the sets with the same ones any file has.
    readers_at: list[frozenset[int]] = []
    same: dict[frozenset[int], _Shared] = {}
    totals = usage.by_readers()
    for readers in usage.reader_sets:
        here = frozenset(places[reader] for reader in places.keys() & readers.added)
        readers_at.append(here if readers.rest is None else readers_at[readers.rest.number] | here)
        if readers.number in totals and len(readers_at[-1]) > 1:
            shared = same.setdefault(readers_at[-1], _Shared())
            shared.sets.add(readers.number)
            shared.totals += totals[readers.number]
    by_later: dict[int, _Shared] = {}
    for here, these in same.items():
        positions = sorted(here)
        for at, later in enumerate(positions[1:], 1):
            shared = by_later.setdefault(later, _Shared())
            shared.earlier.update(positions[:at])
            shared.sets |= these.sets
            shared.totals += these.totals
    return by_later


def _found(context: RuleContext, shared: _Shared, earlier: Sequence[ReadId], later: ReadId) -> Iterator[Finding]:
    build = context.build
    totals = shared.totals
    entries = nlargest(
        _SHOWN,
        (
            (Node(directory, index), Totals(1, directory.sizes[index]))
            for directory, index in build.usage.entries(
                View.TRANSFER | View.BUILDKIT, lambda readers: readers.number in shared.sets
            )
        ),
        key=lambda entry: entry[1].size,
    )
    location = _place(context, entries[0][0], later)
    same = all(_place(context, entries[0][0], number) in (location, None) for number in earlier)
    reads = build.plan.reads
    between = range(reads[earlier[0]].step, reads[later].step)
    for_cache = not any(reads[number].broad for number in earlier) and any(
        build.plan.steps[step].kind == "RUN" for step in between
    )
    manifests = totals.files == len(entries) and all(is_manifest(node.name) for node, _ in entries)
    if manifests or totals.size < _least_of(build, earlier, later, totals, for_cache=for_cache, same=same):
        return
    if all(_is_of_another_image(build.plan, reads[number].stage, reads[later].stage) for number in earlier):
        # That image needs the first copy, and the one on it what else the second brings.
        return
    if same and any(_checks_out(run) for step in between for run in context.commands.of(StepId(step))):
        # The second copy undoes that.
        return
    if not same and _is_changed(context, entries, (*earlier, later)):
        # A link would lead to what is changed at one place only, or cannot be changed there.
        return
    read = reads[later]
    names = [layers.label(node) for node, _ in entries]
    before = layers.lines(reads[number].line for number in earlier)
    yield Finding(
        RULE.id,
        layers.severity(totals),
        build.plan.file,
        read.line,
        f"{read.kind} copies {layers.listed(names, totals.files)} again, after {before}",
        _fix(build, names, earlier, later, totals)
        if same
        else _of_two_places(context, entries, totals.files, (*earlier, later)),
        totals=totals,
        evidence=(
            *(f"line {reads[number].line}: {layers.shown_read(reads[number])}" for number in earlier),
            f"line {read.line}: {layers.shown_read(read)}",
            *layers.largest(entries, totals.files),
        ),
        end_line=read.end_line,
    )


def _checks_out(run: Run) -> bool:
    """Whether a command gives files of a repository the contents of another commit."""
    return any(is_command(run, command) for command in _CHECKS_OUT)


def _least_of(
    build: BuildContext, earlier: Sequence[ReadId], later: ReadId, totals: Totals, *, for_cache: bool, same: bool
) -> int:
    """The size from which what instructions copy twice is worth a finding, in bytes."""
    if not same:
        return _LEAST_APART
    if for_cache:
        return _LEAST_FOR_CACHE if any(_has_directory(build, number) for number in earlier) else _LEAST_OF_FILES
    is_needless = any(build.usage.results[number].totals == totals for number in (*earlier, later))
    return _LEAST if is_needless else _LEAST_TO_EXCLUDE


def _has_directory(build: BuildContext, number: ReadId) -> bool:
    """Whether an instruction names a directory of a project, as opposed to one with settings of a tool."""
    tops = (paths.join("/", source)[1:] for source in build.plan.reads[number].sources)
    entries = (build.locate(top) for top in tops if top and not top.startswith("."))
    return any(entry is not None and Node(*entry).inside is not None for entry in entries)


def _is_of_another_image(plan: Plan, stage: StageId, later: StageId) -> bool:
    """Whether a stage below another one is an image of its own, or one between them: it says what a container runs."""
    between = lineage(plan, later) - lineage(plan, stage) | {stage}
    return stage != later and any(
        step.kind in ("CMD", "ENTRYPOINT") and step.stage in between and step.stage != later for step in plan.steps
    )


def _is_changed(context: RuleContext, entries: Sequence[tuple[Node, Totals]], copying: Sequence[ReadId]) -> bool:
    """Whether a RUN changes the owner, the mode or the text of one of the copies, so that they have to differ."""
    changes = {node.path for touch in context.once(_changes) if touch.read in copying for node, _ in touch.entries}
    return any(
        f"{node.path}/".startswith(f"{path}/" if path else "") for node, _ in entries for path in sorted(changes)
    )


def _changes(context: RuleContext) -> tuple[layers.Touch, ...]:
    """What the RUN of the image change of copied files, looked for once for all findings."""

    def targets(run: Run) -> Iterator[Target]:
        yield from changed(run)[0]
        yield from rewritten(run)

    return tuple(layers.touched(context, ("chown", "chgrp", "chmod", "sed", "perl"), targets))


def _of_two_places(
    context: RuleContext, entries: Sequence[tuple[Node, Totals]], files: int, copying: Sequence[ReadId]
) -> str:
    """The fix where instructions copy to several places: no link can stand where a later RUN removes what is there."""
    gone = {
        touch.read: node.path
        for touch in layers.removals(context)
        for node, _ in touch.entries
        if node.path and all(f"{entry.path}/".startswith(f"{node.path}/") for entry, _ in entries)
    }
    read = next((context.build.plan.reads[number] for number in copying if number in gone), None)
    if read is None:
        it = "it" if files == 1 else "them"
        link = f"copy {it} once, and add a symlink at the other place (ln -s)"
        broad = [one for number in copying if (one := context.build.plan.reads[number]).broad]
        if len(broad) != 1 or files != len(entries) or files > _NAMED:
            return link
        flags = " ".join(f"--exclude={node.path}" for node, _ in entries)
        exclude = f"write {broad[0].kind} {flags} … in line {broad[0].line} (Dockerfile syntax 1.19 or newer)"
        return f"{exclude} if nothing reads {it} there; else {link}"
    flag = f"--exclude={_below(gone[read.number], [paths.join('/', source)[1:] for source in read.sources])}"
    return f"write {read.kind} {flag} … in line {read.line} (Dockerfile syntax 1.19 or newer): a later RUN removes it"


def _fix(build: BuildContext, names: Sequence[str], earlier: Sequence[ReadId], later: ReadId, shared: Totals) -> str:
    """The fix where both instructions copy to the same place; `shared` is what both copy."""
    reads = build.plan.reads
    read = reads[later]
    steps = build.plan.steps
    both = layers.lines(reads[number].line for number in (*earlier, later))
    if build.usage.results[later].totals == shared and not read.excludes:
        every = any(reads[number].broad for number in earlier)
        if (read.broad and every) or any(steps[reads[one].step].flags != steps[read.step].flags for one in earlier):
            # The later one may be there for the owner or the mode, or for what is between them.
            return f"keep only one of the instructions in {both}"
        ran = any(step.kind == "RUN" for step in steps[reads[earlier[0]].step : read.step])
        unless = ", unless a RUN above it changes or removes what it copies" if ran else ""
        return f"remove the {read.kind} in line {read.line}{unless}"
    if len(names) > _NAMED:
        names = _largest_sources(build, earlier)
    same_flags = all(steps[reads[one].step].flags == steps[read.step].flags for one in earlier)
    if not (names and all(names) and same_flags) or any(gomatch.has_wildcards(name) for name in names):
        return f"keep only one of the instructions in {both}"
    tops = [paths.join("/", source)[1:] for source in read.sources]
    flags = " ".join(f"--exclude={_below(name, tops)}" for name in names)
    return f"write {read.kind} {flags} … in line {read.line} (Dockerfile syntax 1.19 or newer)"


def _largest_sources(build: BuildContext, numbers: Sequence[ReadId]) -> list[str]:
    """The largest sources of some instructions as paths, of those that are worth an option."""
    sizes: dict[str, int] = {}
    for number in numbers:
        for source in build.plan.reads[number].sources:
            path = paths.join("/", source)[1:]
            entry = build.locate(path) if path else None
            sizes[path] = _LEAST if entry is None else build.usage.taken(number, *entry).size
    least = max(_LEAST, max(sizes.values(), default=0) // 10)
    return [path for path in sorted(sizes, key=lambda path: -sizes[path]) if sizes[path] >= least][:_NAMED]


def _below(name: str, tops: Sequence[str]) -> str:
    return next((name[len(top) + 1 :] for top in tops if top and name.startswith(top + "/")), name)


def _place(context: RuleContext, node: Node, read: ReadId) -> str | None:
    """The path in the image at which a read puts a file; None if it is unknown."""
    for destination in context.once(_by_read).get(read, ()):
        top = destination.node.path
        if node.path == top:
            return destination.path
        if destination.node.inside is not None and (not top or node.path.startswith(top + "/")):
            return paths.join(destination.path, node.path[len(top) :])
    return None


def _by_read(context: RuleContext) -> dict[ReadId, list[Destination]]:
    """The destinations of each read."""
    found: dict[ReadId, list[Destination]] = {}
    for destination in context.destinations:
        found.setdefault(destination.read, []).append(destination)
    return found
