"""`ctxopt verify` with real builders: culprits are found, the rest is verified, and nothing is left behind.

`make verify-projects` prints the builds and the seconds of each small project.
"""

import http.server
import itertools
import json
import os
import random
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest

from ctxopt.verify.workspace import workspace
from tests.real_builds.verify_projects import PROJECTS
from tests.support.cli import Done, run
from tests.support.engine import Engine, base_names
from tests.support.engine.containers import CONTAINER_TOOLS, container_tool, provide_for
from tests.support.files import write
from tests.support.programs import git

pytestmark = pytest.mark.engine

#: What each builder is asked for with.
_BUILDERS = {
    "buildkit": ("--engine=docker",),
    "classic": ("--engine=docker", "--builder=classic"),
    "buildah": ("--engine=buildah",),
    "podman": ("--engine=podman",),
}


@dataclass(frozen=True)
class Verify:
    """Runs `ctxopt verify` with one builder."""

    engine: Engine
    builder: str
    state: Path

    @property
    def environment(self) -> Mapping[str, str]:
        own = container_tool(self.builder) if self.builder in CONTAINER_TOOLS else self.engine.environment
        return {**own, "XDG_CACHE_HOME": str(self.state)}

    def provide(self, root: Path) -> None:
        """Make the images that the Dockerfile names."""
        self.provide_for((root / "Dockerfile").read_text())

    def provide_for(self, dockerfile: str) -> None:
        """Make the images that the text of a Dockerfile names."""
        if self.builder in CONTAINER_TOOLS:
            provide_for(self.builder, self.engine.connection, base_names(dockerfile))
        else:
            self.engine.provide(dockerfile)

    def __call__(self, root: Path, *arguments: str) -> Done:
        self.provide(root)
        with patch.dict(os.environ, self.environment):
            return run("verify", str(root), "--network=host", *_BUILDERS[self.builder], *arguments)

    def json(self, root: Path, *arguments: str) -> Any:
        return json.loads(self(root, "--json", *arguments).stdout)

    def left(self) -> list[str]:
        """The files, images and containers that are left of runs with this state."""
        files = [path.name for path in self.state.glob("ctxopt/verify/*")]
        return [*files, *(mark for mark in self._marks() if self.owner in mark)]

    @property
    def owner(self) -> str:
        """What marks the runs with this state."""
        with workspace(self.state / "ctxopt/verify") as place:
            return place.owner

    @contextmanager
    def started(self, root: Path) -> "Iterator[subprocess.Popen[str]]":
        """A run in a process of its own, which says on standard error what it does."""
        command = [sys.executable, "-m", "ctxopt", "verify", "-v", str(root), "--network=host", "--run=true"]
        with subprocess.Popen(
            [*command, *_BUILDERS[self.builder]],
            env=dict(self.environment),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
        ) as process:
            yield process

    def _marks(self) -> list[str]:
        """The marks that images and containers carry."""
        if self.builder == "buildah":
            images = self._listed("buildah", "images", "--quiet", "--filter=label=ctxopt.verify")
            inspect = ("buildah", "inspect", "--type=image", '--format={{index .OCIv1.Config.Labels "ctxopt.verify"}}')
            marks = [mark for image in images for mark in self._listed(*inspect, image)]
            containers = self._listed("buildah", "containers", "--quiet")
            return [*marks, *(mark for container in containers for mark in self._marks_of(container))]
        program = "podman" if self.builder == "podman" else "docker"
        found = [
            *self._listed(program, "images", "--quiet", "--filter=label=ctxopt.verify"),
            *self._listed(program, "ps", "--all", "--quiet", "--filter=label=ctxopt.verify"),
        ]
        form = '--format={{index .Config.Labels "ctxopt.verify"}}'
        return [mark for each in found for mark in self._listed(program, "inspect", form, each)]

    def _marks_of(self, container: str) -> list[str]:
        """The name of a container of buildah, and with our mark the file of mounts that shows whose it is."""
        form = "--format={{.Container}} {{.DefaultMountsFilePath}}"
        return [
            self.owner + word if word.startswith(str(self.state)) else word
            for word in self._listed("buildah", "inspect", form, container)
        ]

    def _listed(self, *command: str) -> list[str]:
        # What another test removes in the meantime is none of these.
        done = subprocess.run(command, env=dict(self.environment), capture_output=True, text=True, check=False)
        return done.stdout.split()


