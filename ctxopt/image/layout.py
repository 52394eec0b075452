"""The paths of the context's files in the stages of a build, by COPY and ADD alone.

What a RUN moves, creates or removes is unknown, and an archive that ADD unpacks counts as one file. The paths
are those of BuildKit's solver: of a directory the contents are copied; a file is copied into a destination that
ends in a slash or has several sources, and to the destination itself otherwise.
"""

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import field
from operator import itemgetter
from typing import Final

from ctxopt.core.dockerfile.model import ContextRead, Plan, StageCopy
from ctxopt.core.golang import match as gomatch
from ctxopt.core.golang import paths
from ctxopt.core.golang.containing import Containing
from ctxopt.core.ids import StageId
from ctxopt.core.lazy_dataclass import dataclass
from ctxopt.core.usage.resolve import linked_sources
from ctxopt.core.usage.snapshot import Snapshot

#: The origin of a file in a stage: its path in the context, and the number of the read that copied it.
Origin = tuple[str, int]
#: Which source a file is copied by: its index, and the parts of the path that it matched, since matches are copied in
#: their order.
_Source = tuple[int, tuple[str, ...]]
#: Maximum number of files that copies may place, for all stages together, and how many more of each file of the
#: context: a thousand COPY of all there is place it a thousand times, and two between stages double it with each stage.
_MOST_PLACED: Final = 250_000
_MOST_TIMES: Final = 10


@dataclass(slots=True)
class Layout:
    """The files in one stage: for each path the origin, and the instruction that put it there.

    `paths` are the paths of all origins. `unknown` are the lines of instructions whose destination is unknown, or that
    place too many files.
    """

    files: dict[str, Origin] = field(default_factory=dict)
    steps: dict[str, ContextRead | StageCopy] = field(default_factory=dict)
    paths: set[str] = field(default_factory=set)
    unknown: list[int] = field(default_factory=list)


def layouts(plan: Plan, files_read: Sequence[Collection[str]], snapshot: Snapshot) -> dict[int, Layout]:
    """The context's files at the end of each needed stage, by the number of the stage.

    `files_read` are, for each of the plan's reads, the paths of the regular files that it reads. `snapshot` is the
    transferred context, in which the links in their sources are followed.
    """
    by_stage: dict[int, Layout] = {}
    steps = _steps(plan)
    left = of_context = _MOST_PLACED + _MOST_TIMES * max(map(len, files_read), default=0)
    for stage in plan.stages:
        if not stage.needed:
            continue
        inherited = by_stage.get(stage.parent) if stage.parent is not None else None
        layout = by_stage[stage.number] = Layout()
        # What is the same in two stages is there once: files are copied before they are changed here.
        shared = True
        if inherited is not None:
            layout.files = inherited.files
            layout.paths = inherited.paths
            layout.steps |= inherited.steps
        # Whether these paths are those of another stage too, and whether some may be there no longer.
        paths_shared, overwritten = True, False
        for step, base in _last(steps.get(stage.number, ()), layout.unknown):
            if isinstance(step, StageCopy):
                left -= len(by_stage[step.source].files) if step.source in by_stage else 0
            else:
                of_context -= len(files_read[step.number])
            if (left if isinstance(step, StageCopy) else of_context) < 0:
                layout.unknown.append(step.line)
                continue
            top = _only_directory(step, snapshot)
            if top is not None:
                candidates = _candidates_of_all(step, by_stage, files_read)
                placed_below = _placed_below(base, top, candidates)
                if layout.files:
                    layout.files = layout.files.copy() if shared else layout.files
                    shared = False
                    before = len(layout.files)
                    layout.files |= placed_below
                    overwritten = overwritten or len(layout.files) < before + len(placed_below)
                else:
                    layout.files = placed_below
                    shared = True
                if not layout.paths and placed_below is candidates and isinstance(step, StageCopy):
                    layout.paths = by_stage[step.source].paths if step.source in by_stage else layout.paths
                else:
                    layout.paths = layout.paths.copy() if paths_shared else layout.paths
                    layout.paths.update(map(itemgetter(0), placed_below.values()))
                    paths_shared = False
                layout.steps |= dict.fromkeys(placed_below, step)
                left += _MOST_TIMES * len(placed_below) if isinstance(step, ContextRead) else 0
                continue
            target = _Target(step, base, snapshot)
            placed = [
                (source, place, origin)
                for path, origin in _candidates(step, by_stage, files_read)
                for source, place in target.places(path)
            ]
            layout.files = layout.files.copy() if shared else layout.files
            shared = False
            # Of two files with the same place, that of the later source stays.
            before = len(layout.files)
            layout.paths = layout.paths.copy() if paths_shared else layout.paths
            paths_shared = False
            for _, place, origin in sorted(placed, key=itemgetter(0)):
                layout.files[place] = origin
                layout.paths.add(origin[0])
                layout.steps[place] = step
            overwritten = overwritten or len(layout.files) < before + len(placed)
            left += _MOST_TIMES * len(placed) if isinstance(step, ContextRead) else 0
        if overwritten:
            layout.paths = set(map(itemgetter(0), layout.files.values()))
    return by_stage


