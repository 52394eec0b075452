"""Directories, links, pipes and devices where files are expected, and trees too deep for a path."""

import os
from collections.abc import Callable
from contextlib import chdir
from pathlib import Path

import pytest

from ctxopt.core.context.tree import EntryKind
from tests.support.cli import run
from tests.support.deep import deep_tree
from tests.support.inert import assert_inert
from tests.support.systems import fifo, root_only, unix_socket

_COMMANDS = (
    ("analyze",),
    ("ls",),
    ("explain", "a"),
    ("generate",),
    ("check", "--max-files", "1"),
    ("stages",),
)


def _listed(root: Path) -> list[str]:
    return run("ls", "--view", "buildkit", cwd=root).stdout.splitlines()


def _fails(root: Path, problem: str, *commands: tuple[str, ...]) -> None:
    """All commands end with the same one line."""
    for command in commands or _COMMANDS:
        done = run(*command, cwd=root)
        assert (done.returncode, done.stdout) == (2, ""), command
        assert done.stderr == f"error: {problem}\n"


@pytest.fixture
def project(tmp_path: Path) -> Path:
    root = tmp_path / "project"
    root.mkdir()
    (root / "Dockerfile").write_text("FROM scratch\nCOPY a /\n")
    (root / "a").touch()
    return root


def _directory(path: Path) -> None:
    path.mkdir()


def _socket(path: Path) -> None:
    with chdir(path.parent):
        unix_socket(path)


def _device(path: Path) -> None:
    if not hasattr(os, "mknod"):
        pytest.skip("needs devices")
    try:
        os.mknod(path, 0o20666, os.makedev(1, 3))
    except PermissionError:
        pytest.skip("only root makes devices")


def _link_to_itself(path: Path) -> None:
    path.symlink_to(path.name)


_ODD: dict[str, tuple[Callable[[Path], None], str]] = {
    "directory": (_directory, "it is not a regular file"),
    "pipe": (fifo, "it is not a regular file"),
    "socket": (_socket, "it is not a regular file"),
    "device": (_device, "it is not a regular file"),
    "link to itself": (_link_to_itself, "cannot read it: Too many levels of symbolic links"),
}


@pytest.mark.parametrize("kind", _ODD)
def test_a_dockerfile_that_is_no_file(project: Path, kind: str) -> None:
    make, problem = _ODD[kind]
    (project / "Dockerfile").unlink()
    make(project / "Dockerfile")
    _fails(project, f"Dockerfile: {problem}")


@pytest.mark.parametrize("kind", sorted(_ODD.keys() - {"directory", "link to itself"}))
@pytest.mark.parametrize("name", [".dockerignore", "Dockerfile.dockerignore"])
def test_an_ignore_file_that_is_no_file(project: Path, name: str, kind: str) -> None:
    make, problem = _ODD[kind]
    make(project / name)
    _fails(project, f"{name}: {problem}")


def test_an_ignore_file_of_a_dockerfile_that_is_a_directory_counts_as_none(project: Path) -> None:
    (project / "Dockerfile.dockerignore").mkdir()
    assert _listed(project) == [
        "Dockerfile",
        "Dockerfile.dockerignore/",
        "a",
    ]


def test_an_ignore_file_that_is_a_link(project: Path) -> None:
    (project / "patterns").write_text("a\n")
    (project / ".dockerignore").symlink_to("patterns")
    assert _listed(project) == [
        ".dockerignore",
        "Dockerfile",
        "patterns",
    ]
    (project / ".dockerignore").unlink()
    (project / ".dockerignore").symlink_to("nowhere")
    assert _listed(project) == [
        ".dockerignore",
        "Dockerfile",
        "a",
        "patterns",
    ]
    (project / ".dockerignore").unlink()
    # BuildKit follows links inside of the directory: its root is where absolute ones start and `..` ends.
    for target in ("/patterns", "../../patterns"):
        (project / ".dockerignore").symlink_to(target)
        assert _listed(project) == [".dockerignore", "Dockerfile", "patterns"]
        assert run("ls", "--view", "classic", cwd=project).stdout.splitlines()[2:] == ["a", "patterns"]
        (project / ".dockerignore").unlink()


@pytest.mark.parametrize(
    ("target", "problem"),
    [
        (
            "../outside",
            "it is a symbolic link that leads out of the context; the legacy builder follows it, but ctxopt reads "
            "nothing outside; put the file itself there, or name the one to read with --ignore-file",
        ),
        (".dockerignore", "cannot read it: Too many levels of symbolic links"),
        ("Dockerfile/patterns", "cannot read it: Not a directory"),
    ],
)
def test_an_ignore_file_that_buildkit_does_not_find(project: Path, target: str, problem: str) -> None:
    (project.parent / "outside").write_text("a\n")
    (project / ".dockerignore").symlink_to(target)
    (project / "a").unlink()
    (project / "a").mkdir()
    (project / "a/b").write_text("b")
    (project / "unused").write_bytes(bytes(100_000))
    assert _listed(project) == [".dockerignore", "Dockerfile", "a/", "a/b", "unused"]
    shown = run("analyze", cwd=project)
    assert shown.returncode == 0
    assert "a symbolic link that BuildKit does not follow" in shown.stdout
    _fails(project, f".dockerignore: {problem}", ("ls", "--view", "classic"), ("check", "--view", "classic"))
    done = run("generate", "--write", cwd=project)
    assert (done.returncode, done.stderr.count("\n")) == (2, 1)
    assert (project.parent / "outside").read_text() == "a\n"


