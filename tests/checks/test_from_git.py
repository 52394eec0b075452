"""Checks of a build that a workflow makes from git, where no ignore file applies."""

from pathlib import Path

import pytest

from tests.support.cli import run
from tests.support.files import write
from tests.support.programs import git

_WORKFLOW = """on: push
jobs:
 b:
  steps:
  - uses: docker/build-push-action@v6
    with: {{{}}}
"""
_SECRET = "DB_PASSWORD=q8Zr4kLmT2vX\n"
_FROM_GIT = ".github/workflows/b.yml:5 builds from git, where .dockerignore does not apply"


def _repository(root: Path, given: str, **files: str) -> Path:
    workflow = {".github/workflows/b.yml": _WORKFLOW.format(given)}
    write(root, {"Dockerfile": "FROM scratch\nCOPY . /\n", ".dockerignore": ".env*\ndocs\n", **workflow, **files})
    git(root, "init", "-q", "-b", "main")
    git(root, "add", "-A", "-f")
    git(root, "commit", "-q", "-m", "base")
    return root


def test_a_secret_that_the_ignore_file_excludes(tmp_path: Path) -> None:
    done = run("check", str(_repository(tmp_path, "push: true", **{".env": _SECRET})), "--all")
    assert done.returncode == 1
    assert _FROM_GIT in " ".join(done.stdout.split())


def test_a_text_with_a_secret_that_the_ignore_file_excludes(tmp_path: Path) -> None:
    pytest.importorskip("detect_secrets")
    files = {"docs/a.txt": f"key = {'AKIA' + 'Q3EGRZ7TPLWK4MND'}\n"}
    done = run("check", str(_repository(tmp_path, "push: true", **files)), "--all", "--scan-secrets")
    assert done.returncode == 1
    assert "docs/a.txt" in done.stdout


@pytest.mark.parametrize(("given", "tracked"), [("context: .", True), ("push: true", False)])
def test_no_secret_where_the_ignore_file_applies_or_git_has_none(given: str, tracked: bool, tmp_path: Path) -> None:
    root = _repository(tmp_path, given, **({".env": _SECRET} if tracked else {}))
    write(root, {".env": _SECRET, "docs/a": "x"})
    assert run("check", str(root), "--all").returncode == 0


@pytest.mark.parametrize(
    ("before", "after", "code"),
    [("push: true", "push: true", 1), ("context: .", "context: .", 0), ("context: .", "push: true", 1)],
)
def test_growth_that_the_ignore_file_excludes(before: str, after: str, code: int, tmp_path: Path) -> None:
    root = _repository(tmp_path, before, **{"docs/old": "x" * 9000})
    write(root, {".github/workflows/b.yml": _WORKFLOW.format(after), "docs/new": "x" * 5000})
    git(root, "add", "-A")
    done = run("check", str(root), "--all", "--against", "main", "--max-growth", "1kB")
    assert done.returncode == code
    assert ("(from git," in done.stdout) == (code == 1)


def test_nothing_grew_where_nothing_changed(tmp_path: Path) -> None:
    root = _repository(tmp_path, "push: true", **{"docs/old": "x" * 9000})
    assert run("check", str(root), "--all", "--against", "main", "--max-growth", "0").returncode == 0


def test_a_limit_on_what_the_ignore_file_excludes(tmp_path: Path) -> None:
    root = _repository(tmp_path, "push: true", **{"docs/old": "x" * 9000})
    assert run("check", str(root), "--all", "--max-size", "5kB").returncode == 1
    assert run("check", str(root), "--all", "--max-size", "50kB").returncode == 0
