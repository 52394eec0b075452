"""What publishes a release: its workflow, the notes that it takes, and the files for shells."""

import importlib.util
import re
import subprocess
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
import yaml

from tests.integration.installing import ROOT
from tests.integration.test_ci_page import completion_script

_TEXT = (ROOT / ".github" / "workflows" / "release.yml").read_text(encoding="utf-8")
_WORKFLOW: dict[Any, Any] = yaml.safe_load(_TEXT)
_JOBS: dict[str, dict[str, Any]] = _WORKFLOW["jobs"]


@pytest.fixture(scope="module")
def notes() -> ModuleType:
    spec = importlib.util.spec_from_file_location("release_notes", ROOT / ".ci" / "release_notes.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def _runs() -> list[str]:
    return [step["run"] for job in _JOBS.values() for step in job["steps"] if "run" in step]


def test_only_a_tag_of_a_version_publishes() -> None:
    # YAML 1.1 reads the key `on` as true.
    assert _WORKFLOW[True] == {"push": {"tags": ["v*"]}}
    assert _WORKFLOW["permissions"] == {"contents": "read"}


def test_each_job_may_do_what_it_is_for_and_ends() -> None:
    writes = {
        name: sorted(key for key, value in job.get("permissions", {}).items() if value == "write")
        for name, job in _JOBS.items()
    }
    assert writes == {
        "build": [],
        "pypi": ["id-token"],
        "image": ["packages"],
        "release": ["contents"],
        "docs": ["id-token", "pages"],
    }
    assert [name for name, job in _JOBS.items() if job["timeout-minutes"] > 60] == []


def test_nothing_is_published_before_the_package_was_tried() -> None:
    assert _JOBS["pypi"]["needs"] == _JOBS["image"]["needs"] == "build"
    assert set(_JOBS["release"]["needs"]) == {"pypi", "image"}
    assert "python .ci/package.py" in _runs()
    assert [run for run in _runs() if "${{" in run] == []
    assert [path for path in re.findall(r"\.ci/[a-z._]+", "\n".join(_runs())) if not (ROOT / path).is_file()] == []


def test_pypi_needs_no_password_and_the_image_is_for_both_kinds_of_machines() -> None:
    assert "password" not in str(_JOBS["pypi"])
    assert _JOBS["pypi"]["steps"][-1] == {"uses": "pypa/gh-action-pypi-publish@release/v1"}
    assert _JOBS["image"]["steps"][-1]["with"]["platforms"] == "linux/amd64,linux/arm64"


def test_notes_are_the_section_of_the_version(notes: ModuleType) -> None:
    changelog = "# Changelog\n\n## Unreleased\n\n- c\n\n## 0.2.0 (2026-02-01)\n\n- b\n- `x`\n\n## 0.1.0\n\n- a\n"
    assert notes.notes(changelog, "0.2.0") == "- b\n- `x`\n"
    assert notes.notes(changelog, "0.1.0") == "- a\n"
    for missing in ("0.3.0", "0.1", "Unreleased-2"):
        with pytest.raises(SystemExit, match="says nothing"):
            notes.notes(changelog, missing)


def test_another_version_is_not_released() -> None:
    command = [sys.executable, str(ROOT / ".ci" / "release_notes.py"), "v99.0.0"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith("pyproject.toml has version ")


@pytest.mark.parametrize(("shell", "file"), [("bash", "ctxopt.bash"), ("zsh", "_ctxopt"), ("fish", "ctxopt.fish")])
def test_the_files_for_shells_are_what_the_program_gives(shell: str, file: str) -> None:
    """With another version of click, `make completions` writes them again."""
    written = Path(ROOT / "completions" / file).read_text(encoding="utf-8")
    assert written.strip() == completion_script(f"{shell}_source").strip()
