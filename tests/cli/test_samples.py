"""What the sample projects are there to show, from the finding to the image without it."""

import json
from pathlib import Path
from typing import Any

from sample_projects.make_junk import make
from tests.support.cli import run


def _printed(root: Path, *arguments: str) -> Any:
    return json.loads(run(*arguments, "--format", "json", cwd=root).stdout)


def _hidden(report: Any) -> list[Any]:
    return [finding for finding in report["findings"] if finding["rule"] == "CTX201"]


def test_what_is_hidden_is_gone_after_generate(tmp_path: Path) -> None:
    root = tmp_path / "hidden-not-gone"
    make("hidden-not-gone", root)
    before = _printed(root, "analyze")
    (finding,) = _hidden(before)
    held = sum(path.stat().st_size for path in (root / "docs").rglob("*") if path.is_file())
    assert (finding["line"], finding["files"], finding["bytes"]) == (3, 26, held)
    assert (finding["severity"], finding["confidence"]) == ("warning", "high")
    assert finding["fix"] == "add docs to .dockerignore"
    assert _printed(root, "stages")["image"]["bytes"] > held

    assert run("generate", "--level", "likely", "--write", cwd=root).returncode == 0
    after = _printed(root, "analyze")
    assert _hidden(after) == []
    assert after["errors"] == []
    for builder in ("buildkit", "classic", "transfer"):
        assert after["sizes"][builder]["bytes"] < 1_000 < held < before["sizes"][builder]["bytes"]
    assert [file["path"] for file in _printed(root, "stages")["files"]] == ["app/__main__.py", "app/__init__.py"]


def test_the_fix_of_the_finding_does_as_well(tmp_path: Path) -> None:
    root = tmp_path / "hidden-not-gone"
    make("hidden-not-gone", root)
    (root / ".dockerignore").write_text("docs\n")
    assert _hidden(_printed(root, "analyze")) == []


def test_one_file_of_three_stages_gets_into_the_image(samples: Path) -> None:
    report = _printed(samples / "three-stages", "stages")
    assert [stage["takes"]["bytes"] for stage in report["stages"]] == [20_000_013, 500_059, 0]
    assert [stage["reaches_image"]["bytes"] for stage in report["stages"]] == [13, 0, 0]
    assert report["files"] == [{"path": "archive/index.json", "bytes": 13}]