def test_an_ignore_file_that_only_buildkit_reads_does_not_stop_the_legacy_builder(project: Path) -> None:
    (project.parent / "outside").write_text("a\n")
    (project / "Dockerfile.dockerignore").symlink_to("../outside")
    (project / ".dockerignore").write_text("x\n")
    everything = [".dockerignore", "Dockerfile", "Dockerfile.dockerignore", "a"]
    assert _listed(project) == everything
    assert run("ls", "--view", "classic", cwd=project).stdout.splitlines() == everything


@pytest.mark.parametrize("name", ["compose.yaml", "docker-bake.hcl", "ctxopt.toml"])
@pytest.mark.parametrize("kind", _ODD)
def test_other_files_that_are_none(project: Path, name: str, kind: str) -> None:
    _ODD[kind][0](project / name)
    for command in (*_COMMANDS, ("analyze", "--all"), ("check", "--all"), ("config", "show")):
        done = run(*command, cwd=project)
        assert done.returncode in (0, 1, 2)
        assert_inert(done.stdout, "text")
        assert done.returncode < 2 or done.stderr.count("\n") == 1


def test_a_context_that_is_a_link(project: Path) -> None:
    (project.parent / "link").symlink_to("project")
    assert run("ls", "link", cwd=project.parent).stdout == run("ls", cwd=project).stdout
    (project.parent / "around").symlink_to("around")
    _fails(
        project.parent,
        "around: cannot use it as a build context: Too many levels of symbolic links",
        ("ls", "around"),
    )


def test_links_in_circles_are_entries(project: Path) -> None:
    (project / "here").symlink_to(".")
    (project / "deeper").symlink_to("deeper/x")
    (project / "sub").mkdir()
    (project / "sub/up").symlink_to("..")
    listed = ["Dockerfile", "a", "deeper", "here", "sub/", "sub/up"]
    for view in ("buildkit", "classic"):
        assert run("ls", "--view", view, cwd=project).stdout.splitlines() == listed
    (project / "Dockerfile").write_text("FROM scratch\nCOPY here/sub/up/here/a /\nCOPY sub/*/a /\n")
    assert run("ls", "--view", "used", cwd=project).stdout.splitlines() == ["a"]
    (project / "Dockerfile").write_text("FROM scratch\nCOPY deeper /\n")
    _fails(
        project,
        'Dockerfile:2: COPY source "deeper" leads through too many links; remove the symlink loop',
        ("ls", "--view", "used"),
    )


def test_names_that_differ_in_case_are_different(project: Path) -> None:
    (project / "A").touch()
    if len(os.listdir(project)) == 2:
        pytest.skip("this file system takes them for the same")
    (project / "dockerfile").write_text("FROM other\n")
    (project / ".dockerignore").write_text("A\n*ockerfile\n!DOCKERFILE\n")
    assert _listed(project) == [".dockerignore", "a"]
    assert run("ls", "--view", "classic", cwd=project).stdout.splitlines() == [".dockerignore", "Dockerfile", "a"]
    assert run("analyze", cwd=project).stdout.count("target stage-0") == 1


@pytest.mark.parametrize("command", [("analyze", "--top", "9000"), ("ls", "--tree"), ("generate",)])
def test_a_very_deep_tree(project: Path, command: tuple[str, ...]) -> None:
    """Deeper than Python may recurse, and short enough for a path."""
    with deep_tree(project, 1100) as lowest:
        (project / lowest / "Dockerfile").write_text("FROM scratch\nCOPY . /\n")
        done = run(*command, cwd=project)
        assert done.returncode in (0, 1)
        assert done.stdout


def test_an_ignore_file_at_the_bottom_of_a_very_deep_tree(project: Path) -> None:
    (project / "junk").write_bytes(b"j" * 1000)
    with deep_tree(project, 1100) as lowest:
        dockerfile = f"{lowest}/Dockerfile"
        (project / dockerfile).write_text("FROM scratch\nCOPY . /\n")
        done = run("generate", "-f", "Dockerfile", "-f", dockerfile, "--split", "--write", cwd=project)
        assert done.returncode == 0
        assert (project / f"{dockerfile}.dockerignore").is_file()


def test_a_tree_that_is_too_deep_for_a_path(project: Path) -> None:
    with deep_tree(project, 5000):
        for command in (("analyze",), ("ls", "--view", "classic"), ("generate",)):
            done = run(*command, cwd=project)
            assert (done.returncode, done.stdout, done.stderr.count("\n")) == (2, "", 1)
            assert done.stderr.endswith(": File name too long; make it readable, or ignore it\n")
            assert len(done.stderr) < 1000
        (project / ".dockerignore").write_text("d\n")
        for command in (("analyze",), ("ls",)):
            done = run(*command, cwd=project)
            assert (done.returncode, done.stderr) == (0, ""), command
            assert len(done.stdout) < 5000


