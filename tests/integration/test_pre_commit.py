"""The hooks run under the real pre-commit, from a repository that holds ctxopt as it is here."""

import os
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.integration.installing import OFFLINE
from tests.support.cli import run
from tests.support.programs import git, program

_ROOT = Path(__file__).parent.parent.parent
_PUBLISHED = (".pre-commit-hooks.yaml", "pyproject.toml", "README.md", "LICENSE")


@dataclass(frozen=True)
class _Project:
    root: Path
    environment: dict[str, str]

    def hook(self, name: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [program("pre-commit"), "run", "--all-files", "--color", "never", name],
            cwd=self.root,
            env=self.environment,
            capture_output=True,
            text=True,
            timeout=150,
            check=False,
        )


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> _Project:
    """A project that uses the hooks; they are installed once, without a network."""
    base = tmp_path_factory.mktemp("pre-commit")
    published = base / "ctxopt"
    published.mkdir()
    for name in _PUBLISHED:
        shutil.copy(_ROOT / name, published)
    shutil.copytree(_ROOT / "ctxopt", published / "ctxopt", ignore=shutil.ignore_patterns("__pycache__"))
    git(published, "init", "-q", "-b", "main")
    git(published, "add", ".")
    git(published, "commit", "-q", "-m", "publish")
    root = base / "project"
    (root / "src").mkdir(parents=True)
    (root / "src" / "main.py").write_text("print()\n")
    (root / "Dockerfile").write_text("FROM scratch\nCOPY src/ /src/\n")
    (root / "ctxopt.toml").write_text('max-size = "1 kB"\n')
    (root / ".pre-commit-config.yaml").write_text(
        f"repos:\n  - repo: {published.as_uri()}\n    rev: {git(published, 'rev-parse', 'HEAD').strip()}\n"
        "    hooks:\n      - id: ctxopt-check\n      - id: ctxopt-generate\n"
    )
    git(root, "init", "-q", "-b", "main")
    git(root, "add", ".")
    environment = os.environ | OFFLINE | {"HOME": str(base), "PRE_COMMIT_HOME": str(base / "cache")}
    return _Project(root, environment)


def test_the_manifest_is_valid() -> None:
    done = subprocess.run(
        [program("pre-commit"), "validate-manifest", str(_ROOT / ".pre-commit-hooks.yaml")],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_check_hook_passes_and_then_names_what_breaks_the_limit(project: _Project) -> None:
    done = project.hook("ctxopt-check")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "Passed" in done.stdout
    big = project.root / "src" / "big.bin"
    big.write_bytes(b"x" * 5000)
    done = project.hook("ctxopt-check")
    big.unlink()
    assert done.returncode == 1
    assert "exit code: 1" in done.stdout
    assert "src/big.bin" in done.stdout
    assert "max-size: 5.0 kB > 1.0 kB (+4.0 kB)" in done.stdout


def test_the_generate_hook_fails_until_the_file_is_written(project: _Project) -> None:
    notes = project.root / "notes.txt"
    notes.write_text("not for the build")
    done = project.hook("ctxopt-generate")
    assert done.returncode == 1, done.stdout + done.stderr
    assert "+notes.txt" in done.stdout
    assert run("generate", "--write", cwd=project.root).returncode == 0
    done = project.hook("ctxopt-generate")
    assert done.returncode == 0, done.stdout + done.stderr
