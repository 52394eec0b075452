"""`analyze -v` names the command of a scanner that is installed; nothing else does."""

from pathlib import Path

import pytest

from tests.support.cli import run


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "Dockerfile").write_text("FROM golang:1 AS b\nFROM node:24\nCOPY --from=b /a /a\n", encoding="utf-8")
    (tmp_path / "bin").mkdir()
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    return tmp_path


def _install(project: Path, path: str) -> None:
    program = project / path
    program.parent.mkdir(parents=True, exist_ok=True)
    program.write_text("#!/bin/sh\nexit 1\n", encoding="utf-8")
    program.chmod(0o755)


@pytest.mark.parametrize(
    ("installed", "command"),
    [
        (["bin/trivy"], "trivy image node:24"),
        (["bin/grype"], "grype node:24"),
        (
            ["bin/trivy", "bin/grype", "bin/docker", "home/.docker/cli-plugins/docker-scout"],
            "docker scout cves node:24",
        ),
    ],
)
@pytest.mark.skipif("os.name == 'nt'", reason="programs have other names there")
def test_the_command_of_an_installed_scanner(project: Path, installed: list[str], command: str) -> None:
    for path in installed:
        _install(project, path)
    assert f"`{command}` lists known vulnerabilities" in run("-v", "analyze", str(project)).stderr
    assert "vulnerabilities" not in run("analyze", str(project)).stderr


def test_without_one_there_is_no_line(project: Path) -> None:
    assert "vulnerabilities" not in run("-v", "analyze", str(project)).stderr
