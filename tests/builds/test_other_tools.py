"""The builds of devcontainer.json and of Skaffold."""

import os
from pathlib import Path

import pytest

from ctxopt.builds import devcontainers, skaffold
from ctxopt.builds.build import Declared, DeclaringFile
from ctxopt.errors import CtxoptError
from tests.builds.support import only, said
from tests.support.files import write


def _devcontainer(root: Path, text: str) -> Declared:
    write(root, {".devcontainer/devcontainer.json": text})
    path = root / ".devcontainer/devcontainer.json"
    return devcontainers.read(DeclaringFile(str(path), ".devcontainer/devcontainer.json"), str(root))


def test_a_development_container(tmp_path: Path) -> None:
    text = """{
      // The image, with "quoted" text
      "name": "x // no comment",
      "build": {
        "dockerfile": "Dockerfile", /* beside it */
        "context": "..",
        "target": "dev",
        "args": {"A": "1", "B": "${localEnv:B}"},
      },
    }"""
    build = only(_devcontainer(tmp_path, text))
    root = tmp_path.resolve()
    assert (build.context, build.dockerfile) == (str(root), str(root / ".devcontainer/Dockerfile"))
    assert (build.target, build.build_args) == ("dev", (("A", "1"),))
    old = only(_devcontainer(tmp_path, '{"dockerFile": "D", "context": "."}'))
    assert (old.context, old.dockerfile) == (str(root / ".devcontainer"), str(root / ".devcontainer/D"))


def test_a_development_container_of_compose_files(tmp_path: Path) -> None:
    write(
        tmp_path,
        {
            "compose.yaml": "services: {web: {build: {context: ., target: prod}}}",
            ".devcontainer/more.yaml": "services: {web: {build: {target: dev}}}",
        },
    )
    declared = _devcontainer(tmp_path, '{"dockerComposeFile": ["../compose.yaml", "more.yaml"], "service": "web"}')
    build = only(declared)
    assert (build.origin, build.target) == (".devcontainer/more.yaml: service web", "dev")
    assert build.context == str(tmp_path.resolve())


@pytest.mark.parametrize("text", ["{}", '{"image": "x"}', "[]", '{"build": {"args": {}}}', '{"build": 5}'])
def test_a_development_container_without_a_build(tmp_path: Path, text: str) -> None:
    assert _devcontainer(tmp_path, text) == Declared(())


def test_a_development_container_that_is_none(tmp_path: Path) -> None:
    with pytest.raises(CtxoptError, match="not valid JSON with comments"):
        _devcontainer(tmp_path, "{")
    declared = _devcontainer(tmp_path, '{"build": {"dockerfile": "D", "context": "${localEnv:X}"}}')
    assert said(declared) == (".devcontainer/devcontainer.json: development container: context has a variable",)


def test_skaffold(tmp_path: Path) -> None:
    write(
        tmp_path,
        {
            "app/": "",
            "skaffold.yaml": """
apiVersion: skaffold/v4beta6
build:
  artifacts:
    - image: app
      context: app
      docker: {dockerfile: D, target: prod, buildArgs: {A: "1", B: "{{.B}}"}}
    - image: plain
    - image: other
      jib: {}
    - image: in-cluster
      kaniko: {dockerfile: K}
    - image: unknown
      context: "{{.DIR}}"
---
kind: Config
""",
        },
    )
    declared = skaffold.read(DeclaringFile(str(tmp_path / "skaffold.yaml"), "skaffold.yaml"), str(tmp_path))
    root = tmp_path.resolve()
    found = {
        one.origin.rpartition(" ")[2]: (
            os.path.relpath(one.context, root),
            one.dockerfile and os.path.relpath(one.dockerfile, root),
        )
        for one in declared.builds
    }
    assert found == {"app": ("app", "app/D"), "plain": (".", None), "in-cluster": (".", "K")}
    assert (declared.builds[0].target, declared.builds[0].build_args) == ("prod", (("A", "1"),))
    assert said(declared) == ("skaffold.yaml: artifact unknown: context is a template",)


@pytest.mark.parametrize(("other", "found"), [("jib: null", 1), ("custom:", 1), ("jib: {}", 0), ("custom: {a: b}", 0)])
def test_an_artifact_has_another_builder_only_if_it_has_a_value(other: str, found: int, tmp_path: Path) -> None:
    text = f"build:\n  artifacts:\n  - image: a\n    docker: {{dockerfile: x}}\n    {other}\n"
    write(tmp_path, {"skaffold.yaml": text})
    declared = skaffold.read(DeclaringFile(str(tmp_path / "skaffold.yaml"), "skaffold.yaml"), str(tmp_path))
    assert len(declared.builds) == found
