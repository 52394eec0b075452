"""Dependencies installed before the sources are copied, after a COPY of just the manifests: the change as edits.

Both the rule about late installations and the advice from the history take it from here. Where it cannot be told what
an installation needs, there is no change, but the reason.
"""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from typing import Final

from ctxopt.catalogue.secrets import secret_in
from ctxopt.core.build_context import BuildContext
from ctxopt.core.dockerfile.model import ContextRead, Step
from ctxopt.core.golang import match as gomatch
from ctxopt.core.golang import paths
from ctxopt.core.ids import ReadId, StageId, StepId
from ctxopt.core.lazy_dataclass import dataclass
from ctxopt.core.lazy_re import lazy_re
from ctxopt.edits import Edit
from ctxopt.edits.dockerfile import DockerfileText
from ctxopt.evidence.image import ImageLocation, image_locations
from ctxopt.evidence.install_files import Missing, further_files
from ctxopt.evidence.model import BuildRead
from ctxopt.image.install_needs import Commands, Early, Installing
from ctxopt.image.secret_mounts import SecretMount, secret_mount
from ctxopt.image.users import user_of

#: What may be between a COPY and the RUN that it is moved behind, whatever its text.
_PASSED: Final = ("LABEL", "EXPOSE", "CMD", "ENTRYPOINT", "STOPSIGNAL", "HEALTHCHECK", "USER", "SHELL")
#: A path that needs no quoting in a COPY.
_PLAIN: Final = lazy_re(r"[\w.@+/-]+")
#: What a RUN begins with, before its flags.
_KEYWORD: Final = lazy_re(rb"[ \t]*[Rr][Uu][Nn][ \t]+")
#: Maximum number of COPY instructions to write for the manifests.
_MOST_COPIES: Final = 20


@dataclass(frozen=True, slots=True)
class InstallSplit:
    """A change of one stage by which it installs dependencies before it copies what they do not need.

    `steps` are the RUN that install, `line` is that of the first and `lines` are the new instructions in their order.
    `text` says what is done, `needs` are the files to copy before, and `options` are those of `docker build` with which
    the build has to be run then, () for none. `replaced` maps the text of a RUN in place of another to the step of
    that.
    """

    steps: tuple[StepId, ...]
    line: int
    text: str
    needs: tuple[str, ...]
    lines: tuple[str, ...]
    edits: tuple[Edit, ...]
    options: tuple[str, ...]
    replaced: tuple[tuple[str, StepId], ...]


@dataclass(frozen=True, slots=True)
class Unsplit:
    """A RUN that installs late and is left as it is, and why."""

    step: StepId
    reason: str


def split_installs(build: BuildContext, commands: Commands) -> Iterator[InstallSplit | Unsplit]:
    """For each stage that copies more than the manifests before it installs the change, or why there is none."""
    text = DockerfileText(build.located.dockerfile.name, build.located.dockerfile.data)
    for stage in build.plan.stages:
        yield from _Stage(build, commands, text, stage.number, stage.line).result()


@dataclass(frozen=True, slots=True)
class _Copy:
    """A COPY or ADD of the context, with the files that it reads.

    `location` is where the directory `top` of the context is copied to, None unless it is the only source.
    """

    step: Step
    read: ContextRead
    files: frozenset[str]
    location: ImageLocation | None
    top: str

    def directory_of(self, installing: Installing) -> str | None:
        """The directory of the context that is copied to where a command runs; None if that is not known."""
        directory = installing.run.directory
        return None if self.location is None or directory is None else self.location.context_path(directory)

    def needed_by(self, installing: Installing) -> set[str]:
        """The files that it copies and that a command needs by their names."""
        if self.location is None:
            return {path for path in self.files if installing.wants(paths.split(path)[1])}
        inside = self.directory_of(installing)
        if inside is None:
            return set()
        named = {paths.join(inside, word) for word in installing.named if not word.startswith("/")}
        start = f"{inside}/" if inside else ""
        return {
            path
            for path in self.files
            if path in named or (path.startswith(start) and installing.wants(path[len(start) :]))
        }

    def whole_of(self, installing: Installing, path: str) -> str | None:
        """The directory that a command reads as a whole and a file is in; None for another file."""
        inside = self.directory_of(installing)
        tops = () if inside is None else (paths.join(inside, name) for name in installing.install.directories)
        return next((top for top in tops if path.startswith(f"{top}/")), None)


@dataclass(frozen=True, slots=True)
class _Move:
    """RUN that install, the copies that stay before them, and those that are moved behind them."""

    installs: tuple[Early, ...]
    staying: tuple[_Copy, ...]
    moved: tuple[_Copy, ...]

    @property
    def commands(self) -> list[Installing]:
        return _all_of(self.installs)


