"""What a build of one target reads from its context (BuildKit's `dockerfile2llb`).

The stages are found, the ones that the target needs are run through in order with their variables, and
each COPY, ADD and bind mount that takes something from the main context becomes a `ContextRead`.
"""

import os
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

from ctxopt.core.dockerfile import flags as flagging
from ctxopt.core.dockerfile.flags import FlagError, Flags, Mount, suggestion
from ctxopt.core.dockerfile.forms import form_problem
from ctxopt.core.dockerfile.lex import Lex, LexError
from ctxopt.core.dockerfile.model import ContextRead, Download, ImageUse, Plan, Stage, StageCopy, Step, label_of
from ctxopt.core.dockerfile.parser import Instruction, ParsedFile, heredoc_of, parse, parse_trigger
from ctxopt.core.dockerfile.references import is_git, is_image, is_url
from ctxopt.core.golang import paths
from ctxopt.core.golang.text import SPACE
from ctxopt.errors import DockerfileError

_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
#: The first line of a script for a shell like the one that RUN has.
_SHELL_SCRIPT = re.compile(r"#![ \t]*(?:\S*/)?(?:env[ \t]+(?:-\S+[ \t]+)*)?(?:ba|da|a|k|z)?sh(?=\s|$)")
#: Build arguments that BuildKit reads and does not make variables of.
_NO_VARIABLES = ("BUILDKIT_SBOM_SCAN_CONTEXT", "BUILDKIT_SBOM_SCAN_STAGE")
#: As many characters may variables fill in altogether: each line can hold the largest value once more.
_MOST_FILLED = 1 << 24
#: As many variables may stages take over: in a chain of stages their number grows with the square of its length.
_MOST_INHERITED = 1 << 20
#: As many variables of an instruction are told of one by one.
_NAMED = 5
#: Names of architectures that containerd/platforms rewrites: architecture, and variant if that says one.
_MACHINES = {
    "x86_64": ("amd64", ""),
    "x86-64": ("amd64", ""),
    "aarch64": ("arm64", ""),
    "armhf": ("arm", "v7"),
    "armel": ("arm", "v6"),
    "armv7l": ("arm", "v7"),
    "i386": ("386", ""),
    "i686": ("386", ""),
}


def plan(
    data: bytes,
    file: str,
    *,
    target: str | None = None,
    build_args: Mapping[str, str] | None = None,
    platform: str | None = None,
) -> Plan:
    """Plan a build. `file` is the Dockerfile's name, for errors and notes.

    `platform` such as "linux/arm64" sets the predefined platform arguments; without it they are
    those of this machine, and reads that depend on them count as unresolved. Raises DockerfileError.
    """
    return _Planner(parse(data, file), file, target or "", dict(build_args or {}), platform).run()


@dataclass(eq=False, slots=True)
class _Variables:
    """Variables with values, and the names in doubt: set, or set to something else, for all that is known."""

    values: dict[str, str] = field(default_factory=dict)
    doubts: set[str] = field(default_factory=set)
    #: Whether any other variable may be set as well, by an image that is unknown.
    open: bool = False

    def set(self, name: str, value: str, doubt: bool) -> None:
        self.values[name] = value
        (self.doubts.add if doubt else self.doubts.discard)(name)

    def copy(self) -> "_Variables":
        return _Variables(dict(self.values), set(self.doubts), self.open)

    def under(self, other: "_Variables") -> "_Variables":
        """These with the other's set over them."""
        doubts = (self.doubts - other.values.keys()) | other.doubts
        return _Variables({**self.values, **other.values}, doubts, self.open)


@dataclass(eq=False, slots=True)
class _Stage:
    """A stage, or an image that an instruction names directly (`number` -1)."""

    number: int
    name: str
    base: str
    line: int
    #: The base as the Dockerfile has it.
    written: str = ""
    end_line: int = 0
    commands: list["_Command"] = field(default_factory=list)
    parent: "_Stage | None" = None
    needs: list["_Stage"] = field(default_factory=list)
    dispatched: bool = False
    triggered: bool = False
    env: _Variables = field(default_factory=_Variables)
    #: The part of `env` that the image holds (ENV, not ARG), for stages FROM this one.
    image_env: _Variables = field(default_factory=_Variables)
    workdir: str | None = "/"
    context_paths: list[str] = field(default_factory=list)
    #: Whether it is the target, or a stage that the target is built from.
    exported: bool = False

    @property
    def label(self) -> str:
        return label_of(self.name, self.number)


