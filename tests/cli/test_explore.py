"""`ctxopt explore` as a command: where it cannot start, and that it does on a terminal."""

import os
import struct
import subprocess
import sys
from contextlib import suppress
from importlib import util
from pathlib import Path
from unittest.mock import patch

import pytest

from ctxopt.errors import CtxoptError
from ctxopt.explore.app import Explorer
from ctxopt.explore.session import Builds
from tests.support.cli import run
from tests.support.files import write


def test_without_a_terminal_it_names_analyze(tmp_path: Path) -> None:
    done = run("explore", str(write(tmp_path, {"Dockerfile": "FROM scratch\n"})))
    assert done.returncode == 2
    assert done.stdout == ""
    assert done.stderr == "error: explore needs a terminal; type `ctxopt analyze`, whose output can be redirected\n"


def _on_a_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setattr("ctxopt.cli.explore._require_terminal", lambda: None)


def test_without_textual_it_names_what_to_install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _on_a_terminal(monkeypatch)
    find = util.find_spec
    with patch("ctxopt.cli.explore.find_spec", lambda name: None if name == "textual" else find(name)):
        done = run("explore", str(write(tmp_path, {"Dockerfile": "FROM scratch\n"})))
    assert done.returncode == 2
    assert done.stderr == (
        "error: explore needs Textual, which is not installed; type "
        "`pip install 'docker-ctxopt[explore] @ git+https://github.com/ctxopt/ctxopt'`\n"
    )


@pytest.mark.parametrize(
    ("files", "arguments", "message"),
    [
        ({"a": "x"}, (), "no Dockerfile"),
        ({"Dockerfile": "FROM scratch\nCOPY a"}, (), "Dockerfile:2"),
        ({"Dockerfile": "FROM scratch\nCOPY a /\n", "a": "x", ".dockerignore": "[\n"}, (), ".dockerignore"),
        ({"Dockerfile": "FROM scratch\n"}, ("--ignore-file", "x"), "this is about the ignore file that Docker reads"),
        (
            {"compose.yaml": "services: {a: {build: nowhere}, b: {build: neither}}\n"},
            ("--compose", "compose.yaml"),
            "nowhere",
        ),
    ],
)
def test_bad_input_is_one_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, files: dict[str, str], arguments: tuple[str, ...], message: str
) -> None:
    _on_a_terminal(monkeypatch)
    write(tmp_path, files)
    done = run("explore", *arguments, cwd=tmp_path)
    assert done.returncode == 2
    assert message in done.stderr
    assert done.stderr.count("\n") == 1


def _offered(monkeypatch: pytest.MonkeyPatch, root: Path, *arguments: str) -> tuple[str, Builds | None]:
    """The title of the build that is opened, and the builds to choose from."""
    started: list[tuple[str, Builds | None]] = []
    _on_a_terminal(monkeypatch)
    monkeypatch.setattr(Explorer, "run", lambda app: started.append((app.session.opened.title, app.builds)))
    done = run("explore", *arguments, cwd=root)
    assert done.returncode == 0, done.stderr
    ((title, builds),) = started
    return title, builds


def test_several_builds_are_offered_and_the_first_that_opens_is_shown(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    services = (
        "services: {a: {build: {context: ., target: nope}}, b: {build: .}, c: {build: {context: ., target: x}}}\n"
    )
    write(tmp_path, {"Dockerfile": "FROM scratch AS x\nCOPY . /\n", "compose.yaml": services})
    title, builds = _offered(monkeypatch, tmp_path, "--compose", "compose.yaml")
    assert title == f"{tmp_path}: compose.yaml: service b"
    assert builds is not None
    assert [name.rpartition(" ")[2] for name in builds.names] == ["a", "b", "c"]
    assert builds.current == 1
    assert builds.open(2).build.target == "x"
    (tmp_path / "written-since").write_text("x")
    assert builds.open(2).tree.find("written-since")
    with pytest.raises(CtxoptError, match="nope"):
        builds.open(0)


def test_one_build_of_a_compose_file_is_opened_at_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(tmp_path, {"Dockerfile": "FROM scratch\n", "compose.yaml": "services: {a: {build: .}}\n"})
    assert _offered(monkeypatch, tmp_path, "--compose", "compose.yaml") == (str(tmp_path), None)


@pytest.mark.parametrize("arguments", [(), ("--no-color",), ("--color", "always")])
def test_on_a_terminal_it_shows_the_context_and_ends_with_q(tmp_path: Path, arguments: tuple[str, ...]) -> None:
    pty = pytest.importorskip("pty")
    fcntl, termios = pytest.importorskip("fcntl"), pytest.importorskip("termios")
    root = write(tmp_path, {"Dockerfile": "FROM scratch\nCOPY app /\n", "app": "x" * 5000})
    terminal, its = pty.openpty()
    fcntl.ioctl(its, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 80, 0, 0))
    environment = {**os.environ, "TERM": "xterm-256color", "PYTHONUTF8": "1"}
    environment.pop("NO_COLOR", None)
    command = [str(Path(sys.executable).parent / "ctxopt"), "explore", str(root), *arguments]
    process = subprocess.Popen(command, stdin=its, stdout=its, stderr=its, env=environment, start_new_session=True)
    os.close(its)
    shown = b""
    while b"filter" not in shown:
        shown += os.read(terminal, 1 << 16)
    os.write(terminal, b"q")
    with suppress(OSError):
        # The terminal fails to read once nobody can write to it any more.
        while part := os.read(terminal, 1 << 16):
            shown += part
    os.close(terminal)
    assert process.wait() == 0
    assert b"5.0 kB" in shown
    # The screen is given back.
    assert b"\x1b[?1049l" in shown
    assert (b"\x1b[34m" in shown or b"\x1b[1;34m" in shown) is ("--no-color" not in arguments)
