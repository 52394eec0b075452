"""Which names are those of Dockerfiles, Compose files and Bake files."""

import pytest

from ctxopt.builds.dockerfiles import is_bake_file, is_compose_file, looks_like_dockerfile


@pytest.mark.parametrize(
    "name",
    [
        *("Dockerfile", "dockerfile", "Containerfile", "api.Dockerfile", "api.dockerfile", "api.Containerfile"),
        *("Dockerfile.api", "Dockerfile.api.prod", "Containerfile.api", "Dockerfile.alpine3.20"),
        *("Dockerfile-api", "Dockerfile_api", "Containerfile-api", "Containerfile_api", "Dockerfile-api.prod"),
    ],
)
def test_dockerfiles(name: str) -> None:
    assert looks_like_dockerfile(name)


@pytest.mark.parametrize(
    "name",
    [
        *("dockerfile.api", "DOCKERFILE", "Dockerfiles", "MyDockerfile", "Dockerfile-", ".Dockerfile.swp", ""),
        *("Dockerfile_lint.py", "Dockerfile-check.sh", "Dockerfile-notes.md", "Dockerfile-api.j2", "Dockerfile_x.bak"),
        "Dockerfile.rego",
        *("Dockerfile.dockerignore", "api.Dockerfile.dockerignore", "Containerfile.containerignore"),
        *("Dockerfile.md", "Dockerfile.MD", "Dockerfile.rst", "Dockerfile.txt", "Dockerfile.j2", "Dockerfile.jinja"),
        *("Dockerfile.tmpl", "Dockerfile.template", "Dockerfile.tpl", "Dockerfile.erb", "Dockerfile.api.orig"),
        *("Dockerfile.bak", "Dockerfile.swp", "Dockerfile.rej", "Dockerfile~", "Dockerfile.api~", "Dockerfile."),
    ],
)
def test_no_dockerfiles(name: str) -> None:
    assert not looks_like_dockerfile(name)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        *((name, True) for name in ("compose.yaml", "compose.yml", "docker-compose.yml", "docker-compose.yaml")),
        *((name, True) for name in ("compose.override.yaml", "docker-compose.a.b.yml", "docker-compose-dev.yml")),
        ("compose-dev.yaml", True),
        *((name, False) for name in ("composer.yaml", "compose.json", "mycompose.yml", "docker-compose.yml.bak")),
        *((name, False) for name in ("compose..yml~", "decompose.yaml", "compose", "Compose.yaml")),
    ],
)
def test_compose_files(name: str, expected: bool) -> None:
    assert is_compose_file(name) is expected


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        *((name, True) for name in ("docker-bake.hcl", "docker-bake.json", "docker-bake.override.hcl")),
        *((name, True) for name in ("docker-bake.override.json", "api.bake.hcl", "docker-bake.ci.hcl")),
        *(
            (name, False)
            for name in ("bake.hcl", "docker-bake.yaml", "main.tf.hcl", "docker-bakery.hcl", "x.bake.json")
        ),
    ],
)
def test_bake_files(name: str, expected: bool) -> None:
    assert is_bake_file(name) is expected