#: podman builds with the code of buildah: what differs is tried with it, not everything.
_ALL = list(_BUILDERS)
_MOST = ["buildkit", "classic", "buildah"]
#: One for each way in which images are read, for what depends on nothing else of a builder.
_READ = ["buildkit", "buildah"]


@pytest.fixture(params=_MOST)
def verify(request: pytest.FixtureRequest, real_engine: Engine, tmp_path: Path) -> Iterator[Verify]:
    made = Verify(real_engine, request.param, tmp_path / "state")
    yield made
    assert made.left() == []


@pytest.fixture
def project(tmp_path: Path) -> Callable[[Mapping[str, str]], Path]:
    """Makes a project of these files, in a repository."""

    def make(files: Mapping[str, str]) -> Path:
        root = tmp_path / "project"
        write(root, files)
        return committed(root)

    return make


def committed(root: Path) -> Path:
    """A directory, made a repository in which all is committed."""
    git(root, "init", "--quiet")
    git(root, "add", "--all")
    git(root, "commit", "--quiet", "--message=all")
    return root


def _statuses(answer: Any) -> dict[str, str]:
    return {pattern["pattern"]: pattern["status"] for pattern in answer["patterns"]}


#: What level "likely" takes of it: tests, the settings of CI and of an editor, and the repository.
_PROJECT = {
    "Dockerfile": "FROM busybox\nWORKDIR /app\nCOPY . .\nRUN sh build.sh\n",
    "build.sh": "echo built > /built\n",
    "main.sh": "echo\n",
    "tests/test_a.py": "assert True\n",
    ".github/workflows/ci.yml": "name: ci\n",
    ".vscode/settings.json": "{}\n",
}


def _reading(directory: str) -> str:
    """A command that reads the files of a directory whose name nobody can see in it."""
    return f"cat \"$(printf '{_octal(directory)}')\"/*\n"


def _octal(text: str) -> str:
    return "".join(f"\\{ord(char):o}" for char in text)


Make = Callable[[Mapping[str, str]], Path]


@pytest.mark.oldest
@pytest.mark.parametrize("verify", _ALL, indirect=True)
def test_all_is_verified(verify: Verify, project: Make) -> None:
    root = project(_PROJECT)
    answer = verify.json(root)
    assert set(_statuses(answer).values()) == {"verified"}
    assert {"tests", ".git"} <= set(_statuses(answer))
    assert answer["builds_run"] == 2
    (build,) = answer["builds"]
    assert build["excluded"] == build["image"]["before"]["files"] - build["image"]["after"]["files"] > 3
    assert not (root / ".dockerignore").exists()


@pytest.mark.oldest
@pytest.mark.parametrize("verify", _ALL, indirect=True)
def test_a_step_that_misses_a_file(verify: Verify, project: Make) -> None:
    root = project({**_PROJECT, "build.sh": _reading("tests")})
    done = verify(root, "--json", "--write")
    assert done.returncode == 1
    answer = json.loads(done.stdout)
    assert dropped(answer) == {"tests"}
    assert _failure(answer)["kind"] == "build"
    assert "RUN sh build.sh" in _failure(answer)["what"]
    assert any("No such file" in line for line in _failure(answer)["lines"])
    again = verify.json(root)
    assert set(_statuses(again).values()) == {"verified"}
    assert not any(file["changes"] for file in again["files"])
    assert '# needed by a build, says "ctxopt verify": tests\n' in (root / ".dockerignore").read_text()


