"""`ctxopt verify` with real builders: culprits are found, the rest is verified, and nothing is left behind."""

import json
import os
import subprocess
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest

from ctxopt.verify.workspace import workspace
from tests.real_builds.verify_projects import PROJECTS
from tests.support.cli import Done, run
from tests.support.engine import Engine, base_names
from tests.support.engine.buildah import buildah, provide_for_buildah
from tests.support.files import write
from tests.support.programs import git

pytestmark = pytest.mark.engine

#: What the legacy builder, BuildKit and buildah are asked for with.
_BUILDERS = {
    "buildkit": ("--engine=docker",),
    "classic": ("--engine=docker", "--builder=classic"),
    "buildah": ("--engine=buildah",),
}


@dataclass(frozen=True)
class Verify:
    """Runs `ctxopt verify` with one builder."""

    engine: Engine
    builder: str
    state: Path

    @property
    def environment(self) -> Mapping[str, str]:
        own = buildah() if self.builder == "buildah" else self.engine.environment
        return {**own, "XDG_CACHE_HOME": str(self.state)}

    def __call__(self, root: Path, *arguments: str) -> Done:
        names = base_names((root / "Dockerfile").read_text())
        if self.builder == "buildah":
            provide_for_buildah(self.engine.connection, names)
        else:
            self.engine.provide((root / "Dockerfile").read_text())
        with patch.dict(os.environ, self.environment):
            return run("verify", str(root), "--network=host", *_BUILDERS[self.builder], *arguments)

    def json(self, root: Path, *arguments: str) -> Any:
        return json.loads(self(root, "--json", *arguments).stdout)

    def left(self) -> list[str]:
        """The files, images and containers that are left of runs with this state."""
        files = [path.name for path in self.state.glob("ctxopt/verify/*")]
        with workspace(self.state / "ctxopt/verify") as place:
            owner = place.owner
        return [*files, *(mark for mark in self._marks() if owner in mark)]

    def _marks(self) -> list[str]:
        """The marks that images and containers carry."""
        if self.builder == "buildah":
            images = self._listed("buildah", "images", "--quiet", "--filter=label=ctxopt.verify")
            inspect = ("buildah", "inspect", "--type=image", '--format={{index .OCIv1.Config.Labels "ctxopt.verify"}}')
            marks = [mark for image in images for mark in self._listed(*inspect, image)]
            return [*marks, *self._listed("buildah", "containers", "--format={{.ContainerName}}")]
        found = [
            *self._listed("docker", "images", "--quiet", "--filter=label=ctxopt.verify"),
            *self._listed("docker", "ps", "--all", "--quiet", "--filter=label=ctxopt.verify"),
        ]
        form = '--format={{index .Config.Labels "ctxopt.verify"}}'
        return [mark for each in found for mark in self._listed("docker", "inspect", form, each)]

    def _listed(self, *command: str) -> list[str]:
        # What another test removes in the meantime is none of these.
        done = subprocess.run(command, env=dict(self.environment), capture_output=True, text=True, check=False)
        return done.stdout.split()


@pytest.fixture(params=list(_BUILDERS))
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
        git(root, "init", "--quiet")
        git(root, "add", "--all")
        git(root, "commit", "--quiet", "--message=all")
        return root

    return make


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
    octal = "".join(f"\\{ord(char):o}" for char in directory)
    return f"cat \"$(printf '{octal}')\"/*\n"


Make = Callable[[Mapping[str, str]], Path]


def test_all_is_verified(verify: Verify, project: Make) -> None:
    root = project(_PROJECT)
    answer = verify.json(root)
    assert set(_statuses(answer).values()) == {"verified"}
    assert {"tests", ".git"} <= set(_statuses(answer))
    assert answer["builds_run"] == 2
    (build,) = answer["builds"]
    assert build["excluded"] == build["image"]["before"]["files"] - build["image"]["after"]["files"] > 3
    assert not (root / ".dockerignore").exists()


