"""Which front end builds a Dockerfile: of others than Docker's it is not known what the file means."""

from pathlib import Path

import pytest

from ctxopt import BuildContext, DockerfileError, plan

_REST = "FROM scratch\nCOPY a /\n"


@pytest.mark.parametrize(
    "head",
    [
        "",
        "# syntax=docker/dockerfile:1\n",
        "#syntax = docker.io/docker/dockerfile-upstream:master-labs \n",
        "# syntax=mirror.example.com:5000/proxy/docker/dockerfile:1.7@sha256:" + "a" * 64 + "\n",
        "# syntax=public.ecr.aws/docker/dockerfile:1 and more\n",
        "# escape=`\n# syntax=docker/dockerfile:1\n",
        "# a comment\n# syntax=other/frontend\n",
        "# syntax=docker/dockerfile:1\n# other=x\n",
        "FROM scratch\n# syntax=other/frontend\n",
    ],
)
def test_dockers_own(head: str) -> None:
    assert [read.sources for read in plan((head + _REST).encode(), "Dockerfile").reads] == [("a",)]


@pytest.mark.parametrize(
    ("text", "name", "line"),
    [
        ("# syntax=other/frontend:1\n" + _REST, "other/frontend:1", 1),
        ("\ufeff# SYNTAX = docker/dockerfile-x\r\n" + _REST, "docker/dockerfile-x", 1),
        ("# syntax=mydocker/dockerfile\n" + _REST, "mydocker/dockerfile", 1),
        ("#!/usr/bin/env x\n#syntax=tonistiigi/dockerfile:hello world\n" + _REST, "tonistiigi/dockerfile:hello", 2),
        ("# escape=`\n# check=skip=all\n# syntax=edrevo/dockerfile-plus\nINCLUDE+ a\n", "edrevo/dockerfile-plus", 3),
        ("// syntax=gcr.io/x/llb\n{}\n", "gcr.io/x/llb", 1),
        ('{"syntax": "x/y", "rest": []}\n', "x/y", 1),
        ("# syntax=$NAME\n" + _REST, "$NAME", 1),
        ("#syntax=mopy\napiVersion: v1\n", "mopy", 1),
    ],
)
def test_another_one(text: str, name: str, line: int) -> None:
    with pytest.raises(DockerfileError) as error:
        plan(text.encode(), "Dockerfile")
    assert (error.value.file, error.value.line) == ("Dockerfile", line)
    assert f'the front end "{name}" builds this file' in str(error.value)


def test_the_build_argument_decides() -> None:
    foreign = ("# syntax=other/frontend\n" + _REST).encode()
    assert plan(foreign, "Dockerfile", build_args={"BUILDKIT_SYNTAX": "docker/dockerfile:1 more"}).reads
    with pytest.raises(DockerfileError, match='the front end "other" builds this file'):
        plan(_REST.encode(), "Dockerfile", build_args={"BUILDKIT_SYNTAX": "other"})


def test_podman_has_no_front_ends(tmp_path: Path) -> None:
    (tmp_path / "Containerfile").write_text("# syntax=other/frontend\n" + _REST)
    assert BuildContext(str(tmp_path), "Containerfile").instructions