@pytest.mark.oldest
@pytest.mark.parametrize("verify", _ALL, indirect=True)
def test_a_program_that_misses_a_file(verify: Verify, project: Make) -> None:
    root = project({**_PROJECT, "main.sh": _reading("tests")})
    assert set(_statuses(verify.json(root)).values()) == {"verified"}
    answer = verify.json(root, "--run=sh main.sh", "--run=true")
    assert dropped(answer) == {"tests"}
    assert _failure(answer)["kind"] == "run"
    assert _failure(answer)["what"] == "`sh main.sh` exits with 1, before with 0"


@pytest.mark.oldest
def test_two_culprits_that_break_only_together(verify: Verify, project: Make) -> None:
    root = project({**_PROJECT, "build.sh": f"set -e\n({_reading('tests').strip()}) || {_reading('.vscode')}"})
    answer = verify.json(root)
    assert dropped(answer) == {"tests", "**/.vscode"}
    assert {tuple(one["together_with"]) for one in answer["patterns"] if one["failure"]} == {
        ("tests",),
        ("**/.vscode",),
    }


@pytest.mark.oldest
def test_an_image_that_is_not_reproducible(verify: Verify, project: Make) -> None:
    noise = "head -c 32 /dev/urandom > /noise\nhead -c 9 /dev/urandom > /app/now\n"
    root = project({**_PROJECT, "build.sh": noise})
    answer = verify.json(root)
    assert dropped(answer) == set()
    assert answer["builds"][0]["excused"] == 2
    root.joinpath("build.sh").write_text(f"{noise}set -e\n{_reading('tests').strip()} | wc -c > /count || true\n")
    answer = verify.json(root)
    assert dropped(answer) == {"tests"}
    assert _failure(answer) | {"lines": []} == {
        "kind": "image",
        "build": None,
        "what": "/count changed",
        "lines": [],
    }


@pytest.mark.parametrize("verify", _READ, indirect=True)
@pytest.mark.parametrize("needed", [False, True])
def test_search_tries_what_only_evidence_keeps(verify: Verify, project: Make, *, needed: bool) -> None:
    script = "git --version && git -C /app rev-parse HEAD > /version" if needed else "git --version && true"
    dockerfile = (
        f"FROM alpine/git\nWORKDIR /app\nCOPY . .\nRUN sh build.sh\nRUN {script}; git -C /app status --help || true\n"
    )
    root = project({**_PROJECT, "Dockerfile": dockerfile})
    assert ".git" not in _statuses(verify.json(root))
    answer = verify.json(root, "--search", "--write")
    assert _statuses(answer).get(".git") == (None if needed else "verified by building only")
    assert ("\n.git\n" in (root / ".dockerignore").read_text()) is not needed
    assert _statuses(verify.json(root)).get(".git") == (None if needed else "verified by building only")


@pytest.mark.oldest
def test_a_build_that_fails_as_it_is(verify: Verify, project: Make) -> None:
    done = verify(project({**_PROJECT, "build.sh": "echo before; no-such-command\n"}))
    assert done.returncode == 2
    assert done.stdout == ""
    assert "does not build as it is" in done.stderr
    assert "no-such-command: not found" in done.stderr


_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGKILL)
#: What a run says before it builds.
_FIRST = 4


def _until_line(process: "subprocess.Popen[str]", number: int) -> list[str]:
    """What a run says until the line of this number."""
    assert process.stderr is not None
    return list(itertools.islice(process.stderr, number))


@pytest.mark.parametrize(
    ("moment", "number"), [*zip(random.Random(18).sample(range(_FIRST, 17), len(_SIGNALS)), _SIGNALS, strict=True)]
)
def test_a_killed_run(verify: Verify, project: Make, moment: int, number: signal.Signals) -> None:
    root = project({**_PROJECT, "build.sh": f"echo {moment} {number} > /built\n"})
    before = {path: path.read_bytes() for path in root.rglob("*") if path.is_file()}
    verify.provide(root)
    with verify.started(root) as process:
        said = _until_line(process, moment)
        process.send_signal(number)
        assert process.stderr is not None
        said += process.stderr
    assert {path: path.read_bytes() for path in root.rglob("*") if path.is_file()} == before
    assert not any("Traceback" in line for line in said)
    if number != signal.SIGKILL:
        assert process.returncode == 128 + number
        assert verify.left() == []
    elif process.returncode < 0:
        # What it left is removed by the next run, or by a later one where the engine goes on with what was asked for.
        assert any(verify(root).returncode == 0 and verify.left() == [] for _ in range(3))


