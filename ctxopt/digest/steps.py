"""The keys of the instructions of a build: over each, over what it reads, and over all that it depends on.

Follows BuildKit's cache keys. Those of steps (RUN, COPY, ADD and WORKDIR) have in them what the builder is given to do,
with variables replaced: a RUN has all its variables, a COPY the contents that it takes and not where they were. All
other instructions only change the steps after them or the configuration of the image, of which the last value counts.
"""

import hashlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import field, replace
from typing import Final

from ctxopt.core.build_context import BuildContext
from ctxopt.core.dockerfile import flags as flagging
from ctxopt.core.dockerfile.frontend import front_end_of
from ctxopt.core.dockerfile.model import ContextRead, Plan, Stage, Step
from ctxopt.core.golang import paths
from ctxopt.core.ids import StageId, StepId
from ctxopt.core.lazy_dataclass import dataclass
from ctxopt.core.named_context import ContextSource, NamedContext, context_name
from ctxopt.digest.base_digests import BaseDigests, canonical
from ctxopt.digest.model import Instruction
from ctxopt.digest.reads import StateReader, digest_of_read

#: The instructions that BuildKit runs, each as a step of its own.
STEPS: Final = ("RUN", "COPY", "ADD", "WORKDIR")
#: Build arguments that the builder itself reads.
_READ_BY_BUILDER: Final = ("BUILDKIT_", "SOURCE_DATE_EPOCH")
#: Instructions of which an image has one value: the last.
_ONE_VALUE: Final = ("CMD", "ENTRYPOINT", "HEALTHCHECK", "SHELL", "STOPSIGNAL", "USER", "MAINTAINER", "WORKDIR")
#: Maximum number of characters of an instruction that is shown.
_SHOWN: Final = 200


@dataclass(frozen=True, slots=True)
class KeyedStep:
    """An instruction with its keys.

    `own` is over what it says, `inputs` over the contents that it reads, `key` over both and all that it depends on.
    """

    number: StepId
    step: Step
    own: bytes
    inputs: bytes
    key: bytes

    @property
    def is_run(self) -> bool:
        """Whether BuildKit runs it, so that it comes from the cache or not: the root is there without a WORKDIR."""
        return self.step.kind in STEPS and (self.step.kind != "WORKDIR" or self.step.expanded[0].strip("/.") != "")


@dataclass(frozen=True, slots=True)
class Chain:
    """All instructions of a build with their keys, those of FROM included.

    `config` are the parts of the image's configuration, each with the step that sets it, None for a base image's;
    `settings` is over what is no instruction. `digest` is over all of it.
    """

    steps: tuple[KeyedStep, ...]
    config: Mapping[tuple[str, ...], tuple[bytes, Step | None]]
    settings: bytes
    digest: bytes


@dataclass(slots=True)
class _Environment:
    """The variables of a stage, with a sum over them that does not depend on their order."""

    values: dict[str, str] = field(default_factory=dict)
    total: int = 0

    def set(self, name: str, value: str) -> None:
        known = self.values.get(name)
        if known is not None:
            self.total -= _number(name, known)
        self.values[name] = value
        self.total += _number(name, value)

    def copy(self) -> "_Environment":
        return _Environment(dict(self.values), self.total)


@dataclass(slots=True)
class _Stage:
    """A stage while its instructions are gone through: `state` is the key of its file system."""

    state: bytes
    env: _Environment = field(default_factory=_Environment)
    #: The part of `env` that the image has.
    image_env: _Environment = field(default_factory=_Environment)
    user: str = ""
    shell: str = ""
    config: dict[tuple[str, ...], tuple[bytes, Step | None]] = field(default_factory=dict)


def chain_of(
    context: BuildContext, reader: StateReader, bases: BaseDigests, other_builds: Callable[[NamedContext], bytes]
) -> Chain:
    """The keys of a build in one state. Raises CtxoptError where an instruction fails or a file cannot be read.

    `other_builds` gives the digest of a named context that is the result of another build, and raises CtxoptError
    where that is not known.
    """
    return _Keys(context, reader, bases, other_builds).chain()


