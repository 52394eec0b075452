"""A repository that names programs for git to run, and an environment that does: no command runs any of them."""

import shutil
import subprocess
from pathlib import Path

import pytest

from tests.support.cli import run
from tests.support.files import write
from tests.support.programs import git
from tests.support.systems import posix_only

pytestmark = posix_only

_SETTINGS = (
    *("filter.x.clean", "filter.x.smudge", "filter.x.process", "filter.lfs.process", "diff.x.textconv"),
    *("diff.x.command", "diff.external", "merge.x.driver", "core.fsmonitor", "core.pager", "core.sshCommand"),
    *("core.askPass", "core.editor", "core.gitProxy", "core.alternateRefsCommand", "credential.helper", "gpg.program"),
    *("sequence.editor", "interactive.diffFilter", "uploadpack.packObjectsHook", "remote.origin.uploadpack"),
)
_ALIASED = ("rev-parse", "ls-tree", "ls-files", "cat-file", "check-attr", "diff", "for-each-ref", "config")
_VARIABLES = ("GIT_EXTERNAL_DIFF", "GIT_SSH_COMMAND", "GIT_ASKPASS", "GIT_PAGER", "GIT_EDITOR", "GIT_PROXY_COMMAND")
_COMMANDS = (
    "check --all --against HEAD~1 --max-growth 0 --config-from HEAD~1",
    "check . --against HEAD --max-size 1",
    "lint --scan-secrets",
    "analyze",
    "analyze --all",
    "diff HEAD~1",
    "affected --against HEAD~1 --all",
    "digest",
    "cache",
    "generate --level likely",
    "report",
    "explain a",
)


def _trap(root: Path, script: Path) -> None:
    """Let all that a repository can configure run a script."""
    home = Path(git(root, "rev-parse", "--absolute-git-dir").strip())
    hooks = home / "elsewhere"
    hooks.mkdir()
    for hook in ("post-checkout", "post-index-change", "fsmonitor-watchman", "reference-transaction", "pre-auto-gc"):
        shutil.copy(script, hooks / hook)
    for setting in _SETTINGS:
        git(root, "config", setting, str(script))
    for name in _ALIASED:
        git(root, "config", f"alias.{name}", f"!{script}")
        git(root, "config", f"pager.{name}", str(script))
    git(root, "config", "core.hooksPath", str(hooks))
    git(root, "config", "submodule.inner.update", f"!{script}")
    git(root, "config", "core.splitIndex", "true")
    (home / "info").mkdir(exist_ok=True)
    (home / "info" / "attributes").write_text("* filter=x diff=x merge=x\n")


@pytest.fixture(scope="module")
def trapped(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """A repository with a submodule, both full of traps and with the objects of another one, and the mark of a trap."""
    top = tmp_path_factory.mktemp("hostile")
    mark, script = top / "was-run", top / "script"
    script.write_text(f"#!/bin/sh\ntouch '{mark}'\ncat\n")
    script.chmod(0o755)
    inner = write(top / "inner", {"code": "c" * 300, ".gitattributes": "* filter=x\n"})
    for place in (inner, top / "project"):
        place.mkdir(exist_ok=True)
        git(place, "init", "-q", "-b", "main")
    git(inner, "add", "-A")
    git(inner, "commit", "-q", "-m", "inner")
    root = write(
        top / "project",
        {
            "Dockerfile": "FROM scratch\nCOPY . /\n",
            "a": "a",
            "big.bin": f"version https://git-lfs.github.com/spec/v1\noid sha256:{'0' * 64}\nsize 1000\n",
            ".gitattributes": "* filter=x diff=x text=auto\n*.bin filter=lfs\n",
        },
    )
    git(root, "-c", "protocol.file.allow=always", "submodule", "add", "-q", str(inner), "inner")
    git(root, "add", "-A")
    git(root, "commit", "-q", "-m", "one")
    write(root, {"a": "b" * 100})
    git(root, "mv", "big.bin", "moved.bin")
    git(root, "commit", "-qam", "two")
    # Its objects are those of another repository.
    shared = top / "objects"
    shutil.move(root / ".git" / "objects", shared)
    (root / ".git" / "objects" / "info").mkdir(parents=True)
    (root / ".git" / "objects" / "info" / "alternates").write_text(f"{shared}\n")
    for place in (root, root / "inner"):
        _trap(place, script)
    write(root, {"a": "c" * 200, "new": "n", "inner/code": "d" * 400})
    subprocess.run(["git", "-c", "alias.x=!true", "status"], cwd=root, check=False, capture_output=True)
    assert mark.exists(), "the trap itself works"
    return root, mark


@pytest.mark.parametrize("command", _COMMANDS)
def test_no_command_runs_what_a_repository_or_the_environment_names(
    command: str, trapped: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    root, mark = trapped
    mark.unlink(missing_ok=True)
    script = str(mark.parent / "script")
    for name in _VARIABLES:
        monkeypatch.setenv(name, script)
    for name, value in {"COUNT": "1", "KEY_0": "core.fsmonitor", "VALUE_0": script}.items():
        monkeypatch.setenv(f"GIT_CONFIG_{name}", value)
    index = (root / ".git/index").read_bytes()
    done = run(*command.split(), cwd=root)
    assert done.returncode in (0, 1), done.stderr
    assert not mark.exists()
    assert (root / ".git/index").read_bytes() == index


def test_a_directory_that_looks_like_a_repository(tmp_path: Path) -> None:
    """Its settings would run programs, and its revisions and objects would be what a change says they are."""
    project = write(tmp_path / "project", {"web/Dockerfile": "FROM scratch\nCOPY . /\n", "web/a": 10})
    git(project, "init", "-q", "-b", "main")
    git(project, "add", "-A")
    git(project, "commit", "-q", "-m", "base")
    base = git(project, "rev-parse", "HEAD").strip()
    mark = tmp_path / "was-run"
    git(project / "web", "init", "-q", "--bare", ".")
    write(project, {"web/config": f"[core]\n bare = false\n worktree = ..\n fsmonitor = touch {mark}\n"})
    for command in (
        "check web --max-size 1MB",
        "check --all --max-growth 1",
        "check --compose compose.yaml --max-growth 0",
    ):
        write(project, {"compose.yaml": "services: {web: {build: web}}\n"})
        done = run(*command.split(), "--against", base, "--config-from", base, cwd=project)
        assert done.returncode == 2, command
        assert "looks like a git repository of its own" in done.stdout + done.stderr
    (project / "web/objects").rename(project / "web/elsewhere")
    write(project, {"web/commondir": "elsewhere\n"})
    done = run("check", "web", "--against", base, "--max-growth", "1", cwd=project)
    assert (done.returncode, "looks like a git repository" in done.stderr) == (2, True)
    done = run("check", "--config-from", base, "--max-size", "1MB", cwd=project / "web")
    assert (done.returncode, mark.exists()) == (2, False)
    assert run("analyze", "web", cwd=project).returncode == 0
    assert not mark.exists()