def test_a_run_that_is_at_work_is_left_alone(verify: Verify, project: Make) -> None:
    root = project(_PROJECT)
    verify.provide(root)
    with verify.started(root) as process:
        _until_line(process, _FIRST + 8)
        process.send_signal(signal.SIGSTOP)
        try:
            assert verify(root).returncode == 0
        finally:
            process.send_signal(signal.SIGCONT)
        process.communicate()
    assert process.returncode == 0


@pytest.mark.parametrize("verify", _READ, indirect=True)
@pytest.mark.parametrize("script", ["echo more >> $d/test_a.py", "sed -i s/True/False/ $d/* || true"])
def test_what_a_step_does_to_a_file_is_not_excluded_on_purpose(verify: Verify, project: Make, script: str) -> None:
    build = f"d=$(printf '{_octal('tests')}')\nmkdir -p $d\n{script}\n"
    answer = verify.json(project({**_PROJECT, "build.sh": build}))
    assert dropped(answer) == {"tests"}
    assert _failure(answer)["kind"] == "image"


@pytest.mark.parametrize("verify", _READ, indirect=True)
def test_another_file_of_the_context_is_not_made_by_the_build(verify: Verify, project: Make) -> None:
    dockerfile = "FROM busybox\nCOPY base/ /app/tests/\nCOPY . /app/\n"
    answer = verify.json(project({**_PROJECT, "Dockerfile": dockerfile, "base/test_a.py": "base\n"}))
    assert dropped(answer) == {"tests"}
    assert _failure(answer)["what"] == "/app/tests/test_a.py changed"


@pytest.mark.parametrize("verify", _READ, indirect=True)
def test_names_that_each_build_chooses_anew(verify: Verify, project: Make) -> None:
    root = project({**_PROJECT, "build.sh": "mktemp; mktemp -d\n"})
    done = verify(root, "--write")
    assert done.returncode == 2
    assert "under another name in each build of the same input" in done.stderr
    assert not (root / ".dockerignore").exists()


@contextmanager
def _downloads(*answers: int) -> Iterator[str]:
    """A server that answers requests with these statuses, the last of them from then on; its address."""
    left = list(answers)

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(left.pop(0) if len(left) > 1 else left[0])
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *arguments: object) -> None:
            """Keep quiet."""

    with http.server.HTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}/x"
        finally:
            server.shutdown()


@pytest.mark.parametrize("verify", ["buildkit"], indirect=True)
def test_a_download_that_fails_once_is_no_patterns_fault(verify: Verify, project: Make) -> None:
    with _downloads(200, 503, 200) as address:
        answer = verify.json(project({**_PROJECT, "build.sh": f"wget -q -O /got {address}\n"}))
    assert set(_statuses(answer).values()) == {"verified"}
    (note,) = answer["notes"]
    assert "RUN sh build.sh failed once and passed when it was repeated, so no pattern is the reason" in note
    assert answer["builds_run"] == 3


@pytest.mark.parametrize("verify", ["buildkit"], indirect=True)
def test_a_download_that_keeps_failing_is_no_patterns_fault(verify: Verify, project: Make) -> None:
    with _downloads(200, 503) as address:
        done = verify(project({**_PROJECT, "build.sh": f"wget -q -O /got {address}\n"}), "--write")
    assert done.returncode == 2
    assert "does not build a second time without cache" in done.stderr
    assert "fix the build, or the network, first" in done.stderr


