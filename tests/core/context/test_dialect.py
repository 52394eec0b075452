"""Whose names and precedence of ignore files apply: Docker's or podman's."""

from pathlib import Path

import pytest

from ctxopt.core.build_context import BuildContext
from ctxopt.core.context.tree import View
from ctxopt.errors import NoDockerfileError
from tests.support.files import write


def _read(root: Path, dockerfile: str | None, dialect: str | None) -> tuple[str | None, str | None]:
    """The names of the ignore files that BuildKit and the legacy builder read."""
    context = BuildContext(str(root), dockerfile, dialect=dialect)
    files = (context.ignore_file(view) for view in (View.BUILDKIT, View.CLASSIC))
    buildkit, classic = (None if file is None else file.name for file in files)
    return buildkit, classic


@pytest.mark.parametrize(
    ("files", "dockerfile", "dialect", "expected"),
    [
        # Docker knows nothing of .containerignore, whatever the Dockerfile's name is.
        ((".containerignore", ".dockerignore"), "Containerfile", "docker", (".dockerignore", ".dockerignore")),
        ((".containerignore",), "Containerfile", "docker", (None, None)),
        (("Containerfile.dockerignore",), "Containerfile", "docker", ("Containerfile.dockerignore", None)),
        ((".containerignore", ".dockerignore"), "Dockerfile", None, (".dockerignore", ".dockerignore")),
        # Podman prefers it, also beside a Dockerfile.
        ((".containerignore", ".dockerignore"), "Dockerfile", "podman", (".containerignore", ".containerignore")),
        ((".dockerignore",), "Dockerfile", "podman", (".dockerignore", ".dockerignore")),
        ((".containerignore", ".dockerignore"), "Containerfile", None, (".containerignore", ".containerignore")),
        ((".containerignore", ".dockerignore"), "api.Containerfile", None, (".containerignore", ".containerignore")),
        (("Dockerfile.containerignore",), "Dockerfile", "podman", ("Dockerfile.containerignore",) * 2),
        # Of the two beside the Dockerfile, podman reads the one that Docker reads as well.
        (
            ("Dockerfile.containerignore", "Dockerfile.dockerignore"),
            *("Dockerfile", "podman", ("Dockerfile.dockerignore",) * 2),
        ),
    ],
)
def test_which_ignore_file(
    tmp_path: Path, files: tuple[str, ...], dockerfile: str, dialect: str | None, expected: tuple[str | None, ...]
) -> None:
    write(tmp_path, {dockerfile: "FROM scratch\nCOPY . /\n", **dict.fromkeys(files, "junk\n")})
    assert _read(tmp_path, dockerfile, dialect) == expected


def test_which_dockerfile(tmp_path: Path) -> None:
    write(tmp_path, {"Containerfile": "FROM scratch\nCOPY . /\n"})
    assert BuildContext(str(tmp_path)).located.dockerfile.name == "Containerfile"
    with pytest.raises(NoDockerfileError):
        BuildContext(str(tmp_path), dialect="docker")
    write(tmp_path, {"Dockerfile": "FROM scratch\nCOPY . /\n"})
    names = {name: BuildContext(str(tmp_path), dialect=name).located.dockerfile.name for name in ("docker", "podman")}
    assert names == {"docker": "Dockerfile", "podman": "Containerfile"}
