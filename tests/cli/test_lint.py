"""`ctxopt lint`, end to end."""

import json
from pathlib import Path

import pytest

from tests.support.cli import run


@pytest.fixture
def project(tmp_path: Path) -> Path:
    (tmp_path / "src").mkdir()
    (tmp_path / "src" / "main").write_text("main")
    (tmp_path / "Dockerfile").write_text("FROM alpine:3.23\nADD https://example.com/a.tar.gz /a\nCOPY src /src\n")
    (tmp_path / ".dockerignore").write_text("nothing\n")
    return tmp_path


def test_findings_and_nothing_else(project: Path) -> None:
    done = run("lint", cwd=project)
    lines = done.stdout.splitlines()
    assert lines[-1].startswith("Found ")
    assert any(line.startswith(".dockerignore:1 CTX") for line in lines)
    assert "BuildKit" not in done.stdout
    quiet = run("lint", "-q", cwd=project)
    assert "Found" not in quiet.stdout
    assert "fix:" not in quiet.stdout


def test_exit_codes(project: Path) -> None:
    severities = {
        one["severity"] for one in json.loads(run("lint", "--json", cwd=project).stdout)["builds"][0]["findings"]
    }
    assert run("lint", cwd=project).returncode == int(bool(severities & {"error", "warning"}))
    assert run("lint", "--fail-on", "info", cwd=project).returncode == 1
    assert run("lint", "--fail-on", "info", "--exit-zero", cwd=project).returncode == 0
    assert run("lint", "--fail-on", "error", cwd=project).returncode == 0
    (project / "ctxopt.toml").write_text('fail-on = ["info"]\nmax-size = 1\n')
    assert run("lint", cwd=project).returncode == 1
    (project / "ctxopt.toml").write_text('fail-on = ["error"]\nmax-size = 1\n')
    assert run("lint", cwd=project).returncode == 0
    (project / "Dockerfile").write_text("FROM alpine:3.23\nCOPY gone /\n")
    assert run("lint", cwd=project).returncode == 1
    assert run("lint", "nowhere", cwd=project).returncode == 2


@pytest.mark.parametrize("output_format", ["sarif", "github", "markdown", "junit"])
def test_the_formats_of_check(project: Path, output_format: str) -> None:
    done = run("lint", "--format", output_format, "--exit-zero", cwd=project)
    assert done.returncode == 0
    assert ".dockerignore" in done.stdout


def test_no_findings(tmp_path: Path) -> None:
    (tmp_path / "Dockerfile").write_text("FROM scratch\n")
    assert run("lint", "--select", "CTX005", cwd=tmp_path).stdout == "Found no problems\n"


@pytest.mark.parametrize("source", ["absent", "dist/$VERSION"])
def test_no_problem_is_claimed_where_a_build_fails_or_is_not_known(tmp_path: Path, source: str) -> None:
    (tmp_path / "dist").mkdir()
    (tmp_path / "dist" / "a").write_text("a")
    (tmp_path / "Dockerfile").write_text(f"FROM scratch\nARG VERSION\nCOPY {source} /app\n")
    done = run("lint", "--select", "CTX005", cwd=tmp_path)
    assert done.returncode != 0
    assert "no problems" not in done.stdout
    assert "absent" in done.stdout or "VERSION" in done.stdout