@pytest.mark.parametrize("verify", ["buildkit"], indirect=True)
def test_a_command_that_fails_once_is_no_patterns_fault(verify: Verify, project: Make) -> None:
    root = project(_PROJECT)
    with _downloads(200, 503, 200) as address:
        answer = verify.json(root, f"--run=wget -q -O /dev/null {address}")
    assert set(_statuses(answer).values()) == {"verified"}
    assert "exited with another code once" in answer["notes"][0]
    with _downloads(200, 503) as address:
        done = verify(root, f"--run=wget -q -O /dev/null {address}")
    assert done.returncode == 2
    assert "in the image as it is, so its exit code says nothing" in done.stderr


_COMPOSE = "services: {{app: {{build: {{context: app, additional_contexts: {{lib: {}}}}}}}}}\n"


@pytest.mark.parametrize(
    ("verify", "arguments"),
    [("buildkit", ()), ("buildkit", ("--compose={}/compose.yaml",)), ("buildah", ())],
    indirect=["verify"],
)
def test_a_directory_that_is_only_a_named_context(verify: Verify, project: Make, arguments: tuple[str, ...]) -> None:
    dockerfile = "FROM busybox\nCOPY --from=lib . /app/\nRUN cd /app && sh build.sh\n"
    files = {f"lib/{name}": text for name, text in _PROJECT.items() if name != "Dockerfile"}
    files |= {"lib/build.sh": _reading("tests"), "lib/.dockerignore": "# ours\nmain.sh\n"}
    root = project({**files, "app/Dockerfile": dockerfile, "compose.yaml": _COMPOSE.format("lib")})
    verify.provide_for("FROM busybox\n")
    given = [argument.format(root) for argument in arguments]
    with patch.object(Verify, "provide"):
        answer = verify.json(root / "lib", "--write", *given)
        assert dropped(answer) == {"tests"}
        assert {status for pattern, status in _statuses(answer).items() if pattern != "tests"} == {"verified"}
        (build,) = answer["builds"]
        assert build["excluded"] >= 2
        assert "tests\n" in (root / "lib/.dockerignore").read_text()
        assert verify.json(root / "lib", *given)["passed"]


@pytest.mark.parametrize("verify", ["buildkit"], indirect=True)
def test_a_directory_that_is_the_context_and_has_a_name(verify: Verify, project: Make) -> None:
    dockerfile = "FROM busybox\nCOPY build.sh /\nCOPY --from=all . /app/\nRUN cd /app && sh build.sh\n"
    files = {**_PROJECT, "build.sh": _reading("tests"), "Dockerfile": dockerfile, "compose.yaml": ""}
    compose = "services: {app: {build: {context: ., additional_contexts: {all: .}}}}\n"
    root = project({**files, "compose.yaml": compose})
    answer = verify.json(root, f"--compose={root}/compose.yaml")
    assert dropped(answer) == {"tests"}
    assert verify.json(root, f"--compose={root}/compose.yaml", "--search")["builds"][0]["excluded"] > 1


def dropped(answer: Any) -> set[str]:
    return {pattern for pattern, status in _statuses(answer).items() if status == "dropped"}


def _failure(answer: Any) -> Any:
    return next(pattern["failure"] for pattern in answer["patterns"] if pattern["failure"])


@pytest.mark.parametrize("name", sorted(PROJECTS))
@pytest.mark.parametrize("verify", ["buildkit", "buildah"], indirect=True)
def test_small_projects(verify: Verify, project: Make, name: str) -> None:
    given = PROJECTS[name]
    root = project(given.files)
    commands = [f"--run={command}" for command in given.commands]
    answer = verify.json(root, "--write", *commands)
    assert set(_statuses(answer).values()) <= {"verified", "dropped"}
    assert dropped(answer) == given.dropped
    assert run("generate", "--check", cwd=root).returncode == 0
    if verify.builder == "buildkit":
        # What another builder wrote is the same.
        assert verify.json(root, *commands)["passed"]
