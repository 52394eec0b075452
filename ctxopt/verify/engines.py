"""The programs that build: docker with BuildKit or the legacy builder, podman, and buildah.

Nothing but the commands of these programs differs between them. Their differences: podman and buildah take the ignore
file as an option, the legacy builder gets a context that was put together here, and for BuildKit the ignore file lies
beside a copy of the Dockerfile.
"""

import os
import shutil
from collections.abc import Callable, Mapping, Sequence
from dataclasses import field, replace
from pathlib import Path
from typing import IO, Final

from ctxopt.core.lazy_dataclass import dataclass
from ctxopt.errors import CtxoptError
from ctxopt.verify.contents import Contents, Entry, of_archive, of_container
from ctxopt.verify.interruption import PutOff
from ctxopt.verify.process import Finished, capture, run, stream
from ctxopt.verify.request import BuildRequest, Passed
from ctxopt.verify.steps import Steps, tail
from ctxopt.verify.workspace import LABEL, Workspace

#: Seconds for a command that does no work of the project's.
_SHORT: Final = 60.0
#: The exit code for a program that cannot be found in a container.
NOT_FOUND: Final = 127
#: The exit codes of engines where a container did not even start.
NOT_STARTED: Final = (125, 126, NOT_FOUND)
#: What a container is created with, to read its files: an image may name no command. It is never started.
_NEVER_RUN: Final = "ctxopt"
#: What the names of containers of buildah begin with, before the mark of the run.
_CONTAINER: Final = "ctxopt-verify-"
#: Where buildah finds what it mounts into each container, the first that there is.
_MOUNTS: Final = (
    "~/.config/containers/mounts.conf",
    "/etc/containers/mounts.conf",
    "/usr/share/containers/mounts.conf",
)


