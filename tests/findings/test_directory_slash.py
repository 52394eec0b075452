from pathlib import Path

import pytest

from ctxopt.findings.model import Severity
from ctxopt.findings.rules.directory_slash import RULE
from tests.findings.support import found


@pytest.mark.parametrize(
    ("ignore", "path"),
    [
        ("build/\n", "build"),
        ("**/out/\n", "a/out"),
        ("/build/\n", "build"),
        ("build/\n!a\nbui\n", "build"),
    ],
)
def test_a_pattern_for_directories_excludes_a_file(tmp_path: Path, ignore: str, path: str) -> None:
    (finding,) = found(tmp_path, RULE, ignore, "a/out", "a/x.d", "build")
    assert (finding.line, finding.severity) == (1, Severity.NOTE)
    written = ignore.split("\n")[0].strip()
    assert finding.message == (
        f"`{written}` also excludes {path}, which is not a directory: Docker drops the trailing slash"
    )
    assert finding.fix == f"if it is needed, add !{path} below the pattern"


def test_an_exception_in_between_says_that_the_file_is_wanted(tmp_path: Path) -> None:
    (finding,) = found(tmp_path, RULE, "build\n!b*d\nbuild/\n", "build")
    assert finding.line == 3


def test_a_link_is_no_directory_either(tmp_path: Path) -> None:
    (tmp_path / "build").symlink_to("a")
    assert [finding.line for finding in found(tmp_path, RULE, "# c\nbuild/\n", "a/x")] == [2]


def test_files_on_other_levels_are_found_beside_directories(tmp_path: Path) -> None:
    files = ("a/out/x", "b/c/out", "b/d/gen", "gen/x")
    findings = found(tmp_path, RULE, "**/out/\n**/gen/\n**/none/\n", *files)
    assert [(finding.line, finding.fix.split()[5]) for finding in findings] == [(1, "!b/c/out"), (2, "!b/d/gen")]


@pytest.mark.parametrize(
    "ignore",
    [
        "build\n",
        "a/\n",
        "a\n!build/\n",
        "build/\n!build\n",
        "b*\nbuild/\n",
        "**/a/\n",
        "none/\n",
        "Dockerfile/\n",
        "b*/\nbuild\n",
        "b*/\n**/build\n",
        "b*/\nbui*\n",
        "*\n!a\nb*/\n",
        "*/\n!*\n",
    ],
)
def test_no_file_is_excluded_by_mistake(tmp_path: Path, ignore: str) -> None:
    assert found(tmp_path, RULE, ignore, "a/x", "build") == []


def test_an_exception_for_directories_keeps_a_file(tmp_path: Path) -> None:
    (finding,) = found(tmp_path, RULE, "ign/*\n!ign/*/\n", "ign/drop.txt", "ign/keep/x")
    assert (finding.line, finding.severity) == (2, Severity.WARNING)
    assert finding.message == (
        "`!ign/*/` also keeps ign/drop.txt, which is not a directory: Docker drops the trailing slash"
    )


@pytest.mark.parametrize(
    "ignore", ["ign/*\n!ign/keep/\n", "ign/*\n!ign/*/\nign/*.txt\n", "other\n!ign/*/\n", "ign/*\n!ign/*\n"]
)
def test_no_file_is_kept_by_mistake(tmp_path: Path, ignore: str) -> None:
    assert found(tmp_path, RULE, ignore, "ign/drop.txt", "ign/keep/x", "other") == []


@pytest.mark.parametrize("ignore", ["build*/\n", "*/\n!a\n", "a/*.d/\n"])
def test_wildcards_of_a_name_match_more_than_directories(tmp_path: Path, ignore: str) -> None:
    assert found(tmp_path, RULE, ignore, "build", "a/x.d", "a/out") == []