def _only_directory(step: ContextRead | StageCopy, snapshot: Snapshot) -> str | None:
    """The absolute path of all that an instruction copies: then no path is compared with its sources.

    None where it copies from several places, or through links.
    """
    sources = {paths.join("/", source) for source in step.sources}
    if step.parents or len(sources) != 1 or any(map(gomatch.has_wildcards, sources)):
        return None
    if isinstance(step, ContextRead) and any(linked_sources(snapshot, step.sources)):
        return None
    return sources.pop()


def _placed_below(base: str, top: str, files: dict[str, Origin]) -> dict[str, Origin]:
    """The files at or below a path, given by their absolute paths, below a destination; the same ones for the root."""
    into = base.rstrip("/")
    if top == "/":
        return {into + path: origin for path, origin in files.items()} if into else files
    below, length = f"{top}/", len(top)
    placed = {into + path[length:]: origin for path, origin in files.items() if path.startswith(below)}
    if top in files:
        placed[base + paths.base(top) if base.endswith("/") else base] = files[top]
    return placed


def _candidates_of_all(
    step: ContextRead | StageCopy, made: dict[int, Layout], files_read: Sequence[Iterable[str]]
) -> dict[str, Origin]:
    """All files that an instruction may copy, by their absolute paths in the context or the source stage."""
    if isinstance(step, ContextRead):
        return {f"/{path}": (path, step.number) for path in files_read[step.number]}
    return made.get(step.source, Layout()).files


def reaching(plan: Plan, snapshot: Snapshot) -> dict[int, list[str] | None]:
    """For each read of the plan, by its number, what of the context could get into the target by way of copies.

    These are the paths of files and directories in the context; None for all of it. Of a read that is not there nothing
    can. `snapshot` is as for `layouts`, which makes the same target of these files alone.
    """
    wanted = _wanted_in_stages(plan)
    found: dict[int, list[str] | None] = {}
    for read in plan.reads:
        places = wanted.get(read.stage, [])
        base = _directory(read)
        if read.kind == "RUN" or base is None or read.unresolved or places == []:
            continue
        # What is reached through links has other paths than its source.
        linked = places is not None and any(linked_sources(snapshot, read.sources))
        found[read.number] = None if places is None or linked else _below_sources(read, base, places)
    return found


def _wanted_in_stages(plan: Plan) -> dict[int, list[str] | None]:
    """For each stage, the absolute paths in it that could get into the target; None for all of it."""
    target = max(stage.number for stage in plan.stages if stage.exported)
    wanted: dict[int, list[str] | None] = {target: None}

    def add(stage: int, places: list[str] | None) -> None:
        known = wanted.get(stage, [])
        wanted[stage] = None if known is None or places is None else [*known, *places]

    copies: dict[int, list[StageCopy]] = {}
    for copy in plan.copies:
        copies.setdefault(copy.stage, []).append(copy)
    # A stage only takes from those before it.
    for stage in reversed(plan.stages):
        places = wanted.get(stage.number, [])
        if places == []:
            continue
        if stage.parent is not None:
            add(stage.parent, places)
        for copy in copies.get(stage.number, ()):
            add(copy.source, [_fixed_part(paths.join("/", source)) for source in copy.sources])
    return wanted


def _fixed_part(source: str) -> str:
    """A path up to its first part with a wildcard."""
    parts = source.split("/")
    fixed = next((number for number, part in enumerate(parts) if gomatch.has_wildcards(part)), len(parts))
    return "/".join(parts[:fixed])


def _below_sources(read: ContextRead, base: str, places: Sequence[str]) -> list[str] | None:
    """What of the context an instruction could put at or below some places; None for all that it reads."""
    if read.parents:
        return None
    found: list[str] = []
    into = [part for part in base.split("/") if part]
    for source in read.sources:
        top = _fixed_part(paths.join("/", source)).lstrip("/")
        if gomatch.has_wildcards(source):
            found.append(top)
            continue
        for location in places:
            parts = [part for part in location.split("/") if part]
            if parts[: len(into)] != into:
                # The place is elsewhere, or all of the source lies below it.
                found += [top] if into[: len(parts)] == parts else []
                continue
            found += [
                "/".join(filter(None, (top, *parts[len(into) :]))),
                *([top] if top and base.endswith("/") else []),
            ]
    return None if "" in found else list(dict.fromkeys(found))


def _steps(plan: Plan) -> dict[StageId, list[ContextRead | StageCopy]]:
    """The instructions that copy files into each stage, in order."""
    steps: dict[StageId, list[ContextRead | StageCopy]] = {}
    instructions: list[ContextRead | StageCopy] = [*(read for read in plan.reads if read.kind != "RUN"), *plan.copies]
    for instruction in sorted(instructions, key=lambda instruction: instruction.step):
        steps.setdefault(instruction.stage, []).append(instruction)
    return steps


