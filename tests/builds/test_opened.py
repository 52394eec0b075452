"""Builds that share a directory share the walk of it, and are told apart by nothing else."""

from pathlib import Path
from typing import Any

import pytest

from ctxopt.builds import opened
from ctxopt.builds.build import Build, DeclaringFile
from ctxopt.builds.declared import read_compose
from ctxopt.builds.opened import open_builds
from ctxopt.core.context import walk as walking
from ctxopt.core.context.walk import IgnoredPolicy
from ctxopt.render.json import report as as_json
from ctxopt.reports.report import report

_COMPOSE = """
x-common: &common
  context: web
services:
  web: {build: web}
  worker: {build: {<<: *common, target: worker}}
  docs: {build: {context: web, dockerfile: docs.Dockerfile}}
  api: {build: {context: api, args: {VERSION: "1"}}}
  jobs: {build: {context: ./api, target: jobs}}
  inline: {build: {context: api, dockerfile_inline: "FROM scratch\\nCOPY src /\\n"}}
  tools: {build: tools}
  more: {extends: tools}
  image: {image: postgres}
"""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """Eight services over three directories, each with an ignore file that leaves a directory out."""
    for name in ("web", "api", "tools"):
        root = tmp_path / name
        (root / "src").mkdir(parents=True)
        (root / "src" / "main").write_bytes(b"m" * 10)
        (root / "junk" / "deep").mkdir(parents=True)
        (root / "junk" / "deep" / "file").write_bytes(b"j" * 100)
        (root / ".dockerignore").write_text("junk\n")
        (root / "Dockerfile").write_text(
            "FROM scratch AS worker\nCOPY src /src\nFROM worker AS jobs\nFROM scratch\nCOPY . .\n"
        )
    (tmp_path / "web" / "docs.Dockerfile").write_text("FROM scratch\nCOPY src/main /\n")
    (tmp_path / "compose.yaml").write_text(_COMPOSE)
    return tmp_path


@pytest.fixture
def walks(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The directories that are walked, in their order."""
    seen: list[str] = []

    def counted(root: str, *arguments: Any, **options: Any) -> Any:
        seen.append(Path(root).name)
        return walking.walk(root, *arguments, **options)

    monkeypatch.setattr(opened, "walk", counted)
    monkeypatch.setattr("ctxopt.core.build_context.walk", counted)
    return seen


def _builds(project: Path) -> tuple[Build, ...]:
    declared = read_compose([DeclaringFile(str(project / "compose.yaml"), "compose.yaml")], str(project))
    assert declared.notes == ()
    return declared.builds


def test_three_directories_are_three_walks(project: Path, walks: list[str]) -> None:
    builds = _builds(project)
    found = list(open_builds(builds, IgnoredPolicy.MEASURE))
    assert [one.build for one in found] == list(builds)
    assert [report(one.usable).errors for one in found] == [()] * 8
    assert walks == ["web", "api", "tools"]


def test_a_shared_walk_tells_the_same(project: Path) -> None:
    builds = _builds(project)
    for one, build in zip(open_builds(builds, IgnoredPolicy.MEASURE), builds, strict=True):
        (alone,) = open_builds([build], IgnoredPolicy.MEASURE)
        shared, own = report(one.usable), report(alone.usable)
        assert shared == own
        assert as_json(shared) == as_json(own)
        assert shared.unused_tree.children == own.unused_tree.children
        assert (shared.ignored.files, shared.ignored.size) == (1, 100)


def test_one_that_cannot_be_opened_does_not_hide_the_others(project: Path) -> None:
    builds = [
        Build("a", str(project / "web"), target="none"),
        Build("b", str(project / "gone")),
        Build("c", str(project / "web")),
    ]
    first, second, third = open_builds(builds)
    assert 'no stage "none"' in str(first.context)
    assert "gone" in str(second.context)
    assert third.usable.transfer_entries != []


def test_builds_that_only_differ_in_their_names_have_one_context(project: Path) -> None:
    builds = [Build(f"service {number}", str(project / "web")) for number in range(3)]
    other = Build("other", str(project / "web"), build_args=(("A", "1"),))
    first, second, another, third = (one.usable for one in open_builds([*builds[:2], other, builds[2]]))
    assert first is second is third
    assert another is not first
    opened = open_builds([*builds[:2], other, builds[2]])
    assert [one.build.origin for one in opened] == ["service 0", "service 1", "other", "service 2"]
