from pathlib import Path

import pytest

from ctxopt.findings.model import Severity
from ctxopt.findings.rules.no_effect import RULE
from tests.findings.support import found


@pytest.mark.parametrize(
    ("ignore", "line", "severity", "message"),
    [
        ("gone\n", 1, Severity.NOTE, '"gone" matches nothing here that is not decided already'),
        ("a\n*/x.txt\n", 2, Severity.NOTE, '"*/x.txt" matches nothing here that is not decided already'),
        ("a\na/x.txt\n", 2, Severity.NOTE, '"a/x.txt" has no effect: line 1 decides about a/x.txt'),
        ("a\na\n", 2, Severity.NOTE, '"a" has no effect: line 1 decides about a'),
        ("!a/x.txt\na/*\n", 1, Severity.WARNING, '"!a/x.txt" has no effect: line 2 leaves a/x.txt out'),
        ("!a\n", 1, Severity.NOTE, '"!a" has no effect: nothing leaves a out'),
    ],
)
def test_a_pattern_that_changes_nothing(
    tmp_path: Path, ignore: str, line: int, severity: Severity, message: str
) -> None:
    (finding,) = found(tmp_path, RULE, ignore, "a/x.txt", "b")
    assert (finding.line, finding.severity, finding.message) == (line, severity, message)


def test_an_exception_above_its_pattern_is_to_move(tmp_path: Path) -> None:
    (finding,) = found(tmp_path, RULE, "!keep.log\n*.log\n", "keep.log", "x.log")
    assert finding.fix == "move it below line 2"


@pytest.mark.parametrize("ignore", ["a\n", "a\n!a/x.txt\n", "*\n!b\n", "**/*.txt\n", ""])
def test_patterns_that_matter(tmp_path: Path, ignore: str) -> None:
    assert found(tmp_path, RULE, ignore, "a/x.txt", "b") == []
