"""Dependencies installed before everything is copied, after a COPY of just the manifests."""

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Final

from ctxopt.catalogue.secrets import secret_in
from ctxopt.core.build_context import BuildContext
from ctxopt.core.dockerfile.model import ContextRead, Step
from ctxopt.core.golang import paths
from ctxopt.core.ids import ReadId, StageId, StepId
from ctxopt.core.lazy_dataclass import dataclass
from ctxopt.evidence.image import ImageLocation, image_locations
from ctxopt.evidence.model import BuildRead
from ctxopt.image.installs import install_scripts, texts_in
from ctxopt.image.secret_mounts import SecretMount, secret_mount
from ctxopt.image.users import user_of
from ctxopt.rebuilds.commands import Commands, Installing
from ctxopt.rebuilds.model import CacheEdit, EditKind
from ctxopt.rebuilds.source import Source

#: What may be between a COPY and the RUN that it is moved behind, whatever its text.
_PASSED: Final = ("LABEL", "EXPOSE", "CMD", "ENTRYPOINT", "STOPSIGNAL", "HEALTHCHECK", "USER", "SHELL")
#: A path that needs no quoting in a COPY.
_PLAIN: Final = re.compile(r"[\w.@+/-]+")
#: What a RUN begins with, before its flags.
_KEYWORD: Final = re.compile(r"[ \t]*[Rr][Uu][Nn][ \t]+")
#: What keeps the text of a RUN from being split at each &&.
_INVOLVED: Final = re.compile(r"[\"'`;|<>(){}#\\\n]|(?<!&)&(?!&)|\bcd\b|\bexport\b")


@dataclass(frozen=True, slots=True)
class _Copy:
    """A COPY or ADD of the context, with the files that it reads."""

    step: Step
    read: ContextRead
    files: tuple[str, ...]
    location: ImageLocation | None

    def needed_by(self, installing: Installing) -> set[str]:
        """The files that it copies and that a command needs."""
        if self.location is None:
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
        """The directory of the context that is copied to where a command runs; None if that is not known."""
        directory = installing.run.directory
        return None if self.location is None or directory is None else self.location.context_path(directory)

    def whole_of(self, installing: Installing, path: str) -> str | None:
        """The directory that a command reads as a whole and a file is in; None for another file."""
        inside = self._inside(installing)
        tops = () if inside is None else (paths.join(inside, name) for name in installing.install.directories)
        return next((top for top in tops if path.startswith(f"{top}/")), None)


def split(build: BuildContext, source: Source, commands: Commands) -> Iterator[CacheEdit]:
    """An edit for each stage that copies more than the manifests before it installs.

    A RUN that does more after installing is split in two.
    """
    plan = build.plan
    for stage in plan.stages:
        edit = _split_stage(build, source, commands, stage.number, stage.line)
        if edit is None:
            edit = _split_run(build, source, commands, stage.number, stage.line)
        if edit is not None:
            yield edit


def _split_run(build: BuildContext, source: Source, commands: Commands, stage: StageId, line: int) -> CacheEdit | None:
    """The same for a stage after its first RUN that does more than installing was split in two."""
    for number, step in build.plan.numbered_steps():
        texts = _run_parts(commands, number, step) if step.stage == stage and step.line != line else None
        if texts is None:
            continue
        written = [" ".join(("RUN", *step.flags, text)) for text in texts]
        text = source.changed([step], {step.end_line + 1: written})
        parted = build.with_dockerfile(text).with_unfiltered(build.tree)
        parts = Source(parted.located.dockerfile.data)
        edit = _split_stage(parted, parts, Commands(parted.plan), stage, line)
        if edit is not None:
            return replace(edit, lines=(*edit.lines, written[1]), replaced=((texts[0], number),))
    return None


def _run_parts(commands: Commands, number: StepId, step: Step) -> tuple[str, str] | None:
    """The text of a RUN that installs first, in two parts; None for any other."""
    if step.kind != "RUN" or not step.shell or step.read is not None or step.takes_from or _INVOLVED.search(step.text):
        return None
    texts = [text.strip() for text in step.text.split("&&")]
    runs = commands.of(number)
    if len(texts) != len(runs):
        return None
    installs = [index for index, run in enumerate(runs) if commands.install(run) is not None]
    if not installs or installs[0] != 0 or installs[-1] + 1 == len(runs):
        return None
    cut = next(index for index in range(len(runs)) if index not in installs)
    return " && ".join(texts[:cut]), " && ".join(texts[cut:])


