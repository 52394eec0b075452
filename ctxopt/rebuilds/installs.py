"""Installing dependencies before everything is copied, after a COPY of the manifests alone."""

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from ctxopt.catalogue.secrets import secret_in
from ctxopt.core.build_context import BuildContext
from ctxopt.core.dockerfile.model import ContextRead, Step
from ctxopt.core.golang import paths
from ctxopt.evidence.image import Place, places_of
from ctxopt.evidence.model import Site
from ctxopt.image.installs import install_scripts, texts_in
from ctxopt.image.secret_mounts import SecretMount, secret_mount
from ctxopt.rebuilds.commands import Commands, Installing
from ctxopt.rebuilds.model import Edit, Kind
from ctxopt.rebuilds.source import Source

#: What may stand between a COPY and the RUN that it is moved behind, whatever it says.
_PASSED: Final = ("LABEL", "EXPOSE", "CMD", "ENTRYPOINT", "STOPSIGNAL", "HEALTHCHECK", "USER", "SHELL")
#: A path that is written in a COPY as it is.
_PLAIN: Final = re.compile(r"[\w.@+/-]+")
#: What a RUN begins with; flags come behind it.
_KEYWORD: Final = re.compile(r"[ \t]*[Rr][Uu][Nn][ \t]+")
#: In the text of a RUN: only a row of commands with && between them is taken apart.
_INVOLVED: Final = re.compile(r"[\"'`;|<>(){}#\\\n]|(?<!&)&(?!&)|\bcd\b|\bexport\b")


@dataclass(frozen=True, slots=True)
class _Copy:
    """A COPY or ADD of the context, with the files that it reads."""

    step: Step
    read: ContextRead
    files: tuple[str, ...]
    place: Place | None

    def wanted(self, installing: Installing) -> set[str]:
        """The files that it brings and a command needs."""
        if self.place is None:
            return {path for path in self.files if installing.wants(paths.split(path)[1])}
        inside = self._inside(installing)
        if inside is None:
            return set()
        named = {paths.join(inside, word) for word in installing.named if not word.startswith("/")}
        start = f"{inside}/" if inside else ""
        return {
            path
            for path in self.files
            if path in named or (path.startswith(start) and installing.wants(path[len(start) :]))
        }

    def _inside(self, installing: Installing) -> str | None:
        """The directory of the context that gets to where a command works; None if that is not known."""
        directory = installing.run.directory
        return None if self.place is None or directory is None else self.place.context_path(directory)

    def whole_of(self, installing: Installing, path: str) -> str | None:
        """The directory that a command reads as a whole and a file is in; None for another file."""
        inside = self._inside(installing)
        tops = () if inside is None else (paths.join(inside, name) for name in installing.install.directories)
        return next((top for top in tops if path.startswith(f"{top}/")), None)


def split(build: BuildContext, source: Source, commands: Commands) -> Iterator[Edit]:
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


def _split_parted(build: BuildContext, source: Source, commands: Commands, stage: int, line: int) -> Edit | None:
    """The same for a stage after the first RUN that installs and goes on was taken apart."""
    for number, step in enumerate(build.plan.steps):
        texts = _parted(commands, number, step) if step.stage == stage and step.line != line else None
        if texts is None:
            continue
        written = [" ".join(("RUN", *step.flags, text)) for text in texts]
        made = build.with_dockerfile(source.changed([step], {step.end_line + 1: written})).with_unfiltered(build.tree)
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


def _split_stage(build: BuildContext, source: Source, commands: Commands, stage: int, line: int) -> Edit | None:
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
    place = places_of((Site("", build.plan, read),))[0] if read.broad else None
    failed = build.usage.results[number].error is not None
    return _Copy(step, read, () if failed else tuple(build.usage.files_of(read.number)), place)


