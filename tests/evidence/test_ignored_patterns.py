"""The lines of .gitignore files as patterns of an ignore file."""

import pytest

from ctxopt.evidence.ignored_patterns import IgnoredPatterns

_FILES = {
    ".gitignore": b"""
# comment
*.log
/memos
local.txt
build/
a/b.c
x.*.yml
!keep.log
**/deep
[Bb]in
\\#x
*
**/x/**
s p
""",
    "wild/.gitignore": b"/data*\ndocs/*.sql.xz\n/*.zip\n/tmp*/\n",
    "sub/.gitignore": b"own\n*.tmp\n/top\n",
    "b[r]/.gitignore": b"own\n",
}


@pytest.mark.parametrize(
    ("path", "pattern"),
    [
        ("x.log", "**/*.log"),
        ("sub/x.log", "**/*.log"),
        ("memos", "memos"),
        ("cmd/memos", None),
        ("a/local.txt", "**/local.txt"),
        ("web/build", "**/build"),
        ("a/b.c", "a/b.c"),
        ("x.dev.yml", "**/x.*.yml"),
        ("some/deep", "**/deep"),
        ("sub/own", "sub/**/own"),
        ("sub/in/x.tmp", "sub/**/*.tmp"),
        ("sub/top", "sub/top"),
        ("own", None),
        ("wild/data1", "wild/data*"),
        ("wild/x/data1", None),
        ("wild/docs/a.sql.xz", "wild/docs/*.sql.xz"),
        ("wild/a.zip", "wild/*.zip"),
        ("wild/tmp1", None),
        ("b[r]/own", "b\\[r\\]/**/own"),
        ("Bin", None),
        ("#x", None),
        ("keep", None),
        ("s p", "**/s p"),
    ],
)
def test_the_pattern_for_an_entry(path: str, pattern: str | None) -> None:
    assert IgnoredPatterns(_FILES.get).of(path) == pattern


def test_a_wildcard_for_directories_is_no_pattern_for_files() -> None:
    patterns = IgnoredPatterns(lambda path: b"data*/\nlogs/\n" if path == ".gitignore" else None)
    assert patterns.of("data1") is None
    assert patterns.of("x/logs") == "**/logs"


@pytest.mark.parametrize(
    ("path", "pattern"),
    [("memos", "memos"), ("web/build", None), ("sub/top", "sub/top"), ("wild/data1", "wild/data*"), ("other", None)],
)
def test_the_pattern_for_a_place(path: str, pattern: str | None) -> None:
    assert IgnoredPatterns(_FILES.get).only_there(path) == pattern
