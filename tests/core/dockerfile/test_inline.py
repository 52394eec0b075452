"""A Dockerfile that a compose file holds: it is no file of the context, nor beside one."""

from pathlib import Path

import pytest

from ctxopt import BuildContext, DockerfileError
from ctxopt.core.context.locate import locate


def test_no_dockerfile_is_looked_for(tmp_path: Path) -> None:
    (tmp_path / "a").write_text("a")
    context = BuildContext(str(tmp_path), inline="FROM scratch\nCOPY . /\n")
    assert context.files_read == [["a"]]
    assert (context.plan.file, context.located.dockerfile_path, context.located.notes) == (
        "Dockerfile (inline)",
        None,
        (),
    )
    assert context.build_files == ()


def test_a_dockerfile_that_is_there_is_an_ordinary_file(tmp_path: Path) -> None:
    for name in ("Dockerfile", "Dockerfile (inline)", "b"):
        (tmp_path / name).write_text("not read")
    (tmp_path / "Dockerfile.dockerignore").write_text("b\n")
    (tmp_path / ".dockerignore").write_text("Dockerfile*\n.dockerignore\n")
    context = BuildContext(str(tmp_path), inline="FROM scratch\nCOPY . /\n")
    assert context.buildkit_entries == ["b"]
    assert context.classic_entries == [".dockerignore", "b"]
    assert context.build_files == (".dockerignore",)


def test_each_error_names_its_instruction(tmp_path: Path) -> None:
    with pytest.raises(DockerfileError, match=r"Dockerfile \(inline\):2: unknown instruction"):
        BuildContext(str(tmp_path), inline="FROM scratch\nCOPPY a b\n")
    with pytest.raises(DockerfileError, match="the Dockerfile is empty"):
        BuildContext(str(tmp_path), inline="")


def test_a_directory_for_an_ignore_file(tmp_path: Path) -> None:
    (tmp_path / ".dockerignore").mkdir()
    located = locate(str(tmp_path), inline="FROM scratch\n")
    assert located.buildkit_ignore is None
    assert located.classic_refusal is not None
