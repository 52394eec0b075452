from pathlib import Path

import pytest

from ctxopt.findings.rules.trailing_comment import RULE
from tests.findings.support import found


@pytest.mark.parametrize("line", ["dist  # output", "  # indented"])
def test_a_comment_behind_a_pattern(tmp_path: Path, line: str) -> None:
    (finding,) = found(tmp_path, RULE, f"# fine\n{line}\n", "dist/a")
    assert finding.line == 2
    assert "is part of the pattern" in finding.message


def test_a_file_may_have_such_a_name(tmp_path: Path) -> None:
    assert found(tmp_path, RULE, "a #1\nb#c\n", "a #1", "b#c") == []