@dataclass(eq=False, slots=True)
class _Command:
    instruction: Instruction
    flags: Flags
    sources: tuple["_Stage", ...] = ()
    trigger: bool = False


def _machine() -> str:
    """The machine's architecture, as its system names it."""
    if hasattr(os, "uname"):
        return os.uname().machine
    import platform

    return platform.machine()


class _Planner:
    def __init__(
        self, parsed: ParsedFile, file: str, target: str, build_args: dict[str, str], platform: str | None
    ) -> None:
        self.parsed = parsed
        self.file = file
        self.target = target
        self.build_args = build_args
        self.lex = Lex(parsed.escape)
        self.stages: list[_Stage] = []
        self.by_name: dict[str, _Stage] = {}
        self.notes: list[str] = []
        self.assumed_platform = platform is None
        self.host = f"linux/{_machine()}"
        self.platform = platform or self.host
        self.platform_args: dict[str, str] = {}
        self.globals = _Variables()
        self.steps: list[Step] = []
        self.reads: list[ContextRead] = []
        self.copies: list[StageCopy] = []
        self.downloads: list[Download] = []
        #: The names that some ARG declares.
        self.declared: set[str] = set()
        #: The characters that variables have filled in so far.
        self.filled = 0
        #: The variables that stages have taken over from others so far.
        self.inherited = 0

    def run(self) -> Plan:
        stages, arguments = self._split()
        self._set_globals(arguments, self.target or stages[-1].name)
        for stage in stages:
            self._resolve_base(stage)
        target = self._target()
        for stage in stages:
            for command in stage.commands:
                self._link(stage, command)
        self._check_cycles()
        needed = self._needed(target)
        _mark_exported(target)
        for stage in self.stages:
            if stage.parent is None and stage.base != "scratch" and not is_image(stage.base):
                hint = f"{stage.written} may want a --build-arg" if stage.written != stage.base else ""
                raise self._error(f'"{stage.base}" is neither a stage nor a valid image name', stage.line, hint)
        for stage in self.stages:
            if stage in needed:
                self._dispatch(stage)
        return self._result(needed)

    # -- stages ---------------------------------------------------------------------------------

    def _split(self) -> tuple[list[_Stage], list[Instruction]]:
        stages: list[_Stage] = []
        arguments = []
        for instruction in self.parsed.instructions:
            flags = self._checked(instruction)
            if instruction.keyword == "FROM":
                name = instruction.args[2].lower() if len(instruction.args) == 3 else ""
                stages.append(_Stage(len(stages), name, instruction.args[0], instruction.line))
                stages[-1].commands.append(_Command(instruction, flags))
            elif stages:
                stages[-1].commands.append(_Command(instruction, flags))
            elif instruction.keyword == "ARG":
                arguments.append(instruction)
            else:
                raise self._error(f"{instruction.keyword} before the first FROM", instruction.line)
        if not stages:
            raise self._error("there is no FROM, so no stage to build", self.parsed.instructions[-1].line)
        return stages, arguments

    def _checked(self, instruction: Instruction) -> Flags:
        """Check an instruction's form as BuildKit does when it parses the file."""
        keyword, args = instruction.keyword, instruction.args
        problem = form_problem(instruction)
        if problem:
            raise self._error(problem, instruction.line)
        try:
            flags = {} if keyword == "ARG" else flagging.parse_flags(keyword, instruction.flags)
            for mount in flags.get("mount", ()):
                flagging.mount_stage(mount)
        except FlagError as error:
            raise self._error(str(error), instruction.line) from None
        if keyword in ("COPY", "ADD") and _heredoc(args[-1]):
            raise self._error(f"{keyword} cannot have a here-document as its destination", instruction.line)
        return flags

    def _set_globals(self, arguments: Iterable[Instruction], target: str) -> None:
        self.platform_args = {**_platform_args("BUILD", self.host), **_platform_args("TARGET", self.platform)}
        for name, value in {**self.platform_args, "TARGETSTAGE": target or "default"}.items():
            # The machine that builds may be another one, whatever the platform that is built for.
            assumed = self.assumed_platform or name.startswith("BUILD")
            doubt = assumed and name in self.platform_args and name not in self.build_args
            self.globals.set(name, self.build_args.get(name, value), doubt)
        for instruction in arguments:
            for name, default in _arguments(instruction):
                if name in self.build_args:
                    self.globals.set(name, self.build_args[name], False)
                elif default is not None:
                    value, doubts = self._expand(default, self.globals, instruction)
                    self.globals.set(name, value, bool(doubts))

    def _resolve_base(self, stage: _Stage) -> None:
        origin = stage.commands.pop(0)
        base, _ = self._expand(stage.base, self.globals, origin.instruction)
        if not base:
            raise self._error(
                f"the base name ({stage.base}) is blank",
                stage.line,
                "give the argument a default, or pass it with --build-arg",
            )
        stage.written, stage.base, stage.end_line = stage.base, base, origin.instruction.end_line
        written = flagging.text_of(origin.flags, "platform")
        if written:
            value, _ = self._expand(written, self.globals, origin.instruction)
            if not value:
                raise self._error(f"the platform ({written}) is empty", stage.line)
        self._add(stage)

    def _add(self, stage: _Stage) -> None:
        self.stages.append(stage)
        stage.parent = self.by_name.get(stage.base)
        if stage.name:
            self.by_name[stage.name] = stage

    def _target(self) -> _Stage:
        if not self.target:
            return self.stages[-1]
        stage = self.by_name.get(self.target.lower())
        if stage is None:
            known = [stage.label for stage in self.stages]
            raise DockerfileError(
                f'there is no stage "{self.target}"{suggestion(self.target, known)}',
                file=self.file,
                hint="the stages are " + ", ".join(known),
            )
        return stage

    def _link(self, stage: _Stage, command: _Command) -> None:
        """Find the stages that a command takes files from."""
        instruction = command.instruction
        sources: list[_Stage] = []
        if instruction.keyword == "COPY" and flagging.text_of(command.flags, "from"):
            sources.append(self._source_stage(flagging.text_of(command.flags, "from"), instruction))
        elif instruction.keyword == "RUN":
            for mount in command.flags.get("mount", ()):
                name = flagging.mount_stage(mount)
                if name:
                    sources.append(self.by_name.get(name.lower()) or _image(name, instruction.line))
        command.sources = tuple(sources)
        for source in sources:
            stage.needs.append(source)
            if source.number < 0 and source not in self.stages:
                self._add(source)

    def _source_stage(self, name: str, instruction: Instruction) -> _Stage:
        try:
            plain = self.lex.expand(name, {}).text == name
        except LexError as error:
            raise self._error(str(error), instruction.line) from None
        if not plain:
            raise self._error(
                "--from takes no variables", instruction.line, "define a stage with FROM and the variable instead"
            )
        digits = name.removeprefix("+").removeprefix("-")
        if digits.isascii() and digits.isdigit():
            # A longer number is of no stage, and Python does not read a very long one.
            number = -1 if (name[0] == "-" and digits.strip("0")) or len(digits) > 9 else int(digits)
            if not 0 <= number < len(self.stages):
                raise self._error(f"there is no stage number {name}", instruction.line)
            return self.stages[number]
        return self.by_name.get(name.lower()) or _image(name, instruction.line)

    def _check_cycles(self) -> None:
        visited: set[_Stage] = set()
        for start in self.stages:
            path: set[_Stage] = set()
            stack: list[tuple[_Stage, bool]] = [(start, False)]
            while stack:
                stage, leaving = stack.pop()
                if leaving:
                    path.discard(stage)
                    continue
                if stage in visited:
                    continue
                visited.add(stage)
                path.add(stage)
                stack.append((stage, True))
                for source in stage.needs:
                    if source in path:
                        raise self._error(f"stage {start.label} copies from itself in a circle", start.line)
                    stack.append((source, False))

    def _needed(self, target: _Stage) -> set[_Stage]:
        """The stages that the target needs; fires the ONBUILD triggers of stages that others start from."""
        while True:
            needed = _reachable(target)
            added = False
            for stage in [stage for stage in self.stages if stage in needed]:
                if stage.parent is not None and not stage.triggered:
                    stage.triggered = True
                    added |= self._fire(stage, stage.parent)
            if not added:
                return needed

    def _fire(self, stage: _Stage, parent: _Stage) -> bool:
        fired = []
        for command in parent.commands:
            if command.instruction.keyword != "ONBUILD":
                continue
            text = _trigger_text(command.instruction)
            instruction = parse_trigger(text, self.file, stage.line)
            triggered = _Command(instruction, self._checked(instruction), trigger=True)
            self._link(stage, triggered)
            fired.append(triggered)
        stage.commands[:0] = fired
        return any(command.sources for command in fired)

    # -- instructions ---------------------------------------------------------------------------

    def _dispatch(self, stage: _Stage) -> None:
        stage.dispatched = True
        if stage.parent is not None:
            _inherit(stage, stage.parent)
            self.inherited += len(stage.env.values)
            if self.inherited > _MOST_INHERITED:
                raise self._error(
                    f"the stages up to here inherit more than {_MOST_INHERITED:,} variables altogether", stage.line
                )
        else:
            unknown = stage.base != "scratch"
            stage.env = _Variables(open=unknown)
            stage.env.set("PATH", _PATH, unknown)
            stage.image_env = stage.env.copy()
            if unknown:
                stage.workdir = None
        for command in stage.commands:
            self._run(stage, command)

    def _run(self, stage: _Stage, command: _Command) -> None:
        if command.instruction.keyword == "ONBUILD":
            return
        step, before = _step(stage, command), len(self.reads)
        self._dispatch_command(stage, command)
        self.steps.append(replace(step, read=before if len(self.reads) > before else None))

    def _dispatch_command(self, stage: _Stage, command: _Command) -> None:
        keyword = command.instruction.keyword
        if keyword == "ARG":
            self._arg(stage, command.instruction)
        elif keyword == "ENV":
            self._env(stage, command.instruction)
        elif keyword in ("COPY", "ADD"):
            self._copy(stage, command)
        elif keyword == "RUN":
            self._mounts(stage, command)
        elif keyword == "WORKDIR":
            path, doubts = self._word(stage, command.instruction.args[0], command.instruction)
            if doubts or (stage.workdir is None and not path.startswith("/")):
                stage.workdir = None
            else:
                stage.workdir = (
                    paths.join(stage.workdir or "/", path) if not path.startswith("/") else paths.clean(path)
                )
        elif keyword in ("USER", "STOPSIGNAL", "EXPOSE", "VOLUME", "LABEL"):
            for word in command.instruction.args:
                self._word(stage, word, command.instruction)

    def _arg(self, stage: _Stage, instruction: Instruction) -> None:
        for name, default in _arguments(instruction):
            self.declared.add(name)
            if name in _NO_VARIABLES:
                continue
            if name in self.build_args:
                value, doubts = self.build_args[name], False
            elif default is not None:
                value, unknown = self._word(stage, default, instruction)
                doubts = bool(unknown)
            elif name in self.globals.values:
                value, doubts = self.globals.values[name], name in self.globals.doubts
            else:
                # It may be given at build time; until then a value from an ENV above stays.
                stage.env.doubts.add(name)
                continue
            stage.env.set(name, value, doubts)

    def _env(self, stage: _Stage, instruction: Instruction) -> None:
        words = [self._word(stage, word, instruction) for word in instruction.args]
        for (name, _), (value, doubts) in zip(words[::2], words[1::2], strict=True):
            stage.env.set(name, value, bool(doubts))
            stage.image_env.set(name, value, bool(doubts))

    def _copy(self, stage: _Stage, command: _Command) -> None:
        instruction = command.instruction
        keyword = instruction.keyword
        for name in ("chown", "chmod"):
            self._word(stage, flagging.text_of(command.flags, name), instruction)
        checksum = self._word(stage, flagging.text_of(command.flags, "checksum"), instruction)
        self._expand_heredocs(stage, instruction)
        written = tuple(word for word in instruction.args[:-1] if not _heredoc(word))
        expanded = [self._word(stage, word, instruction) for word in written]
        destination, unplaced = self._word(stage, instruction.args[-1], instruction)
        for stage_read in command.sources:
            if not stage_read.dispatched and stage_read.number >= 0:
                raise self._error(
                    f"{keyword} takes files from stage {stage_read.label}, which comes later", instruction.line
                )
        for source, _ in expanded:
            if keyword == "COPY" and (is_git(source) or is_url(source)):
                raise self._error(f"COPY cannot take a URL ({source})", instruction.line, "use ADD")
        if command.sources:
            self.copies += [
                StageCopy(
                    stage.number,
                    source.number,
                    instruction.line,
                    instruction.end_line,
                    tuple(text for text, _ in expanded),
                    destination,
                    flagging.is_set(command.flags, "parents"),
                    frozenset().union(*(doubts for _, doubts in expanded)),
                    stage.workdir,
                    bool(unplaced),
                    step=len(self.steps),
                )
                for source in command.sources
                if source.number >= 0
            ]
            return
        self.downloads += [
            Download(
                stage.number,
                instruction.line,
                instruction.end_line,
                source,
                destination,
                bool(checksum[0]),
                doubts,
                is_git(source),
                step=len(self.steps),
            )
            for source, doubts in expanded
            if keyword == "ADD" and (is_url(source) or is_git(source))
        ]
        if checksum[0] and not checksum[1]:
            self._check_checksum(command, [source for source, _ in expanded])
        taken = [i for i, (source, _) in enumerate(expanded) if not (is_url(source) or is_git(source))]
        stage.context_paths += [source for source, _ in expanded if not source.startswith(("http://", "https://"))]
        if not taken:
            return
        unresolved = frozenset().union(*(expanded[i][1] for i in taken))
        self.reads.append(
            ContextRead(
                kind=keyword,
                line=instruction.line,
                end_line=instruction.end_line,
                stage=stage.number,
                stage_name=stage.name,
                sources=tuple(expanded[i][0] for i in taken),
                written=tuple(written[i] for i in taken),
                destination=destination,
                excludes=command.flags.get("exclude", ()),
                parents=flagging.is_set(command.flags, "parents"),
                exported=stage.exported,
                unresolved=unresolved,
                trigger=command.trigger,
                workdir=stage.workdir,
                misplaced=bool(unplaced),
                number=len(self.reads),
                step=len(self.steps),
            )
        )

    def _expand_heredocs(self, stage: _Stage, instruction: Instruction) -> None:
        """What BuildKit expands in the text of here-documents makes no source, but it can fail."""
        lex = Lex(keep_quotes=True)
        for heredoc in instruction.heredocs:
            if heredoc.expand:
                self._expand(heredoc.text, stage.env, instruction, lex)

    def _check_checksum(self, command: _Command, sources: list[str]) -> None:
        if len(sources) != 1 or not (is_url(sources[0]) or is_git(sources[0])):
            raise self._error("--checksum goes with one HTTP(S) or git source", command.instruction.line)

    def _mounts(self, stage: _Stage, command: _Command) -> None:
        instruction = command.instruction
        sources: list[str] = []
        destinations: list[str] = []
        unresolved: set[str] = set()
        for source in command.sources:
            if not source.dispatched and source.number >= 0:
                raise self._error(f"RUN mounts stage {source.label}, which comes later", instruction.line)
        for text in command.flags.get("mount", ()):
            try:
                mount = flagging.parse_mount(text, lambda word: self._word(stage, word, instruction))
            except FlagError as error:
                raise self._error(str(error), instruction.line) from None
            self._check_mount_target(stage, mount, instruction)
            if mount.source_stage or mount.type not in ("bind", "tmpfs"):
                continue
            # A tmpfs takes nothing from the context, but BuildKit still counts its (empty) source as a
            # path that is wanted, so that everything is.
            stage.context_paths.append(mount.source)
            if mount.type == "bind":
                sources.append(mount.source or "/")
                destinations.append(mount.target or "?")
                unresolved |= mount.unresolved
        if sources:
            self.reads.append(
                ContextRead(
                    kind="RUN",
                    line=instruction.line,
                    end_line=instruction.end_line,
                    stage=stage.number,
                    stage_name=stage.name,
                    sources=tuple(sources),
                    written=tuple(sources),
                    destination=", ".join(destinations),
                    exported=stage.exported,
                    unresolved=frozenset(unresolved),
                    trigger=command.trigger,
                    workdir=stage.workdir,
                    number=len(self.reads),
                    step=len(self.steps),
                )
            )

    def _check_mount_target(self, stage: _Stage, mount: Mount, instruction: Instruction) -> None:
        target = mount.target
        if mount.type in ("secret", "ssh") or target is None:
            return
        if not target.startswith("/"):
            if stage.workdir is None:
                return
            target = paths.join("/", stage.workdir, target)
        if target == "/":
            raise self._error("a mount needs a target other than /", instruction.line, "add target=/path")

    # -- words ----------------------------------------------------------------------------------

    def _word(self, stage: _Stage, word: str, instruction: Instruction) -> tuple[str, frozenset[str]]:
        return self._expand(word, stage.env, instruction)

    def _expand(
        self, word: str, env: _Variables, instruction: Instruction, lex: Lex | None = None
    ) -> tuple[str, frozenset[str]]:
        """Expand a word; returns the text and the variables whose values are not sure."""
        try:
            result = (lex or self.lex).expand(word, env.values, may_be_set=env.open)
        except LexError as error:
            raise self._error(str(error), instruction.line) from None
        self.filled += result.added
        if self.filled > _MOST_FILLED:
            raise self._error(
                f"the variables up to here fill in more than {_MOST_FILLED:,} characters", instruction.line
            )
        doubts = (result.used | result.unset) & env.doubts
        return result.text, frozenset(doubts | result.unset if env.open else doubts)

    # -- the result -----------------------------------------------------------------------------

    def _result(self, needed: set[_Stage]) -> Plan:
        reads = self.reads
        wanted = {paths.join("/", path) for stage in needed for path in stage.context_paths}
        follow = () if "/" in wanted else tuple(sorted(path[1:] for path in wanted))
        self._note_unknowns(needed, reads)
        named = [stage for stage in self.stages if stage.number >= 0]
        return Plan(
            self.file,
            tuple(
                Stage(
                    stage.number,
                    stage.name,
                    stage.base,
                    stage.line,
                    stage in needed,
                    stage.exported,
                    None if stage.parent is None else stage.parent.number,
                )
                for stage in named
            ),
            tuple(reads),
            bool(reads),
            follow if reads else (),
            tuple(self.notes),
            tuple(self.steps),
            tuple(self.copies),
            tuple(use for stage in named if stage in needed for use in _images(stage)),
            tuple(self.downloads),
        )

    def _note_unknowns(self, needed: set[_Stage], reads: Iterable[ContextRead]) -> None:
        for read in reads:
            names = sorted(read.unresolved)
            so = f"not known, so {read.kind} counts as reading the whole context"
            for name in names[:_NAMED]:
                self.notes.append(f"{self.file}:{read.line}: the value of ${name} is {so}; {self._remedy(name)}")
            if len(names) > _NAMED:
                self.notes.append(
                    f"{self.file}:{read.line}: the values of {len(names) - _NAMED:,} more variables are {so}"
                )
            for pattern in read.excludes:
                if not pattern.isascii():
                    self.notes.append(
                        f"{self.file}:{read.line}: BuildKit takes each byte of --exclude={_as_written(pattern)} for a "
                        "character, so that it excludes no such name; write ? in its place"
                    )
        images = sorted(
            {stage.base for stage in needed if stage.env.open and stage.parent is None and stage.number >= 0}
        )
        if images:
            self.notes.append(
                "ONBUILD triggers and variables of base images cannot be seen from here: " + ", ".join(images)
            )

    def _remedy(self, name: str) -> str:
        if name in self.platform_args and not name.startswith("BUILD"):
            return "pass --platform to be exact"
        if name in self.platform_args or name in self.declared:
            return f"pass --build-arg {name}=… to be exact"
        return "it would come from the base image"

    def _error(self, problem: str, line: int, hint: str = "") -> DockerfileError:
        return DockerfileError(problem, file=self.file, line=line, hint=hint)


