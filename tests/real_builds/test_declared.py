"""What Compose and bake say of their files is read from them."""

from pathlib import Path

import pytest

from tests.support.engine import DeclarationError, bake_print, compose_config

pytestmark = pytest.mark.engine


def test_compose(tmp_path: Path) -> None:
    (tmp_path / "compose.yml").write_text("services: {web: {build: {context: ./$WHERE, target: $TARGET}}}\n")
    build = compose_config([tmp_path / "compose.yml"], {"WHERE": "api", "TARGET": "prod"})["services"]["web"]["build"]
    assert build == {"context": str(tmp_path / "api"), "dockerfile": "Dockerfile", "target": "prod"}


def test_compose_refuses(tmp_path: Path) -> None:
    (tmp_path / "compose.yml").write_text("services: {web: {build: 1}}\n")
    with pytest.raises(DeclarationError, match=r"services\.web\.build"):
        compose_config([tmp_path / "compose.yml"])


def test_bake(tmp_path: Path) -> None:
    (tmp_path / "docker-bake.hcl").write_text(
        'variable "TAG" { default = "x" }\ntarget "default" {\n  context = "api"\n  tags = ["i:${TAG}"]\n}\n'
    )
    printed = bake_print([tmp_path / "docker-bake.hcl"], {"TAG": "2"})
    assert printed["target"]["default"] == {"context": "api", "dockerfile": "Dockerfile", "tags": ["i:2"]}


def test_bake_refuses(tmp_path: Path) -> None:
    (tmp_path / "docker-bake.hcl").write_text("target {\n")
    with pytest.raises(DeclarationError, match="docker-bake"):
        bake_print([tmp_path / "docker-bake.hcl"])
