"""A check with limits on the view of the legacy builder is one of the build that this builder makes."""

from pathlib import Path

import pytest

from ctxopt.checks.check import BuildCheck, check
from ctxopt.checks.limits import Limits
from ctxopt.core.build_context import BuildContext
from ctxopt.core.context.tree import View
from tests.support.files import Files, write


def _checked(root: Path, dockerfile: str, files: Files | None = None, limits: Limits | None = None) -> BuildCheck:
    write(root, {"Dockerfile": dockerfile, "a": 10, "b": 20, **(files or {})})
    return check(BuildContext(str(root)), limits or Limits(view=View.CLASSIC))


@pytest.mark.parametrize(
    ("instructions", "lines"),
    [
        ("COPY a /\n", []),
        ("COPY *.none /\n", [2]),
        ("COPY --chmod=1 a /\n", [2]),
        ("RUN --mount=target=/m true\n", [2]),
        ("COPY none /\nFROM scratch\nCOPY a /\n", [2]),
    ],
)
def test_what_it_fails_on(tmp_path: Path, instructions: str, lines: list[int]) -> None:
    found = _checked(tmp_path, "FROM scratch\n" + instructions)
    errors = [error.line for error in found.report.errors]
    assert [*errors, *(one.line for one in found.failing)] == lines
    assert found.passed is not bool(lines)


def test_its_ignore_file_counts(tmp_path: Path) -> None:
    files: Files = {"Dockerfile.dockerignore": "a\n", ".dockerignore": "b\n"}
    assert _checked(tmp_path, "FROM scratch\nCOPY a /\n", files).passed
    assert not _checked(tmp_path, "FROM scratch\nCOPY b /\n", files).passed


def test_its_bytes_count(tmp_path: Path) -> None:
    found = _checked(tmp_path, "FROM scratch\nCOPY a /\n", limits=Limits(view=View.CLASSIC, max_size=40))
    (breach,) = found.breaches
    assert breach.measured == 10 + 20 + len("FROM scratch\nCOPY a /\n")
    assert breach.what == "max-size (legacy builder)"


@pytest.mark.parametrize("instruction", ["RUN --mount=type=cache,target=/c true", "COPY <<EOF /x\nEOF"])
def test_what_needs_buildkit_and_reads_nothing(tmp_path: Path, instruction: str) -> None:
    found = _checked(tmp_path, f"FROM scratch\n{instruction}\n")
    keyword = instruction.split()[0]
    assert found.notes == (f"Dockerfile:2: the legacy builder fails: this {keyword} needs BuildKit",)
