from pathlib import Path

import pytest

from ctxopt.findings.model import Severity
from ctxopt.findings.rules import no_effect
from ctxopt.findings.rules.trailing_comment import RULE
from tests.findings.support import found


@pytest.mark.parametrize("line", ["dist  # output", "  # indented"])
def test_a_comment_behind_a_pattern(tmp_path: Path, line: str) -> None:
    (finding,) = found(tmp_path, RULE, f"# fine\n{line}\n", "dist/a")
    assert finding.line == 2
    assert "is part of the pattern" in finding.message


@pytest.mark.parametrize("line", ["// Ignore everything", "-- all", "; all", "<!-- all -->", "/* all */", "REM all"])
def test_a_comment_of_another_language(tmp_path: Path, line: str) -> None:
    (finding,) = found(tmp_path, RULE, f"{line}\nb\n", "b")
    assert (finding.line, finding.severity) == (1, Severity.NOTE)
    assert finding.fix == "if it is a comment, start the line with #"
    assert [edit.new for edit in finding.edits] == [f"# {line}".encode()]
    assert found(tmp_path, no_effect.RULE, f"{line}\nb\n", "b") == []


@pytest.mark.parametrize("line", ["dist // output", "dist <!-- output -->"])
def test_a_comment_of_another_language_behind_a_pattern(tmp_path: Path, line: str) -> None:
    (finding,) = found(tmp_path, RULE, f"{line}\n", "dist/a")
    assert (finding.line, finding.severity) == (1, Severity.WARNING)


@pytest.mark.parametrize("line", ["/*", "//dist", "--x", "remote", "%"])
def test_patterns_that_look_like_one(tmp_path: Path, line: str) -> None:
    assert found(tmp_path, RULE, f"{line}\n", "dist/a", "--x", "remote", "%") == []


def test_a_file_may_have_such_a_name(tmp_path: Path) -> None:
    assert found(tmp_path, RULE, "a #1\nb#c\n", "a #1", "b#c") == []