@dataclass(frozen=True, slots=True)
class Built:
    """A build that ended: the image, or the step that failed, with its last lines."""

    image: str | None
    step: str = ""
    lines: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Engine:
    """A program that builds: docker, podman or buildah; `classic` for docker's legacy builder.

    `show` is told what runs, again and again, for people. `timeout` is in seconds, for one build and for one command.
    `buildx`: docker has it. `mounts`: buildah takes a file of mounts, whose path marks the containers of a build.
    `layers` are those that images share, which need not be read again.
    """

    program: str
    classic: bool
    workspace: Workspace
    environment: Mapping[str, str]
    passed: Passed
    timeout: float
    buildx: bool = True
    mounts: bool = False
    show: Callable[[str], object] = str
    layers: dict[str, dict[str, Entry]] = field(default_factory=dict)

    @property
    def builder(self) -> str:
        """The name of the builder for people."""
        if self.program != "docker":
            return "buildah"
        return "legacy builder" if self.classic else "BuildKit"

    # -- building -------------------------------------------------------------------------------

    def build(self, request: BuildRequest, name: str, what: str) -> Built:
        """Build an image of this name; `what` says which one it is, for people.

        Raises CtxoptError if the program cannot be run.
        """
        identity = self.workspace.file("image")
        staged = self._staged(request)
        command = [
            *self._build_command(),
            f"--tag={name}",
            f"--label={LABEL}={self.workspace.mark}",
            f"--iidfile={identity}",
            *request.options,
            *(f"--build-context={name}={path}" for name, path in staged.items()),
            *self.passed.words(),
            *([] if request.cached else ["--no-cache"]),
        ]
        try:
            finished, steps = self._run_build(command, request, what)
        finally:
            for path in staged.values():
                shutil.rmtree(path, ignore_errors=True)
        if finished.succeeded:
            return Built(identity.read_text().strip() if identity.exists() else name)
        if finished.code is None:
            return Built(None, steps.current, (*steps.last_lines, f"no end within {self.timeout:g} seconds"))
        return Built(None, steps.failed, steps.last_lines or tail(finished.lines))

    def _staged(self, request: BuildRequest) -> Mapping[str, Path]:
        """The copies of named contexts, by their names. Raises CtxoptError."""
        # Not always the same path, of which BuildKit would remember what was there.
        staged = {name: self.workspace.file("named") / str(number) for number, name in enumerate(request.staged)}
        for name, path in staged.items():
            request.staged[name](path)
        return staged

    def _build_command(self) -> list[str]:
        if self.program != "docker":
            # Without --layers buildah has no cache.
            return [self.program, *self._marking(), "build", "--layers"]
        if self.classic:
            return ["docker", "build", "--force-rm"]
        return ["docker", *(["buildx"] if self.buildx else []), "build", "--progress=plain", *self._load()]

    def _marking(self) -> list[str]:
        """What lets the containers of a build be known as ours: buildah leaves them behind if it is interrupted."""
        if not self.mounts:
            return []
        path = self.workspace.directory / "mounts.conf"
        if not path.exists():
            rootless = hasattr(os, "geteuid") and os.geteuid() != 0
            files = map(os.path.expanduser, _MOUNTS if rootless else _MOUNTS[1:])
            given = next(filter(os.path.exists, files), os.devnull)
            shutil.copyfile(given, path)
        return [f"--default-mounts-file={path}"]

    def _load(self) -> list[str]:
        return ["--load"] if self.buildx else []

    def _run_build(self, command: list[str], request: BuildRequest, what: str) -> tuple[Finished, Steps]:
        if self.classic:
            tar = self.workspace.file("context.tar")
            name = request.tar(tar)
            with tar.open("rb") as context:
                return self._followed([*command, f"--file={name}", "-"], what, stdin=context)
        dockerfile = self.workspace.file(request.name)
        dockerfile.write_bytes(request.dockerfile)
        ignore = dockerfile.with_name(f"{request.name}.dockerignore")
        # An empty one as well: without any, that of the context would be read.
        ignore.write_bytes(request.ignore or b"")
        words = [f"--file={dockerfile}", *([] if self.program == "docker" else [f"--ignorefile={ignore}"])]
        return self._followed([*command, *words, request.context], what)

    def _followed(self, command: list[str], what: str, stdin: IO[bytes] | None = None) -> tuple[Finished, Steps]:
        steps = Steps()

        def look() -> None:
            self.show(f"{what}: {steps.current}" if steps.current else what)

        finished = run(
            command,
            environment=self._for_build(),
            timeout=self.timeout,
            on_line=steps.read,
            on_tick=look,
            stdin=stdin,
        )
        return finished, steps

    def _for_build(self) -> Mapping[str, str]:
        if self.program != "docker":
            return self.environment
        # buildx would add what git says of the context, which is read for that.
        return {**self.environment, "DOCKER_BUILDKIT": "0" if self.classic else "1", "BUILDX_GIT_INFO": "false"}

    # -- looking at images ----------------------------------------------------------------------

    def contents(self, image: str) -> Contents:
        """What is in an image. Raises CtxoptError."""
        if self.program == "buildah":
            return self._contents_of_archive(image)
        with PutOff():
            container = self._captured("create", f"--label={LABEL}={self.workspace.mark}", image, _NEVER_RUN).strip()
        found: list[Contents] = []
        command = [self.program, "export", container]
        try:
            code = stream(command, environment=self.environment, consume=lambda tar: found.append(of_container(tar)))
        finally:
            self._quietly("rm", "--force", container)
        if code or not found:
            raise CtxoptError(f"{self.program} cannot export the image {image}")
        return found[0]

    def _contents_of_archive(self, image: str) -> Contents:
        path = self.workspace.file("image.tar")
        self._captured("push", "--quiet", image, f"docker-archive:{path}")
        try:
            return of_archive(str(path), self.layers)
        finally:
            path.unlink(missing_ok=True)

    def run(self, image: str, command: Sequence[str], entry: str) -> Finished:
        """Run a command in a new container of an image, `entry` in place of its entry point. Raises CtxoptError."""
        if self.program == "buildah":
            return self._run_in_buildah(image, [entry, *command])
        words = ["run", "--rm", f"--label={LABEL}={self.workspace.mark}", f"--cidfile={self.workspace.file('id')}"]
        network = [f"--network={self.passed.network}"] if self.passed.network else []
        cidfile = words[-1].removeprefix("--cidfile=")
        try:
            full = [self.program, *words, *network, f"--entrypoint={entry}", image, *command]
            return run(full, environment=self.environment, timeout=self.timeout)
        finally:
            if os.path.exists(cidfile):
                with open(cidfile, encoding="utf-8") as file:
                    self._quietly("rm", "--force", file.read().strip())

    def _run_in_buildah(self, image: str, words: list[str]) -> Finished:
        with PutOff():
            container = self._captured("from", f"--name={_CONTAINER}{self.workspace.mark}", image).strip()
        try:
            full = ["buildah", "run", container, "--", *words]
            return run(full, environment=self.environment, timeout=self.timeout)
        finally:
            self._quietly("rm", container)

    # -- cleaning up ----------------------------------------------------------------------------

    def remove(self, *images: str) -> None:
        """Remove images; the builder's cache stays."""
        if images:
            # Without --no-prune, the legacy builder's cache would go with the image. A missing one stops no other.
            self._quietly("rmi", "--force", *(["--no-prune"] if self.program == "docker" else []), *images)

    def remove_rest(self, *, keep_tagged: bool) -> None:
        """Remove what failed builds of this run left, and the images that it made; with `keep_tagged`, not those."""
        self._remove_marked(lambda mark: mark == self.workspace.mark, keep_tagged=keep_tagged)

    def remove_killed(self) -> None:
        """Remove the images and containers of runs that were killed."""
        self._remove_marked(self.workspace.is_killed)

    def _remove_marked(self, ours: Callable[[str], bool], *, keep_tagged: bool = False) -> None:
        """Remove the containers and images whose mark is ours."""
        images = self._marked(self._images(keep_tagged), ours)
        if self.program == "buildah":
            containers = self._buildahs_containers(images, ours)
        else:
            containers = self._marked(self._listed("ps", "--all", "--quiet", f"--filter=label={LABEL}"), ours)
        if containers:
            # buildah has no --force here.
            self._quietly("rm", *(["--force"] if self.program != "buildah" else []), *containers)
        self.remove(*images)

    def _images(self, untagged: bool) -> list[str]:
        dangling = ["--filter=dangling=true"] if untagged else []
        return self._listed("images", "--quiet", f"--filter=label={LABEL}", *dangling)

    def _marked(self, identities: list[str], ours: Callable[[str], bool]) -> list[str]:
        """Those of some images or containers whose mark is ours."""
        kind, label = (
            ([], ".Config.Labels") if self.program != "buildah" else (["--type=image"], ".OCIv1.Config.Labels")
        )
        form = f'--format={{{{index {label} "{LABEL}"}}}}'
        return [
            identity
            for identity in dict.fromkeys(identities)
            if any(map(ours, self._listed("inspect", *kind, form, identity)))
        ]

    def _buildahs_containers(self, images: list[str], ours: Callable[[str], bool]) -> list[str]:
        """Its containers have no labels: those that are made of these images, that have our name, or our mounts."""
        form = "--format={{.ContainerID}} {{.ImageID}} {{.ContainerName}}"
        words = iter(self._listed("containers", form))
        return [
            container
            for container, image, name in zip(words, words, words, strict=False)
            if any(image.startswith(each) for each in images)
            or ours(name.removeprefix(_CONTAINER))
            or any(ours(self.workspace.mark_of(path)) for path in self._mounts_of(container))
        ]

    def _mounts_of(self, container: str) -> list[str]:
        output = capture(
            ["buildah", "inspect", "--format={{.DefaultMountsFilePath}}", container],
            environment=self.environment,
            timeout=_SHORT,
        )
        return [os.fsdecode(output or b"").strip("\n")]

    def _listed(self, *words: str) -> list[str]:
        output = capture([self.program, *words], environment=self.environment, timeout=_SHORT)
        return (output or b"").decode("utf-8", "replace").split()

    def _captured(self, *words: str) -> str:
        """The output of a command. Raises CtxoptError if it fails."""
        output = capture([self.program, *words], environment=self.environment, timeout=max(_SHORT, self.timeout))
        if output is None:
            raise CtxoptError(f"`{self.program} {words[0]}` failed")
        return output.decode("utf-8", "replace")

    def _quietly(self, *words: str) -> None:
        capture([self.program, *words], environment=self.environment, timeout=_SHORT * len(words))


