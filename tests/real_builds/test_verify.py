"""`ctxopt verify` with real builders: culprits are found, the rest is verified, and nothing is left behind."""

import json
import subprocess
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

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
        environment = {name: value for name, value in self.environment.items() if not name.startswith("PYTHON")}
        return run("verify", str(root), "--network=host", *_BUILDERS[self.builder], *arguments, **environment)

    def json(self, root: Path, *arguments: str) -> Any:
        return json.loads(self(root, "--json", *arguments).stdout)

    def left(self) -> list[str]:
        """The images and containers with the mark of any run."""
        program = "buildah" if self.builder == "buildah" else "docker"
        listings = [["images", "--quiet", "--filter=label=ctxopt.verify"]]
        listings += (
            [["containers", "--quiet"]] if program == "buildah" else [["ps", "-aq", "--filter=label=ctxopt.verify"]]
        )
        done = [
            subprocess.run([program, *words], env=dict(self.environment), capture_output=True, text=True, check=True)
            for words in listings
        ]
        files = [path.name for path in self.state.glob("ctxopt/verify/*")]
        return [*files, *(word for each in done for word in each.stdout.split())]


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


def _reading(directory: str, file: str) -> str:
    """A script that reads a file of a directory whose name nobody can see in it."""
    octal = "".join(f"\\{ord(char):o}" for char in directory)
    return f"set -e\ncat \"$(printf '{octal}')\"/{file} > /built\n"


Make = Callable[[Mapping[str, str]], Path]


def test_all_is_verified(verify: Verify, project: Make) -> None:
    root = project(_PROJECT)
    answer = verify.json(root)
    assert set(_statuses(answer).values()) == {"verified"}
    assert {"tests", "**/.git"} <= set(_statuses(answer))
    assert answer["builds_run"] == 2
    (build,) = answer["builds"]
    assert build["excluded"] == build["image"]["before"]["files"] - build["image"]["after"]["files"] > 3
    assert not (root / ".dockerignore").exists()


def test_a_step_that_misses_a_file(verify: Verify, project: Make) -> None:
    root = project({**_PROJECT, "build.sh": _reading("tests", "test_a.py")})
    answer = verify.json(root)
    assert {pattern for pattern, status in _statuses(answer).items() if status == "dropped"} == {"tests"}
    (dropped,) = (pattern for pattern in answer["patterns"] if pattern["status"] == "dropped")
    assert dropped["failure"]["kind"] == "build"
    assert "RUN sh build.sh" in dropped["failure"]["what"]
    assert any("No such file" in line for line in dropped["failure"]["lines"])
    assert verify(root, "--write").returncode == 1
    again = verify.json(root)
    assert set(_statuses(again).values()) == {"verified"}
    assert not any(file["changes"] for file in again["files"])
    assert "tests\n" not in (root / ".dockerignore").read_text().replace("# needed by a build", "")
