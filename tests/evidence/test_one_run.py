"""What is worked out once for one run of a command."""

from pathlib import Path

import pytest

from ctxopt.evidence import operation
from ctxopt.evidence.one_run import once_a_run, one_run
from tests.support.cli import run
from tests.support.files import write


def test_once_in_a_run_and_each_time_outside() -> None:
    made: list[int] = []

    def make() -> int:
        made.append(1)
        return len(made)

    assert [once_a_run("a", make), once_a_run("a", make)] == [1, 2]
    with one_run():
        assert [once_a_run("a", make), once_a_run("a", make), once_a_run("b", make)] == [3, 3, 4]
        with one_run():
            assert once_a_run("a", make) == 5
        assert once_a_run("a", make) == 3
    assert once_a_run("a", make) == 6


def test_a_command_lists_a_repository_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    dockerfile = "FROM acme/base\nCOPY a /\n"
    write(tmp_path, {f"{name}/{file}": dockerfile for name in "pqr" for file in ("Dockerfile", "a")})
    (tmp_path / ".git").mkdir()
    listed: list[str] = []

    def noted(top: str) -> tuple[tuple[str, ...], tuple[tuple[str, int, int], ...]]:
        listed.append(top)
        return (), ()

    monkeypatch.setattr(operation, "_listed", noted)
    run("analyze", "--all", str(tmp_path))
    assert len(listed) == 1