def find_engine(
    wanted: str,
    workspace: Workspace,
    passed: Passed,
    *,
    classic: bool,
    timeout: float,
    environment: Mapping[str, str] = os.environ,
) -> Engine:
    """The engine that was asked for; of "auto" the first of docker, podman and buildah that works.

    Raises CtxoptError where there is none, or where it has no legacy builder.
    """
    if classic and wanted in ("podman", "buildah"):
        raise CtxoptError(f"{wanted} has no legacy builder", hint="use --engine docker")
    programs = ("docker", *(() if classic else ("podman", "buildah"))) if wanted == "auto" else (wanted,)
    reasons = []
    for program in programs:
        reason = _unusable(program, environment)
        if reason is None:
            engine = Engine(program, classic, workspace, environment, passed, timeout)
            if program == "buildah":
                asked = ["buildah", f"--default-mounts-file={os.devnull}", "version"]
                return replace(engine, mounts=capture(asked, environment=environment, timeout=_SHORT) is not None)
            if program == "docker" and not classic:
                buildx = capture(["docker", "buildx", "version"], environment=environment, timeout=_SHORT)
                return replace(engine, buildx=buildx is not None)
            return engine
        reasons.append(reason)
    raise CtxoptError(f"no engine to build with: {'; '.join(reasons)}")


def _unusable(program: str, environment: Mapping[str, str]) -> str | None:
    """Why a program cannot build here; None if it can."""
    if shutil.which(program, path=environment.get("PATH")) is None:
        return f"{program} is not installed"
    asked = ["docker", "version", "--format", "{{.Server.Version}}"] if program == "docker" else [program, "info"]
    if capture(asked, environment=environment, timeout=_SHORT) is None:
        return "docker reaches no engine (is it running?)" if program == "docker" else f"`{program} info` fails"
    return None
