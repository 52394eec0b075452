"""What a comparison of many builds costs: counted in lines, in runs of git and in files that are read."""

import os
import subprocess
from collections import Counter
from pathlib import Path
from typing import BinaryIO

import pytest

from ctxopt.builds.build import Build
from ctxopt.core.context.locate import open_below
from ctxopt.digest.affected import compare
from ctxopt.digest.base_digests import BaseDigests
from ctxopt.digest.digest import StateBuilds
from ctxopt.digest.model import Comparison, Status
from ctxopt.git import command, states
from ctxopt.git.states import revision_state, work_tree_state
from tests.support.cli import run
from tests.support.files import write
from tests.support.programs import git
from tests.support.repositories import commit
from tests.support.steps import lines_run

_BUILDS = 40


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Forty builds of one context with many files, of which all read a library and each reads its own directory."""
    root = tmp_path_factory.mktemp("monorepo")
    files = {".dockerignore": ".git\n", "compose.yaml": "services:\n"}
    for number in range(_BUILDS):
        here = f"service{number}"
        files["compose.yaml"] += f"  {here}:\n    build: {{context: ., dockerfile: {here}/Dockerfile}}\n"
        files[f"{here}/Dockerfile"] = f"FROM debian:12\nWORKDIR /app\nCOPY lib ./lib\nCOPY {here} .\nRUN make\n"
        files |= {f"{here}/d{one % 4}/f{one}": f"{number} {one}" for one in range(12)}
    files |= {f"lib/d{one % 20}/f{one}": f"{one}" for one in range(600)}
    write(root, files)
    git(root, "init", "-q")
    commit(root)
    for path in root.rglob("*"):
        if path.is_file() and ".git" not in path.parts:
            os.utime(path, (1_000_000_000, 1_000_000_000))
    git(root, "update-index", "-q", "--refresh")
    write(root, {"service3/d1/f1": "changed"})
    return root


def _compared(root: Path, count: int) -> Comparison:
    names = [f"service{number}" for number in range(count)]
    builds = [(name, Build(name, str(root), str(root / name / "Dockerfile"))) for name in names]
    bases = BaseDigests()
    before = StateBuilds(revision_state(str(root), "HEAD"), bases, builds)
    after = StateBuilds(work_tree_state(str(root)), bases, builds)
    return compare(before, after, builds, builds, bases)


def test_forty_builds_cost_at_most_three_times_the_analysis_of_one(root: Path) -> None:
    one = ("analyze", "-f", "service0/Dockerfile")
    run(*one, cwd=root)
    analysis = lines_run(lambda: run(*one, cwd=root))
    words = ("affected", "--against", "HEAD", "--compose", "compose.yaml", "--json")
    assert run(*words, cwd=root).returncode == 0
    lines_run(lambda: run(*words, cwd=root), at_most=3 * analysis)


def test_git_is_asked_as_often_for_forty_builds_as_for_one(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: Counter[str] = Counter()
    original = command._answer

    def counted(process: "subprocess.Popen[bytes]") -> bytes:
        asked["runs"] += 1
        return original(process)

    monkeypatch.setattr(command, "_answer", counted)
    _compared(root, 1)
    once = asked.pop("runs")
    _compared(root, _BUILDS)
    # One more for the sizes of what differs.
    assert asked["runs"] <= once + 1


def test_only_what_may_be_changed_is_read_and_once(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    read: list[str] = []

    def noted(directory: str, path: str) -> BinaryIO:
        read.append(path)
        return open_below(directory, path)

    monkeypatch.setattr(states, "open_below", noted)
    found = _compared(root, _BUILDS)
    assert read == ["service3/d1/f1"]
    assert [build.build.name for build in found.builds if build.status is Status.AFFECTED] == ["service3"]
