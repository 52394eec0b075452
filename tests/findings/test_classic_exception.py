from pathlib import Path

import pytest

from ctxopt.findings.model import Severity
from ctxopt.findings.rules.classic_exception import RULE
from tests.findings.support import built, found


def test_an_exception_that_the_classic_builder_never_meets(tmp_path: Path) -> None:
    (finding,) = found(tmp_path, RULE, "*\n!*/keep\n", "a/keep", "b/keep", "b/x")
    assert (finding.line, finding.severity) == (2, Severity.NOTE)
    assert finding.message == ("`!*/keep` keeps a/keep with BuildKit only: the legacy builder does not enter a")
    assert finding.fix == "if you use the legacy builder, write an exception that starts with a/"


def test_each_exception_is_named_once(tmp_path: Path) -> None:
    findings = found(tmp_path, RULE, "*\n!*/keep\n!?/also\n", "a/keep", "b/keep", "c/also")
    assert [finding.line for finding in findings] == [2, 3]


@pytest.mark.parametrize("ignore", ["*\n!a/keep\n", "*\n!a/*\n", "b\n!*/keep\n!b\n", "!*/keep\n", None])
def test_both_builders_keep_the_same(tmp_path: Path, ignore: str | None) -> None:
    assert found(tmp_path, RULE, ignore, "a/keep", "b/x") == []


def test_two_ignore_files_are_not_compared(tmp_path: Path) -> None:
    (tmp_path / "Dockerfile.dockerignore").write_text("*\n!*/keep\n", encoding="utf-8")
    assert found(tmp_path, RULE, "a\n", "a/keep") == []


@pytest.mark.parametrize(
    "dockerfile",
    ["COPY --parents . .\n", "COPY . .\nRUN --mount=type=cache,target=/c true\n", "COPY . .\nCOPY <<EOF /x\nx\nEOF\n"],
)
def test_a_build_for_buildkit_only(tmp_path: Path, dockerfile: str) -> None:
    assert found(tmp_path, RULE, "*\n!*/keep\n", "a/keep", dockerfile=dockerfile) == []


def test_flags_that_both_builders_have(tmp_path: Path) -> None:
    assert len(found(tmp_path, RULE, "*\n!*/keep\n", "a/keep", dockerfile="COPY --chown=1 . .\n")) == 1


@pytest.mark.parametrize(
    ("start", "workflow", "count"),
    [
        ("FROM --platform=$BUILDPLATFORM golang:1", "run: docker build .", 0),
        ("FROM --platform=${TARGETPLATFORM} golang:1", "run: docker build .", 0),
        ("FROM --platform=linux/amd64 golang:1", "run: docker build .", 1),
        ("FROM golang:1", "uses: docker/build-push-action@v6", 0),
        ("FROM golang:1", "run: docker buildx build .", 0),
        ("FROM golang:1", "run: DOCKER_BUILDKIT=1 docker build .", 0),
        ("FROM golang:1", "run: DOCKER_BUILDKIT=0 docker build .", 1),
    ],
)
def test_a_repository_that_builds_with_buildkit(tmp_path: Path, start: str, workflow: str, count: int) -> None:
    (tmp_path / ".git").mkdir()
    files = {"a/keep": "x", ".github/workflows/ci.yml": f"jobs:\n  b:\n    steps:\n      - {workflow}\n"}
    assert len(built(tmp_path, RULE, f"{start}\nCOPY . .\n", files, "*\n!*/keep\n")) == count