def _split_stage(
    build: BuildContext, source: Source, commands: Commands, stage: StageId, line: int
) -> CacheEdit | None:
    steps = [(n, step) for n, step in build.plan.numbered_steps() if step.stage == stage and step.line != line]
    copies = {
        number: _copy(build, step, step.read)
        for number, step in steps
        if step.kind in ("COPY", "ADD") and step.read is not None
    }
    for index, (number, _) in enumerate(steps):
        if number in copies:
            earlier = [copies[n] for n, _ in steps[:index] if n in copies]
            edit = _from(build, source, commands, steps[index:], copies, earlier)
            if edit is not None:
                return edit
    return None


def _copy(build: BuildContext, step: Step, number: ReadId) -> _Copy:
    read = build.plan.reads[number]
    location = image_locations((BuildRead(build.plan, read),))[0] if read.broad else None
    failed = build.usage.results[number].error is not None
    return _Copy(step, read, () if failed else tuple(build.usage.files_of(read.number)), location)


@dataclass(frozen=True, slots=True)
class _Move:
    """Installs, and the copies `before` them: those that stay there, and those that are moved behind."""

    installs: Sequence[tuple[Step, tuple[Installing, ...]]]
    before: Sequence[_Copy]
    staying: Sequence[_Copy]
    moved: Sequence[_Copy]

    @property
    def commands(self) -> list[Installing]:
        """The commands that install."""
        return [command for _, several in self.installs for command in several]


def _from(
    build: BuildContext,
    source: Source,
    commands: Commands,
    steps: Sequence[tuple[StepId, Step]],
    copies: Mapping[StepId, _Copy],
    earlier: Sequence[_Copy],
) -> CacheEdit | None:
    """The edit that moves the first of these steps, a COPY, behind the last install that it can pass, with others."""
    move = _move(commands, steps, copies)
    if move is None:
        return None
    needed = _needed(move, earlier)
    if needed is None or any(copy.location is None or copy.read.parents for copy in needed.values()):
        return None
    every = move.commands
    present = [*earlier, *move.staying]
    manifests = {path for copy in present for path in copy.files if _is_needed(copy, path, every)}
    names = sorted({*needed, *manifests})
    caution = _caution(build, every, names)
    if caution is None:
        return None
    secrets = [path for path in sorted(needed) if secret_in(path, build.files.read(path)) is not None]
    installing = [step for step, _ in move.installs]
    users = [user_of(build.plan, number) for number, step in steps if step in installing] if secrets else []
    mounts = {path: _mounted(needed[path], path, users) for path in secrets}
    what = " ".join(every[0].run.words)
    text = (
        f"run `{what}` (line {move.installs[0][0].line}) before what {_lines_of(move.moved)} copies: "
        f"it only needs {', '.join(names)}"
    )
    return _edit(source, move, needed, mounts, text, "; ".join(filter(None, (caution, _given(mounts.values())))))


def _move(commands: Commands, steps: Sequence[tuple[StepId, Step]], copies: Mapping[StepId, _Copy]) -> _Move | None:
    """What the first of these steps, a COPY, can be moved behind, with others; None for nothing."""
    installs: list[tuple[Step, tuple[Installing, ...]]] = []
    before: list[_Copy] = []
    passed: list[_Copy] = []
    for number, step in steps:
        if number in copies:
            passed.append(copies[number])
        elif commands.installing(number):
            installs.append((step, commands.installing(number)))
            before = list(passed)
        elif not (_may_be_passed(step, passed) or commands.is_independent(number)):
            break
    every = [command for _, several in installs for command in several]
    staying = [copy for copy in before if copy.files and all(_is_needed(copy, path, every) for path in copy.files)]
    moved = [copy for copy in before if copy not in staying]
    return _Move(installs, before, staying, moved) if every and moved and moved[0] is before[0] else None


