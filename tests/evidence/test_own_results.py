"""What ctxopt wrote into a project is no evidence for the files that it names."""

from pathlib import Path

import pytest

from ctxopt.evidence.own_results import is_own_result
from sample_projects.make_junk import make
from tests.support.cli import run

_RESULTS = (
    ("report", "-o", "page.html"),
    ("analyze", "--format", "sarif", "-o", "found.sarif"),
    ("lint", "--exit-zero", "--format", "junit", "-o", "found.xml"),
    ("analyze", "--json", "-o", "found.json"),
)


@pytest.mark.parametrize("command", _RESULTS, ids=lambda command: command[-1])
def test_a_result_changes_nothing_that_is_proposed(command: tuple[str, ...], tmp_path: Path) -> None:
    root = tmp_path / "shop"
    make("shop", root)
    before = run("generate", "--level", "likely", "--format", "dockerignore", cwd=root).stdout
    assert run(*command, cwd=root).returncode == 0
    assert b"server.log" in (root / command[-1]).read_bytes()
    assert run("generate", "--level", "likely", "--format", "dockerignore", cwd=root).stdout == before


@pytest.mark.parametrize(
    "text", ["<!doctype html>\n<html>", '{"version": 1}', '{"$schema": "x/sarif-2.1.0.json", "name": "other"}', ""]
)
def test_others_write_such_texts_too(text: str) -> None:
    assert not is_own_result(text.encode())
