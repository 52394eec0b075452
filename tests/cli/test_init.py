"""`ctxopt init`, end to end."""

import os
from pathlib import Path

import pytest
import yaml

from tests.support.cli import run
from tests.support.programs import git


@pytest.fixture
def project(tmp_path: Path) -> Path:
    root = tmp_path / "project"
    (root / "src").mkdir(parents=True)
    (root / "src" / "main").write_bytes(b"m" * 200_000)
    (root / "junk").write_bytes(b"j" * 20_000)
    (root / "Dockerfile").write_text("FROM scratch\nCOPY src /src\n")
    return root


def test_the_limits_are_those_that_the_build_keeps(project: Path) -> None:
    done = run("init", cwd=project)
    assert (done.returncode, done.stdout.splitlines()[0]) == (0, "Written: ctxopt.toml")
    text = (project / "ctxopt.toml").read_text()
    assert 'max-size = "250 kB"\n' in text
    assert 'max-unused = "10%"\n' in text
    assert run("check", cwd=project).returncode == 0
    (project / "src" / "more").write_bytes(b"m" * 100_000)
    assert run("check", cwd=project).returncode == 1


@pytest.mark.parametrize("option", ["--diff", "--dry-run"])
def test_a_preview_writes_nothing(project: Path, option: str) -> None:
    before = sorted(os.listdir(project))
    done = run("init", option, cwd=project)
    assert done.stdout.startswith("--- /dev/null\n+++ ctxopt.toml\n@@ -0,0 +1,")
    assert sorted(os.listdir(project)) == before
    run("init", cwd=project)
    added = [line[1:] for line in done.stdout.splitlines()[3:]]
    assert added == (project / "ctxopt.toml").read_text().splitlines()


def test_nothing_is_overwritten(project: Path) -> None:
    (project / "ctxopt.toml").write_text("max-files = 7\n")
    done = run("init", cwd=project)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == "error: ctxopt.toml is the configuration already; `ctxopt config show` shows it\n"
    assert (project / "ctxopt.toml").read_text() == "max-files = 7\n"
    (project / "ctxopt.toml").unlink()
    (project / "pyproject.toml").write_text("[tool.ctxopt]\nmax-files = 7\n")
    assert "pyproject.toml is the configuration already" in run("init", cwd=project).stderr


def test_a_link_is_not_written_through(project: Path) -> None:
    (project / "ctxopt.toml").symlink_to("elsewhere")
    assert run("init", cwd=project).returncode == 2
    assert not (project / "elsewhere").exists()


def test_a_build_with_options_is_named(project: Path) -> None:
    (project / "docker").mkdir()
    (project / "docker" / 'a "b".Dockerfile').write_text("FROM scratch AS web\nARG V\nCOPY src /src\nFROM scratch\n")
    options = ("-f", 'docker/a "b".Dockerfile', "--target", "web", "--build-arg", 'V="1"')
    assert run("init", *options, cwd=project).returncode == 0
    assert (
        '\n[[build]]\nname = "default"\ndockerfile = "docker/a \\"b\\".Dockerfile"\n'
        in (project / "ctxopt.toml").read_text()
    )
    assert run("check", cwd=project).returncode == 0
    assert "default" in run("check", cwd=project).stdout


def test_a_workflow(project: Path) -> None:
    git(project, "init", "-q")
    assert run("init", "--workflow", cwd=project / "src").returncode == 2
    done = run("init", "--workflow", cwd=project)
    assert (done.returncode, done.stderr) == (0, "")
    file = project / ".github" / "workflows" / "ctxopt.yml"
    steps = yaml.safe_load(file.read_text())["jobs"]["context"]["steps"]
    assert steps[-1]["run"] == "ctxopt check --format github --step-summary"
    assert run("init", "--workflow", cwd=project).stderr.endswith("exists already and is not overwritten\n")
    file.unlink()
    assert run("init", "--workflow", cwd=project).stdout.splitlines()[0] == "Written: .github/workflows/ctxopt.yml"


def test_a_workflow_for_a_context_inside(project: Path) -> None:
    git(project.parent, "init", "-q")
    os.rename(project, project.parent / "it's")
    assert run("init", "it's", "--workflow", cwd=project.parent).returncode == 0
    text = (project.parent / ".github" / "workflows" / "ctxopt.yml").read_text()
    steps = yaml.safe_load(text)["jobs"]["context"]["steps"]
    assert steps[-1]["run"].startswith("cd 'it'\"'\"'s' && ctxopt check ")


@pytest.mark.parametrize("name", ["a${{ secrets.X }}b", "a\nb"])
def test_a_path_that_a_workflow_would_evaluate(project: Path, name: str) -> None:
    git(project.parent, "init", "-q")
    os.rename(project, project.parent / name)
    done = run("init", name, "--workflow", cwd=project.parent)
    assert (done.returncode, done.stderr.count("\n")) == (2, 1)
    assert not (project.parent / ".github").exists()


def test_a_workflow_is_not_written_through_a_link(project: Path) -> None:
    git(project, "init", "-q")
    (project.parent / "outside").mkdir()
    (project / ".github").symlink_to("../outside")
    done = run("init", "--workflow", cwd=project)
    assert (done.returncode, done.stderr.count("\n")) == (2, 1)
    assert os.listdir(project.parent / "outside") == []


def test_a_workflow_needs_a_repository(project: Path) -> None:
    done = run("init", "--workflow", cwd=project)
    assert (done.returncode, done.stderr.count("\n")) == (2, 1)
    assert not (project / "ctxopt.toml").exists()
