"""What both builders make of corner cases is what they were recorded to make."""

import json
from pathlib import Path

import pytest

from tests.support.corners import RECORDED, corners, has_one_stage, ours, write
from tests.support.systems import any_name
from tests.support.trees import Case

_RECORDED = json.loads(RECORDED.read_text(encoding="ascii"))


@any_name
@pytest.mark.parametrize("case", corners(), ids=lambda case: ascii(case["id"]))
def test_what_is_read(tmp_path: Path, case: Case) -> None:
    write(tmp_path, case)
    said, recorded = ours(tmp_path, case), _RECORDED[case["id"]]
    if not has_one_stage(case):
        del said["classic"]
    assert said == {builder: recorded[builder] for builder in said}
