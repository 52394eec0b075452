"""How much of a tree is shown: what fits a terminal, and secrets in any case."""

from pathlib import Path

import pytest

from tests.support.cli import run, run_on_terminal
from tests.support.files import Files, write

_SECRET = "API_KEY=3f9a1c77e0b24d58\n"


@pytest.fixture
def project(tmp_path: Path) -> Path:
    files: Files = {f"a/b/c/{number}": number for number in range(100, 130)}
    return write(tmp_path, {**files, "Dockerfile": "FROM scratch\nCOPY . /\n", "a/b/c/.env": _SECRET})


def test_on_a_terminal_a_tree_is_short(project: Path) -> None:
    shown = run_on_terminal("ls", "--tree", cwd=project).splitlines()
    assert [line.split()[-1] for line in shown if "─" in line] == ["a/", "b/", "c/", ".env", "more)", "Dockerfile"]
    assert shown[-1] == "Not all is shown: 2 levels, 8 entries each (--depth N, --top N)"


@pytest.mark.parametrize("limit", ["--depth=9", "--top=100"])
def test_what_is_asked_for_is_shown(project: Path, limit: str) -> None:
    shown = run_on_terminal("ls", "--tree", limit, cwd=project)
    assert shown.count("─ 1") == 30
    assert "Not all is shown" not in shown


def test_elsewhere_all_is_shown(project: Path) -> None:
    shown = run("ls", "--tree", cwd=project).stdout
    assert shown.count("─ 1") == 30
    assert "Not all is shown" not in shown


def test_a_small_tree_is_shown_as_a_whole(tmp_path: Path) -> None:
    write(tmp_path, {"Dockerfile": "FROM scratch\nCOPY . /\n", "a/b": "b"})
    assert "Not all is shown" not in run_on_terminal("ls", "--tree", cwd=tmp_path)


@pytest.mark.parametrize("limits", [("--top", "1"), ("--depth", "1"), ("--top", "1", "--depth", "1")])
def test_secrets_are_always_shown(project: Path, limits: tuple[str, ...]) -> None:
    (line,) = [line for line in run("ls", "--tree", *limits, cwd=project).stdout.splitlines() if ".env" in line]
    assert " ! " in line
