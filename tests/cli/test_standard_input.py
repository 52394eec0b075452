"""A Dockerfile on standard input, for every command that takes one."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.cli import run

_TEXT = b"FROM scratch\nCOPY src /src/\n"


@pytest.fixture
def project(tmp_path: Path) -> Path:
    (tmp_path / "src").mkdir()
    (tmp_path / "src/a").write_text("a")
    (tmp_path / "unused").write_bytes(bytes(10_000))
    # What is on standard input counts, and not this file.
    (tmp_path / "Dockerfile").write_text("FROM scratch\nCOPY . /\n")
    return tmp_path


def _run(project: Path, *words: str, text: bytes = _TEXT) -> "subprocess.CompletedProcess[bytes]":
    command = [sys.executable, "-m", "ctxopt", *words, "-f", "-"]
    return subprocess.run(command, cwd=project, input=text, capture_output=True, check=False)


@pytest.mark.parametrize(
    ("words", "shown"),
    [
        (("ls",), b"src/\nsrc/a\n"),
        (("analyze",), b"Dockerfile (inline)"),
        (("check", "--max-size", "1kB"), b"passed"),
        (("stages",), b"src/a"),
        (("explain", "src/a"), b"read by line 2"),
        (("lint",), b"Found no problems"),
        (("generate", "--only"), b"+unused"),
    ],
)
def test_commands(project: Path, words: tuple[str, ...], shown: bytes) -> None:
    done = _run(project, *words)
    assert (done.returncode, shown in done.stdout + done.stderr) == (0, True), done


def test_a_target_and_arguments_apply(project: Path) -> None:
    text = b"ARG X\nFROM scratch AS one\nARG X\nCOPY $X /\nFROM scratch\n"
    done = _run(project, "analyze", "--json", "--target", "one", "--build-arg", "X=src/a", text=text)
    shown = json.loads(done.stdout)
    assert (shown["target"], shown["instructions"][0]["sources"]) == ("one", ["src/a"])


@pytest.mark.parametrize("text", [b"", b"FROM\n", b"COPY a\xff\n"])
def test_what_is_no_dockerfile(project: Path, text: bytes) -> None:
    done = _run(project, "ls", text=text)
    assert (done.returncode, done.stdout, done.stderr.count(b"\n")) == (2, b"", 1)


@pytest.mark.parametrize(
    "context", ["-", "https://github.com/a/b.git", "git@github.com:a/b.git#main:sub", "github.com/a/b"]
)
@pytest.mark.parametrize("command", ["analyze", "ls", "check", "generate", "stages", "cache", "report"])
def test_contexts_that_are_no_directory(tmp_path: Path, command: str, context: str) -> None:
    done = run(command, context, cwd=tmp_path)
    assert (done.returncode, done.stderr.count("\n")) == (2, 1)
    assert "not supported" in done.stderr
