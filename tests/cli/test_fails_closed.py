"""A gate that fails closed: what it cannot read is never green, and is named in every format."""

import json
import os
from collections.abc import Callable
from pathlib import Path
from xml.etree import ElementTree

import pytest

from tests.support.cli import Done, run
from tests.support.files import write
from tests.support.inert import FORMATS, assert_inert
from tests.support.systems import fifo

_GOOD = {"app/Dockerfile": "FROM scratch\nCOPY main /\n", "app/main": "x"}


def _deep(root: Path) -> None:
    write(root, {"compose.yaml": "services: " + "[" * 300 + "]" * 300})


def _pipe(root: Path) -> None:
    fifo(root / "Dockerfile.pipe")


def _dangling(root: Path) -> None:
    os.symlink("nowhere", root / "Dockerfile.gone")


#: What a pull request may add, with the file and a word of the reason that must be visible.
_CASES: dict[str, tuple[Callable[[Path], object], str, str]] = {
    "HCL of comments": (
        lambda root: write(root, {"docker-bake.hcl": "# x\n" * 2_000_000}),
        "docker-bake.hcl",
        "larger than",
    ),
    "HCL that is none": (lambda root: write(root, {"docker-bake.hcl": "target {{{"}), "docker-bake.hcl", "target"),
    "JSON that is none": (lambda root: write(root, {"docker-bake.json": "{"}), "docker-bake.json", "JSON"),
    "an argument that grows": (
        lambda root: write(root, {"Dockerfile": f"FROM scratch\nARG a={'x' * 40_000}\n" + "ARG a=$a$a\n" * 12}),
        "Dockerfile",
        "characters",
    ),
    "Compose that is no YAML": (lambda root: write(root, {"compose.yaml": "services: ["}), "compose.yaml", "YAML"),
    "Compose that is large": (
        lambda root: write(root, {"compose.yaml": "#" * (70 << 20)}),
        "compose.yaml",
        "larger than",
    ),
    "Compose that nests": (_deep, "compose.yaml", ""),
    "a context elsewhere": (
        lambda root: write(root, {"compose.yaml": "services: {a: {build: 'https://example.com/a.git'}}"}),
        "compose.yaml",
        "not a directory here",
    ),
    "a context that is missing": (
        lambda root: write(root, {"compose.yaml": "services: {a: {build: gone}}"}),
        "compose.yaml",
        "does not exist",
    ),
    "a variable that is demanded": (
        lambda root: write(root, {"compose.yaml": "services: {a: {build: '${NONE:?}'}}"}),
        "compose.yaml",
        "NONE",
    ),
    "a variable that is not set": (
        lambda root: write(root, {"compose.yaml": "services: {a: {build: '${NONE_AT_ALL}app'}}"}),
        "compose.yaml",
        "NONE_AT_ALL",
    ),
    "a base target elsewhere": (
        lambda root: write(root, {"docker-bake.json": '{"target": {"a": {"inherits": ["none"], "context": "app"}}}'}),
        "docker-bake.json",
        "none",
    ),
    "no Dockerfile": (lambda root: write(root, {"Dockerfile": "FRUM scratch\n"}), "Dockerfile", "FRUM"),
    "an empty Dockerfile": (lambda root: write(root, {"Dockerfile": ""}), "Dockerfile", "empty"),
    "a source that is missing": (
        lambda root: write(root, {"Dockerfile": "FROM scratch\nCOPY gone /\n"}),
        "Dockerfile",
        "gone",
    ),
    "an argument that is unknown": (
        lambda root: write(root, {"Dockerfile": "FROM example\nCOPY $FROM_THE_IMAGE /\n"}),
        "Dockerfile",
        "FROM_THE_IMAGE",
    ),
    "another front end": (
        lambda root: write(root, {"Dockerfile": "# syntax=example.com/evil\nFROM scratch\nCOPY app /\n"}),
        "Dockerfile",
        "example.com/evil",
    ),
    "a pipe": (_pipe, "Dockerfile.pipe", ""),
    "a link to nothing": (_dangling, "Dockerfile.gone", ""),
}


@pytest.fixture
def project(tmp_path: Path) -> Path:
    (tmp_path / ".git").mkdir()
    write(tmp_path, _GOOD)
    return tmp_path


