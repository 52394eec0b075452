from pathlib import Path

import pytest

from ctxopt.findings.rules.base_unpinned import RULE
from tests.findings.support import built

_COMMENT = "# hadolint ignore=DL3006"


@pytest.mark.parametrize(
    "dockerfile",
    [
        f"{_COMMENT}\nFROM node\n",
        f"{_COMMENT}\n# it is what we test\nFROM node\n",
        "#hadolint ignore = DL3001, DL3006\nFROM node\n",
        "# hadolint global ignore=DL3006\n\nARG A\nFROM node\n",
    ],
)
def test_a_comment_for_hadolint_allows_it(tmp_path: Path, dockerfile: str) -> None:
    (finding,) = built(tmp_path, RULE, dockerfile)
    assert finding.allowed_in == (1,)
    assert finding.allowed_by == "hadolint ignore=DL3006"


@pytest.mark.parametrize(
    "dockerfile",
    [
        "# hadolint ignore=DL3008\nFROM node\n",
        f"{_COMMENT}\n\nFROM node\n",
        f"{_COMMENT}\nARG A\nFROM node\n",
        f"{_COMMENT}x\nFROM node\n",
        "# hadolint knows DL3006\nFROM node\n",
        f"FROM node\n{_COMMENT}\n",
    ],
)
def test_near_misses(tmp_path: Path, dockerfile: str) -> None:
    (finding,) = built(tmp_path, RULE, dockerfile)
    assert not finding.allowed_in