class _Keys:
    def __init__(
        self,
        context: BuildContext,
        reader: StateReader,
        bases: BaseDigests,
        other_builds: Callable[[NamedContext], bytes],
    ) -> None:
        self._plan: Plan = context.plan
        self._context = context
        self._reader = reader
        self._bases = bases
        self._other_builds = other_builds
        self._contexts = {one.name: one for one in context.contexts}
        self._stages: dict[StageId, _Stage] = {}
        self._reads = _reads_by_step(context)
        self._steps: list[KeyedStep] = []
        self._images: dict[tuple[StageId, int], list[str]] = {}
        for use in self._plan.images:
            if use.kind != "FROM":
                self._images.setdefault((use.stage, use.line), []).append(use.name)

    def chain(self) -> Chain:
        steps: dict[StageId, list[tuple[StepId, Step]]] = {}
        for at, step in self._plan.numbered_steps():
            steps.setdefault(step.stage, []).append((at, step))
        # A stage only depends on those before it.
        for stage in self._plan.stages:
            if stage.needed:
                self._start(stage)
                for at, step in steps.get(stage.number, ()):
                    self._add(at, step, stage)
        last = max((stage.number for stage in self._plan.stages if stage.exported), default=None)
        result = _Stage(b"") if last is None else self._stages[last]
        config = dict(result.config)
        for number, trigger in enumerate(self._plan.triggers):
            config["ONBUILD", str(number)] = (_hash("ONBUILD", trigger.text), trigger)
        settings = self._settings()
        parts = [_hash(*name) + value for name, (value, _) in sorted(config.items())]
        return Chain(tuple(self._steps), config, settings, _join(result.state, settings, *parts))

    def _settings(self) -> bytes:
        """What is no instruction: the front end, the platform, and what the builder itself is told."""
        arguments = self._context.build_args
        told = [f"{name}={value}" for name, value in sorted(arguments.items()) if name.startswith(_READ_BY_BUILDER)]
        front_end, _ = front_end_of(self._context.located.dockerfile.data, arguments)
        return _hash("settings", front_end or "", self._context.platform or "", *told)

    # -- stages ---------------------------------------------------------------------------------

    def _start(self, stage: Stage) -> None:
        """Start a stage from another one, an image, or a named context. Its parent comes before it."""
        parent = None if stage.parent is None else self._stages[stage.parent]
        if parent is not None:
            env = parent.env.copy()
            for name, value in parent.image_env.values.items():
                env.set(name, value)
            # The configuration is shared: only the stages of which the target is built, one by one, change it.
            started = replace(parent, env=env, image_env=parent.image_env.copy())
        else:
            started = _Stage(self._base(stage))
        self._stages[stage.number] = started
        step = Step(stage.number, "FROM", stage.line, stage.base, end_line=stage.line)
        self._steps.append(KeyedStep(StepId(-1), step, started.state, b"", started.state))

    def _base(self, stage: Stage) -> bytes:
        if stage.context:
            return self._named(self._contexts[stage.context])
        if stage.base == "scratch":
            return _hash("scratch", stage.platform or self._context.platform or "")
        return self._image(stage.base, stage.platform or self._context.platform or "")

    def _image(self, name: str, platform: str) -> bytes:
        return _hash("image", canonical(name), platform, self._bases.of(name) or "")

    def _named(self, context: NamedContext) -> bytes:
        """A named context by its value; what is read of a directory is an input of the instructions."""
        if context.source is ContextSource.DIRECTORY:
            return _hash("directory")
        if context.source is ContextSource.BUILD:
            return _join(b"build", self._other_builds(context))
        name = context.value.removeprefix("docker-image:").removeprefix("//")
        digest = self._bases.of(name) if context.source is ContextSource.IMAGE else None
        return _hash("context", context.value, digest or "")

    # -- instructions ---------------------------------------------------------------------------

    def _add(self, number: StepId, step: Step, stage: Stage) -> None:
        here = self._stages[step.stage]
        own = self._own(step, here, number)
        inputs = b"".join(digest_of_read(context, read, self._reader) for context, read in self._reads.get(number, ()))
        before = here.state
        self._assign(step, here)
        if step.kind not in (*STEPS, "FROM"):
            if stage.exported:
                _configure(step, own, here.config)
            self._steps.append(KeyedStep(number, step, own, inputs, _join(before, own)))
            return
        taken = [self._stages[source].state for source in step.takes_from]
        # A COPY with --link as well: only some builders can run it without the steps before it.
        here.state = key = _join(before, own, inputs, *taken)
        if step.kind == "WORKDIR" and stage.exported:
            _configure(step, own, here.config)
        self._steps.append(KeyedStep(number, step, own, inputs, key))

    def _own(self, step: Step, here: _Stage, number: StepId) -> bytes:
        """What an instruction says, as the builder is given it."""
        flags = flagging.parse_flags(step.kind, step.flags) if step.kind != "ARG" else {}
        if step.kind in ("COPY", "ADD"):
            return self._copied(step, flags, number)
        if step.kind == "RUN":
            mounts = [",".join(_mount_fields(mount)) for mount in flags.get("mount", ())]
            others = [
                f"{name}={value}" for name, values in sorted(flags.items()) if name != "mount" for value in values
            ]
            images = [self._image(name, self._context.platform or "") for name in self._images_of(step)]
            shell = here.shell if step.shell else ""
            said = _hash(
                "RUN", step.text, *(step.words or ()), shell, here.user, step.workdir or "?", *mounts, "", *others
            )
            return _join(said, str(here.env.total).encode(), *images, *map(self._named, self._contexts_of(flags)))
        if step.kind == "WORKDIR":
            path = step.expanded[0]
            whole = paths.join(step.workdir, path) if step.workdir and not path.startswith("/") else path
            return _hash(
                "WORKDIR", paths.clean(whole) if whole.startswith("/") else f"{step.workdir}:{whole}", here.user
            )
        shell = here.shell if step.shell else ""
        written = [f"{name}={value}" for name, values in sorted(flags.items()) for value in values]
        return _hash(step.kind, *(step.expanded or (step.text, *(step.words or ()), shell)), *written)

    def _copied(self, step: Step, flags: flagging.Flags, number: StepId) -> bytes:
        """COPY and ADD: of a source in a context, only the last part of its path is given to the builder."""
        rest = [f"{name}={value}" for name in ("exclude",) for value in flags.get(name, ())]
        rest += [name for name in ("link", "parents", "keep-git-dir", "unpack") if flagging.is_set(flags, name)]
        rest += [f"unpack={value}" for value in flags.get("unpack", ())]
        destination = step.expanded[-1]
        if not destination.startswith("/"):
            ending = "/" if destination.endswith(("/", "/.")) or destination in (".", "") else ""
            destination = f"{'?' if step.workdir is None else paths.join(step.workdir, destination)}{ending}"
            if step.workdir is None:
                destination += step.expanded[-1]
        local = [source for _, read in self._reads.get(number, ()) for source in read.sources]
        reads_by_base = not flagging.is_set(flags, "parents")
        words = list(step.expanded[:-1])
        for at in range(len(words) - 1, 2, -1):
            if words[at] in local and reads_by_base:
                words[at] = paths.base(paths.join("/", words[at]))
        images = [self._image(name, self._context.platform or "") for name in self._images_of(step)]
        contexts = map(self._named, self._contexts_of(flags))
        return _join(_hash(step.kind, destination, *words, "", *rest), *images, *contexts)

    def _images_of(self, step: Step) -> list[str]:
        return self._images.get((step.stage, step.line), [])

    def _contexts_of(self, flags: flagging.Flags) -> Iterator[NamedContext]:
        """The named contexts that a COPY or the mounts of a RUN take files from, unless they are stages."""
        names = [flagging.text_of(flags, "from"), *map(flagging.mount_stage, flags.get("mount", ()))]
        for name in filter(None, names):
            found = self._contexts.get(context_name(name) or "")
            if found is not None:
                yield found

    def _assign(self, step: Step, here: _Stage) -> None:
        """What an instruction changes for those after it."""
        pairs = zip(step.expanded[::2], step.expanded[1::2], strict=False)
        if step.kind == "ARG":
            for name, value in pairs:
                here.env.set(name, value)
        elif step.kind == "ENV":
            for name, value in pairs:
                here.env.set(name, value)
                here.image_env.set(name, value)
        elif step.kind == "USER":
            here.user = step.expanded[0]
        elif step.kind == "SHELL":
            here.shell = repr(step.words)


