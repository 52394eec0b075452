"""The findings about security, end to end: they are shown, sorted, suppressed and configured as all others."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.support.cli import run

_GITHUB = "ghp_" + "aB3dE5fG7hJ9kL1mN3pQ5rS7tU9vW1xY3zA5"


@pytest.fixture
def project(tmp_path: Path) -> Path:
    (tmp_path / "Dockerfile").write_text("FROM node\nWORKDIR /app\nCOPY . .\nRUN npm run build\n")
    (tmp_path / ".env").write_text("DB_PASSWORD=hunter22\n")
    (tmp_path / "deploy").mkdir()
    (tmp_path / "deploy" / "dev.env").write_text("TOKEN=abcdefgh\n")
    (tmp_path / "app.js").write_text(f"token('{_GITHUB}')\n")
    return tmp_path


def _found(root: Path, *arguments: str) -> list[dict[str, Any]]:
    done = run("analyze", "--format", "json", *arguments, cwd=root)
    assert done.returncode == 0, done.stderr
    assert "hunter22" not in done.stdout
    found: list[dict[str, Any]] = json.loads(done.stdout)["findings"]
    return found


def test_the_worst_come_first(project: Path) -> None:
    found = _found(project)
    assert [(one["rule"], one["severity"], one["subject"]) for one in found] == [
        ("CTX101", "error", ".env"),
        ("CTX101", "error", "deploy/dev.env"),
        ("CTX105", "warning", None),
    ]
    shown = run("analyze", cwd=project, columns=200).stdout
    assert "Dockerfile:3 CTX101 error .env is copied into the image: likely contains secrets" in shown


def test_one_of_several_is_suppressed_by_what_it_is_about(project: Path) -> None:
    (project / "ctxopt.toml").write_text('[[suppress]]\nrule = "CTX101"\npath = "deploy"\nreason = "for developing"\n')
    assert [one["subject"] for one in _found(project) if one["rule"] == "CTX101"] == [".env"]
    (project / "Dockerfile").write_text("FROM node\nWORKDIR /app\n# ctxopt ignore=CTX101 for developing\nCOPY . .\n")
    assert not [one for one in _found(project) if one["rule"] == "CTX101"]


def test_a_check_fails_on_them(project: Path) -> None:
    done = run("check", "--fail-on", "secret-by-name", "--format", "sarif", cwd=project)
    assert done.returncode == 1
    (log,) = json.loads(done.stdout)["runs"]
    result = next(one for one in log["results"] if one["ruleId"] == "CTX101")
    assert result["level"] == "error"
    assert result["locations"][0]["physicalLocation"]["region"] == {"startLine": 3, "endLine": 3}
    rule = log["tool"]["driver"]["rules"][result["ruleIndex"]]
    assert rule["helpUri"].endswith("/docs/rules/CTX101.md")
    assert "--mount=type=secret" in rule["help"]["markdown"]


def test_files_are_looked_into_on_request(project: Path) -> None:
    assert [one["rule"] for one in _found(project, "--scan-secrets")].count("CTX102") == 1
    (project / "ctxopt.toml").write_text("scan-secrets = true\n")
    (one,) = [one for one in _found(project) if one["rule"] == "CTX102"]
    assert (one["file"], one["line"]) == ("app.js", 1)
    done = run("check", "--fail-on", "CTX102", cwd=project)
    assert done.returncode == 1
    assert _GITHUB not in done.stdout


def test_approved_images(project: Path) -> None:
    (project / "ctxopt.toml").write_text('approved-base-images = ["registry.example/golden/*"]\n')
    (one,) = [one for one in _found(project) if one["rule"] == "CTX108"]
    assert (one["severity"], one["line"]) == ("error", 1)
    assert run("check", "--fail-on", "CTX108", cwd=project).returncode == 1
    (project / "Dockerfile").write_text("FROM registry.example/golden/node:22\n")
    assert run("check", "--fail-on", "CTX108", cwd=project).returncode == 0
    shown = run("config", "show", cwd=project, columns=120).stdout
    assert "approved-base-images  registry.example/golden/*  ctxopt.toml:1" in shown


def test_a_hostile_name_is_shown_as_text(project: Path) -> None:
    (project / "\x1b[31m[bold].env").write_text("TOKEN=abcdefgh\n")
    (project / "a\nb.pem").write_text("-----BEGIN PRIVATE " + "KEY-----\n")
    for output in ("text", "markdown", "github", "sarif", "junit"):
        done = run("analyze", "--format", output, cwd=project)
        assert done.returncode == 0
        assert "\x1b[31m" not in done.stdout
        assert "a\nb.pem" not in done.stdout
