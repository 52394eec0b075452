"""The pattern class as users of the pathspec library see it."""

import pathspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import ctxopt.dockerignore.pathspec  # noqa: F401  # registers the pattern class
from ctxopt.core.dockerignore.patterns import PatternSet
from ctxopt.errors import PatternError


def spec(lines: list[str]) -> pathspec.PathSpec:  # type: ignore[type-arg]  # not generic in older releases
    return pathspec.PathSpec.from_lines("dockerignore", lines, backend="simple")


def test_by_name() -> None:
    found = spec(["# comment", "", "*.log", "docs", "!docs/api"])
    assert list(found.match_files(["a.log", "a/b.log", "docs/x", "docs/api/x"])) == ["a.log", "docs/x"]


def test_bad_pattern() -> None:
    with pytest.raises(ValueError, match="syntax error in pattern"):
        spec(["a["])


@settings(max_examples=300)
@given(st.lists(st.text("ab/*!", min_size=1, max_size=6), max_size=5), st.lists(st.text("ab", min_size=1), min_size=1))
def test_last_match_wins_as_in_patternmatcher(lines: list[str], parts: list[str]) -> None:
    path = "/".join(parts)
    try:
        ours = spec(lines)
    except ValueError:
        return
    try:
        expected = PatternSet(_cleaned(lines)).matches_or_parent_matches(path)
    except PatternError:
        return
    assert ours.match_file(path) is expected


def _cleaned(lines: list[str]) -> list[str]:
    from ctxopt.core.dockerignore.reader import read_lines

    return [line.pattern for text in lines for line in read_lines(text.encode(), "f")]
