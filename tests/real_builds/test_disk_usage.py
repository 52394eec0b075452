"""The rows of `analyze --disk-usage` are those of `docker system df`, on a real engine."""

import json
import subprocess
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

import pytest

from ctxopt.daemon.ask import ask_engine
from ctxopt.daemon.describe import rows
from ctxopt.daemon.model import Figures
from tests.support.engine import Engine

pytestmark = pytest.mark.engine

_DOCKERFILE = """FROM busybox AS base
RUN echo NAME > /name

FROM base AS used
RUN head -c 30000 /dev/zero > /used
VOLUME /data

FROM base AS unused
RUN head -c 40000 /dev/zero > /unused

FROM base AS cache
RUN --mount=type=cache,target=/cache head -c 50000 /dev/zero > /cache/file

FROM base AS endless
RUN mkfifo /never; echo it runs; cat /never
"""
#: The names of the rows in `docker system df`, and here.
_NAMES = {"Images": "images", "Containers": "containers", "Local Volumes": "volumes", "Build Cache": "build_cache"}
#: Other tests may change the disk of the same engine meanwhile.
_TRIES = 200


class _Objects:
    """Objects in an engine, with a name of their own by which they are removed."""

    def __init__(self, engine: Engine, folder: Path) -> None:
        self._engine = engine
        self._folder = folder
        self._images: list[str] = []
        self.name = f"disk-usage-{uuid.uuid4().hex}"
        # With content of its own, so that no other build fills or uses the same cache.
        (folder / "Dockerfile").write_text(_DOCKERFILE.replace("NAME", self.name), encoding="utf-8")

    def docker(self, *arguments: str) -> str:
        command = ["docker", *arguments]
        done = subprocess.run(command, env=self._engine.environment, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        return done.stdout

    def image(self, target: str) -> str:
        build = self._engine.build(self._folder, target=target)
        assert build.image is not None, build.last_lines
        self._images.append(build.image.id)
        return build.image.id

    def container(self, name: str, image: str, script: str, *options: str) -> str:
        """A container that has run a script, and runs on."""
        container = f"{self.name}-{name}"
        # `cat` waits for its input, which nobody sends.
        self.docker("run", "-d", "-i", "--network=none", "--name", container, *options, image, "cat")
        self.docker("exec", container, "sh", "-c", script)
        return container

    @contextmanager
    def endless_build(self) -> Iterator[None]:
        """A build that runs in the `with` block."""
        command = [
            "docker",
            "buildx",
            "build",
            "--progress=plain",
            "--target=endless",
            "--network=host",
            str(self._folder),
        ]
        with subprocess.Popen(
            command, env=self._engine.environment, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True
        ) as building:
            assert building.stderr is not None
            try:
                _read_until("it runs", building.stderr)
                yield
            finally:
                building.terminate()

    def remove(self) -> None:
        containers = self.docker("ps", "-aq", f"--filter=name={self.name}").split()
        volumes = self.docker("volume", "ls", "-q", f"--filter=name={self.name}").split()
        for command, names in (
            (("rm", "--force", "--volumes"), containers),
            (("volume", "rm"), volumes),
            (("image", "rm"), self._images),
        ):
            if names:
                self.docker(*command, *names)


def _read_until(text: str, output: IO[str]) -> None:
    """Read the lines of a build's progress up to one that a step printed: `#7 0.123 it runs`."""
    read = []
    for line in output:
        read.append(line)
        if line.rstrip().endswith(f" {text}"):
            return
    pytest.fail("the build ended: " + "".join(read))


@pytest.fixture
def objects(real_engine: Engine, tmp_path: Path) -> Iterator[_Objects]:
    made = _Objects(real_engine, tmp_path)
    try:
        yield made
    finally:
        made.remove()


def test_the_rows_are_those_of_docker_system_df(real_engine: Engine, objects: _Objects) -> None:
    docker, volume = objects.docker, f"{objects.name}-volume"
    used = objects.image("used")
    for target in ("unused", "cache"):
        objects.image(target)
    objects.container("running", used, "echo running > /a; head -c 70000 /dev/zero > /v/a", f"--volume={volume}:/v")
    paused = objects.container("paused", used, "head -c 80000 /dev/zero > /a; echo paused > /data/a")
    docker("pause", paused)
    stopped = objects.container("stopped", used, "head -c 90000 /dev/zero > /a; echo stopped > /v/a", "--volume=/v")
    docker("kill", stopped)
    docker("create", "--network=none", "--name", f"{objects.name}-created", used, "cat")
    removed = objects.container("removed", used, "head -c 9999 /dev/zero > /v/a", f"--volume={volume}-unused:/v")
    docker("rm", "--force", "--volumes", removed)
    with objects.endless_build():
        found = _compare(real_engine)
    for figures in found.values():
        assert 0 < figures.in_use < figures.count
        assert 0 < figures.reclaimable < figures.size


def _compare(engine: Engine) -> dict[str, Figures]:
    """The rows, each once ours is the one that `docker system df` shows before and after.

    Another test may build in between and leave no trace, so that a row that differs is compared again.
    """
    found: dict[str, Figures] = {}
    differing: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {}
    for _ in range(_TRIES):
        before, ours, after = _shown(engine), _ours(engine), _shown(engine)
        for key in _NAMES.values():
            if before[key] == after[key] and key not in found:
                shown = _as_docker_shows(ours[key], share=key != "build_cache")
                if shown == before[key]:
                    found[key] = ours[key]
                else:
                    differing[key] = shown, before[key]
        if len(found) == len(_NAMES):
            return found
    raise AssertionError(f"rows that were never the same, ours and docker's: {differing}; the same: {sorted(found)}")


def _shown(engine: Engine) -> dict[str, tuple[str, ...]]:
    command = ["docker", "system", "df", "--format", "{{json .}}"]
    done = subprocess.run(command, env=engine.environment, capture_output=True, text=True, check=True)
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    columns = ("TotalCount", "Active", "Size", "Reclaimable")
    return {_NAMES[line["Type"]]: tuple(line[column] for column in columns) for line in lines}


def _ours(engine: Engine) -> dict[str, Figures]:
    report = ask_engine(engine.environment)
    assert report.disk is not None, report.problem
    return {row.key: row.figures for row in rows(report.disk, report.api) if row.figures is not None}


def _as_docker_shows(figures: Figures, *, share: bool) -> tuple[str, ...]:
    percent = f" ({figures.reclaimable * 100 // figures.size}%)" if share and figures.size else ""
    reclaimable = f"{_human(figures.reclaimable)}{percent}"
    return str(figures.count), str(figures.in_use), _human(figures.size), reclaimable


def _human(size: float) -> str:
    """A size as docker/go-units writes it: four digits, in steps of 1000."""
    units = iter(("B", "kB", "MB", "GB", "TB", "PB"))
    unit = next(units)
    while size >= 1000:
        size, unit = size / 1000, next(units)
    return f"{size:.4g}{unit}"
