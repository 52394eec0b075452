from pathlib import Path

import pytest

from ctxopt.findings.model import Severity
from ctxopt.findings.rules.stray_file import RULE
from tests.findings.support import built, found


def test_an_ignore_file_below_the_root(tmp_path: Path) -> None:
    (finding,) = found(tmp_path, RULE, "", "web/.dockerignore", "a")
    assert (finding.file, finding.line, finding.severity) == ("web/.dockerignore", None, Severity.NOTE)


def test_an_excluded_file_is_not_found(tmp_path: Path) -> None:
    assert found(tmp_path, RULE, "web\n", "web/.dockerignore") == []


def test_one_beside_a_dockerfile_in_the_context(tmp_path: Path) -> None:
    (finding,) = found(tmp_path, RULE, None, "web/.dockerignore", name="web/Dockerfile")
    assert (finding.file, finding.severity) == ("web/.dockerignore", Severity.WARNING)
    assert "next to web/Dockerfile, but not read for this context" in finding.message
    assert "rename it to web/Dockerfile.dockerignore" in finding.fix


def test_one_beside_a_dockerfile_elsewhere(tmp_path: Path) -> None:
    (tmp_path / "docker").mkdir()
    (tmp_path / "docker" / ".dockerignore").touch()
    (finding,) = found(tmp_path / "app", RULE, None, "a", name="../docker/Dockerfile")
    assert (finding.file, finding.severity) == (str(tmp_path / "docker" / ".dockerignore"), Severity.WARNING)


@pytest.mark.parametrize("ignore", ["", ".env\n"])
def test_the_context_has_its_own(tmp_path: Path, ignore: str) -> None:
    findings = found(tmp_path, RULE, ignore, "web/.dockerignore", name="web/Dockerfile")
    assert [finding.severity for finding in findings] == [Severity.NOTE]


def test_the_dockerfile_has_its_own(tmp_path: Path) -> None:
    files = ("web/.dockerignore", "web/Dockerfile.dockerignore")
    findings = found(tmp_path, RULE, None, *files, name="web/Dockerfile")
    assert [finding.severity for finding in findings] == [Severity.NOTE]


def test_a_dockerfile_in_the_root(tmp_path: Path) -> None:
    assert found(tmp_path, RULE, None, "a") == []


def test_a_directory_with_another_dockerfile_is_a_context_of_its_own(tmp_path: Path) -> None:
    found_files = [
        finding.file for finding in found(tmp_path, RULE, None, "a/.dockerignore", "a/Dockerfile", "b/.dockerignore")
    ]
    assert found_files == ["b/.dockerignore"]


@pytest.mark.parametrize(
    ("path", "workflow", "count"),
    [
        ("app/.dockerignore", "run: cp app/.dockerignore .dockerignore\n", 0),
        ("app/.dockerignore", "run: cat app/.dockerignore\n", 1),
        ("app/.dockerignore", "run: cp app/x .dockerignore\n", 1),
        ("examples/a/.dockerignore", "run: make\n", 0),
        ("app/a/.dockerignore", "run: make\n", 1),
    ],
)
def test_a_file_that_somebody_puts_in_place_or_shows(tmp_path: Path, path: str, workflow: str, count: int) -> None:
    (tmp_path / ".git").mkdir()
    files = {path: "x\n", "a": "x", ".github/workflows/ci.yml": workflow}
    assert len(built(tmp_path, RULE, "FROM scratch\nCOPY a /\n", files, "docs\n")) == count
