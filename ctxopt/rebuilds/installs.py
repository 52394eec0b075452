"""Installing dependencies before everything is copied, after a COPY of the manifests alone."""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from ctxopt.core.build_context import BuildContext
from ctxopt.core.dockerfile.model import ContextRead, Step
from ctxopt.core.golang import paths
from ctxopt.evidence.image import ImageLocation, image_locations
from ctxopt.evidence.model import BuildRead
from ctxopt.rebuilds.commands import Commands, Installing
from ctxopt.rebuilds.model import CacheEdit, EditKind
from ctxopt.rebuilds.source import Source

#: What may stand between a COPY and the RUN that it is moved behind, whatever it says.
_PASSED: Final = ("LABEL", "EXPOSE", "CMD", "ENTRYPOINT", "STOPSIGNAL", "HEALTHCHECK", "USER", "SHELL")
#: A path that is written in a COPY as it is.
_PLAIN: Final = re.compile(r"[\w.@+/-]+")
#: In the text of a RUN: only a row of commands with && between them is taken apart.
_INVOLVED: Final = re.compile(r"[\"'`;|<>(){}#\\\n]|(?<!&)&(?!&)|\bcd\b|\bexport\b")


@dataclass(frozen=True, slots=True)
class _Copy:
    """A COPY or ADD of the context, with the files that it reads."""

    step: Step
    read: ContextRead
    files: tuple[str, ...]
    place: ImageLocation | None

    def wanted(self, installing: Installing) -> set[str]:
        """The files that it brings and a command needs."""
        if self.place is None:
            return {path for path in self.files if installing.wants(paths.split(path)[1])}
        directory = installing.run.directory
        inside = self.place.context_path(directory) if directory is not None else None
        if inside is None:
            return set()
        named = {paths.join(inside, word) for word in installing.named if not word.startswith("/")}
        return {
            path
            for path in self.files
            if path in named or (path.rpartition("/")[0] == inside and installing.wants(path.rpartition("/")[2]))
        }


def split(build: BuildContext, source: Source, commands: Commands) -> Iterator[CacheEdit]:
    """An edit for each stage that copies more than the manifests before it installs.

    A RUN that goes on after it has installed is taken apart.
    """
    plan = build.plan
    for stage in plan.stages:
        edit = _split_stage(build, source, commands, stage.number, stage.line)
        if edit is None:
            edit = _split_parted(build, source, commands, stage.number, stage.line)
        if edit is not None:
            yield edit


def _split_parted(build: BuildContext, source: Source, commands: Commands, stage: int, line: int) -> CacheEdit | None:
    """The same for a stage after the first RUN that installs and goes on was taken apart."""
    for number, step in enumerate(build.plan.steps):
        texts = _parted(commands, number, step) if step.stage == stage and step.line != line else None
        if texts is None:
            continue
        written = [" ".join(("RUN", *step.flags, text)) for text in texts]
        made = build.with_dockerfile(source.changed([step], {step.end_line + 1: written})).with_recorded(build.tree)
        parts = Source(made.located.dockerfile.data)
        edit = _split_stage(made, parts, Commands(made.plan), stage, line)
        if edit is not None:
            return replace(edit, lines=(*edit.lines, written[1]), replaced=((texts[0], number),))
    return None


def _parted(commands: Commands, number: int, step: Step) -> tuple[str, str] | None:
    """The text of a RUN that installs first, up to there and from there on."""
    if step.kind != "RUN" or not step.shell or step.read is not None or step.takes_from or _INVOLVED.search(step.text):
        return None
    texts = [text.strip() for text in step.text.split("&&")]
    runs = commands.of(number)
    if len(texts) != len(runs):
        return None
    installs = [place for place, run in enumerate(runs) if commands.install(run) is not None]
    if not installs or installs[0] != 0 or installs[-1] + 1 == len(runs):
        return None
    cut = next(place for place in range(len(runs)) if place not in installs)
    return " && ".join(texts[:cut]), " && ".join(texts[cut:])


def _split_stage(build: BuildContext, source: Source, commands: Commands, stage: int, line: int) -> CacheEdit | None:
    steps = [(n, step) for n, step in enumerate(build.plan.steps) if step.stage == stage and step.line != line]
    copies = {
        number: _copy(build, step, step.read)
        for number, step in steps
        if step.kind in ("COPY", "ADD") and step.read is not None
    }
    for place, (number, _) in enumerate(steps):
        if number in copies:
            earlier = [copies[n] for n, _ in steps[:place] if n in copies]
            edit = _from(build, source, commands, steps[place:], copies, earlier)
            if edit is not None:
                return edit
    return None


def _copy(build: BuildContext, step: Step, number: int) -> _Copy:
    read = build.plan.reads[number]
    place = image_locations((BuildRead(build.plan, read),))[0] if read.broad else None
    failed = build.usage.results[number].error is not None
    return _Copy(step, read, () if failed else tuple(build.usage.files_of(number)), place)