def _reported(done: Done, output_format: str) -> list[str]:
    """What a format says could not be checked; each place where a reader of that format looks for it."""
    if output_format == "json":
        document = json.loads(done.stdout)
        assert document["passed"] is False
        return [f"{one['file']} {one['reason']}" for one in document["unchecked"] if not one["allowed"]]
    if output_format == "sarif":
        (run_,) = json.loads(done.stdout)["runs"]
        (invocation,) = run_["invocations"]
        assert invocation["executionSuccessful"] is False
        return [
            one["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] + " " + one["message"]["text"]
            for one in invocation["toolExecutionNotifications"]
            if one["level"] == "error"
        ]
    if output_format == "junit":
        root = ElementTree.fromstring(done.stdout)
        assert root.get("errors") != "0"
        return [f"{case.get('name')} {error.text}" for case in root.iter("testcase") for error in case.iter("error")]
    if output_format == "gitlab":
        issues = [one for one in json.loads(done.stdout) if one["severity"] == "blocker"]
        return [f"{one['location']['path']} {one['description']}" for one in issues]
    if output_format == "github":
        return [line for line in done.stdout.splitlines() if line.startswith("::error ")]
    if output_format == "markdown":
        return done.stdout.partition("**Not checked**")[2].replace("`", "").splitlines()
    return [line for line in done.stdout.splitlines() if "not checked" in line]


@pytest.mark.parametrize("output_format", FORMATS)
@pytest.mark.parametrize("name", _CASES)
def test_what_cannot_be_checked_fails_in_every_format(project: Path, name: str, output_format: str) -> None:
    make, file, word = _CASES[name]
    assert run("check", "--all", cwd=project).returncode == 0
    make(project)
    done = run("check", "--all", "--format", output_format, cwd=project)
    assert done.returncode == 2, name
    assert "passed (" not in done.stdout
    assert "Result | passed" not in done.stdout
    assert_inert(done.stdout, output_format)
    assert any(file in one and word in one for one in _reported(done, output_format)), done.stdout
    assert done.stderr.startswith("error: ")
    # A limit that is broken does not hide it, and it hides no limit.
    assert run("check", "--all", "--max-size", "0", "--exit-zero", cwd=project).returncode == 2


@pytest.mark.parametrize("name", _CASES)
def test_what_is_known_can_be_excused(project: Path, name: str) -> None:
    make, file, word = _CASES[name]
    make(project)
    assert run("check", "--all", "--allow-unchecked", "other/**", cwd=project).returncode == 2
    done = run("check", "--all", "--allow-unchecked", file, cwd=project)
    assert (done.returncode, done.stderr) == (0, "")
    assert "not checked (allowed): " in done.stdout
    assert word in done.stdout
    (project / "ctxopt.toml").write_text(f'allow-unchecked = ["{file}"]\n')
    assert run("check", "--all", cwd=project).returncode == 0
    # The command line decides, so that a file cannot weaken it.
    assert run("check", "--all", "--allow-unchecked", "other", cwd=project).returncode == 2


def test_a_single_build_is_excused_by_its_name(project: Path) -> None:
    write(project, {"deploy/compose.yaml": "services: {a: {build: gone}, b: {build: gone}, c: {build: ../app}}"})
    done = run("check", "--all", "--allow-unchecked", "deploy/compose.yaml: service a", "--json", cwd=project)
    assert done.returncode == 2
    unchecked = json.loads(done.stdout)["unchecked"]
    assert [(one["name"], one["allowed"]) for one in unchecked] == [
        ("deploy/compose.yaml: service a", True),
        ("deploy/compose.yaml: service b", False),
    ]
    assert run("check", "--all", "--allow-unchecked", "deploy", cwd=project).returncode == 0


@pytest.mark.parametrize("output_format", FORMATS)
@pytest.mark.parametrize(
    "options",
    [
        (),
        ("--compose", "gone.yaml"),
        ("--bake", "gone.hcl"),
        ("--build", "gone"),
        ("-f", "app/none"),
        ("app", "--config", "gone.toml"),
        ("app", "--against", "gone"),
    ],
)
def test_reports_are_written_where_nothing_could_be_checked(
    project: Path, options: tuple[str, ...], output_format: str
) -> None:
    done = run("check", *options, "--format", output_format, "-o", "out", cwd=project)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("error: ")
    text = (project / "out").read_text()
    assert "passed (" not in text
    assert _reported(Done(2, text, ""), output_format)


def test_excused_builds_are_no_errors_in_any_format(project: Path) -> None:
    write(project, {"compose.yaml": "services: {a: {build: gone}}"})
    for output_format in FORMATS:
        done = run("check", "--all", "--allow-unchecked", "compose.yaml", "--format", output_format, cwd=project)
        assert done.returncode == 0
        assert "gone does not exist" in done.stdout.replace("`", "")
        assert "::error" not in done.stdout
        assert "<error" not in done.stdout


def test_lint_fails_closed_as_well(project: Path) -> None:
    write(project, {"compose.yaml": "services: {a: {build: gone}}"})
    for output_format in FORMATS:
        done = run("lint", "--all", "--format", output_format, cwd=project)
        assert done.returncode == 2
        assert _reported(done, output_format)


def test_the_platform_is_that_of_the_machine_unless_it_is_set(project: Path) -> None:
    write(project, {"Dockerfile": "FROM scratch\nARG TARGETOS\nCOPY app-$TARGETOS /\n", "app-linux": "x"})
    assert run("check", cwd=project).returncode == 0
    assert run("check", "--platform", "windows/amd64", cwd=project).returncode == 1
