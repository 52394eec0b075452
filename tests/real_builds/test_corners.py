"""What the real builders make of corner cases is what was recorded. `UPDATE_SNAPSHOTS=1` records it."""

import hashlib
import json
import os
from pathlib import Path

import pytest

from tests.support.corners import RECORDED, Outcome, corners, write
from tests.support.engine import Engine

pytestmark = pytest.mark.engine

_PARTS = 8


def _outcome(engine: Engine, root: Path, dockerfile: str | None, builder: str, paths: dict[str, str]) -> Outcome:
    """The files of the context in the image, by their contents; None if the build fails."""
    build = engine.build(root, dockerfile, builder=builder, cache=False)
    if build.image is None:
        return None
    files = {paths.get(entry.digest, "") for entry in build.image.entries.values() if entry.type == "file"}
    return sorted(files)


@pytest.mark.parametrize("part", range(_PARTS))
def test_corners(real_engine: Engine, tmp_path: Path, part: int) -> None:
    found = {}
    for number, case in list(enumerate(corners()))[part::_PARTS]:
        root = tmp_path / str(number)
        root.mkdir()
        paths = {hashlib.sha256(data).hexdigest(): path for data, path in write(root, case).items()}
        found[case["id"]] = {
            builder: _outcome(real_engine, root, case.get("build"), builder, paths)
            for builder in ("buildkit", "classic")
        }
    recorded = json.loads(RECORDED.read_text(encoding="ascii")) if RECORDED.is_file() else {}
    if os.environ.get("UPDATE_SNAPSHOTS"):
        RECORDED.write_text(json.dumps(recorded | found, indent=1, sort_keys=True) + "\n", encoding="ascii")
        return
    assert found == {name: recorded[name] for name in found}
