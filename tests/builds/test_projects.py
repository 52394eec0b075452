"""Which files of a directory are read together."""

import os
from pathlib import Path

import pytest

from ctxopt.builds.build import Declared
from ctxopt.builds.projects import compose_files, declared_in
from tests.builds.support import said
from tests.support.files import write

_DOCKERFILE = "FROM scratch\n"


def _declared(root: Path, *others: str) -> list[Declared]:
    def shown(path: str) -> str:
        return os.path.relpath(path, root)

    return list(declared_in(str(root), sorted(os.listdir(root)), shown, str(root), others))


def _builds(root: Path, *others: str) -> dict[str, tuple[str, str | None]]:
    """The context and the target of each build, by its origin; nothing may be unresolved."""
    found = _declared(root, *others)
    assert [one for declared in found for one in declared.unresolved] == []
    return {
        build.origin: (os.path.relpath(build.context, root.resolve()), build.target)
        for declared in found
        for build in declared.builds
    }


def test_a_compose_file_and_its_override(tmp_path: Path) -> None:
    write(
        tmp_path,
        {
            "web/": "",
            "compose.yaml": "services: {web: {build: {context: web, target: prod}}}",
            "compose.override.yml": "services: {web: {build: {target: dev}}, tool: {build: .}}",
            # Not read, as another one comes first.
            "docker-compose.override.yml": "services: {web: {build: {target: never}}}",
        },
    )
    assert _builds(tmp_path) == {
        "compose.override.yml: service web": ("web", "dev"),
        "compose.override.yml: service tool": (".", None),
    }


def test_other_compose_files(tmp_path: Path) -> None:
    """One that is complete is read by itself, and another one over the default file, without its override."""
    write(
        tmp_path,
        {
            "web/": "",
            "docker-compose.yml": "services: {web: {build: {context: web, target: prod}}}",
            "docker-compose.override.yml": "services: {web: {build: {target: dev}}}",
            "docker-compose.ci.yml": "services: {web: {build: {target: ci}}}",
            "docker-compose.env.yml": "services: {web: {environment: {A: b}}}",
            "docker-compose.tools.yml": "services: {web: {image: x}, tool: {build: .}}",
        },
    )
    assert _builds(tmp_path) == {
        "docker-compose.override.yml: service web": ("web", "dev"),
        "docker-compose.ci.yml: service web": ("web", "ci"),
        "docker-compose.env.yml: service web": ("web", "prod"),
        "docker-compose.tools.yml: service tool": (".", None),
    }


def test_the_files_that_a_variable_names(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    files = {
        "a.yaml": "services: {web: {build: {context: ., target: a}}}",
        "b.yaml": "services: {web: {build: {target: b}}}",
    }
    write(tmp_path, {**files, "compose.yaml": "services: {web: {build: .}}", ".env": "COMPOSE_FILE=a.yaml:b.yaml\n"})
    assert _builds(tmp_path) == {
        "b.yaml: service web": (".", "b"),
        "compose.yaml: service web": (".", None),
    }
    write(tmp_path, {".env": "COMPOSE_PATH_SEPARATOR=;\nCOMPOSE_FILE=a.yaml;gone.yaml\n"})
    names = os.listdir(tmp_path)
    assert compose_files(str(tmp_path), names, {}) == (str(tmp_path / "compose.yaml"),)
    monkeypatch.chdir(tmp_path)
    assert compose_files(str(tmp_path), names, {"COMPOSE_FILE": "b.yaml"}) == (str(tmp_path / "b.yaml"),)


def test_bake_files_with_their_overrides_and_compose_files(tmp_path: Path) -> None:
    write(
        tmp_path,
        {
            "Dockerfile": _DOCKERFILE,
            "web/Dockerfile": _DOCKERFILE,
            "compose.yaml": "services: {web: {build: web}}",
            "docker-bake.hcl": 'target "web" { target = "hcl" }\ntarget "app" { target = T }\n',
            "docker-bake.override.json": '{"target": {"app": {"context": "web"}}, "T": "json"}',
        },
    )
    assert _builds(tmp_path) == {
        "compose.yaml: service web": ("web", None),
        "compose.yaml: target web": ("web", "hcl"),
        "docker-bake.hcl: target app": ("web", "json"),
    }


def test_a_bake_file_of_another_name(tmp_path: Path) -> None:
    """It is read by itself, or over the default ones if it is not complete without them."""
    write(
        tmp_path,
        {
            "Dockerfile": _DOCKERFILE,
            "docker-bake.hcl": 'target "base" { target = "base" }\n',
            "docker-bake.ci.hcl": 'target "ci" { inherits = ["base"] }\n',
            "tool.bake.hcl": 'target "tool" {}\n',
        },
    )
    assert _builds(tmp_path) == {
        "docker-bake.hcl: target base": (".", "base"),
        "docker-bake.ci.hcl: target ci": (".", "base"),
        "tool.bake.hcl: target tool": (".", None),
    }


def test_where_buildx_runs(tmp_path: Path) -> None:
    """Where all contexts and Dockerfiles are: in the directory of the file, or in one above it."""
    write(
        tmp_path,
        {
            "app/Dockerfile": _DOCKERFILE,
            "ci/docker-bake.hcl": 'target "app" { context = "app" }\n',
            "own/docker-bake.hcl": 'target "own" { context = "app" }\n',
            "own/app/Dockerfile": _DOCKERFILE,
        },
    )
    (above,) = _declared(tmp_path / "ci", str(tmp_path))
    assert [build.context for build in above.builds] == [str((tmp_path / "app").resolve())]
    (beside,) = _declared(tmp_path / "own", str(tmp_path))
    assert [build.context for build in beside.builds] == [str((tmp_path / "own/app").resolve())]
    (nowhere,) = _declared(tmp_path / "ci")
    assert said(nowhere) == ("docker-bake.hcl: target app: its context app does not exist",)


def test_what_is_refused_does_not_hide_the_others(tmp_path: Path) -> None:
    write(
        tmp_path,
        {
            "Dockerfile": _DOCKERFILE,
            "compose.yaml": "services: 1\n",
            "docker-bake.hcl": 'target "app" {}\n',
            "docker-compose.x.yml": "services: {tool: {build: .}}",
        },
    )
    found = _declared(tmp_path)
    assert [one.text for declared in found for one in declared.unresolved] == [
        "compose.yaml:1: services must be a mapping"
    ]
    origins = [build.origin for declared in found for build in declared.builds]
    assert origins == ["docker-compose.x.yml: service tool", "docker-bake.hcl: target app"]
