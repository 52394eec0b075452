"""`ctxopt report`, end to end."""

import json
import re
from pathlib import Path
from typing import Any

import pytest

from tests.support.cli import run
from tests.support.files import write


@pytest.fixture
def project(tmp_path: Path) -> Path:
    dockerfile = "ARG FROM=src\nFROM scratch AS one\nARG FROM\nCOPY $FROM /\nFROM scratch AS two\nCOPY gone /\n"
    return write(tmp_path / "project", {"Dockerfile": dockerfile, "src/a": 30, "lib/b": 20})


def _data(text: str) -> dict[str, Any]:
    found = re.search(r'<script type="application/json" id="data">(.*?)</script>', text, re.DOTALL)
    assert found is not None
    data: dict[str, Any] = json.loads(found[1])
    return data


def test_a_page_on_standard_output(project: Path) -> None:
    done = run("report", "--target", "one", cwd=project)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("<!doctype html>\n")
    assert [one["text"] for one in _data(done.stdout)["instructions"]] == ["src /"]


def test_the_options_of_a_build(project: Path) -> None:
    done = run(
        "report",
        "project",
        "-f",
        "project/Dockerfile",
        "--target",
        "one",
        "--build-arg",
        "FROM=lib",
        cwd=project.parent,
    )
    (one,) = _data(done.stdout)["instructions"]
    assert (one["text"], one["bytes"]) == ("lib /", 20)


def test_a_build_that_fails_is_shown_all_the_same(project: Path) -> None:
    done = run("report", "-o", "../report.html", cwd=project)
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (2, "", 1)
    assert done.stderr.startswith('error: Dockerfile:6: COPY source "gone" is not in the build context')
    (one,) = _data((project.parent / "report.html").read_text(encoding="utf-8"))["instructions"]
    assert (one["fate"], one["files"]) == ("fails", 0)


@pytest.mark.parametrize("arguments", [("nowhere",), (".", "--target", "three"), (".", "-o", "no/such/place.html")])
def test_what_cannot_be_shown_is_one_line(project: Path, arguments: tuple[str, ...]) -> None:
    done = run("report", *arguments, cwd=project)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("error: ")
    assert "Traceback" not in done.stderr


def test_it_says_what_it_did_if_asked(project: Path) -> None:
    done = run("report", "--target", "one", "-v", "-o", "page.html", cwd=project)
    assert done.stdout == ""
    assert "written: page.html" in done.stderr
