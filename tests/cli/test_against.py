"""`check --against` and `diff`, end to end: a branch that lets the context grow."""

import json
import shutil
from pathlib import Path

import pytest

from tests.support.cli import run
from tests.support.files import write
from tests.support.programs import git

_FORMATS = ("text", "json", "sarif", "github", "markdown", "junit")


@pytest.fixture(scope="module")
def branch(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project under its limit on main, and a branch that adds a large file and installed packages; to look at."""
    root = tmp_path_factory.mktemp("branch")
    for name, text in {"Dockerfile": "FROM scratch\nCOPY src /src\nCOPY . /app\n", "src/main.js": "main()\n"}.items():
        (root / name).parent.mkdir(exist_ok=True)
        (root / name).write_text(text)
    (root / ".dockerignore").write_text(".git\n")
    git(root, "init", "-q")
    git(root, "add", ".")
    git(root, "commit", "-qm", "first")
    assert run("check", "--max-size", "1MB", "--max-growth", "10%", "--against", "main", cwd=root).returncode == 0
    git(root, "checkout", "-qb", "feature")
    (root / "video.bin").write_bytes(b"\0" * 20_000_000)
    packages = root / "packages" / "a" / "node_modules"
    packages.mkdir(parents=True)
    (packages / "x.js").write_bytes(b"x" * 50_000)
    git(root, "add", ".")
    git(root, "commit", "-qm", "second")
    return root


@pytest.fixture
def own_branch(branch: Path, tmp_path: Path) -> Path:
    """A copy of it, to change."""
    return shutil.copytree(branch, tmp_path / "branch")


@pytest.mark.parametrize("output_format", _FORMATS)
def test_what_is_new_is_named_in_every_format(branch: Path, output_format: str) -> None:
    options = ("--max-size", "1MB", "--max-growth", "10%", "--against", "main", "--format", output_format)
    done = run("check", *options, cwd=branch)
    assert (done.returncode, done.stderr) == (1, "")
    for named in ("video.bin", "packages/a/node_modules", "new"):
        assert named in done.stdout


def test_it_fails_until_an_ignore_file_is_written(own_branch: Path) -> None:
    git(own_branch, "checkout", "-q", "main")
    (own_branch / "Dockerfile").write_text("FROM scratch\nCOPY src /src\n")
    git(own_branch, "commit", "-qam", "narrower")
    git(own_branch, "checkout", "-q", "feature")
    git(own_branch, "rebase", "-q", "main")
    check = ("check", "--max-size", "1MB", "--max-growth", "1kB", "--view", "classic", "--against", "main", "--format")
    new = ("video.bin", "packages/a/node_modules")
    for output_format in _FORMATS:
        done = run(*check, output_format, cwd=own_branch)
        assert (done.returncode, done.stderr) == (1, "")
        assert all(named in done.stdout for named in new)
    assert run("generate", "--write", cwd=own_branch).returncode == 0
    for output_format in _FORMATS:
        done = run(*check, output_format, cwd=own_branch)
        assert (done.returncode, done.stderr) == (0, "")
        assert not any(named in done.stdout for named in new)


def test_what_a_branch_adds(branch: Path) -> None:
    done = run("diff", "main", "feature", cwd=branch)
    assert (done.returncode, done.stderr) == (0, "")
    assert "+20.0 MB  video.bin  new" in done.stdout
    assert "packages/  new, 1 file" in done.stdout
    found = json.loads(run("diff", "main", "--format", "json", cwd=branch).stdout)
    assert found["after"] == "the working tree"
    assert found["context"]["added"] == {"files": 2, "bytes": 20_050_000}
    assert [(one["sources"], one["before"] is None) for one in found["instructions"]] == [(["."], False)]
    back = json.loads(run("diff", "feature", "main", "--format", "json", cwd=branch).stdout)
    assert back["context"]["removed"] == {"files": 2, "bytes": 20_050_000}


def test_nothing_differs(branch: Path) -> None:
    assert "No file in the context changed." in run("diff", "feature", cwd=branch).stdout


def test_a_context_that_is_new(own_branch: Path) -> None:
    (own_branch / "service").mkdir()
    (own_branch / "service" / "Dockerfile").write_text("FROM scratch\n")
    done = run("check", "service", "--max-growth", "1%", "--against", "main", cwd=own_branch)
    assert (done.returncode, done.stderr) == (0, "")
    assert "note: nothing to compare with at main: service: there is no such directory" in done.stdout


def test_a_dockerfile_that_is_new(own_branch: Path) -> None:
    (own_branch / "other.Dockerfile").write_text("FROM scratch\nCOPY src /src\n")
    done = run("check", "-f", "other.Dockerfile", "--against", "main", cwd=own_branch)
    assert done.returncode == 0
    assert "note: nothing to compare with at main" in done.stdout


@pytest.mark.parametrize("revision", ["nowhere", "main:Dockerfile"])
@pytest.mark.parametrize("command", [("check", "--against"), ("diff",)])
def test_a_revision_that_there_is_not(branch: Path, command: tuple[str, ...], revision: str) -> None:
    done = run(*command, revision, cwd=branch)
    assert done.returncode == 2
    assert done.stderr.startswith("error: ")
    assert done.stderr.count("\n") == 1


def test_growth_needs_a_base(branch: Path) -> None:
    done = run("check", "--max-growth", "10%", cwd=branch)
    assert done.returncode == 2
    assert done.stderr == "error: max-growth needs a revision to compare with; add --against REV\n"


def test_a_build_that_is_gone_is_said_and_one_that_moved_is_not(tmp_path: Path) -> None:
    files = {f"{name}/{file}": text for name in ("api", "web", "job") for file, text in _BUILD.items()}
    write(tmp_path, {**files, "compose.yaml": "services:\n  api: {build: api}\n  web: {build: web}\n"})
    git(tmp_path, "init", "-q")
    git(tmp_path, "add", "-A")
    git(tmp_path, "commit", "-qm", "all")
    assert "not found here" not in run("check", "--all", "--against", "HEAD", cwd=tmp_path).stdout
    git(tmp_path, "mv", "job", "work")
    (tmp_path / "api" / "Dockerfile").rename(tmp_path / "api" / "build.txt")
    write(tmp_path, {"compose.yaml": "services:\n  web: {build: web}\n"})
    for options in (("--all",), ("--compose", "compose.yaml")):
        done = run("check", *options, "--against", "HEAD", cwd=tmp_path)
        assert done.returncode == 0
        assert [line for line in done.stdout.splitlines() if "not found here" in line] == [
            "note: compose.yaml: service api: built at HEAD, and not found here: not checked"
        ]


def _ordinary(root: Path, name: str) -> None:
    """Do what ordinary pull requests do with builds."""
    match name:
        case "a service goes":
            shutil.rmtree(root / "job")
        case "its Dockerfile goes alone":
            (root / "job" / "Dockerfile").unlink()
        case "a service comes":
            write(root, {f"new/{file}": text for file, text in _BUILD.items()})
        case "a service moves and changes":
            git(root, "mv", "job", "work")
            (root / "work" / "Dockerfile").write_text("FROM scratch\nCOPY main /\nENV A=b\n")
        case "a Dockerfile has another name":
            git(root, "mv", "job/Dockerfile", "job/Dockerfile.prod")
        case "services are merged":
            (root / "job" / "Dockerfile").write_text("FROM scratch\nCOPY main main2 /\n")
            git(root, "mv", "web/main", "job/main2")
            shutil.rmtree(root / "web")


@pytest.mark.parametrize(
    ("name", "seen"),
    [
        ("a service goes", "not checked: 1 build of the base that is gone"),
        ("its Dockerfile goes alone", "not checked: 1 build of the base that is gone"),
        ("a service comes", "max-growth not checked in 1 build: nothing to compare with"),
        ("a service moves and changes", "context moved from job to work"),
        ("a Dockerfile has another name", ""),
        ("services are merged", "not checked: 1 build of the base that is gone"),
    ],
)
def test_ordinary_changes_of_builds_pass(name: str, seen: str, tmp_path: Path) -> None:
    write(tmp_path, {f"{name}/{file}": text for name in ("api", "web", "job") for file, text in _BUILD.items()})
    git(tmp_path, "init", "-q")
    git(tmp_path, "add", "-A")
    git(tmp_path, "commit", "-qm", "all")
    _ordinary(tmp_path, name)
    git(tmp_path, "add", "-A")
    git(tmp_path, "commit", "-qm", "change")
    done = run("check", "--all", "--against", "HEAD~1", "--max-growth", "1kB", "--max-size", "1MB", cwd=tmp_path)
    assert done.returncode == 0, done.stdout
    assert seen in done.stdout


_BUILD = {"Dockerfile": "FROM scratch\nCOPY main /\n", "main": "x", ".dockerignore": "y\n"}