def test_a_step_that_misses_a_file(verify: Verify, project: Make) -> None:
    root = project({**_PROJECT, "build.sh": _reading("tests")})
    answer = verify.json(root)
    assert _dropped(answer) == {"tests"}
    assert _failure(answer)["kind"] == "build"
    assert "RUN sh build.sh" in _failure(answer)["what"]
    assert any("No such file" in line for line in _failure(answer)["lines"])
    assert verify(root, "--write").returncode == 1
    again = verify.json(root)
    assert set(_statuses(again).values()) == {"verified"}
    assert not any(file["changes"] for file in again["files"])
    assert '# needed by a build, says "ctxopt verify": tests\n' in (root / ".dockerignore").read_text()


def test_a_program_that_misses_a_file(verify: Verify, project: Make) -> None:
    root = project({**_PROJECT, "main.sh": _reading("tests")})
    assert set(_statuses(verify.json(root)).values()) == {"verified"}
    answer = verify.json(root, "--run=sh main.sh", "--run=true")
    assert _dropped(answer) == {"tests"}
    assert _failure(answer)["kind"] == "run"
    assert _failure(answer)["what"] == "`sh main.sh` exits with 1, before with 0"


def test_two_culprits_that_break_only_together(verify: Verify, project: Make) -> None:
    root = project({**_PROJECT, "build.sh": f"set -e\n({_reading('tests').strip()}) || {_reading('.vscode')}"})
    answer = verify.json(root)
    assert _dropped(answer) == {"tests", "**/.vscode"}
    assert {tuple(one["together_with"]) for one in answer["patterns"] if one["failure"]} == {
        ("tests",),
        ("**/.vscode",),
    }


def test_an_image_that_is_not_reproducible(verify: Verify, project: Make) -> None:
    noise = "head -c 32 /dev/urandom > /noise\nhead -c 9 /dev/urandom > /app/now\n"
    root = project({**_PROJECT, "build.sh": noise})
    answer = verify.json(root)
    assert _dropped(answer) == set()
    assert answer["builds"][0]["excused"] == 2
    root.joinpath("build.sh").write_text(f"{noise}set -e\n{_reading('tests').strip()} | wc -c > /count || true\n")
    answer = verify.json(root)
    assert _dropped(answer) == {"tests"}
    assert _failure(answer) | {"lines": []} == {
        "kind": "image",
        "build": None,
        "what": "/count changed",
        "lines": [],
    }


@pytest.mark.parametrize("needed", [False, True])
def test_search_tries_what_only_evidence_keeps(verify: Verify, project: Make, *, needed: bool) -> None:
    script = "git --version && git -C /app rev-parse HEAD > /version" if needed else "git --version && true"
    dockerfile = (
        f"FROM python\nWORKDIR /app\nCOPY . .\nRUN sh build.sh\nRUN {script}; git -C /app status --help || true\n"
    )
    root = project({**_PROJECT, "Dockerfile": dockerfile})
    assert ".git" not in _statuses(verify.json(root))
    answer = verify.json(root, "--search", "--write")
    assert _statuses(answer).get(".git") == (None if needed else "verified by building only")
    assert ("\n.git\n" in (root / ".dockerignore").read_text()) is not needed
    assert _statuses(verify.json(root)).get(".git") == (None if needed else "verified by building only")


def test_a_build_that_fails_as_it_is(verify: Verify, project: Make) -> None:
    done = verify(project({**_PROJECT, "build.sh": "echo before; no-such-command\n"}))
    assert done.returncode == 2
    assert done.stdout == ""
    assert "does not build as it is" in done.stderr
    assert "no-such-command: not found" in done.stderr


def _dropped(answer: Any) -> set[str]:
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
    assert _dropped(answer) == given.dropped
    assert verify.json(root, *commands)["passed"]
    assert run("generate", "--check", cwd=root).returncode == 0
