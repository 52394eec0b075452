"""All commands say the same about what gets into the final image."""

import json
import re
from pathlib import Path

import pytest

from tests.support.cli import run

_FROM_STAGE = "FROM scratch AS build\nCOPY {} /app/\nCOPY unused.txt /\nFROM scratch\nCOPY --from=build /app /app\n"


@pytest.fixture(params=["src", "link", "l*k", "src/a.txt", "linked.txt"])
def project(tmp_path: Path, request: pytest.FixtureRequest) -> Path:
    (tmp_path / "src").mkdir()
    (tmp_path / "src/a.txt").write_text("a" * 3400)
    (tmp_path / "unused.txt").write_text("u")
    (tmp_path / "link").symlink_to("src")
    (tmp_path / "linked.txt").symlink_to("src/a.txt")
    (tmp_path / "Dockerfile").write_text(_FROM_STAGE.format(request.param))
    return tmp_path


def test_what_comes_through_another_stage(project: Path) -> None:
    analyzed = json.loads(run("analyze", "--json", cwd=project).stdout)
    assert [one["reaches_image"] for one in analyzed["instructions"]] == [True, False]
    staged = json.loads(run("stages", "--json", cwd=project).stdout)
    assert [stage["reaches_image"]["bytes"] for stage in staged["stages"]] == [3400, 0]
    assert staged["image"]["bytes"] == 3400
    explained = json.loads(run("explain", "src/a.txt", "--json", cwd=project).stdout)
    assert [one["use"] for one in explained] == ["image"]
    run("report", "-o", "page.html", cwd=project)
    page = (project / "page.html").read_text(encoding="utf-8")
    assert re.findall(r'"fate": ?"(\w+)"', page) == ["yes", "no"]
