from collections.abc import Mapping
from pathlib import Path

import pytest

from ctxopt import BuildContext
from ctxopt.core.image_reference import reference
from ctxopt.evidence.own_images import is_given, is_own_image

_BASE = {"base/Dockerfile": "FROM scratch\n"}


def _build(root: Path, files: Mapping[str, str], dockerfile: str = "app/Dockerfile") -> BuildContext:
    (root / ".git").mkdir()
    for name, text in {dockerfile: "FROM scratch\n", **files}.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text, encoding="utf-8")
    return BuildContext(str(root / dockerfile.rpartition("/")[0]))


@pytest.mark.parametrize(
    ("image", "name", "text"),
    [
        ("acme-base", "Makefile", "base:\n\tdocker build ${FLAGS} -t acme-base:${V} ./base\n"),
        ("acme-base", "README.md", "Build it with\n    docker build -t acme-base:latest -f Dockerfile.base .\n"),
        ("acme-base", "ci/build.sh", 'docker buildx build \\\n  --tag "$REGISTRY/acme-base" .\n'),
        (
            "ghcr.io/acme/base",
            ".github/workflows/ci.yml",
            "    - uses: docker/build-push-action@v6\n      with:\n        tags: |\n"
            "          ghcr.io/acme/base:${{ github.sha }}\n",
        ),
        ("acme/base", "docker-bake.hcl", 'target "base" {\n  tags = ["acme/base:dev"]\n}\n'),
        ("acme/tools", "Makefile", "TOOLS_IMAGE=acme/tools\nx:\n\tdocker build -t $(TOOLS_IMAGE) .\n"),
        (
            "acme/base",
            ".circleci/config.yml",
            "  BASE_IMAGE_NAME: acme/base\n  run: docker build -t $BASE_IMAGE_NAME .\n",
        ),
    ],
)
def test_an_image_that_the_repository_builds(tmp_path: Path, image: str, name: str, text: str) -> None:
    build = _build(tmp_path, {**_BASE, name: text})
    assert is_own_image(build, reference(image))


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("Makefile", "x:\n\tdocker build -t acme/other .\n\tdocker pull acme/base\n"),
        ("Makefile", "x:\n\tdocker build -t acme/base-2 .\n"),
        ("Makefile", "x:\n\tdocker build -t else/base .\n"),
        ("Makefile", "BASE_IMAGE=acme/base\nx:\n\tdocker build --build-arg BASE_IMAGE .\n"),
        ("ci.yml", "jobs:\n  test:\n    container: acme/base\n    run: docker build .\n"),
        ("ci.yml", "tags:\n  - acme/base\n"),
        ("notes.txt", "docker build -t acme/base .\n"),
        ("node_modules/x/build.sh", "docker build -t acme/base .\n"),
    ],
)
def test_an_image_of_others(tmp_path: Path, name: str, text: str) -> None:
    assert not is_own_image(_build(tmp_path, {name: text}), reference("acme/base"))


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("build.sh", "docker build --build-arg VERSION=$TAG -f app/Dockerfile .\n"),
        ("build.sh", 'docker build --build-arg VERSION=1.2 -f "dockerfiles/$one" .\n'),
        ("build.sh", "docker build --build-arg VERSION=$TAG ./${{ matrix.image }}/\n"),
        ("build.sh", "docker compose build --build-arg VERSION=ci-testing\n"),
        (
            "ci.yml",
            "- uses: docker/build-push-action@v6\n  with:\n    file: app/Dockerfile\n    build-args: |\n"
            "      VERSION=1.2\n",
        ),
    ],
)
def test_an_argument_that_builds_give(tmp_path: Path, name: str, text: str) -> None:
    assert is_given(_build(tmp_path, {**_BASE, name: text}), "acme/app:${VERSION}")


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("build.sh", "docker build --build-arg VERSION=latest -f app/Dockerfile .\n"),
        ("build.sh", "docker build --build-arg VERSION=$TAG -f base/Dockerfile .\n"),
        ("build.sh", "docker build -f app/Dockerfile .\n"),
        ("ci.yml", "build: docker build\nfile: app/Dockerfile\nbuild-args: |\n  VERSION=latest\n"),
    ],
)
def test_an_argument_that_keeps_its_default(tmp_path: Path, name: str, text: str) -> None:
    build = _build(tmp_path, {**_BASE, name: text})
    assert not is_given(build, "acme/app:${VERSION}")
    assert not is_given(build, "acme/app")


def test_an_argument_of_the_build_itself(tmp_path: Path) -> None:
    (tmp_path / "Dockerfile").write_text("ARG VERSION=1.2\nFROM acme/app:${VERSION}\n")
    build = BuildContext(str(tmp_path), build_args={"VERSION": "latest"})
    assert is_given(build, "acme/app:${VERSION}")
    assert not is_given(build, "acme/app:${OTHER}")


@pytest.mark.parametrize(("image", "own"), [("acme/toolbox", True), ("acme/tool", False), ("docker/docker", False)])
def test_an_image_with_the_name_of_a_directory(tmp_path: Path, image: str, own: bool) -> None:
    files = {"docker/toolbox/latest/Dockerfile": "FROM scratch\n"}
    assert is_own_image(_build(tmp_path, files, "docker/app/Dockerfile"), reference(image)) is own


@pytest.mark.parametrize(("image", "own"), [("acme/app-base", True), ("acme/base-app", False), ("python-base", False)])
def test_an_image_that_a_dockerfile_is_the_base_of(tmp_path: Path, image: str, own: bool) -> None:
    files = {"opt/Dockerfile.base": "FROM scratch\n"}
    assert is_own_image(_build(tmp_path, files, "app/Dockerfile"), reference(image)) is own
