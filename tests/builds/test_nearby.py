"""The search for Dockerfiles and Compose files where a build has none."""

from pathlib import Path

import pytest

from ctxopt.builds import nearby as module
from ctxopt.builds.nearby import Nearby, nearby
from tests.support.files import write


def test_the_nearest_first(tmp_path: Path) -> None:
    files = ("z/Dockerfile", "a/b/c/Dockerfile", "a/api.Dockerfile", "m/n/Dockerfile.web", "docker/compose.yaml")
    write(tmp_path, dict.fromkeys(files, "x"))
    write(tmp_path, {"a/Dockerfile.j2": "x"})
    found = nearby(str(tmp_path))
    # Those without a name of their own come first.
    assert found.dockerfiles == [str(Path(name)) for name in files[:4]]
    assert found.compose == [str(Path("docker/compose.yaml"))]
    assert found.templates == [str(Path("a/Dockerfile.j2"))]


def test_what_is_hidden_installed_or_linked_does_not_count(tmp_path: Path) -> None:
    root = write(tmp_path / "root", {"node_modules/a/Dockerfile": "x", ".git/Dockerfile": "x", "Dockerfile.md": "x"})
    write(tmp_path / "elsewhere", {"Dockerfile": "x"})
    (root / "link").symlink_to("../elsewhere")
    (root / "loop").symlink_to(".")
    assert nearby(str(root)) == Nearby([], [], [])


def test_a_large_directory_is_not_searched_to_its_end(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(tmp_path, {"a/1": "", "a/2": "", "b/c/Dockerfile": "x"})
    assert nearby(str(tmp_path)).dockerfiles != []
    monkeypatch.setattr(module, "_SEEN", 4)
    assert nearby(str(tmp_path)) == Nearby([], [], [])


def test_a_directory_that_cannot_be_read_has_none(tmp_path: Path) -> None:
    assert nearby(str(tmp_path / "nowhere")) == Nearby([], [], [])