def _from(
    build: BuildContext,
    source: Source,
    commands: Commands,
    steps: Sequence[tuple[int, Step]],
    copies: Mapping[int, _Copy],
    earlier: Sequence[_Copy],
) -> Edit | None:
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
    brought = _needed(every, (*earlier, *found))
    if brought is None:
        return None
    needed = {path: copy for path, copy in brought.items() if path not in there}
    secrets = [path for path in sorted(needed) if secret_in(path, build.files.read(path)) is not None]
    if any(copy.place is None or copy.read.parents for copy in needed.values()):
        return None
    manifests = there & {path for copy in (*earlier, *staying) for one in every for path in copy.wanted(one)}
    caution = _caution(build, every, sorted({*needed, *manifests}))
    if caution is None:
        return None
    first, last = installs[0][0], installs[-1][0]
    wholes = {path: top for path, copy in needed.items() for one in every if (top := copy.whole_of(one, path))}
    new = [*_written({path: copy for path, copy in needed.items() if path not in secrets}, wholes)]
    mounts = {path: _mounted(needed[path], path) for path in secrets}
    runs = [(step, _with_mounts(source.of(step), several, needed, mounts)) for step, several in installs]
    behind = [text for copy in moved for text in source.of(copy.step)]
    lines = [*new, *(text for _, texts in runs for text in texts), *behind]
    names = ", ".join(sorted({*needed, *manifests}))
    what = " ".join(every[0].run.words)
    before = {step.line: texts for step, texts in runs} if mounts else {}
    before[first.line] = [*new, *before.get(first.line, ())]
    before[last.end_line + 1] = [*before.get(last.end_line + 1, ()), *behind]
    gone = [*(copy.step for copy in moved), *(step for step, _ in runs if mounts)]
    return Edit(
        Kind.SPLIT,
        f"run `{what}` (line {first.line}) before what {_lines_of(moved)} brings: of that it needs {names}",
        first.line,
        tuple(text.rstrip("\r\n") for text in lines),
        source.changed(gone, before),
        caution="; ".join(filter(None, (caution, _given(mounts.values())))),
    )


def _needed(every: Sequence[Installing], copies: Sequence[_Copy]) -> dict[str, _Copy] | None:
    """The files that commands need, each with the last COPY that brings it; None if a required one is missing."""
    needed: dict[str, _Copy] = {}
    for one in every:
        wanted = {path: copy for copy in copies for path in copy.wanted(one)}
        if not one.has_all({path.rpartition("/")[2] for path in wanted}):
            return None
        needed |= wanted
    return needed


def _lines_of(copies: Sequence[_Copy]) -> str:
    numbers = [str(copy.step.line) for copy in copies]
    return f"line {numbers[0]}" if len(numbers) == 1 else f"lines {', '.join(numbers[:-1])} and {numbers[-1]}"


def _is_wanted(copy: _Copy, path: str, every: Sequence[Installing]) -> bool:
    return any(path in copy.wanted(one) for one in every)


def _mounted(copy: _Copy, path: str) -> SecretMount:
    """How a file with a secret is mounted where the COPY would bring it."""
    place = copy.place
    return secret_mount(path, None if place is None else place.image_path(path))


def _with_mounts(
    lines: Sequence[str],
    several: Sequence[Installing],
    needed: Mapping[str, _Copy],
    mounts: Mapping[str, SecretMount],
) -> list[str]:
    """The lines of a RUN, with the secrets mounted that its commands read."""
    flags = [mount.flag for path, mount in mounts.items() if any(path in needed[path].wanted(one) for one in several)]
    if not flags:
        return list(lines)
    return [_KEYWORD.sub(lambda found: f"{found[0]}{' '.join(flags)} ", lines[0], count=1), *lines[1:]]


def _given(mounts: Iterable[SecretMount]) -> str:
    """How the build is to be run with secrets, "" without any."""
    options = [mount.option for mount in mounts]
    return f"build with docker build {' '.join(options)}" if options else ""


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
        if any(texts_in((*one.install.members, *one.install.unless), data) for one in every):
            return None
        found = {text for one in every for text in texts_in(one.install.mind, data)}
        found |= {
            f'"{name}"' for one in every if _is_manifest(one, path) for name in install_scripts(one.install, data)
        }
        if found:
            minds.append(f"{', '.join(sorted(found))} in {path}")
    return f"this may need more files while it installs: {'; '.join(minds)}" if minds else ""


def _is_manifest(one: Installing, path: str) -> bool:
    return path.rpartition("/")[2] in one.install.manifest


def _written(needed: Mapping[str, _Copy], wholes: Mapping[str, str]) -> Iterator[str]:
    """The COPY instructions for the manifests, one for each directory; `wholes` are directories copied as they are."""
    directories: dict[str, list[str]] = {}
    for path in sorted(needed):
        directories.setdefault(wholes.get(path) or path.rpartition("/")[0], []).append(path)
    for directory, files in directories.items():
        copy = needed[files[0]]
        flags = [flag for flag in copy.step.flags if flag.startswith(("--chown", "--chmod"))]
        base = copy.read.destination.rstrip("/")
        destination = f"{base}/{directory}".rstrip("/") + "/"
        words = [*([f"{directory}/"] if files[0] in wholes else files), destination]
        if all(_PLAIN.fullmatch(word) for word in words):
            yield " ".join(("COPY", *flags, *words))
        else:
            yield " ".join(("COPY", *flags, json.dumps(words, ensure_ascii=False)))
