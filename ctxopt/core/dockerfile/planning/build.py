"""The instructions of the stages that a target needs, run through in order with their variables."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import field

from ctxopt.core.dockerfile.flags import FlagError, Mount, is_set, mount_stage, parse_mount, text_of
from ctxopt.core.dockerfile.lex import Lex
from ctxopt.core.dockerfile.model import ContextRead, Download, StageCopy, Step
from ctxopt.core.dockerfile.parser import Instruction
from ctxopt.core.dockerfile.planning.commands import image_triggers, is_heredoc, step_of, without_tabs
from ctxopt.core.dockerfile.planning.state import Command, StageState
from ctxopt.core.dockerfile.planning.variables import Arguments, Words, arguments_of, of_image
from ctxopt.core.dockerfile.references import is_git, is_url
from ctxopt.core.dockerfile.values import checksum_problem, mode_problem, port_problem, signal_problem
from ctxopt.core.golang import paths
from ctxopt.core.ids import ReadId, StepId
from ctxopt.core.lazy_dataclass import dataclass

#: Build arguments that BuildKit reads itself and does not make variables of.
_NO_VARIABLES = ("BUILDKIT_SBOM_SCAN_CONTEXT", "BUILDKIT_SBOM_SCAN_STAGE")
#: Maximum number of variables that stages may inherit altogether: it grows with the square of a chain's length.
MAX_INHERITED = 1 << 20
#: Instructions whose words are only expanded.
_EXPANDED = ("USER", "STOPSIGNAL", "VOLUME", "LABEL")
#: What BuildKit refuses in their words.
_PROBLEMS: Mapping[str, Callable[[str], str]] = {
    "STOPSIGNAL": signal_problem,
    "VOLUME": lambda path: "" if path else "VOLUME has an empty path",
}


@dataclass(frozen=True, slots=True)
class _Source:
    """A source of COPY or ADD: as written, expanded, and the variables in it whose values are in doubt.

    `shown` is how it is shown: as written where it has a value that the build is given.
    """

    written: str
    text: str
    doubts: frozenset[str]
    shown: str

    @property
    def is_remote(self) -> bool:
        return is_url(self.text) or is_git(self.text)


@dataclass(frozen=True, slots=True)
class _Mount:
    """A mount of a RUN, with its source and its target as they are shown."""

    mount: Mount
    source: str
    target: str


@dataclass(eq=False, slots=True)
class ContextUse:
    """What is read from one named context, and the stages and images of the plan that it is, with their reads."""

    reads: list[ContextRead] = field(default_factory=list)
    origins: dict[StageState, set[ReadId]] = field(default_factory=dict)


@dataclass(eq=False, slots=True)
class Build:
    """What the stages that were run through do, in the order of the build.

    `context_paths` are the paths that BuildKit's front end asks the client for, as written. `named` has what is read
    from named contexts, by their names.
    """

    words: Words
    arguments: Arguments
    steps: list[Step] = field(default_factory=list)
    reads: list[ContextRead] = field(default_factory=list)
    named: dict[str, ContextUse] = field(default_factory=dict)
    copies: list[StageCopy] = field(default_factory=list)
    downloads: list[Download] = field(default_factory=list)
    context_paths: list[str] = field(default_factory=list)
    #: The names that any ARG of a stage declares.
    declared: set[str] = field(default_factory=set)
    #: The lines whose images have triggers by their names.
    guessed: set[int] = field(default_factory=set)
    #: How many variables the stages inherit altogether.
    inherited: int = 0
    _started: set[StageState] = field(default_factory=set)

    def run(self, stage: StageState) -> None:
        """Run through a stage; its parent must have been run through before. Raises DockerfileError."""
        stage.dispatched = True
        self._start(stage)
        if not stage.replaced and stage.number >= 0:
            self.start_from(stage if stage.parent is None else stage.parent)
        guessed = image_triggers(self.words, stage)
        self.guessed.update(command.instruction.line for command in guessed)
        for command in (*guessed, *stage.commands):
            if command.instruction.keyword != "ONBUILD":
                workdir, before = stage.workdir, ReadId(len(self.reads))
                expanded = tuple(self._dispatch(stage, command))
                read = before if len(self.reads) > before else None
                self.steps.append(step_of(command, stage.number, workdir, read, expanded))

    def _start(self, stage: StageState) -> None:
        """Set the variables and the directory that a stage starts with."""
        if stage.parent is None:
            unknown = stage.has_unknown_image
            stage.env = of_image(unknown)
            stage.image_env = stage.env.copy()
            if unknown:
                stage.workdir = None
            return
        _inherit(stage, stage.parent)
        self.inherited += len(stage.env.values)
        if self.inherited > MAX_INHERITED:
            raise self.words.error(
                f"the stages up to here inherit more than {MAX_INHERITED:,} variables altogether", stage.line
            )

    def start_from(self, stage: StageState) -> None:
        """Add the FROM of a stage that is, or starts from, a directory: all that is sent of it is in the stage."""
        context = stage.context
        if context is None or context.directory is None or stage in self._started:
            return
        self._started.add(stage)
        reads = self._reads_of(stage)
        reads.append(
            ContextRead(
                kind="FROM",
                line=stage.line,
                end_line=stage.end_line,
                stage=stage.number,
                stage_name=stage.name,
                sources=("/",),
                written=(stage.written,),
                destination="/",
                exported=stage.exported,
                workdir="/",
                context=context.name,
                number=ReadId(len(reads)),
                step=StepId(len(self.steps)),
            )
        )
        self.steps.append(Step(stage.number, "FROM", stage.line, stage.written, end_line=stage.end_line))

    def _use(self, name: str) -> ContextUse:
        return self.named.setdefault(name, ContextUse())

    def _reads_of(self, origin: StageState | None) -> list[ContextRead]:
        """The reads of the main context, or of the named context that a stage or an image is."""
        if origin is None or origin.context is None:
            return self.reads
        use = self._use(origin.context.name)
        # The next read is the one that is added to what is returned.
        use.origins.setdefault(origin, set()).add(ReadId(len(use.reads)))
        return use.reads

    def _dispatch(self, stage: StageState, command: Command) -> Sequence[str]:
        """Run through an instruction; returns its words as `Step.expanded` has them."""
        keyword = command.instruction.keyword
        if keyword == "ARG":
            return self._arg(stage, command.instruction)
        if keyword == "ENV":
            return self._env(stage, command.instruction)
        if keyword in ("COPY", "ADD"):
            return self._copy(stage, command)
        if keyword == "RUN":
            self._mounts(stage, command)
        elif keyword == "WORKDIR":
            return [self._workdir(stage, command.instruction)]
        elif keyword == "EXPOSE":
            return self._expose(stage, command.instruction)
        elif keyword in _EXPANDED:
            problem_of = _PROBLEMS.get(keyword)
            return [self._checked(stage, word, command.instruction, problem_of) for word in command.instruction.args]
        return ()

    def _checked(
        self, stage: StageState, word: str, instruction: Instruction, problem_of: Callable[[str], str] | None
    ) -> str:
        """An expanded word. Raises DockerfileError if it has a problem."""
        text, doubts = self._word(stage, word, instruction)
        if problem_of is not None:
            self.words.refuse(problem_of, text, word, stage.env, doubts, instruction.line)
        return text

    def _expose(self, stage: StageState, instruction: Instruction) -> Sequence[str]:
        """The ports of EXPOSE, each of whose words may become several. Raises DockerfileError."""
        expanded: list[str] = []
        for word in instruction.args:
            ports, doubts = self.words.split(word, stage.env, instruction)
            for port in ports:
                self.words.refuse(port_problem, port, word, stage.env, doubts, instruction.line)
            expanded.append(" ".join(ports))
        return expanded

    def _word(self, stage: StageState, word: str, instruction: Instruction) -> tuple[str, frozenset[str]]:
        return self.words.expand(word, stage.env, instruction)

    def _arg(self, stage: StageState, instruction: Instruction) -> Sequence[str]:
        """Declare arguments; returns the names of those that have a value, each followed by it."""
        given, outer, unknown = self.arguments.given, self.arguments.globals, self.arguments.unknown
        assigned: list[str] = []
        for name, default in arguments_of(instruction):
            self.declared.add(name)
            if name in _NO_VARIABLES:
                continue
            if name in given:
                stage.env.set(name, given[name], False, given=True)
            elif default is not None:
                value, doubts = self._word(stage, default, instruction)
                shows = self.words.is_given(default, stage.env)
                stage.env.set(name, value, bool(doubts) or name in unknown, given=shows)
            elif name in outer.values:
                doubt = name in outer.doubts or name in unknown
                stage.env.set(name, outer.values[name], doubt, given=name in outer.given)
            else:
                # It may be given at build time; until then a value from an ENV above stays.
                stage.env.doubts.add(name)
                continue
            assigned += [name, stage.env.values[name]]
        return assigned

    def _env(self, stage: StageState, instruction: Instruction) -> Sequence[str]:
        words = [self._word(stage, word, instruction) for word in instruction.args]
        given = [self.words.is_given(word, stage.env) for word in instruction.args[1::2]]
        for (name, _), (value, doubts), shows in zip(words[::2], words[1::2], given, strict=True):
            stage.env.set(name, value, bool(doubts), given=shows)
            stage.image_env.set(name, value, bool(doubts), given=shows)
        return [text for (name, _), (value, _) in zip(words[::2], words[1::2], strict=True) for text in (name, value)]

    def _workdir(self, stage: StageState, instruction: Instruction) -> str:
        path, doubts = self._word(stage, instruction.args[0], instruction)
        if doubts or (stage.workdir is None and not path.startswith("/")):
            stage.workdir = None
        else:
            stage.workdir = paths.clean(path) if path.startswith("/") else paths.join(stage.workdir or "/", path)
        return path

    # -- COPY and ADD ---------------------------------------------------------------------------

    def _copy(self, stage: StageState, command: Command) -> Sequence[str]:
        instruction = command.instruction
        flags = [self._word(stage, text_of(command.flags, name), instruction) for name in ("chown", "chmod")]
        checksum = self._word(stage, text_of(command.flags, "checksum"), instruction)
        texts = self._expand_heredocs(stage, instruction)
        written = [word for word in instruction.args[:-1] if not is_heredoc(word)]
        sources = [self._source(stage, word, instruction) for word in written]
        destination, unplaced = self._word(stage, instruction.args[-1], instruction)
        self._check_copy(command, sources)
        mode = text_of(command.flags, "chmod")
        self.words.refuse(mode_problem, flags[1][0], mode, stage.env, flags[1][1], instruction.line)
        expanded = [
            *(text for text, _ in (*flags, checksum)),
            *texts,
            *(source.text for source in sources),
            destination,
        ]
        if command.sources:
            self._copy_from(command.sources[0], stage, command, sources, destination, bool(unplaced))
            return expanded
        shown = self._shown(stage, instruction.args[-1], destination)
        self._download(stage, instruction, sources, destination, shown, bool(checksum[0]))
        if checksum[0] and not checksum[1] and (len(sources) != 1 or not sources[0].is_remote):
            raise self.words.error("--checksum goes with one HTTP(S) or git source", instruction.line)
        if checksum[0] and sources and is_url(sources[0].text) and not is_git(sources[0].text):
            word, doubts = text_of(command.flags, "checksum"), checksum[1] | sources[0].doubts
            self.words.refuse(checksum_problem, checksum[0], word, stage.env, doubts, instruction.line)
        self.context_paths += [source.text for source in sources if not source.text.startswith(("http://", "https://"))]
        local = [source for source in sources if not source.is_remote]
        if local:
            self._read(stage, command, local, destination, bool(unplaced))
        return expanded

    def _source(self, stage: StageState, word: str, instruction: Instruction) -> _Source:
        text, doubts = self._word(stage, word, instruction)
        return _Source(word, text, doubts, self._shown(stage, word, text))

    def _shown(self, stage: StageState, word: str, text: str) -> str:
        """How a word is shown: as `text`, which it becomes, or as it is written if the build is given a value in it."""
        return word if self.words.is_given(word, stage.env) else text

    def _check_copy(self, command: Command, sources: Iterable[_Source]) -> None:
        instruction = command.instruction
        for source in command.sources:
            if source.comes_later:
                raise self.words.error(
                    f"{instruction.keyword} takes files from stage {source.label}, which comes later", instruction.line
                )
        for remote in sources:
            if instruction.keyword == "COPY" and remote.is_remote:
                raise self.words.error(f"COPY cannot take a URL ({remote.shown})", instruction.line, "use ADD")

    def _copy_from(
        self,
        origin: StageState,
        stage: StageState,
        command: Command,
        sources: Sequence[_Source],
        destination: str,
        misplaced: bool,
    ) -> None:
        """Add a COPY from a stage or an image, or from the named context that it is."""
        origin.origin.taken += [source.text for source in sources]
        if origin.is_context and sources:
            self._read(stage, command, sources, destination, misplaced, origin.origin)
        elif origin.number >= 0 and not origin.replaced:
            self.copies.append(
                StageCopy(
                    stage=stage.number,
                    source=origin.number,
                    line=command.instruction.line,
                    end_line=command.instruction.end_line,
                    sources=tuple(source.text for source in sources),
                    destination=destination,
                    parents=is_set(command.flags, "parents"),
                    unresolved=_doubts(sources),
                    workdir=stage.workdir,
                    misplaced=misplaced,
                    step=StepId(len(self.steps)),
                )
            )

    def _download(
        self,
        stage: StageState,
        instruction: Instruction,
        sources: Iterable[_Source],
        destination: str,
        shown_destination: str,
        checked: bool,
    ) -> None:
        self.downloads += [
            Download(
                stage=stage.number,
                line=instruction.line,
                end_line=instruction.end_line,
                url=source.text,
                destination=destination,
                checked=checked,
                unresolved=source.doubts,
                git=is_git(source.text),
                step=StepId(len(self.steps)),
                shown_url=source.shown,
                shown_destination=shown_destination,
            )
            for source in sources
            if source.is_remote
        ]

    def _read(
        self,
        stage: StageState,
        command: Command,
        sources: Sequence[_Source],
        destination: str,
        misplaced: bool,
        origin: StageState | None = None,
    ) -> None:
        """Add a COPY or ADD from the context, or from the named context that `origin` is."""
        instruction = command.instruction
        reads = self._reads_of(origin)
        reads.append(
            ContextRead(
                kind=instruction.keyword,
                line=instruction.line,
                end_line=instruction.end_line,
                stage=stage.number,
                stage_name=stage.name,
                sources=tuple(source.text for source in sources),
                written=tuple(source.written for source in sources),
                destination=destination,
                excludes=command.flags.get("exclude", ()),
                parents=is_set(command.flags, "parents"),
                exported=stage.exported,
                unresolved=_doubts(sources),
                trigger=command.trigger,
                workdir=stage.workdir,
                misplaced=misplaced,
                context=_name_of(origin),
                number=ReadId(len(reads)),
                step=StepId(len(self.steps)),
                shown=(
                    *(source.shown for source in sources),
                    self._shown(stage, instruction.args[-1], destination),
                ),
            )
        )

    def _expand_heredocs(self, stage: StageState, instruction: Instruction) -> Sequence[str]:
        """The here-documents of COPY and ADD: of each the name and the text, in which BuildKit expands variables.

        Raises DockerfileError.
        """
        lex = Lex(keep_quotes=True)
        found: list[str] = []
        for heredoc in instruction.heredocs:
            text = without_tabs(heredoc.text) if heredoc.strip_tabs else heredoc.text
            if heredoc.expand:
                text, _ = self.words.expand(text, stage.env, instruction, lex)
            found += [heredoc.name, text]
        return found

    # -- mounts of RUN --------------------------------------------------------------------------

    def _mounts(self, stage: StageState, command: Command) -> None:
        instruction = command.instruction
        for source in command.sources:
            if source.comes_later:
                raise self.words.error(f"RUN mounts stage {source.label}, which comes later", instruction.line)
        if "device" in command.flags and not self.words.devices:
            hint = "start the file with # syntax=docker/dockerfile:1-labs"
            raise self.words.error("no release of Docker's front end has RUN --device", instruction.line, hint)
        # Any file of the stage may be used.
        stage.origin.taken.append("/")
        sources = iter(command.sources)
        mounted: dict[str, tuple[list[ContextRead], list[_Mount]]] = {}
        for text in command.flags.get("mount", ()):
            origin = next(sources) if mount_stage(text) else None
            shown = self._mount(stage, text, instruction)
            mount = shown.mount
            if mount.type in ("secret", "ssh") or (origin is None and mount.type == "cache"):
                continue
            # A tmpfs takes nothing from the context, but BuildKit still counts its (empty) source as a
            # path that is wanted, so that everything is.
            (self.context_paths if origin is None else origin.origin.taken).append(mount.source)
            if mount.type != "tmpfs" and (origin is None or origin.is_context):
                first = None if origin is None else origin.origin
                mounted.setdefault(_name_of(first), (self._reads_of(first), []))[1].append(shown)
        for name, (reads, mounts) in mounted.items():
            self._read_mounts(stage, command, mounts, name, reads)

    def _read_mounts(
        self, stage: StageState, command: Command, mounts: Sequence[_Mount], context: str, reads: list[ContextRead]
    ) -> None:
        """Add the mounts of a RUN from one context to the reads of that context."""
        written = tuple(one.source for one in mounts)
        reads.append(
            ContextRead(
                kind="RUN",
                line=command.instruction.line,
                end_line=command.instruction.end_line,
                stage=stage.number,
                stage_name=stage.name,
                sources=tuple(one.mount.source or "/" for one in mounts),
                written=written,
                destination=", ".join(one.mount.target or "?" for one in mounts),
                exported=stage.exported,
                unresolved=frozenset().union(*(one.mount.unresolved for one in mounts)),
                trigger=command.trigger,
                workdir=stage.workdir,
                context=context,
                number=ReadId(len(reads)),
                step=StepId(len(self.steps)),
                shown=(*written, ", ".join(one.target for one in mounts)),
            )
        )

    def _mount(self, stage: StageState, text: str, instruction: Instruction) -> _Mount:
        shown: dict[str, str] = {}

        def expand(word: str) -> tuple[str, frozenset[str]]:
            found = self._word(stage, word, instruction)
            if self.words.is_given(word, stage.env):
                shown[found[0]] = word
            return found

        try:
            mount = parse_mount(text, expand)
        except FlagError as error:
            problem = f"--mount={text} is not valid with the arguments that are given" if shown else str(error)
            raise self.words.error(problem, instruction.line) from None
        if _is_root(stage, mount):
            raise self.words.error("a mount needs a target other than /", instruction.line, "add target=/path")
        source, target = mount.source or "/", mount.target or "?"
        return _Mount(mount, shown.get(source, source), shown.get(target, target))


def _is_root(stage: StageState, mount: Mount) -> bool:
    """Whether the target of a mount is known to be the root."""
    target = mount.target
    if mount.type in ("secret", "ssh") or target is None:
        return False
    if target.startswith("/"):
        return target == "/"
    return stage.workdir is not None and paths.join("/", stage.workdir, target) == "/"


def _name_of(origin: StageState | None) -> str:
    """The name of the named context that a stage or an image is; "" for the main context."""
    return "" if origin is None or origin.context is None else origin.context.name


def _doubts(sources: Iterable[_Source]) -> frozenset[str]:
    return frozenset().union(*(source.doubts for source in sources))


def _inherit(stage: StageState, parent: StageState) -> None:
    """Start a stage from another one: with its variables, over which the image's own are set once more."""
    stage.image_env = parent.image_env.copy()
    stage.env = parent.env.overridden_by(parent.image_env)
    if parent.env.open:
        # The base image may set what only an ARG has set here.
        stage.env.doubts |= parent.env.values.keys() - parent.image_env.values.keys()
    stage.workdir = parent.workdir