def _configure(step: Step, own: bytes, config: dict[tuple[str, ...], tuple[bytes, Step | None]]) -> None:
    """What an instruction of the exported image sets in its configuration."""
    if step.kind in ("ENV", "LABEL"):
        for name, value in zip(step.expanded[::2], step.expanded[1::2], strict=False):
            config[step.kind, name] = (_hash(value), step)
    elif step.kind in ("EXPOSE", "VOLUME"):
        for value in step.expanded:
            config[step.kind, value] = (b"", step)
    elif step.kind in _ONE_VALUE:
        config[(step.kind,)] = (own, step)


def _reads_by_step(context: BuildContext) -> dict[StepId, list[tuple[BuildContext, ContextRead]]]:
    """What each instruction reads of the main context and of named ones. Raises CtxoptError."""
    found: dict[StepId, list[tuple[BuildContext, ContextRead]]] = {}
    for one in (context, *(context.named[name] for name in sorted(context.named))):
        for read in one.plan.reads:
            found.setdefault(read.step, []).append((one, read))
    return found


def reads_of(context: BuildContext, number: StepId) -> list[tuple[BuildContext, ContextRead]]:
    """What one instruction reads, each with the context that it is read from. Raises CtxoptError."""
    return _reads_by_step(context).get(number, [])


def _mount_fields(mount: str) -> list[str]:
    """What a mount says, but for what it is taken from, which its contents stand for."""
    return sorted(field for field in mount.split(",") if not field.startswith("from="))


def labels_of(plan: Plan) -> Mapping[StageId, str]:
    """The names of the stages by their numbers."""
    return {stage.number: stage.label for stage in plan.stages}


def shown(step: Step, labels: Mapping[StageId, str]) -> Instruction:
    """An instruction for people; `labels` are those of the plan."""
    words = " ".join((step.kind, *step.flags, *step.text.split()))
    text = words if len(words) <= _SHOWN else words[: _SHOWN - 1] + "…"
    return Instruction(step.kind, step.line, step.end_line or step.line, labels.get(step.stage, ""), text)


def _hash(*texts: str) -> bytes:
    made = hashlib.sha256()
    for text in texts:
        data = text.encode("utf-8", "surrogateescape")
        made.update(b"%d\0" % len(data) + data)
    return made.digest()


def _join(*parts: bytes) -> bytes:
    made = hashlib.sha256()
    for part in parts:
        made.update(b"%d\0" % len(part) + part)
    return made.digest()


def _number(name: str, value: str) -> int:
    return int.from_bytes(_hash(name, value))
