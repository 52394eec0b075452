"""The installed command as a process, and that what runs in the tests' own process leaves the same."""

import gc
import logging
import os
import re
import sys
from pathlib import Path

import pytest

from tests.support.cli import Done, run, run_program


@pytest.fixture
def project(tmp_path: Path) -> Path:
    (tmp_path / "Dockerfile").write_text("FROM scratch\nCOPY src dist /\n")
    (tmp_path / ".dockerignore").write_text("logs\n")
    for name in ("src/main", "junk/a", "junk/é\x1b[31m"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(name)
    return tmp_path


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (("analyze",), 2),
        (("analyze", "--format", "json"), 2),
        (("check", "--max-files", "1"), 1),
        (("generate",), 0),
        (("ls", "--tree", "--long"), 0),
        (("ls", "-0"), 0),
        (("ls", "--nope"), 2),
        (("ls", "nowhere"), 2),
        (("--version",), 0),
        ((), 2),
    ],
)
def test_a_run_in_this_process_leaves_what_the_program_leaves(
    project: Path, arguments: tuple[str, ...], code: int
) -> None:
    done = run_program(*arguments, cwd=project, columns=70, FORCE_COLOR="1", TERM="xterm-256color")
    assert done.returncode == code
    assert done.stdout + done.stderr
    again = run(*arguments, cwd=project, columns=70, FORCE_COLOR="1", TERM="xterm-256color")
    assert _without_link_ids(again.stdout) == _without_link_ids(done.stdout)
    assert (again.returncode, again.stderr) == (done.returncode, done.stderr)


def _without_link_ids(text: str) -> str:
    """The text without the random numbers of hyperlinks."""
    return re.sub(r"(?<=\x1b\]8;)id=\d+", "", text)


@pytest.mark.parametrize("encoding", ["ascii", "latin-1"])
def test_so_does_one_for_a_terminal_with_other_characters(project: Path, encoding: str) -> None:
    done = run_program("ls", "--tree", cwd=project, PYTHONIOENCODING=encoding)
    assert (done.returncode, done.stderr) == (0, "")
    assert run("ls", "--tree", cwd=project, encoding=encoding) == done


def test_it_leaves_nothing_behind_in_this_process(project: Path) -> None:
    def state() -> tuple[object, ...]:
        streams = (sys.stdin, sys.stdout, sys.stderr)
        return os.getcwd(), dict(os.environ), sys.argv, streams, os._exit, gc.get_threshold(), logging.root.handlers[:]

    before = state()
    assert run("generate", "--write", cwd=project, NEW="1") != Done(0, "", "")
    assert run("ls", "nowhere", cwd=project).returncode == 2
    assert state() == before