class _Stage:
    """One stage, of which the first COPY that can be moved behind an installation is looked for."""

    def __init__(
        self, build: BuildContext, commands: Commands, text: DockerfileText, stage: StageId, line: int
    ) -> None:
        self._build = build
        self._commands = commands
        self._text = text
        # Triggers have the line of the FROM, and are not in this file.
        self._steps = [
            (n, step) for n, step in build.plan.numbered_steps() if step.stage == stage and step.line != line
        ]
        self._files: dict[int, tuple[Sequence[str], frozenset[str]]] = {}

    @cached_property
    def _copies(self) -> dict[StepId, _Copy]:
        return {
            number: self._copy(step, step.read)
            for number, step in self._steps
            if step.kind in ("COPY", "ADD") and step.read is not None
        }

    def _copy(self, step: Step, number: ReadId) -> _Copy:
        read = self._build.plan.reads[number]
        failed = self._build.usage.results[number].error is not None
        files = () if failed else self._build.usage.files_of(read.number)
        top = _top(read, files)
        location = None if top is None else self._locations[number]
        # Instructions that read the same have the same list.
        if id(files) not in self._files:
            self._files[id(files)] = files, frozenset(files)
        return _Copy(step, read, self._files[id(files)][1], location, top or "")

    @cached_property
    def _locations(self) -> tuple[ImageLocation, ...]:
        plan = self._build.plan
        return image_locations(BuildRead(plan, read) for read in plan.reads)

    def result(self) -> Iterator[InstallSplit | Unsplit]:
        if not any(self._commands.early(number) for number, _ in self._steps) or not self._copies:
            return
        refused: list[Unsplit] = []
        for index, (number, _) in enumerate(self._steps):
            if number not in self._copies:
                continue
            earlier = [self._copies[n] for n, _ in self._steps[:index] if n in self._copies]
            found = self._from(self._steps[index:], earlier)
            if isinstance(found, InstallSplit):
                yield found
                return
            refused += found
        # What is between the last COPY and the installation counts.
        yield from {one.step: one for one in refused}.values()

    def _from(self, steps: Sequence[tuple[StepId, Step]], earlier: Sequence[_Copy]) -> InstallSplit | list[Unsplit]:
        """The change that moves the first of these steps, a COPY, behind the last install that it can pass."""
        move, blocking = self._move(steps)
        if move is None:
            return [
                Unsplit(number, _blocked(blocking))
                for number, step in steps
                if blocking is not None and step.line > blocking.line and self._commands.early(number)
            ]
        needed: dict[str, _Copy] = {}
        try:
            for early in move.installs:
                for command in early.commands:
                    needed |= self._needed(command, [*earlier, *move.staying, *move.moved])
        except Missing as missing:
            return [Unsplit(early.step, str(missing)) for early in move.installs]
        present = {path for copy in (*earlier, *move.staying) for path in copy.files}
        new = {path: copy for path, copy in needed.items() if path not in present}
        if any(copy.location is None or copy.read.parents for copy in new.values()):
            return [Unsplit(early.step, "it is not known where its files are copied to") for early in move.installs]
        covered = next(filter(None, (self._covered(command, move.moved) for command in move.commands)), None)
        if covered is not None:
            reason = f"{covered} of the context would then be copied over what is installed: exclude it first"
            return [Unsplit(early.step, reason) for early in move.installs]
        return self._split(move, new, sorted(needed)) or [
            Unsplit(early.step, f"it reads more than {_MOST_COPIES} manifests") for early in move.installs
        ]

    def _move(self, steps: Sequence[tuple[StepId, Step]]) -> tuple[_Move | None, Step | None]:
        """What the first of these steps, a COPY, can be moved behind, with others; and the step that stops that."""
        installs: list[Early] = []
        before: list[_Copy] = []
        passed: list[_Copy] = []
        blocking = None
        for number, step in steps:
            if number in self._copies:
                passed.append(self._copies[number])
            elif (early := self._commands.early(number)) is not None and self._is_written(step):
                if early.again and all(
                    any(_is_same(one, done) for done in _all_of(installs)) for one in early.commands
                ):
                    # What it would do before the sources is done already.
                    blocking = step
                    break
                installs.append(early)
                before = list(passed)
                if early.again or early.rest:
                    # What follows may need what is moved.
                    break
            elif not (_may_be_passed(step, passed) or self._commands.is_independent(number)):
                blocking = step
                break
        every = _all_of(installs)
        staying = tuple(c for c in before if c.files and all(_is_needed(c, path, every) for path in c.files))
        moved = tuple(copy for copy in before if copy not in staying)
        if not every or not moved or moved[0] is not before[0]:
            return None, blocking
        return _Move(tuple(installs), staying, moved), blocking

    def _is_written(self, step: Step) -> bool:
        found = self._text.instruction(step.line)
        return found is not None and found.keyword == step.kind

    def _needed(self, command: Installing, copies: Sequence[_Copy]) -> dict[str, _Copy]:
        """The files that a command needs, each with what copies it. Raises Missing with the reason where unknown."""
        files = {path: copy for copy in copies for path in copy.needed_by(command)}
        if not command.has_all({path.rpartition("/")[2] for path in files}):
            raise Missing("it is not known which files it reads")
        every = {path: copy for copy in copies for path in copy.files}
        directory = next((top for copy in copies if (top := copy.directory_of(command)) is not None), None)
        for path in further_files(command, directory, sorted(files), every.keys(), self._build.files.read):
            files[path] = every[path]
        return files

    def _covered(self, command: Installing, moved: Sequence[_Copy]) -> str | None:
        """The directory of the context that would be copied over what a command installed; None if there is none."""
        for copy in moved:
            directory = copy.directory_of(command)
            for name in command.install.into if directory is not None else ():
                top = paths.join(directory or ".", name)
                if any(path.startswith(f"{top}/") for path in copy.files):
                    return top
        return None

    def _split(self, move: _Move, needed: Mapping[str, _Copy], names: Sequence[str]) -> InstallSplit | None:
        """The change: a COPY of what is needed, the installs with their secrets, and what is moved behind them."""
        secrets = [path for path in names if path in needed and secret_in(path, self._build.files.read(path))]
        users = [user_of(self._build.plan, early.step) for early in move.installs] if secrets else []
        mounts = {path: _mounted(needed[path], path, users) for path in secrets}
        wholes = {
            path: top for path, copy in needed.items() for one in move.commands if (top := copy.whole_of(one, path))
        }
        copies = [*_written({path: copy for path, copy in needed.items() if path not in mounts}, wholes)]
        if len(copies) > _MOST_COPIES:
            return None
        runs = [(early, self._early_lines(early, needed, mounts)) for early in move.installs]
        behind = [line for copy in move.moved for line in self._with_comments(copy.step)]
        behind += [line for early in move.installs for line in self._late_lines(early)]
        first, last = move.installs[0], move.installs[-1]
        edits = [
            self._text.inserted_above(self._line_of_copies(move), copies) if copies else None,
            *(self._replaced(early, lines) for early, lines in runs if lines != self._lines_of(early)),
            *self._text.lines.removed_with_gaps(number for copy in move.moved for number in self._numbers(copy.step)),
            self._text.inserted_below(self._line(last), behind),
        ]
        names_shown = [path for path in names if path not in mounts]
        what = " and ".join(
            f"`{' '.join(early.commands[0].run.words)}` (line {self._line(early)})" for early in move.installs
        )
        return InstallSplit(
            tuple(early.step for early in move.installs),
            self._line(first),
            f"run {what} before what {_lines_of(move.moved)} {'copies' if len(move.moved) == 1 else 'copy'}: "
            f"{'it only needs' if len(move.installs) == 1 else 'they only need'} {_shown(names)}",
            tuple(names_shown),
            tuple(
                line.decode("utf-8", "surrogateescape")
                for line in (*copies, *(line for _, lines in runs for line in lines), *behind)
            ),
            tuple(edit for edit in edits if edit is not None),
            tuple(mount.option for mount in mounts.values()),
            tuple((early.head, early.step) for early in move.installs if early.rest),
        )

    def _line_of_copies(self, move: _Move) -> int:
        """The line above which the manifests are copied: that of the first install, or of a WORKDIR before it.

        A COPY makes its directory with its owner, a WORKDIR with another one.
        """
        install = self._line(move.installs[0])
        between = range(move.moved[0].step.line, install)
        return next((step.line for _, step in self._steps if step.kind == "WORKDIR" and step.line in between), install)

    def _line(self, early: Early) -> int:
        return self._build.plan.steps[early.step].line

    def _lines_of(self, early: Early) -> list[bytes]:
        return self._text.lines_of(self._line(early))

    def _early_lines(self, early: Early, needed: Mapping[str, _Copy], mounts: Mapping[str, SecretMount]) -> list[bytes]:
        """The lines of a RUN that installs alone, with the secrets mounted that its commands read."""
        lines = [self._run(early, early.head)] if early.head else self._lines_of(early)
        flags = [
            mount.flag
            for path, mount in mounts.items()
            if any(path in needed[path].needed_by(command) for command in early.commands)
        ]
        if flags:
            added = " ".join(flags).encode()
            lines[0] = _KEYWORD.sub(lambda found: found[0] + added + b" ", lines[0], count=1)
        return lines

    def _late_lines(self, early: Early) -> list[bytes]:
        """The lines of what a RUN does after that."""
        if early.again:
            return self._lines_of(early)
        return [self._run(early, early.rest)] if early.rest else []

    def _run(self, early: Early, text: str) -> bytes:
        """A RUN with the flags of another one."""
        words = ("RUN", *self._build.plan.steps[early.step].flags, text)
        return " ".join(words).encode("utf-8", "surrogateescape")

    def _replaced(self, early: Early, lines: Sequence[bytes]) -> Edit:
        found = self._text.instruction(self._line(early))
        assert found is not None
        start, end = self._text.lines.span(found.line, found.end_line)
        ended = self._text.data[start:end].endswith(b"\n")
        new = self._text.lines.end.join(lines) + (self._text.lines.end if ended else b"")
        return Edit(self._text.file, start, end, new)

    def _with_comments(self, step: Step) -> list[bytes]:
        return [self._text.lines.text(number) for number in self._numbers(step)]

    def _numbers(self, step: Step) -> range:
        """The lines of an instruction and of the comments directly above it."""
        first = step.line
        while first > 2 and self._text.lines.text(first - 1).lstrip(b" \t").startswith(b"#"):
            first -= 1
        return range(first, step.end_line + 1)


