"""The workflow that CI runs: what it calls is there, and it runs on all that the package says it runs on."""

import os
import re
import tomllib
from collections.abc import Iterator
from typing import Any

import pytest
import yaml

from tests.integration.installing import ROOT

_TEXT = (ROOT / ".github" / "workflows" / "ci.yml").read_text(encoding="utf-8")
_WORKFLOW: dict[str, Any] = yaml.safe_load(_TEXT)
_JOBS: dict[str, dict[str, Any]] = _WORKFLOW["jobs"]
_SETTINGS = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
_PROJECT = _SETTINGS["project"]
_MAKEFILE = (ROOT / "Makefile").read_text(encoding="utf-8")

#: The classifier of each system that there are runners for.
_SYSTEMS = {
    "ubuntu-latest": "Operating System :: POSIX :: Linux",
    "macos-latest": "Operating System :: MacOS",
    "windows-latest": "Operating System :: Microsoft :: Windows",
}
_PYTHON = "Programming Language :: Python :: "


def _steps(name: str) -> Iterator[dict[str, Any]]:
    yield from _JOBS[name]["steps"]


def _runs() -> Iterator[str]:
    for name in _JOBS:
        yield from (step["run"] for step in _steps(name) if "run" in step)


def _classified(prefix: str, form: str) -> set[str]:
    found = (name.removeprefix(prefix) for name in _PROJECT["classifiers"] if name.startswith(prefix))
    return {name for name in found if re.fullmatch(form, name)}


def test_the_versions_of_python_are_those_of_the_package() -> None:
    """In the matrix, in the classifiers and, for the oldest, wherever it is named: all without a gap."""
    versions = _JOBS["test"]["strategy"]["matrix"]["python-version"]
    minors = [int(version.removeprefix("3.")) for version in versions]
    assert minors == list(range(minors[0], minors[-1] + 1))
    assert set(versions) == _classified(_PYTHON, r"3\.\d+")
    oldest = versions[0]
    assert _PROJECT["requires-python"] == f">={oldest}"
    assert _SETTINGS["tool"]["ruff"]["target-version"] == "py" + oldest.replace(".", "")
    assert f"Python {oldest} or newer" in (ROOT / "README.md").read_text(encoding="utf-8")
    given = [step["with"]["python-version"] for job in _JOBS for step in _steps(job) if "setup-python" in _used(step)]
    assert {version for version in given if not version.startswith("$")} <= {versions[0], versions[-1]}


@pytest.mark.parametrize("job", ["test", "package"])
def test_the_systems_are_those_of_the_package(job: str) -> None:
    runners = _JOBS[job]["strategy"]["matrix"]["os"]
    assert {_SYSTEMS[runner] for runner in runners} == {
        name for name in _PROJECT["classifiers"] if name.startswith("Operating System :: ")
    }
    assert _JOBS[job]["runs-on"] == "${{ matrix.os }}"


def test_every_target_of_make_is_there() -> None:
    run = (ROOT / ".ci" / "run").read_text(encoding="utf-8")
    called = re.findall(r"^(?:[A-Z_]+=\S+ )*make ((?:[a-z-]+ ?)+)$", "\n".join((*_runs(), run)), re.MULTILINE)
    targets = {target for line in called for target in line.split()}
    assert {"lint", "types", "test", "check", "coverage"} <= targets
    assert {target for target in targets if not re.search(rf"^{target}:", _MAKEFILE, re.MULTILINE)} == set()


def test_every_script_is_there() -> None:
    scripts = set(re.findall(r"(?<![\w/])\.ci/[a-z._]+", "\n".join((*_runs(), _MAKEFILE))))
    assert {".ci/run", ".ci/package.py", ".ci/constraints.txt"} <= scripts
    assert [script for script in scripts if not (ROOT / script).is_file()] == []
    assert os.name == "nt" or os.access(ROOT / ".ci" / "run", os.X_OK)


def test_the_package_is_tried_as_make_tries_it() -> None:
    (command,) = re.findall(r"^package:\n\t\$\(PYTHON\) (.*)$", _MAKEFILE, re.MULTILINE)
    assert [step["run"] for step in _steps("package") if "run" in step] == [f"python {command}"]


def test_tests_run_as_an_ordinary_user_and_as_root() -> None:
    assert "container" not in _JOBS["test"]
    assert 'test "$(id -u)" -ne 0' in [step.get("run") for step in _steps("test")]
    assert _JOBS["clean"]["container"]["image"].startswith("debian:")
    assert ".ci/run" in [step.get("run") for step in _steps("clean")]


def test_it_may_read_and_must_end() -> None:
    assert _WORKFLOW["permissions"] == {"contents": "read"}
    assert [name for name, job in _JOBS.items() if "permissions" in job or job["timeout-minutes"] > 120] == []
    assert _WORKFLOW["concurrency"]["cancel-in-progress"] is True
    # YAML 1.1 reads the key `on` as true.
    triggers = _WORKFLOW[True]  # type: ignore[index]  # see above
    assert set(triggers) == {"push", "pull_request"}


def test_actions_are_of_github_and_of_one_version_each() -> None:
    used = {_used(step) for name in _JOBS for step in _steps(name)} - {""}
    assert [action for action in used if not re.fullmatch(r"actions/[a-z-]+@v\d+", action)] == []
    assert len({action.partition("@")[0] for action in used}) == len(used)
    for name in _JOBS:
        for step in _steps(name):
            assert "checkout" not in _used(step) or step["with"]["persist-credentials"] is False


def test_nothing_of_an_event_is_put_into_a_script() -> None:
    assert [run for run in _runs() if "${{" in run] == []


def test_coverage_has_a_floor() -> None:
    report = _SETTINGS["tool"]["coverage"]["report"]
    assert 90 <= report["fail_under"] <= 100
    assert "make coverage" in [step.get("run") for step in _steps("coverage")]
    assert re.search(r"^coverage: .*\n\t.*pytest .*--cov", _MAKEFILE, re.MULTILINE)
    assert "fail_under" in (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")


def _used(step: dict[str, Any]) -> str:
    return str(step.get("uses", ""))
