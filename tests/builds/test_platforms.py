"""A build for several platforms reads what each of them reads."""

import json
from pathlib import Path

import pytest

from ctxopt.builds.build import Build
from ctxopt.builds.platforms import further_platforms
from tests.support.cli import run
from tests.support.files import write
from tests.support.programs import git

_COPIES = "FROM alpine:3.23\nARG TARGETARCH\nCOPY bin/app-$TARGETARCH /app\n"
_BAKE = 'target "default" {\n  platforms = ["linux/amd64", "linux/arm64"]\n}\n'
_COMPOSE = "services:\n  a:\n    build:\n      context: .\n      platforms: [linux/amd64, linux/arm64]\n"


def _project(root: Path, dockerfile: str, name: str = "docker-bake.hcl", text: str = _BAKE) -> None:
    write(
        root, {"Dockerfile": dockerfile, name: text, **{f"bin/app-{arch}": 100 for arch in ("amd64", "arm64", "s390x")}}
    )


def _others(root: Path, dockerfile: str, count: int = 2) -> list[str | None]:
    write(root, {"Dockerfile": dockerfile, "bin/x": 1})
    platforms = ("linux/amd64", "linux/arm64", "linux/s390x", *(f"linux/a{number}" for number in range(count - 3)))
    build = Build("x", str(root), platform="linux/amd64", platforms=platforms[:count])
    return [other.platform for other in further_platforms(build)]


@pytest.mark.parametrize(("name", "text"), [("docker-bake.hcl", _BAKE), ("compose.yaml", _COMPOSE)])
def test_what_another_platform_reads_is_not_excluded(tmp_path: Path, name: str, text: str) -> None:
    _project(tmp_path, _COPIES, name, text)
    assert run("generate", "--write", cwd=tmp_path).returncode == 0
    listed = run("ls", "--view", "buildkit", cwd=tmp_path).stdout.splitlines()
    assert {"bin/app-amd64", "bin/app-arm64"} <= set(listed)
    assert "bin/app-s390x" not in listed


def test_an_image_of_another_platform_is_checked(tmp_path: Path) -> None:
    _project(tmp_path, "FROM golden AS b-amd64\nFROM evil AS b-arm64\nARG TARGETARCH\nFROM b-$TARGETARCH\n")
    approved = ("--approved-base-images", "golden")
    done = run("check", "--bake", ".", *approved, "--json", cwd=tmp_path)
    assert done.returncode != 0
    assert "evil" in done.stdout


@pytest.mark.parametrize(
    "dockerfile",
    ["FROM alpine:3.23\nCOPY bin /bin\n", "FROM alpine:3.23\nARG TARGETARCH\nCOPY bin /bin\nRUN make $TARGETARCH\n"],
)
def test_platforms_that_read_the_same_are_one_build(tmp_path: Path, dockerfile: str) -> None:
    assert _others(tmp_path, dockerfile, 3) == []


def test_each_platform_that_reads_something_else(tmp_path: Path) -> None:
    assert _others(tmp_path, _COPIES, 3) == ["linux/arm64", "linux/s390x"]
    assert _others(tmp_path, _COPIES, 1) == []
    assert _others(tmp_path, "FROM alpine:3.23\nADD bin/$TARGETOS /x\nARG TARGETOS\nCOPY bin/$TARGETOS /y\n", 3) == []


def test_too_many_platforms_count_as_any(tmp_path: Path) -> None:
    assert _others(tmp_path, _COPIES, 60) == [None]


def test_a_build_that_fails_for_another_platform(tmp_path: Path) -> None:
    _project(tmp_path, "FROM alpine:3.23\nARG TARGETARCH\nCOPY bin/app-$TARGETARCH /app\n")
    (tmp_path / "bin/app-arm64").unlink()
    done = run("check", "--bake", ".", "--json", cwd=tmp_path)
    assert done.returncode == 1
    failing = [build["name"] for build in json.loads(done.stdout)["builds"] if not build["passed"]]
    assert failing == ["docker-bake.hcl: target default (linux/arm64)"]


_WORKFLOW = """\
on: push
jobs:
  b:
    steps:
      - uses: actions/checkout@v4
      - uses: docker/build-push-action@v6
        with:
          context: .
          platforms: PLATFORMS
"""


@pytest.mark.parametrize(
    ("platforms", "code", "word"),
    [
        ("linux/amd64,linux/arm64", 1, "evil is not an approved image"),
        ("|\n            linux/amd64\n            linux/arm64", 1, "evil is not an approved image"),
        ("linux/amd64", 0, "passed"),
        ("${{ vars.PLATFORMS }}", 2, "any platform"),
    ],
)
def test_the_platforms_of_a_workflow(tmp_path: Path, platforms: str, code: int, word: str) -> None:
    dockerfile = "FROM golden AS b-amd64\nFROM evil AS b-arm64\nARG TARGETARCH\nFROM b-$TARGETARCH\nCOPY bin /bin\n"
    text = _WORKFLOW.replace("PLATFORMS", platforms, 1)
    _project(tmp_path, dockerfile, ".github/workflows/b.yml", text)
    git(tmp_path, "init", "-q")
    done = run("check", "--all", "--approved-base-images", "golden", "--fail-on", "CTX108", cwd=tmp_path)
    assert done.returncode == code, done.stdout + done.stderr
    assert word in done.stdout + done.stderr


def test_an_unknown_platform_matters_only_where_something_depends_on_it(tmp_path: Path) -> None:
    text = _WORKFLOW.replace("PLATFORMS", "${{ vars.PLATFORMS }}", 1)
    _project(tmp_path, "FROM alpine:3.23\nCOPY bin /bin\n", ".github/workflows/b.yml", text)
    git(tmp_path, "init", "-q")
    assert run("check", "--all", cwd=tmp_path).returncode == 0


@pytest.mark.parametrize("command", ["generate", "check", "analyze", "ls"])
def test_a_list_of_platforms_is_refused_where_one_is_named(tmp_path: Path, command: str) -> None:
    _project(tmp_path, _COPIES, "README", "")
    done = run(command, "--platform", "linux/amd64,linux/arm64", cwd=tmp_path)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == 'error: "linux/amd64,linux/arm64" is not a platform; name one, such as linux/arm64\n'


def test_a_list_of_platforms_in_the_configuration(tmp_path: Path) -> None:
    build = '[[build]]\nname = "a"\ncontext = "."\nplatform = "linux/amd64,linux/arm64"\n'
    _project(tmp_path, _COPIES, "ctxopt.toml", build)
    assert "is not a platform" in (checked := run("check", "--all", cwd=tmp_path)).stdout + checked.stderr
    assert checked.returncode == 2 or "failed" in checked.stdout
    assert run("generate", "--write", cwd=tmp_path).returncode in (0, 2)
    listed = run("ls", "--view", "buildkit", "--platform", "linux/arm64", cwd=tmp_path).stdout.splitlines()
    assert {"bin/app-amd64", "bin/app-arm64"} <= set(listed)
