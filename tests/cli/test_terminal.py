"""Colours, and how much is said: the options that every command has."""

import re
from pathlib import Path

import pytest

from tests.support.cli import run

_COMMANDS = [
    ("analyze",),
    ("check",),
    ("config", "show"),
    ("explain", "src/main"),
    ("generate",),
    ("ls",),
    ("report", "-o", "report.html"),
]


@pytest.fixture
def project(tmp_path: Path) -> Path:
    (tmp_path / "src").mkdir()
    (tmp_path / "src" / "main").write_text("main")
    (tmp_path / "junk").write_text("junk")
    (tmp_path / "Dockerfile").write_text("FROM alpine:3.23\nCOPY src /src\n")
    (tmp_path / ".dockerignore").write_text("nothing\n")
    (tmp_path / "ctxopt.toml").write_text("max-files = 1\n")
    return tmp_path


@pytest.mark.parametrize("command", _COMMANDS)
def test_every_command_takes_them(project: Path, command: tuple[str, ...]) -> None:
    for option in ("--no-color", "-q", "--quiet", "-v", "--verbose"):
        assert run(*command, option, cwd=project).returncode == 0


def test_colours_are_for_terminals_or_where_they_are_forced(project: Path) -> None:
    colour = re.compile(r"\x1b\[[0-9;]*3[0-9]m")
    assert "\x1b" not in run("analyze", cwd=project).stdout
    assert colour.search(run("analyze", cwd=project, FORCE_COLOR="1", TERM="xterm").stdout)
    assert not colour.search(run("analyze", "--no-color", cwd=project, FORCE_COLOR="1", TERM="xterm").stdout)
    assert not colour.search(run("analyze", cwd=project, FORCE_COLOR="1", NO_COLOR="1", TERM="xterm").stdout)


def test_quiet_leaves_the_figures(project: Path) -> None:
    done = run("analyze", "-q", cwd=project)
    assert done.stdout.splitlines() == [
        "Nothing to drop: 18 B (2 files) unused, no more than the patterns for it",
        "BuildKit transfers 4 B, the legacy builder sends 61 B",
        "build files 39 B, unused 18 B, in final image 4 B",
        "Found 1 info",
    ]
    assert run("check", "-q", cwd=project).stdout == ""
    failing = run("check", "-q", "--max-size", "1", cwd=project)
    assert failing.returncode == 1
    *lines, last = failing.stdout.splitlines()
    assert lines == [
        "Dockerfile, target stage-0: BuildKit transfers 4 B in 1 file",
        "Dockerfile limit-size error max-size: 4 B > 1 B (+3 B)",
    ]
    assert last.startswith("failed ")
    assert run("generate", "-q", cwd=project).stdout == "would write .dockerignore\n"
    assert run("generate", "-q", "--write", cwd=project).stdout == "wrote .dockerignore\n"
    assert run("generate", "-q", cwd=project).stdout == ""


def test_verbose_says_where_it_comes_from(project: Path) -> None:
    done = run("check", "-v", cwd=project)
    assert re.fullmatch(
        r"configuration: ctxopt\.toml\nChecking: \d+\.\d\d s\nReading the build context: 6 entries in \d+\.\d\d s\n",
        done.stderr.replace("./", ""),
    )
    assert "Reading the build context: " in run("ls", "-v", cwd=project).stderr
    assert run("ls", cwd=project).stderr == ""


def test_suppressions_hold_and_are_told(project: Path) -> None:
    assert run("check", "--fail-on", "CTX004", cwd=project).returncode == 1
    assert run("check", "--fail-on", "ignore-no-effect", cwd=project).returncode == 1
    (project / "Dockerfile").write_text(
        "FROM alpine:3.23\n# ctxopt global ignore=ignore-no-effect Shared.\nCOPY src /src\n"
    )
    done = run("check", "--fail-on", "CTX004", cwd=project)
    assert done.returncode == 0
    assert "note: 1 finding suppressed: Dockerfile:2 says: Shared." in done.stdout
    assert "suppressed: Dockerfile:2 says: Shared." in run("analyze", cwd=project).stdout
    (project / "Dockerfile").write_text("FROM alpine:3.23\nCOPY src /src\n")
    with (project / "ctxopt.toml").open("a") as file:
        file.write('[[suppress]]\nrule = "ignore-no-effect"\nreason = "Later."\n')
    done = run("check", "--fail-on", "CTX004", cwd=project)
    assert done.returncode == 0
    assert "says: Later." in done.stdout