def _images(stage: _Stage) -> Iterable[ImageUse]:
    """The images that a stage uses itself."""
    if stage.parent is None and stage.base != "scratch":
        yield ImageUse("FROM", stage.line, stage.end_line, stage.number, stage.base, stage.written, stage.exported)
    for command in stage.commands:
        one = command.instruction
        taken = [source.base for source in command.sources if source.number < 0 and source.parent is None]
        for name in dict.fromkeys(taken):
            if name != "scratch":
                yield ImageUse(one.keyword, one.line, one.end_line, stage.number, name, name)


def _as_written(flag: str) -> str:
    """The text of a flag, of which the parser has made a character of each byte."""
    return flag.encode("latin-1", "replace").decode("utf-8", "surrogateescape")


def _mark_exported(target: _Stage) -> None:
    stage: _Stage | None = target
    while stage is not None:
        stage.exported = True
        stage = stage.parent


def _inherit(stage: _Stage, parent: _Stage) -> None:
    """Start a stage from another one: with its variables, over which the image's own are set once more."""
    stage.image_env = parent.image_env.copy()
    stage.env = parent.env.under(parent.image_env)
    if parent.env.open:
        # The base image may set what only an ARG has set here.
        stage.env.doubts |= parent.env.values.keys() - parent.image_env.values.keys()
    stage.workdir = parent.workdir


