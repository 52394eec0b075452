"""What is known of a Dockerfile once it is planned: its stages, and its reads of the build context."""

from dataclasses import dataclass

from ctxopt.golang import paths


@dataclass(frozen=True, slots=True)
class ContextRead:
    """One instruction that reads the main build context.

    `kind` is COPY, ADD or RUN (a bind mount); `sources` are expanded, `written` as in the file.
    `exported` tells whether the instruction's stage is the target or one it is built FROM, so that
    what COPY and ADD read is in the image. `unresolved` are variables in the sources or the excludes
    without a known value: the read could then be of anything in the context. `trigger` marks a read
    that an earlier stage's ONBUILD caused.
    """

    kind: str
    line: int
    end_line: int
    stage: int
    stage_name: str
    sources: tuple[str, ...]
    written: tuple[str, ...]
    destination: str
    excludes: tuple[str, ...] = ()
    parents: bool = False
    exported: bool = False
    unresolved: frozenset[str] = frozenset()
    trigger: bool = False

    @property
    def stage_label(self) -> str:
        """The stage as BuildKit's own output names it."""
        return self.stage_name or f"stage-{self.stage}"

    @property
    def broad(self) -> bool:
        """Whether a source is the whole context."""
        return any(paths.join("/", source) in ("/", "/*") for source in self.sources)

    @property
    def reaches_image(self) -> bool:
        """Whether the files themselves become part of the exported image."""
        return self.exported and self.kind != "RUN"


@dataclass(frozen=True, slots=True)
class Stage:
    """One build stage: `base` is the image or stage it starts from, expanded if it is needed."""

    number: int
    name: str
    base: str
    line: int
    needed: bool = False
    exported: bool = False

    @property
    def label(self) -> str:
        """The stage as BuildKit's own output names it."""
        return self.name or f"stage-{self.number}"


@dataclass(frozen=True, slots=True)
class Plan:
    """What a build of one target does with the context.

    `follow_paths` is what BuildKit's front end asks the client for; empty with `uses_context` means
    everything. `notes` say what cannot be known from the Dockerfile.
    """

    file: str
    stages: tuple[Stage, ...]
    reads: tuple[ContextRead, ...]
    uses_context: bool
    follow_paths: tuple[str, ...]
    notes: tuple[str, ...] = ()
