"""What a pull request does to its own check is seen in the comparison with its base."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.support.cli import run
from tests.support.files import write
from tests.support.inert import FORMATS
from tests.support.programs import git


@pytest.fixture
def project(tmp_path: Path) -> Path:
    git(tmp_path, "init", "-q")
    write(
        tmp_path,
        {
            "compose.yaml": "services: {web: {build: web}}",
            "web/Dockerfile": "FROM scratch\nCOPY . /\n",
            "web/main": "m" * 500,
            "web/src/one": "1" * 300,
            "large/data": "d" * 90_000,
        },
    )
    _commit(tmp_path)
    return tmp_path


def _commit(root: Path) -> None:
    git(root, "add", "-A")
    git(root, "commit", "-q", "-m", "change")


def _checked(root: Path, *options: str, again: str = "") -> tuple[int, Any]:
    """The exit code and the only build, besides the one that is checked `again` as it was declared."""
    done = run("check", "--against", "HEAD^", "--max-growth", "10%", "--json", *options, cwd=root)
    build, *others = json.loads(done.stdout)["builds"]
    assert [one["name"] for one in others] == ([f"{again} (as at HEAD^)"] if again else [])
    return done.returncode, build


@pytest.mark.parametrize("options", [("--compose", "compose.yaml"), ("--all",)])
def test_a_context_that_moves_to_where_more_is_has_grown(project: Path, options: tuple[str, ...]) -> None:
    write(project, {"compose.yaml": "services: {web: {build: {context: ., dockerfile: web/Dockerfile}}}"})
    _commit(project)
    code, build = _checked(project, *options, again="compose.yaml: service web")
    assert code == 1
    assert build["breaches"][0]["rule"] == "limit-growth"
    assert build["breaches"][0]["measured"] > 89_000
    assert build["notes"] == ["web/Dockerfile: context moved from web to ."]


_API = {"compose.yaml": "services: {api: {build: {context: .}}}", "Dockerfile": "FROM scratch\nCOPY web /web\n"}


@pytest.mark.parametrize("options", [("--compose", "compose.yaml"), ("--all",)])
@pytest.mark.parametrize(
    ("change", "code"),
    [
        # The context moves to where the Dockerfile needs it: as it was, the new one would take everything.
        ({}, 0),
        # What is new would be sent with the old Dockerfile as well.
        ({"web/more": "x" * 5_000}, 1),
    ],
)
def test_a_dockerfile_that_changes_with_its_context_passes(
    project: Path, options: tuple[str, ...], change: dict[str, str], code: int
) -> None:
    write(project, _API)
    (project / "web" / "Dockerfile").unlink()
    _commit(project)
    write(project, {**change, "Dockerfile": "FROM scratch\nCOPY . /web\n"})
    write(project, {"compose.yaml": "services: {api: {build: {context: web, dockerfile: ../Dockerfile}}}"})
    _commit(project)
    done = run("check", "--against", "HEAD^", "--max-growth", "1kB", "--json", *options, cwd=project)
    builds = json.loads(done.stdout)["builds"]
    assert done.returncode == code, builds
    note = (
        "compose.yaml: service api: its Dockerfile and its declaration changed together: as it was declared at HEAD^ "
        "it passes with the Dockerfile of then, and would fail with the one of now"
    )
    assert (note in builds[0]["notes"]) is (code == 0)
    # Another service is no reason to think so.
    other = "services: {other: {build: {context: web, dockerfile: ../Dockerfile}}}"
    write(project, {"compose.yaml": other})
    assert run("check", "--against", "HEAD^", "--max-growth", "1kB", *options, cwd=project).returncode == 1


def test_another_name_of_the_file_is_no_way_around(project: Path) -> None:
    (project / "compose.yaml").unlink()
    moved = "services: {web: {build: {context: ., dockerfile: web/Dockerfile}}}"
    write(project, {"deploy/docker-compose.prod.yml": moved.replace("context: .", "context: ..")})
    _commit(project)
    code, build = _checked(project, "--all", again="compose.yaml: service web")
    assert (code, build["notes"]) == (1, ["web/Dockerfile: context moved from web to ."])
    write(
        project, {"deploy/docker-compose.prod.yml": moved.replace("context: .", "context: ..").replace("web:", "new:")}
    )
    assert _checked(project, "--all", again="compose.yaml: service web")[1]["notes"] == [
        "web/Dockerfile: deploy/docker-compose.prod.yml: service new is new, so its context is compared by its path"
    ]


def test_a_context_that_is_renamed_has_not_grown(project: Path) -> None:
    git(project, "mv", "web", "site")
    _commit(project)
    code, build = _checked(project, "site")
    assert (code, build["breaches"]) == (0, [])
    assert build["notes"] == ["Dockerfile: context moved from web to site"]
    write(project, {"site/new": "n" * 100})
    code, build = _checked(project, "site")
    assert (code, build["breaches"][0]["measured"]) == (1, 100)


def test_a_declaration_that_is_renamed_with_its_context(project: Path) -> None:
    git(project, "mv", "web", "site")
    write(project, {"compose.yaml": "services: {web: {build: site}}"})
    _commit(project)
    code, build = _checked(project, "--compose", "compose.yaml")
    assert (code, build["notes"]) == (0, ["Dockerfile: context moved from web to site"])


@pytest.mark.parametrize("output_format", FORMATS)
def test_added_suppressions_and_another_configuration_are_shown(project: Path, output_format: str) -> None:
    write(
        project,
        {
            "ctxopt.toml": 'max-growth = "1GB"\n',
            "web/Dockerfile": "FROM scratch\n# ctxopt ignore=CTX101 trust me\nCOPY . /\n",
        },
    )
    _commit(project)
    done = run("check", "web", "--against", "HEAD^", "--format", output_format, cwd=project)
    assert done.returncode == 0
    said = done.stdout.replace("`", "")
    assert "suppression added: CTX101: trust me" in said
    assert "configuration changed" in said
    assert "ctxopt.toml" in said
    again = run("check", "web", "--against", "HEAD", "--format", output_format, cwd=project)
    assert "suppression added" not in again.stdout
    assert "configuration changed" not in again.stdout


def test_a_build_that_is_new_has_no_base(project: Path) -> None:
    write(project, {"other/Dockerfile": "FROM scratch\nCOPY . /\n", "other/x": "x" * 7_000})
    _commit(project)
    code, build = _checked(project, "other")
    assert (code, build["base"]) == (0, None)
    assert str(build["notes"][0]).startswith("nothing to compare with at HEAD^: ")
