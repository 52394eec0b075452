"""A finding that several builds of a context have is listed once, with all of them."""

import json
from pathlib import Path

import pytest

from ctxopt.findings.across import BuildFindings, each_once
from ctxopt.findings.model import Finding, Severity
from tests.support.cli import run
from tests.support.files import write

_SAME = Finding("CTX006", Severity.NOTE, "web/.dockerignore", None, "not read", "move it")
_OWN = Finding("CTX105", Severity.WARNING, "a.Dockerfile", 1, "no version", "add one")


def test_the_first_names_the_others() -> None:
    same = (BuildFindings("b", "/x", (_SAME,)), BuildFindings("c", "/y", (_SAME,)))
    first, second, third = each_once([BuildFindings("a", "/x", (_SAME, _OWN)), *same])
    assert [one.evidence for one in first] == [("the same in the build of b",), ()]
    assert second == ()
    # Another context has a file of its own.
    assert third == (_SAME,)


def test_what_must_stay_stays() -> None:
    builds = [BuildFindings(name, "/x", (_SAME,)) for name in "ab"]
    assert each_once(builds, lambda _: False) == [(_SAME,), (_SAME,)]


@pytest.fixture
def project(tmp_path: Path) -> Path:
    dockerfile = "FROM node:24-slim\nCOPY . /app\nUSER node\nCMD node a.js\n"
    services = {name: {"build": {"context": ".", "dockerfile": f"{name}.Dockerfile"}} for name in "abc"}
    files = {f"{name}.Dockerfile": dockerfile for name in "abc"}
    return write(
        tmp_path,
        {
            **files,
            "web/.dockerignore": "x\n",
            "web/x": "x" * 60_000,
            "compose.yaml": json.dumps({"services": services}),
        },
    )


@pytest.mark.parametrize("command", ["analyze", "lint"])
def test_each_command_lists_it_once(project: Path, command: str) -> None:
    builds = json.loads(run(command, str(project), "--all", "--no-config", "--json").stdout)["builds"]
    found = [one for build in builds for one in (build.get("report") or build)["findings"] if one["rule"] == "CTX006"]
    others = "compose.yaml: service b, compose.yaml: service c"
    assert [one["evidence"] for one in found] == [[f"the same in the build of {others}"]]


def test_a_finding_that_fails_stays_with_each_build(project: Path) -> None:
    done = run("lint", str(project), "--all", "--no-config", "--json", "--fail-on", "CTX006")
    assert done.returncode == 1
    assert [build["passed"] for build in json.loads(done.stdout)["builds"]] == [False] * 3