def _last(
    steps: Iterable[ContextRead | StageCopy], unknown: list[int]
) -> Iterator[tuple[ContextRead | StageCopy, str]]:
    """The instructions with their destinations, without those that a later one repeats: it overwrites all of them.

    The lines of those without a known destination are added to `unknown`.
    """
    last: dict[object, tuple[ContextRead | StageCopy, str]] = {}
    for step in steps:
        base = _directory(step)
        if base is None or step.unresolved:
            unknown.append(step.line)
            continue
        key = (step.sources, base, step.parents, step.excludes if isinstance(step, ContextRead) else step.source)
        last.pop(key, None)
        last[key] = step, base
    yield from last.values()


def _directory(step: ContextRead | StageCopy) -> str | None:
    """The destination as an absolute path, with a slash at the end if it is a directory; None if it is unknown."""
    given = step.destination
    if step.misplaced:
        return None
    if not given.startswith("/"):
        if step.workdir is None:
            return None
        given = paths.join(step.workdir, given) + ("/" if given.endswith(("/", ".")) or not given else "")
    into = given.endswith("/") or len(step.sources) > 1
    return paths.clean(given).rstrip("/") + ("/" if into else "")


def _candidates(
    step: ContextRead | StageCopy, made: dict[int, Layout], files_read: Sequence[Iterable[str]]
) -> list[tuple[str, Origin]]:
    """The files that an instruction may copy, by their paths in the context or the source stage."""
    if isinstance(step, ContextRead):
        return [(path, (path, step.number)) for path in files_read[step.number]]
    return [(path.lstrip("/"), origin) for path, origin in made.get(step.source, Layout()).files.items()]


class _Target:
    """Maps source paths of an instruction to paths in the stage."""

    def __init__(self, step: ContextRead | StageCopy, base: str, snapshot: Snapshot) -> None:
        self._base = base
        self._sources: list[tuple[list[str], int | None]] = []
        self._index = _SourceIndex()
        #: The sources that links lead to, by their paths.
        self._linked: dict[str, list[_Source]] = {}
        # A source that is written again puts the same files in the same places: the last time counts.
        sources = list(dict.fromkeys(reversed(step.sources)))[::-1]
        if isinstance(step, ContextRead) and not step.parents:
            for number, path, followed in linked_sources(snapshot, sources):
                self._linked.setdefault(path, []).append((number, tuple(followed.split("/"))))
        for source in sources:
            wanted = [part for part in paths.join("/", source).split("/") if part]
            pivot = source.find("/./")
            # With --parents, the part before a /./ is not part of the destination.
            kept = len([part for part in paths.join("/", source[: max(pivot, 0)]).split("/") if part])
            self._index.add(wanted, len(self._sources))
            self._sources.append((wanted, kept if step.parents else None))

    def places(self, path: str) -> Iterator[tuple[_Source, str]]:
        """The paths that a file is copied to, each with the source that matches it."""
        parts = path.split("/")
        base = self._base
        if self._linked:
            yield from self._through_links(path)
        for number in self._index.candidates(parts):
            wanted, kept = self._sources[number]
            if not _begins_with(parts, wanted):
                continue
            source = number, tuple(parts[: len(wanted)])
            if kept is not None:
                yield source, "/".join((base.rstrip("/"), *parts[kept:]))
            elif len(parts) > len(wanted):
                yield source, "/".join((base.rstrip("/"), *parts[len(wanted) :]))
            else:
                yield source, base + parts[-1] if base.endswith("/") else base

    def _through_links(self, path: str) -> Iterator[tuple[_Source, str]]:
        into = self._base.rstrip("/")
        for source in self._linked.get(path, ()):
            yield source, self._base + source[1][-1] if self._base.endswith("/") else self._base
        cut = path.rfind("/")
        while cut >= 0:
            for source in self._linked.get(path[:cut], ()):
                yield source, f"{into}{path[cut:]}"
            cut = path.rfind("/", 0, cut)
        for source in self._linked.get("", ()):
            yield source, f"{into}/{path}"


class _SourceIndex:
    """The numbers of sources by the last of their parts: few of very many are compared with each path."""

    def __init__(self) -> None:
        #: Those whose last part is a plain name, by the number of their parts and that name.
        self._plain: dict[tuple[int, str], list[int]] = {}
        #: Those with wildcards in it, by the number of their parts.
        self._wild: dict[int, Containing[int]] = {}
        self._whole: list[int] = []

    def add(self, parts: Sequence[str], number: int) -> None:
        if not parts:
            self._whole.append(number)
        elif gomatch.has_wildcards(parts[-1]):
            text = (gomatch.needed_text(parts[-1]) or "").strip("\0")
            self._wild.setdefault(len(parts), Containing()).add(text, number)
        else:
            self._plain.setdefault((len(parts), parts[-1]), []).append(number)

    def candidates(self, parts: Sequence[str]) -> list[int]:
        """The sources, in order, that a path, or a directory above it, may match."""
        found = list(self._whole)
        for count, name in enumerate(parts, 1):
            found += self._plain.get((count, name), ())
            if count in self._wild:
                found += self._wild[count].candidates(name)
        return sorted(found)


def _begins_with(parts: list[str], wanted: list[str]) -> bool:
    return len(wanted) <= len(parts) and all(
        part == name or (gomatch.has_wildcards(part) and gomatch.matches(part, name))
        for part, name in zip(wanted, parts, strict=False)
    )
