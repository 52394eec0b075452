"""What a job makes before it builds, which is not here."""

from pathlib import Path

import pytest

from ctxopt import BuildContext
from ctxopt.builds.build import Build
from ctxopt.builds.opened import open_build, open_build_at
from ctxopt.git.revision import read_revision
from ctxopt.reports.report import report
from tests.support.cli import run
from tests.support.files import write
from tests.support.programs import git

_FILES = {"Dockerfile": "FROM scratch\nCOPY a bin/ /app/\nCOPY web/index.html /app/\n", "a": "x"}
_WORKFLOW = """on: push
jobs:
  image:
    steps:
      - uses: actions/checkout@v4
      - uses: actions/download-artifact@v4
        with: {path: bin}
      - uses: docker/build-push-action@v6
        with: {context: .}
"""


def _errors(root: Path, *made: str) -> list[int | None]:
    return [error.line for error in report(BuildContext(str(root), made=made)).errors]


@pytest.mark.parametrize(
    ("made", "lines"),
    [((), [2, 3]), (("bin",), [3]), (("bin/x",), [3]), (("web", "bin"), []), (("",), []), (("binary", "b"), [2, 3])],
)
def test_what_may_be_made_is_not_missing(tmp_path: Path, made: tuple[str, ...], lines: list[int]) -> None:
    write(tmp_path, _FILES)
    assert _errors(tmp_path, *made) == lines


def test_what_the_ignore_file_excludes_is_missing_whoever_makes_it(tmp_path: Path) -> None:
    write(tmp_path, {**_FILES, ".dockerignore": "bin\n"})
    assert _errors(tmp_path, "") == [2]


def test_an_exception_is_for_what_is_made(tmp_path: Path) -> None:
    write(tmp_path, {**_FILES, ".dockerignore": "*\n!a\n!bin/**\n"})
    assert _errors(tmp_path, "") == [3]


def test_what_is_here_and_excluded_is_missing(tmp_path: Path) -> None:
    write(tmp_path, {**_FILES, "web/index.html": "x", ".dockerignore": "web/*\n"})
    assert _errors(tmp_path, "") == [3]


def test_a_note_names_them_once(tmp_path: Path) -> None:
    write(tmp_path, {**_FILES, "Dockerfile": _FILES["Dockerfile"] + "COPY bin/ /other/\n"})
    (note,) = [one for one in report(BuildContext(str(tmp_path), made=("",))).notes if "not here" in one]
    assert note == (
        "Dockerfile: bin/ and web/index.html are not here: a step before the build may make them, so they are neither "
        "counted nor missing"
    )


def test_only_the_build_of_that_workflow_passes(tmp_path: Path) -> None:
    files = {**_FILES, "Dockerfile": "FROM scratch\nCOPY bin/ /app/\n", ".github/workflows/image.yml": _WORKFLOW}
    write(tmp_path, files)
    (tmp_path / ".git").mkdir()
    both = run("check", str(tmp_path), "--all")
    assert both.returncode == 0, both.stdout
    assert "bin/ is not here" in both.stdout
    plain = run("check", str(tmp_path))
    assert plain.returncode == 1
    assert '"bin/" is not in the build context' in plain.stdout


def test_what_is_made_is_not_missing_at_a_revision_either(tmp_path: Path) -> None:
    write(tmp_path, _FILES)
    git(tmp_path, "init", "-q", "-b", "main")
    git(tmp_path, "add", "-A")
    git(tmp_path, "commit", "-qm", "base")
    build = Build("", str(tmp_path), made=("bin",))
    at_revision = open_build_at(build, read_revision(str(tmp_path), "main"))
    assert at_revision.made == open_build(build).made == ("bin",)
    assert [error.line for error in report(at_revision).errors] == [3]