def _from(
    build: BuildContext,
    source: Source,
    commands: Commands,
    steps: Sequence[tuple[int, Step]],
    copies: Mapping[int, _Copy],
    earlier: Sequence[_Copy],
) -> CacheEdit | None:
    """The edit that moves the first of these steps, a COPY, and others like it behind the last install it can pass."""
    installs: list[tuple[Step, tuple[Installing, ...]]] = []
    found: list[_Copy] = []
    passed: list[_Copy] = []
    for number, step in steps:
        if number in copies:
            passed.append(copies[number])
        elif commands.installing(number):
            installs.append((step, commands.installing(number)))
            found = list(passed)
        elif not (_may_be_passed(step, passed) or commands.is_independent(number)):
            break
    every = [one for _, several in installs for one in several]
    staying = [copy for copy in found if copy.files and all(_is_wanted(copy, path, every) for path in copy.files)]
    moved = [copy for copy in found if copy not in staying]
    if not every or not moved or moved[0] is not found[0]:
        return None
    there = {path for copy in (*earlier, *staying) for path in copy.files}
    needed: dict[str, _Copy] = {}
    for one in every:
        wanted = {path: copy for copy in (*earlier, *found) for path in copy.wanted(one)}
        if not _has_all(one, wanted):
            return None
        needed |= {path: copy for path, copy in wanted.items() if path not in there}
    if any(copy.place is None or copy.read.parents for copy in needed.values()):
        return None
    manifests = there & {path for copy in (*earlier, *staying) for one in every for path in copy.wanted(one)}
    caution = _caution(build, every, sorted({*needed, *manifests}))
    if caution is None:
        return None
    first, last = installs[0][0], installs[-1][0]
    new = [*_written(needed)]
    behind = [text for copy in moved for text in source.of(copy.step)]
    lines = [*new, *(text for step, _ in installs for text in source.of(step)), *behind]
    names = ", ".join(sorted({*needed, *manifests}))
    what = " ".join(every[0].run.words)
    brought = _lines_of(moved)
    before = {first.line: new}
    before[last.end_line + 1] = [*before.get(last.end_line + 1, ()), *behind]
    return CacheEdit(
        EditKind.SPLIT,
        f"run `{what}` (line {first.line}) before what {brought} brings: of that it needs {names}",
        first.line,
        tuple(text.rstrip("\r\n") for text in lines),
        source.changed([copy.step for copy in moved], before),
        caution=caution,
    )


def _lines_of(copies: Sequence[_Copy]) -> str:
    numbers = [str(copy.step.line) for copy in copies]
    return f"line {numbers[0]}" if len(numbers) == 1 else f"lines {', '.join(numbers[:-1])} and {numbers[-1]}"


def _is_wanted(copy: _Copy, path: str, every: Sequence[Installing]) -> bool:
    return any(path in copy.wanted(one) for one in every)


def _has_all(one: Installing, wanted: Mapping[str, object]) -> bool:
    """Whether what a command cannot do without is among the files found, by their last names."""
    names = {path.rpartition("/")[2] for path in wanted}
    named = [word.rpartition("/")[2] for word in one.named]
    return names.issuperset((*one.install.needs[:1], *named))


def _may_be_passed(step: Step, moved: Sequence[_Copy]) -> bool:
    """Whether a COPY does the same behind an instruction as before it."""
    if step.kind == "WORKDIR":
        return all(copy.read.destination.startswith("/") for copy in moved)
    if step.kind in ("ENV", "ARG"):
        return not any("$" in text for copy in moved for text in (copy.step.text, *copy.step.flags))
    return step.kind in _PASSED or (step.kind in ("COPY", "ADD") and step.read is None)


def _caution(build: BuildContext, every: Sequence[Installing], manifests: Sequence[str]) -> str | None:
    """What to make sure of, "" for nothing; None where a manifest says that more is needed, or cannot be read."""
    minds: list[str] = []
    for path in manifests:
        data = build.files.read(path)
        if data is None:
            return None
        text = data.decode("utf-8", "replace")
        if any(given in text for one in every for given in one.install.unless):
            return None
        found = sorted({given for one in every for given in one.install.mind if given in text})
        if found:
            minds.append(f"{', '.join(found)} in {path}")
    return f"this may need more files while it installs: {'; '.join(minds)}" if minds else ""


def _written(needed: Mapping[str, _Copy]) -> Iterator[str]:
    """The COPY instructions for the manifests, one for each directory."""
    directories: dict[str, list[str]] = {}
    for path in sorted(needed):
        directories.setdefault(path.rpartition("/")[0], []).append(path)
    for directory, files in directories.items():
        copy = needed[files[0]]
        flags = [flag for flag in copy.step.flags if flag.startswith(("--chown", "--chmod"))]
        base = copy.read.destination.rstrip("/")
        destination = f"{base}/{directory}".rstrip("/") + "/"
        words = [*files, destination]
        if all(_PLAIN.fullmatch(word) for word in words):
            yield " ".join(("COPY", *flags, *words))
        else:
            yield " ".join(("COPY", *flags, json.dumps(words, ensure_ascii=False)))