def _top(read: ContextRead, files: Iterable[str]) -> str | None:
    """The only directory that an instruction copies, "" for the whole context; None where there are other sources."""
    if (
        len(read.sources) != 1
        or read.unresolved
        or read.misplaced
        or read.parents
        or gomatch.has_wildcards(read.sources[0])
    ):
        return None
    top = paths.join("/", read.sources[0])[1:]
    return top if not top or any(path.startswith(f"{top}/") for path in files) else None


def _lines_of(copies: Sequence[_Copy]) -> str:
    numbers = [str(copy.step.line) for copy in copies]
    return f"line {numbers[0]}" if len(numbers) == 1 else f"lines {', '.join(numbers[:-1])} and {numbers[-1]}"


def _shown(names: Sequence[str], most: int = 6) -> str:
    return ", ".join(names[:most]) + (f" and {len(names) - most:,} more" if len(names) > most else "")


def _all_of(installs: Iterable[Early]) -> list[Installing]:
    return [command for early in installs for command in early.commands]


def _is_same(one: Installing, other: Installing) -> bool:
    """Whether two commands install the dependencies of one project with one tool."""
    tools = {(command.install.follow or command.install.name, command.run.directory) for command in (one, other)}
    return len(tools) == 1


def _is_needed(copy: _Copy, path: str, every: Sequence[Installing]) -> bool:
    return any(path in copy.needed_by(command) for command in every)