def _image(name: str, line: int) -> _Stage:
    return _Stage(-1, "", name, line, name)


def _heredoc(word: str) -> bool:
    try:
        return heredoc_of(word) is not None
    except LexError:
        return False


def _reachable(target: _Stage) -> set[_Stage]:
    found: set[_Stage] = set()
    stack = [target]
    while stack:
        stage = stack.pop()
        if stage not in found:
            found.add(stage)
            stack += stage.needs
            if stage.parent is not None:
                stack.append(stage.parent)
    return found


def _arguments(instruction: Instruction) -> list[tuple[str, str | None]]:
    pairs = []
    for word in instruction.args:
        name, equals, default = word.partition("=")
        pairs.append((name, default if equals else None))
    return pairs


def _trigger_text(instruction: Instruction) -> str:
    text = instruction.text.lstrip()[len("ONBUILD") :].lstrip("\t\n\f\r ")
    return _with_heredocs(text, instruction)


def _with_heredocs(text: str, instruction: Instruction) -> str:
    return text + "".join(f"\n{heredoc.text}{heredoc.name}" for heredoc in instruction.heredocs)


def _step(stage: _Stage, command: _Command) -> Step:
    instruction = command.instruction
    keyword, args, rest = instruction.keyword, instruction.args, instruction.rest
    text = _with_heredocs(rest, instruction)
    shell = keyword in ("RUN", "CMD", "ENTRYPOINT")
    if keyword == "RUN" and instruction.heredocs and _heredoc(rest):
        # The shell is given the text itself then, and a text with a #! line is run as a script.
        only = instruction.heredocs[0]
        text = re.sub(r"(?m)^\t+", "", only.text) if only.strip_tabs else only.text
        shell = not text.startswith("#!") or _SHELL_SCRIPT.match(text) is not None
    elif keyword == "HEALTHCHECK" and args[0].upper() == "CMD":
        args = args[1:]
        text = rest[len("CMD") :].lstrip(SPACE)
        shell = True
    return Step(
        stage.number,
        keyword,
        instruction.line,
        text,
        args if instruction.is_json else None,
        stage.workdir,
        shell and not instruction.is_json,
        instruction.flags,
        instruction.end_line,
        takes_from=tuple(source.number for source in command.sources if source.number >= 0),
    )


def _platform_args(prefix: str, platform: str) -> dict[str, str]:
    """The predefined arguments of a platform, in the names that containerd/platforms gives."""
    system, _, machine = platform.lower().partition("/")
    architecture, _, variant = machine.partition("/")
    architecture, implied = _MACHINES.get(architecture, (architecture, ""))
    variant = implied or variant
    if architecture == "arm":
        variant = "v" + (variant or "7").removeprefix("v")
    elif (architecture, variant.removeprefix("v")) in (("arm64", "8"), ("amd64", "1")):
        variant = ""
    whole = "/".join(part for part in (system, architecture, variant) if part)
    values = {"PLATFORM": whole, "OS": system, "OSVERSION": "", "ARCH": architecture, "VARIANT": variant}
    return {prefix + name: value for name, value in values.items()}
