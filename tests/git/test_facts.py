"""What git says of a directory: asked of real repositories, among them ones that want to run something."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from ctxopt.git.facts import GitFacts, git_facts
from tests.support.programs import git
from tests.support.systems import fifo, posix_only


@pytest.fixture(autouse=True)
def _no_settings_of_the_user(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", os.devnull)
    monkeypatch.setenv("GIT_CONFIG_NOSYSTEM", "1")


def repository(root: Path, *names: str, ignore: str = "") -> Path:
    root.mkdir(parents=True, exist_ok=True)
    git(root, "init", "-q")
    for name in names:
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(name)
    (root / ".gitignore").write_text(ignore)
    git(root, "add", ".")
    git(root, "commit", "-q", "-m", "start")
    return root


def facts(root: Path) -> GitFacts:
    found = git_facts(str(root))
    assert found is not None
    return found


def reason(root: Path) -> str:
    told: list[str] = []
    assert git_facts(str(root), told.append) is None
    (text,) = told
    return text


def test_tracked_and_ignored(tmp_path: Path) -> None:
    root = repository(tmp_path, "a", "src/deep/b", "out/x", "log/y.log", ignore="out/\n*.log\n")
    (root / "new").write_text("")
    git(root, "add", "-f", "log/y.log")
    (root / "log/z.log").write_text("")
    known = facts(root)
    assert known.tracked == {".gitignore", "a", "src/deep/b", "log/y.log"}
    assert [known.tracks(path) for path in ("a", "src", "src/deep", "src/deep/b", "log")] == [True] * 5
    assert [known.tracks(path) for path in ("new", "out", "out/x", "log/z.log", "src/dee", "b")] == [False] * 6
    assert [known.ignored(path) for path in ("out", "out/x", "out/any/where", "log/z.log")] == [True] * 4
    assert [known.ignored(path) for path in ("new", "a", "src", "log", "log/y.log")] == [False] * 5


def test_the_context_is_a_directory_of_the_repository(tmp_path: Path) -> None:
    root = repository(tmp_path, "web/a", "web/out/x", "other/b", ignore="out\n")
    known = facts(root / "web")
    assert known.tracked == {"a"}
    assert known.ignored("out/x")
    assert not known.tracks("other/b")


def test_a_clone_whose_checkout_failed_has_what_was_committed(tmp_path: Path) -> None:
    root = repository(tmp_path, "a", "src/b")
    index = root / ".git/index"
    kept = index.read_bytes()
    index.unlink()
    assert facts(root).tracked == {".gitignore", "a", "src/b"}
    assert facts(root / "src").tracked == {"b"}
    # An index says what is tracked, if that is nothing as well.
    index.write_bytes(kept)
    git(root, "rm", "-r", "-q", "--cached", ".")
    assert facts(root).tracked == frozenset()


def test_nothing_is_committed_yet(tmp_path: Path) -> None:
    git(tmp_path, "init", "-q")
    (tmp_path / "new").write_text("")
    assert facts(tmp_path).tracked == frozenset()


def test_names_that_are_not_plain(tmp_path: Path) -> None:
    strange = os.fsdecode(b"a\xff\nb")
    (tmp_path / strange).write_text("")
    root = repository(tmp_path, "ünï cödé", "tab\there", ignore="")
    assert facts(root).tracked == {".gitignore", strange, "ünï cödé", "tab\there"}


def test_another_repository_counts_as_tracked(tmp_path: Path) -> None:
    repository(tmp_path / "outer/inner", "x")
    root = repository(tmp_path / "outer", "a")
    known = facts(root)
    assert known.repositories == {"inner"}
    assert [known.tracks(path) for path in ("inner", "inner/x", "inner/new")] == [True] * 3


def test_directories_that_git_knows_nothing_about(tmp_path: Path) -> None:
    assert reason(tmp_path) == "it is not in a git repository"
    assert reason(tmp_path / "missing") == "it is not in a git repository"
    root = repository(tmp_path / "here", "a", "out/x", ignore="out\n")
    assert reason(root / ".git") == "not in a git work tree"
    assert reason(root / "out") == "git ignores the whole directory, so it gives no evidence about its contents"
    git(tmp_path, "clone", "-q", "--bare", "here", "bare")
    assert reason(tmp_path / "bare") == "it is not in a git repository"
    (root / ".git/index").write_bytes(b"broken")
    assert reason(root).startswith("git failed: ")


def test_a_repository_of_somebody_else(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    root = repository(tmp_path, "a")
    monkeypatch.setenv("GIT_TEST_ASSUME_DIFFERENT_OWNER", "1")
    assert reason(root).startswith("the repository belongs to another user")


def test_without_the_git_command(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    root = repository(tmp_path / "here", "a")
    assert facts(root).tracked
    monkeypatch.setenv("PATH", str(tmp_path))
    assert reason(root) == "the git command cannot be run"


@posix_only
def test_a_git_in_the_working_directory_is_not_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    repository(tmp_path, "a")
    (tmp_path / "git").write_text(f"#!/bin/sh\ntouch '{tmp_path}/run'\n")
    (tmp_path / "git").chmod(0o755)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PATH", os.pathsep.join((".", "", os.environ["PATH"])))
    assert facts(tmp_path).tracked >= {"a"}
    assert not (tmp_path / "run").exists()


@posix_only
def test_a_git_that_is_none(tmp_path: Path) -> None:
    repository(tmp_path / "a", "x")
    (tmp_path / "git").write_text("#!/bin/sh\n")
    (tmp_path / "git").chmod(0o755)
    # In a process of its own: the command is looked for once.
    code = "import sys; from ctxopt.git.facts import git_facts; print(git_facts(sys.argv[1], print))"
    words = [sys.executable, "-c", code, str(tmp_path / "a")]
    result = subprocess.run(words, env={"PATH": str(tmp_path)}, capture_output=True, text=True, check=True)
    assert result.stdout == "the git command cannot be run\nNone\n"


def test_a_git_that_never_answers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    root = repository(tmp_path / "project", "a")
    fake = tmp_path / "bin" / "git"
    fake.parent.mkdir()
    pipe = tmp_path / "pipe"
    fifo(pipe)
    # Its child waits for somebody who writes, and keeps the streams open when git itself is gone.
    fake.write_text(f"#!/bin/sh\ncat '{pipe}' & wait\n")
    fake.chmod(0o755)
    monkeypatch.setenv("PATH", os.pathsep.join((str(fake.parent), os.environ["PATH"])))
    monkeypatch.setattr("ctxopt.git.command._LONGEST", 0.1)
    assert reason(root) == "git did not finish within 0.1 seconds"
    os.close(os.open(pipe, os.O_WRONLY))


@pytest.mark.parametrize("name", [".gitignore", ".git/info/exclude", ".git/HEAD", ".git/index"])
def test_what_git_would_wait_for_is_found_before_git_is_asked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    root = repository(tmp_path, "a")
    monkeypatch.setattr("ctxopt.git.command._LONGEST", 0)
    (root / name).unlink(missing_ok=True)
    fifo(root / name)
    assert reason(root) == f"{root / name} is no regular file"


@pytest.mark.parametrize("setting", ["[core]\nexcludesFile = pipe\n", '[include]\n\tpath = "pipe"\n'])
def test_so_is_what_the_configuration_names(tmp_path: Path, setting: str) -> None:
    root = repository(tmp_path, "a")
    fifo(root / ".git/pipe")
    with (root / ".git/config").open("a") as file:
        file.write(setting)
    assert reason(root) == f"{root / '.git/pipe'} is no regular file"


def test_a_linked_work_tree_is_looked_through(tmp_path: Path) -> None:
    root = repository(tmp_path / "main", "a")
    git(root, "worktree", "add", "-q", str(tmp_path / "linked"))
    assert facts(tmp_path / "linked").tracked == {".gitignore", "a"}
    exclude = root / ".git/info/exclude"
    exclude.unlink(missing_ok=True)
    fifo(exclude)
    assert reason(tmp_path / "linked").endswith("info/exclude is no regular file")


@posix_only
def test_nothing_that_the_repository_names_is_run(tmp_path: Path) -> None:
    root = repository(tmp_path / "here", "a", "out/x", ignore="out\n")
    mark = tmp_path / "was-run"
    script = tmp_path / "script"
    script.write_text(f"#!/bin/sh\ntouch '{mark}'\n")
    script.chmod(0o755)
    hooks = root / ".git/hooks"
    hooks.mkdir(exist_ok=True)
    for hook in ("post-index-change", "fsmonitor-watchman", "pre-auto-gc"):
        (hooks / hook).write_text(script.read_text())
        (hooks / hook).chmod(0o755)
    for setting in (
        "core.fsmonitor",
        "core.pager",
        "core.sshCommand",
        "core.askPass",
        "filter.x.clean",
        "alias.ls-files",
    ):
        git(root, "config", setting, f"!{script}" if setting.startswith("alias") else str(script))
    (root / ".gitattributes").write_text("* filter=x\n")
    subprocess.run(["git", "status"], cwd=root, check=False, capture_output=True)
    assert mark.exists(), "the trap itself works"
    mark.unlink()
    index = (root / ".git/index").stat()
    assert facts(root).ignored("out/x")
    assert not mark.exists()
    assert (root / ".git/index").stat().st_mtime_ns == index.st_mtime_ns
