"""Arguments that only the tool knows when it builds: they matter to what uses them, also where they have a default."""

from pathlib import Path

import pytest

from ctxopt import BuildContext
from ctxopt.builds import bake, skaffold, workflows
from ctxopt.builds.build import Declared, DeclaringFile
from tests.support.cli import run
from tests.support.files import write

_FILES = {"a/x": "x", "b/x": "x", "unused": "x" * 5_000}
_USED = "FROM scratch\nARG V=a\nCOPY $V /x\n"
_NOT_USED = "FROM scratch\nARG V=a\nCOPY a /x\nLABEL v=$V\n"
_WORKFLOW = """on: push
jobs:
  b:
    steps:
      - uses: docker/build-push-action@v6
        with:
          context: .
          build-args: V=${{ github.sha }}
"""
_SKAFFOLD = "build: {artifacts: [{image: x, docker: {buildArgs: {V: '{{.IMAGE_TAG}}'}}}]}\n"
_BAKE = 'target "default" {\n  args = { V = timestamp() }\n}\n'


def _declared(root: Path, name: str, text: str) -> Declared:
    write(root, {name: text})
    file, top = DeclaringFile(str(root / name), name), str(root.resolve())
    if name.endswith(".hcl"):
        return bake.read([file], top, root=top)
    return skaffold.read(file, top) if name == "skaffold.yaml" else workflows.read(file, top)


_DECLARATIONS = [(".github/workflows/ci.yml", _WORKFLOW), ("skaffold.yaml", _SKAFFOLD), ("docker-bake.hcl", _BAKE)]


@pytest.mark.parametrize(("name", "text"), _DECLARATIONS)
def test_the_argument_is_one_of_the_build(tmp_path: Path, name: str, text: str) -> None:
    write(tmp_path, {"Dockerfile": _USED})
    declared = _declared(tmp_path, name, text)
    assert [(one.unknown_args, one.build_args) for one in declared.builds] == [(("V",), ())]
    assert declared.unresolved == ()


@pytest.mark.parametrize(("name", "text"), _DECLARATIONS)
def test_what_uses_it_could_read_anything(tmp_path: Path, name: str, text: str) -> None:
    write(tmp_path, {**_FILES, "Dockerfile": _USED, name: text})
    checked = run("check", "--all", cwd=tmp_path)
    assert checked.returncode == 2
    assert "it depends on $V, whose value is not known" in checked.stdout + checked.stderr
    assert "+unused" not in run("generate", cwd=tmp_path).stdout


@pytest.mark.parametrize(("name", "text"), _DECLARATIONS)
def test_what_does_not_use_it_is_resolved(tmp_path: Path, name: str, text: str) -> None:
    write(tmp_path, {**_FILES, "Dockerfile": _NOT_USED, name: text})
    assert run("check", "--all", cwd=tmp_path).returncode == 0
    assert "+unused" in run("generate", cwd=tmp_path).stdout


def _unresolved(root: Path, dockerfile: str) -> list[frozenset[str]]:
    write(root, {**_FILES, "Dockerfile": dockerfile})
    return [
        read.unresolved for read in BuildContext(str(root), platform="linux/amd64", unknown_args=["V"]).instructions
    ]


@pytest.mark.parametrize(
    ("dockerfile", "expected"),
    [
        (_USED, {"V"}),
        (_NOT_USED, set()),
        ("ARG V=a\nFROM scratch\nARG V\nCOPY $V /\n", {"V"}),
        ("ARG V=a\nFROM scratch\nARG W=$V\nARG V\nARG X=$V/y\nCOPY $X /\n", {"X"}),
        ("FROM scratch\nARG V=a\nENV V=b\nCOPY $V /\n", set()),
        # Another stage may be the one that is built.
        ("ARG V=a\nFROM scratch AS s-a\nCOPY a /\nFROM scratch AS s-b\nCOPY b /\nFROM s-$V\n", {"V"}),
        ("ARG V=3.20\nFROM alpine:$V\nCOPY a /\n", set()),
    ],
)
def test_a_default_is_not_the_value(tmp_path: Path, dockerfile: str, expected: set[str]) -> None:
    assert _unresolved(tmp_path, dockerfile) == [expected]


def test_a_value_that_is_given_counts(tmp_path: Path) -> None:
    write(tmp_path, {**_FILES, "Dockerfile": _USED})
    context = BuildContext(str(tmp_path), build_args={"V": "b"}, unknown_args=["V"])
    assert context.used_files == ["b/x"]
