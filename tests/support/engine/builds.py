"""Builds by the real builders, and what is to be known of each."""

import re
import shutil
import subprocess
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path

from tests.support.engine.contents import Entries, image_entries
from tests.support.engine.dockerfiles import prepared
from tests.support.engine.session import Connection

#: How many lines of a failed step are kept.
_LAST = 20

_VERTEX = re.compile(r"^#(\d+) (\[(?!internal\]|auth\]).*)$")
_OUTCOME = re.compile(r"^#(\d+) (CACHED|DONE|ERROR|CANCELED)\b")
_OUTPUT = re.compile(r"^#(\d+) (?:[\d.]+ )?(.*)$")
_CLASSIC_STEP = re.compile(r"^Step \d+/\d+ : (.*)$")


@dataclass(frozen=True)
class Step:
    """A step as the builder shows it: `[build 2/3] COPY . /` by BuildKit, `COPY . /` by the classic builder."""

    text: str
    cached: bool


@dataclass(frozen=True)
class Image:
    """An image in the engine."""

    id: str
    connection: Connection

    @cached_property
    def entries(self) -> Entries:
        """All that is in it, by path."""
        return image_entries(self.connection, self.id)


@dataclass(frozen=True)
class Build:
    """A finished build: its image, or the step that failed, if it was one, with the last lines of its output."""

    steps: tuple[Step, ...]
    image: Image | None
    failed_step: str | None
    last_lines: tuple[str, ...]

    @property
    def succeeded(self) -> bool:
        """Whether there is an image."""
        return self.image is not None

    @property
    def cached(self) -> tuple[str, ...]:
        """The steps that came from the build cache."""
        return tuple(step.text for step in self.steps if step.cached)


@dataclass(frozen=True)
class Options:
    """What a build is given, as `docker build` has it; `arguments` holds any more of its options."""

    builder: str = "buildkit"
    target: str | None = None
    args: Mapping[str, str] | None = None
    contexts: Mapping[str, str | Path] | None = None
    network: str = "host"
    cache: bool = True
    unknown_flags: tuple[str, ...] = ()
    arguments: tuple[str, ...] = ()

    def words(self) -> list[str]:
        """The options of the command."""
        given = [f"--network={self.network}"]
        given += [f"--target={self.target}"] if self.target else []
        given += [word for name, value in (self.args or {}).items() for word in ("--build-arg", f"{name}={value}")]
        given += [word for name, at in (self.contexts or {}).items() for word in ("--build-context", f"{name}={at}")]
        return [*given, *([] if self.cache else ["--no-cache"]), *self.arguments]


def run_build(connection: Connection, folder: Path, dockerfile: str | None, options: Options) -> Build:
    """Build a folder."""
    classic = options.builder == "classic"
    start = ["docker", "build"] if classic else ["docker", "buildx", "build", "--progress=plain"]
    environment = {**connection.environment, "DOCKER_BUILDKIT": "0"} if classic else connection.environment
    with tempfile.TemporaryDirectory() as name, _dockerfile(folder, dockerfile, options.unknown_flags) as chosen:
        made = Path(name) / "id"
        command = [*start, f"--iidfile={made}", f"--label={connection.label}", *options.words(), *chosen, str(folder)]
        done = subprocess.run(command, env=environment, capture_output=True, check=False)
        image = Image(made.read_text().strip(), connection) if done.returncode == 0 and made.is_file() else None
    output, errors = (stream.decode(errors="replace").splitlines() for stream in (done.stdout, done.stderr))
    return _classic(output, errors, image) if classic else _buildkit(errors, image)


@cache
def unknown_flags(connection: Connection) -> tuple[str, ...]:
    """The flags of COPY that BuildKit's own front end in the engine does not know."""
    return tuple(flag for flag in ("exclude", "parents") if not _knows(connection, flag))


def _knows(connection: Connection, flag: str) -> bool:
    with tempfile.TemporaryDirectory(prefix="flag-") as name:
        folder = Path(name)
        (folder / "a").touch()
        (folder / "Dockerfile").write_text(f"FROM scratch\nCOPY --{flag}{'=b' if flag == 'exclude' else ''} a /\n")
        return run_build(connection, folder, None, Options()).succeeded


@contextmanager
def _dockerfile(folder: Path, dockerfile: str | None, unknown_flags: tuple[str, ...]) -> Iterator[list[str]]:
    """The options that name the Dockerfile: a prepared copy of it beside its ignore file, if it needs to be one."""
    path = folder / (dockerfile or "Dockerfile")
    given = [f"--file={path}"] if dockerfile else []
    text = path.read_bytes().decode("utf-8", "surrogateescape") if path.is_file() else ""
    changed = prepared(text, unknown_flags)
    if changed == text:
        yield given
        return
    with tempfile.TemporaryDirectory() as name:
        copy = Path(name) / path.name
        copy.write_bytes(changed.encode("utf-8", "surrogateescape"))
        ignore = path.with_name(f"{path.name}.dockerignore")
        if ignore.is_file():
            shutil.copy(ignore, name)
        yield [f"--file={copy}"]


def _buildkit(lines: list[str], image: Image | None) -> Build:
    names: dict[str, str] = {}
    outcomes: dict[str, str] = {}
    for line in lines:
        if found := _OUTCOME.match(line):
            outcomes.setdefault(found[1], found[2])
        elif found := _VERTEX.match(line):
            names.setdefault(found[1], found[2])
    steps = tuple(Step(text, outcomes.get(number) == "CACHED") for number, text in names.items())
    failed = next((number for number in names if outcomes.get(number) == "ERROR"), None)
    errors = [line for line in lines if line.startswith("ERROR:")]
    if image is not None or failed is None:
        return Build(steps, image, None, tuple(errors[-_LAST:] or lines[-_LAST:]) if image is None else ())
    said = [found[2] for line in lines if (found := _OUTPUT.match(line)) and found[1] == failed]
    return Build(steps, image, names[failed], (*said[1:][-_LAST:], *errors))


def _classic(output: list[str], errors: list[str], image: Image | None) -> Build:
    steps: list[Step] = []
    said: list[str] = []
    for line in output:
        if found := _CLASSIC_STEP.match(line):
            steps.append(Step(found[1], cached=False))
            said = []
        elif line == " ---> Using cache":
            steps[-1] = Step(steps[-1].text, cached=True)
        else:
            said.append(line)
    if image is not None:
        return Build(tuple(steps), image, None, ())
    return Build(tuple(steps), None, steps[-1].text if steps else None, (*said[-_LAST:], *errors[-_LAST:]))