def _mounted(copy: _Copy, path: str, users: Iterable[str]) -> SecretMount:
    """The mount of a file with a secret at the path where the COPY would put it, for the users who read it."""
    location = copy.location
    return secret_mount(path, None if location is None else location.image_path(path), users)


def _blocked(step: Step) -> str:
    """Why a COPY is not moved behind an instruction."""
    if step.kind in ("ENV", "ARG", "WORKDIR"):
        return f"line {step.line} may change where the files go"
    return f"line {step.line} comes first, and may need the files"


def _may_be_passed(step: Step, moved: Sequence[_Copy]) -> bool:
    """Whether a COPY does the same behind an instruction as before it."""
    if step.kind == "WORKDIR":
        return all(copy.read.destination.startswith("/") for copy in moved)
    if step.kind in ("ENV", "ARG"):
        return not any("$" in text for copy in moved for text in (copy.step.text, *copy.step.flags))
    return step.kind in _PASSED or (step.kind in ("COPY", "ADD") and step.read is None)


def _written(needed: Mapping[str, _Copy], wholes: Mapping[str, str]) -> Iterator[bytes]:
    """The COPY instructions for the manifests, one for each directory; `wholes` are directories copied as they are."""
    directories: dict[str, list[str]] = {}
    for path in sorted(needed):
        directories.setdefault(wholes.get(path) or path.rpartition("/")[0], []).append(path)
    for directory, files in directories.items():
        copy = needed[files[0]]
        flags = [flag for flag in copy.step.flags if flag.startswith(("--chown", "--chmod"))]
        base = copy.read.destination.rstrip("/")
        inside = directory[len(copy.top) :].strip("/") if copy.top else directory
        destination = f"{base}/{inside}".rstrip("/") + "/"
        words = [*([f"{directory}/"] if files[0] in wholes else files), destination]
        if all(_PLAIN.fullmatch(word) for word in words):
            line = " ".join(("COPY", *flags, *words))
        else:
            line = " ".join(("COPY", *flags, json.dumps(words, ensure_ascii=False)))
        yield line.encode("utf-8", "surrogateescape")