class _Entry:
    """An entry of a directory that is changed or removed while the walk looks at it."""

    def __init__(self, entry: "os.DirEntry[str]", error: OSError | None, kind: int) -> None:
        self.name = entry.name
        self._entry = entry
        self._error = error
        self._kind = kind

    def is_file(self, *, follow_symlinks: bool) -> bool:
        return self._kind == EntryKind.FILE

    def is_dir(self, *, follow_symlinks: bool) -> bool:
        return self._kind == EntryKind.DIRECTORY

    def stat(self, *, follow_symlinks: bool) -> os.stat_result:
        if self._error is not None:
            raise self._error
        return self._entry.stat(follow_symlinks=follow_symlinks)


class _Listing:
    def __init__(self, entries: "list[os.DirEntry[str] | _Entry]") -> None:
        self._entries = entries

    def __enter__(self) -> "list[os.DirEntry[str] | _Entry]":
        return self._entries

    def __exit__(self, *_: object) -> None:
        """Nothing to close."""


def _changing(monkeypatch: pytest.MonkeyPatch, name: str, kind: int, error: OSError | None = None) -> None:
    """From now on the entry of this name is said to be of a kind, and fails if it is looked at."""
    real = os.scandir

    def scandir(path: str) -> _Listing:
        with real(path) as listing:
            return _Listing([_Entry(entry, error, kind) if entry.name == name else entry for entry in listing])

    monkeypatch.setattr(os, "scandir", scandir)


def test_a_file_that_vanishes_during_the_walk(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (project / "gone").touch()
    _changing(monkeypatch, "gone", EntryKind.FILE, FileNotFoundError(2, "No such file or directory"))
    assert _listed(project) == ["Dockerfile", "a"]
    done = run("analyze", cwd=project)
    assert done.returncode == 0
    assert "note: gone: No such file or directory" in done.stdout


def test_a_file_that_becomes_a_directory_or_the_reverse(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (project / "was_file").mkdir()
    (project / "was_file/inside").touch()
    _changing(monkeypatch, "was_file", EntryKind.FILE)
    # What it was when it was listed is what counts.
    assert _listed(project) == ["Dockerfile", "a", "was_file"]
    monkeypatch.undo()
    (project / "was_directory").touch()
    _changing(monkeypatch, "was_directory", EntryKind.DIRECTORY)
    assert _listed(project)[2] == "was_directory/"
    assert "note: was_directory: Not a directory" in run("analyze", cwd=project).stdout


@pytest.mark.skipif(not hasattr(os, "setresuid"), reason="a process cannot become nobody here")
@root_only
def test_what_nobody_may_read(project: Path) -> None:
    """As a user who may not read everything: both builders fail on a directory, the classic one on a file."""
    (project / "secret").write_bytes(b"x")
    (project / "secret").chmod(0)
    for directory in (project, *project.parents):
        if directory.stat().st_mode & 0o777 == 0o700 and directory.is_relative_to("/tmp"):
            directory.chmod(0o755)
    assert _as_nobody(project, "ls", "--view", "classic") == (
        2,
        "error: secret: permission denied; BuildKit would send it empty; make it readable, or ignore it\n",
    )
    assert _as_nobody(project, "ls") == (0, "")
    assert _as_nobody(project, "check", "--max-files", "9") == (0, "")
    (project / "closed").mkdir(mode=0)
    for command in (*_COMMANDS[:2], *_COMMANDS[3:]):
        assert _as_nobody(project, *command) == (
            2,
            "error: closed: Permission denied; make it readable, or ignore it\n",
        )
    (project / ".dockerignore").write_text("closed\nsecret\n")
    assert _as_nobody(project, "ls", "--view", "classic") == (0, "")
    (project / ".dockerignore").chmod(0)
    assert _as_nobody(project, "ls") == (2, "error: .dockerignore: cannot read it: Permission denied\n")
    (project / "Dockerfile").chmod(0)
    assert _as_nobody(project, "ls") == (2, "error: Dockerfile: cannot read it: Permission denied\n")
    project.chmod(0)
    assert _as_nobody(project.parent, "ls", "project")[0] == 2


def _as_nobody(root: Path, *arguments: str) -> tuple[int, str]:
    """The exit code and the errors of a command that is run by a user with no rights."""
    # All modules are loaded before: nobody may not read them.
    run(*arguments, cwd=root)
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            os.setgroups([])
            os.setresgid(65534, 65534, 65534)
            os.setresuid(65534, 65534, 65534)
            done = run(*arguments, cwd=root)
            os.write(writing, f"{done.returncode}\n{done.stderr}".encode())
        finally:
            os._exit(0)
    os.close(writing)
    with open(reading, encoding="utf-8") as answer:
        code, _, errors = answer.read().partition("\n")
    os.waitpid(child, 0)
    return int(code), errors
