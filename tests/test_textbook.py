"""The textbook examples: each bad habit is found, and the right form beside it is not."""

import json
import shutil
from pathlib import Path

import pytest

from tests.support.cli import run

_SAMPLE = Path(__file__).parent.parent / "sample_projects" / "textbook"
#: For each Dockerfile the rules that find its habit, with the line; none finds a warning or an error in the others.
FOUND = {
    "apt-bad": {("CTX220", 2)},
    "apt-good": set(),
    "download-three-runs": {("CTX213", 2)},
    "download-one-run": set(),
    "end-of-life": {("CTX112", 1)},
    "layers-126": {("CTX217", 2)},
    "layers-130": {("CTX217", 2)},
}


@pytest.mark.parametrize("name", FOUND)
def test_what_is_found(tmp_path: Path, name: str) -> None:
    root = shutil.copytree(_SAMPLE, tmp_path / "textbook")
    done = run("lint", str(root), "-f", str(root / f"{name}.Dockerfile"), "--no-config", "--json")
    (build,) = json.loads(done.stdout)["builds"]
    grave = {(one["rule"], one["line"]) for one in build["findings"] if one["severity"] in ("warning", "error")}
    assert grave >= FOUND[name]
    assert bool(grave) == bool(FOUND[name]) == bool(done.returncode)


def test_every_example_is_tried() -> None:
    assert {path.stem for path in _SAMPLE.glob("*.Dockerfile")} == FOUND.keys()
