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
    (build,) = json.loads(found[1])["builds"]
    return dict(build)


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


def test_open_it(project: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    opened: list[str] = []

    def browser(address: str) -> bool:
        opened.append(address)
        return True

    monkeypatch.setattr("webbrowser.open", browser)
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    done = run("report", "--target", "one", "-o", "page.html", "--open", cwd=project)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    assert run("report", "--target", "one", "--open", cwd=project).returncode == 0
    named, temporary = opened
    assert named == (project / "page.html").as_uri()
    (file,) = tmp_path.glob("ctxopt-*.html")
    assert temporary == file.as_uri()
    assert file.read_text(encoding="utf-8").startswith("<!doctype html>")


def test_where_no_browser_can_be_started_it_says_what_to_open(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("webbrowser.open", lambda address: False)
    done = run("report", "--target", "one", "-o", "page.html", "--open", cwd=project)
    assert (done.returncode, done.stderr) == (0, "note: no browser could be started; open page.html\n")


def test_several_builds_and_one_that_cannot_be_read(tmp_path: Path) -> None:
    services = "a: {build: a}\n  b: {build: b}\n  gone: {build: gone}"
    files = {
        f"{name}/{file}": text
        for name in "ab"
        for file, text in {"Dockerfile": "FROM scratch\nCOPY x /\n", "x": "x"}.items()
    }
    write(tmp_path, {"compose.yaml": f"services:\n  {services}\n", **files})
    done = run("report", "--compose", "compose.yaml", "-o", "page.html", cwd=tmp_path)
    assert done.returncode == 2
    assert "gone" in done.stderr
    found = re.search(r'id="data">(.*?)</script>', (tmp_path / "page.html").read_text(encoding="utf-8"), re.DOTALL)
    assert found is not None
    assert [build["title"].split()[-1] for build in json.loads(found[1])["builds"]] == ["a", "b"]


def test_a_build_and_several_do_not_go_together(project: Path) -> None:
    done = run("report", "--all", "-f", "Dockerfile", "-o", "page.html", cwd=project)
    assert (done.returncode, done.stderr.count("\n")) == (2, 1)
