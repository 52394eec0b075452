"""The index of patterns finds what trying each of them finds."""

from hypothesis import given
from hypothesis import strategies as st

from ctxopt.core.dockerignore.patterns import PatternSet
from ctxopt.proposal.deciding import PatternIndex

_NAMES = st.sampled_from(["a", "b.log", "c.tar.gz", ".env", ".d", "b", "log"])
_PARTS = st.sampled_from(["a", "b.log", "*.log", "*.gz", "*", "**", "?", "b", ".env*", "[ab]", "\\a", "*.tar.gz", ".d"])
_PATHS = st.lists(_NAMES, min_size=1, max_size=4).map("/".join)
_PATTERNS = st.lists(_PARTS, min_size=1, max_size=3).map("/".join)


@given(st.lists(_PATTERNS, max_size=8), _PATHS)
def test_the_first_pattern_that_matches(patterns: list[str], path: str) -> None:
    matching = (number for number, one in enumerate(patterns) if PatternSet((one,)).matches_or_parent_matches(path))
    assert PatternIndex(patterns).first(path) == next(matching, None)
