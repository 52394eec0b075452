"""The result of planning a Dockerfile: its stages, its steps, and its reads of the build context."""

from collections.abc import Iterator
from dataclasses import field
from functools import lru_cache

from ctxopt.core.golang import paths
from ctxopt.core.ids import ReadId, StageId, StepId
from ctxopt.core.lazy_dataclass import dataclass


def label_of(name: str, number: int) -> str:
    """A stage's name, or "stage-N", as in BuildKit's output."""
    return name or f"stage-{number}"


@lru_cache(maxsize=1 << 10)
def _is_broad(sources: tuple[str, ...]) -> bool:
    """Whether a source is the whole context."""
    return any(paths.join("/", source) in ("/", "/*") for source in sources)


@dataclass(frozen=True, slots=True)
class ContextRead:
    """One instruction that reads the build context, or the named context whose name is `context`.

    `kind` is COPY, ADD, RUN (a bind mount) or FROM (a stage that is a named context); `sources` are expanded, `written`
    as in the file.
    `exported` is True if the instruction's stage is the target or one that the target is built FROM, so that
    what COPY and ADD read is in the image. `unresolved` are variables in the sources or the excludes
    without a known value: the read could then be of anything in the context. `trigger` marks a read
    that an earlier stage's ONBUILD caused. `workdir` is the directory that a relative `destination` is
    in, None where that is not known. `misplaced` is True if the destination is not known because a variable in it has
    no known value. `number` is the index of this read in `Plan.reads`, `step` that of its instruction in
    `Plan.steps`, `request` the index in `Plan.requests` of what is asked for with it, None if that is not one of them.
    Reads of two builds are equal if they read the same, wherever their plans list them. `shown` are the sources and
    the destination as they are shown: as written where they have a value in them that the build is given, which may be
    a secret.
    """

    kind: str
    line: int
    end_line: int
    stage: StageId
    stage_name: str
    sources: tuple[str, ...]
    written: tuple[str, ...]
    destination: str
    excludes: tuple[str, ...] = ()
    parents: bool = False
    exported: bool = False
    unresolved: frozenset[str] = frozenset()
    trigger: bool = False
    workdir: str | None = None
    misplaced: bool = False
    context: str = ""
    number: ReadId = field(default=ReadId(0), kw_only=True, compare=False)
    step: StepId = field(default=StepId(0), kw_only=True, compare=False)
    request: int | None = field(default=None, kw_only=True, compare=False)
    shown: tuple[str, ...] = field(default=(), kw_only=True, compare=False)

    @property
    def shown_sources(self) -> tuple[str, ...]:
        """The sources as they are shown."""
        return self.shown[:-1] or self.sources

    @property
    def shown_destination(self) -> str:
        """The destination as it is shown."""
        return self.shown[-1] if self.shown else self.destination

    @property
    def stage_label(self) -> str:
        """The stage's name, or "stage-N", as in BuildKit's output."""
        return label_of(self.stage_name, self.stage)

    @property
    def broad(self) -> bool:
        """Whether a source is the whole context."""
        return _is_broad(self.sources)

    @property
    def reaches_image(self) -> bool:
        """Whether this instruction puts the files into the exported image; another stage may also take them there."""
        return self.exported and self.kind != "RUN"


@dataclass(frozen=True, slots=True)
class Stage:
    """One build stage: `base` is the image or stage it starts from, expanded if it is needed.

    `context` is the name of the named context that replaces it or its base, "" for none. `platform` is that of its
    FROM, expanded, "" for none.
    """

    number: StageId
    name: str
    base: str
    line: int
    needed: bool = False
    exported: bool = False
    #: The number of the stage that it starts from; None for an image.
    parent: StageId | None = None
    context: str = ""
    platform: str = ""

    @property
    def label(self) -> str:
        """The stage's name, or "stage-N", as in BuildKit's output."""
        return label_of(self.name, self.number)


@dataclass(frozen=True, slots=True)
class StageCopy:
    """One COPY that takes files from another stage, `source` (its number); the rest is as in ContextRead."""

    stage: StageId
    source: StageId
    line: int
    end_line: int
    sources: tuple[str, ...]
    destination: str
    parents: bool = False
    unresolved: frozenset[str] = frozenset()
    workdir: str | None = None
    misplaced: bool = False
    step: StepId = field(default=StepId(0), kw_only=True, compare=False)