def _needed(move: _Move, earlier: Sequence[_Copy]) -> dict[str, _Copy] | None:
    """The files that the installs need of what is moved, by path; None if one of them lacks a file."""
    present = {path for copy in (*earlier, *move.staying) for path in copy.files}
    needed: dict[str, _Copy] = {}
    for command in move.commands:
        files = {path: copy for copy in (*earlier, *move.before) for path in copy.needed_by(command)}
        if not command.has_all({path.rpartition("/")[2] for path in files}):
            return None
        needed |= {path: copy for path, copy in files.items() if path not in present}
    return needed


def _edit(
    source: Source,
    move: _Move,
    needed: Mapping[str, _Copy],
    mounts: Mapping[str, SecretMount],
    text: str,
    caution: str,
) -> CacheEdit:
    """The edit itself: a COPY of what is needed, the installs with their secrets, and what is moved behind them."""
    first, last = move.installs[0][0], move.installs[-1][0]
    wholes = {path: top for path, copy in needed.items() for one in move.commands if (top := copy.whole_of(one, path))}
    new = [*_written({path: copy for path, copy in needed.items() if path not in mounts}, wholes)]
    runs = [(step, _with_mounts(source.of(step), several, needed, mounts)) for step, several in move.installs]
    behind = [line for copy in move.moved for line in source.of(copy.step)]
    lines = [*new, *(line for _, texts in runs for line in texts), *behind]
    before = {step.line: texts for step, texts in runs} if mounts else {}
    before[first.line] = [*new, *before.get(first.line, ())]
    before[last.end_line + 1] = [*before.get(last.end_line + 1, ()), *behind]
    removed = [*(copy.step for copy in move.moved), *(step for step, _ in runs if mounts)]
    return CacheEdit(
        EditKind.SPLIT,
        text,
        first.line,
        tuple(line.rstrip("\r\n") for line in lines),
        source.changed(removed, before),
        caution=caution,
    )


def _lines_of(copies: Sequence[_Copy]) -> str:
    numbers = [str(copy.step.line) for copy in copies]
    return f"line {numbers[0]}" if len(numbers) == 1 else f"lines {', '.join(numbers[:-1])} and {numbers[-1]}"


def _is_needed(copy: _Copy, path: str, every: Sequence[Installing]) -> bool:
    return any(path in copy.needed_by(command) for command in every)


def _mounted(copy: _Copy, path: str, users: Iterable[str]) -> SecretMount:
    """The mount of a file with a secret at the path where the COPY would put it, for the users who read it."""
    location = copy.location
    return secret_mount(path, None if location is None else location.image_path(path), users)


def _with_mounts(
    lines: Sequence[str],
    several: Sequence[Installing],
    needed: Mapping[str, _Copy],
    mounts: Mapping[str, SecretMount],
) -> list[str]:
    """The lines of a RUN, with the secrets mounted that its commands read."""
    flags = [
        mount.flag
        for path, mount in mounts.items()
        if any(path in needed[path].needed_by(command) for command in several)
    ]
    if not flags:
        return list(lines)
    return [_KEYWORD.sub(lambda found: f"{found[0]}{' '.join(flags)} ", lines[0], count=1), *lines[1:]]


def _given(mounts: Iterable[SecretMount]) -> str:
    """How to run the build with the secrets, "" without any."""
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
    """What to make sure of, "" for nothing; None if a manifest says that more is needed, or cannot be read."""
    minds: list[str] = []
    for path in manifests:
        data = build.files.read(path)
        if data is None:
            return None
        if any(texts_in((*command.install.members, *command.install.unless), data) for command in every):
            return None
        texts = {text for command in every for text in texts_in(command.install.mind, data)}
        for command in every:
            if _is_manifest(command, path):
                texts |= {f'"{name}"' for name in install_scripts(command.install, data)}
        if texts:
            minds.append(f"{', '.join(sorted(texts))} in {path}")
    return f"the installation may need more files: {'; '.join(minds)}" if minds else ""


def _is_manifest(command: Installing, path: str) -> bool:
    return path.rpartition("/")[2] in command.install.manifest


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
