from pathlib import Path

import pytest

from ctxopt.findings.model import Severity
from ctxopt.findings.rules.no_effect import RULE
from tests.findings.support import found

_UNDECIDED = "matches nothing here that is not decided already"
_OUTSIDE = "matches nothing outside of the directories that other lines leave out"


@pytest.mark.parametrize(
    ("ignore", "line", "severity", "message"),
    [
        ("gone\n", 1, Severity.NOTE, '"gone" matches nothing here'),
        ("*.zip\n", 1, Severity.NOTE, '"*.zip" matches nothing here'),
        (".\n", 1, Severity.NOTE, '"." matches nothing here'),
        ("../a\n", 1, Severity.NOTE, '"../a" matches nothing here'),
        ("a\na/x.txt\n", 2, Severity.NOTE, '"a/x.txt" has no effect: line 1 leaves a out with all that is in it'),
        ("a/x.txt\na\n", 1, Severity.NOTE, '"a/x.txt" has no effect: line 2 leaves a out with all that is in it'),
        ("a\na\n", 2, Severity.NOTE, '"a" has no effect: it means the same as line 1'),
        (
            "a\n/a/\n",
            2,
            Severity.NOTE,
            '"a" has no effect: it means the same as line 1; a slash in front or at the end changes nothing',
        ),
        ("?\nb\n", 2, Severity.NOTE, '"b" has no effect: line 1 leaves b out already'),
        ("**/x.txt\n*/x.t*\n", 2, Severity.NOTE, '"*/x.t*" has no effect: line 1 leaves a/x.txt out already'),
        (
            "**/x.txt\n**/*.txt\n!**/*.txt\n",
            2,
            Severity.NOTE,
            '"**/*.txt" matches nothing here that is not decided already',
        ),
        ("a\na/*.txt\n", 2, Severity.NOTE, '"a/*.txt" has no effect: line 1 leaves a out'),
        ("a\na/z/*/*.txt\n", 2, Severity.NOTE, '"a/z/*/*.txt" matches nothing here'),
        ("a\n*.zip\n", 2, Severity.NOTE, '"*.zip" matches nothing here'),
        ("a\n**/*.zip\n", 2, Severity.NOTE, f'"**/*.zip" {_OUTSIDE}'),
        ("a\n*/x.txt\n", 2, Severity.NOTE, f'"*/x.txt" {_OUTSIDE}'),
        ("!a/x.txt\na/*\n", 1, Severity.WARNING, '"!a/x.txt" has no effect: line 2 leaves a/x.txt out'),
        ("!*/x.txt\na/*\n", 1, Severity.WARNING, '"!*/x.txt" has no effect: line 2 leaves a/x.txt out'),
        ("!a\n", 1, Severity.NOTE, '"!a" has no effect: nothing leaves a out'),
        ("b\n!b\n!?\n", 3, Severity.NOTE, '"!?" has no effect: nothing that it matches is left out'),
        ("b\n!b\n!b\n", 3, Severity.NOTE, '"!b" has no effect: line 2 keeps b already'),
        ("!b\nb\n!b\n", 1, Severity.NOTE, '"!b" has no effect: nothing above it leaves b out'),
        ("!gone\n", 1, Severity.NOTE, '"!gone" matches nothing here'),
        ("!gone/*.x\n", 1, Severity.NOTE, '"!gone/*.x" has no effect: nothing that it matches is left out'),
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


def test_only_some_of_many_patterns_with_wildcards_are_searched(tmp_path: Path) -> None:
    ignore = "a\n" + "".join(f"**/*.{number}\n" for number in range(25))
    findings = found(tmp_path, RULE, ignore, "a/x.txt", "b")
    assert [finding.message.split('" ')[1] for finding in findings] == [_OUTSIDE] * 20 + [_UNDECIDED] * 5


def test_what_an_exception_brings_back_is_undecided(tmp_path: Path) -> None:
    findings = found(tmp_path, RULE, "**/*.txt\n*/x.*\n!a/x.txt\n", "a/x.txt", "b")
    assert [(finding.line, finding.message) for finding in findings] == [(2, f'"*/x.*" {_UNDECIDED}')]


def test_a_backslash_makes_no_other_name(tmp_path: Path) -> None:
    (finding,) = found(tmp_path, RULE, "c*\nc\\+\n", "c+")
    assert finding.message == '"c\\+" has no effect: line 1 leaves c+ out already'


def test_only_some_of_many_reasons_are_explained(tmp_path: Path) -> None:
    *_, finding = found(tmp_path, RULE, "a\n" * 102, "a/x.txt")
    assert finding.message == '"a" has no effect: other lines decide about a'