@dataclass(frozen=True, slots=True)
class Step:
    """One instruction of a stage that the target needs, in the order of the build.

    `text` is what follows the keyword and the flags, here-documents included, as it is written: no
    variable is expanded. Of a HEALTHCHECK's command it is what follows CMD, and of a RUN that is one
    here-document only its text. `words` are the strings of a JSON form, else None. `workdir` is the
    directory it works in (for WORKDIR, the one before it), None where that is not known. `shell` is True
    if `text` is for a shell: the stage's, or the one that the `#!` line of a here-document names. `flags` are as
    they are written, such as "--mount=type=cache,target=/x". `read` is the index in `Plan.reads` of what it reads from
    the context, None if it reads nothing there. `takes_from` are the numbers of the stages that it copies from or
    mounts. `expanded` are its words with variables replaced: of ARG and ENV the names that get a value, each
    followed by it; of COPY and ADD the owner, the mode and the checksum, each here-document's name and text, the
    sources and the destination; of others its arguments, if variables are expanded in them at all.
    """

    stage: StageId
    kind: str
    line: int
    text: str
    words: tuple[str, ...] | None = None
    workdir: str | None = None
    shell: bool = False
    flags: tuple[str, ...] = ()
    end_line: int = 0
    read: ReadId | None = None
    takes_from: tuple[StageId, ...] = ()
    expanded: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ImageUse:
    """An image that a needed stage starts from (FROM) or takes files from (COPY, RUN with a mount).

    `name` is expanded, `written` as in the file. `exported` is True for the image that the target is
    built from in the end. `doubts` are the variables in it that may have another value in a real build. Names of named
    contexts are not among them.
    """

    kind: str
    line: int
    end_line: int
    stage: StageId
    name: str
    written: str
    exported: bool = False
    doubts: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Download:
    """One ADD of a URL, or of a `git` repository; `checked` is True if it has a checksum.

    `unresolved` and `step` are as in ContextRead; `shown_url` and `shown_destination` are what is shown of them.
    """

    stage: StageId
    line: int
    end_line: int
    url: str
    destination: str
    checked: bool
    unresolved: frozenset[str] = frozenset()
    git: bool = False
    step: StepId = field(default=StepId(0), kw_only=True, compare=False)
    shown_url: str = field(default="", kw_only=True, compare=False)
    shown_destination: str = field(default="", kw_only=True, compare=False)


@dataclass(frozen=True, slots=True)
class Plan:
    """What a build of one target does with the context.

    `follow_paths` is what BuildKit's front end asks the client for; empty with `uses_context` means
    everything. `notes` say what cannot be known from the Dockerfile, `usual_notes` what cannot be known from nearly
    any. `steps` are all instructions of the
    needed stages, FROM only where it starts from a directory; `copies` are those that take files from another stage,
    `downloads` those that take a file from the network. `doubtful_bases` are the bases, also `scratch` and other
    stages, with variables that may have another value. `images` are all that the needed stages use, in the order of
    the file. `named` has for each named context that is a directory the same plan with its reads in place of those of
    the main context. BuildKit asks for a named context once for each stage and each instruction that it is for, and
    none of them gets what the others asked for: where that is not the same, `requests` has the paths of each.
    `triggers` are the ONBUILD instructions that the image gets: those of exported stages.
    """

    file: str
    stages: tuple[Stage, ...]
    reads: tuple[ContextRead, ...]
    uses_context: bool
    follow_paths: tuple[str, ...]
    notes: tuple[str, ...] = ()
    usual_notes: tuple[str, ...] = ()
    steps: tuple[Step, ...] = ()
    copies: tuple[StageCopy, ...] = ()
    images: tuple[ImageUse, ...] = ()
    doubtful_bases: tuple[ImageUse, ...] = ()
    downloads: tuple[Download, ...] = ()
    named: tuple[tuple[str, "Plan"], ...] = ()
    triggers: tuple[Step, ...] = ()
    requests: tuple[tuple[str, ...], ...] = ()

    def numbered_steps(self) -> Iterator[tuple[StepId, Step]]:
        """The steps with their numbers, in order."""
        return ((StepId(number), step) for number, step in enumerate(self.steps))
