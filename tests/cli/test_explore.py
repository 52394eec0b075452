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
        "error: explore needs Textual, which is not installed; type `pip install 'docker-ctxopt[explore]'`\n"
    )


@pytest.mark.parametrize(
    ("files", "arguments", "message"),
    [
        ({"a": "x"}, (), "no Dockerfile"),
        ({"Dockerfile": "FROM scratch\nCOPY a"}, (), "Dockerfile:2"),
        ({"Dockerfile": "FROM scratch\nCOPY a /\n", "a": "x", ".dockerignore": "[\n"}, (), ".dockerignore"),
        ({"Dockerfile": "FROM scratch\n"}, ("--ignore-file", "x"), "this is about the ignore file that Docker reads"),
        (
            {"Dockerfile": "FROM scratch\n", "compose.yaml": "services: {a: {build: .}, b: {build: .}}\n"},
            ("--compose", "compose.yaml"),
            "explore shows one build, and there are 2",
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
