"""What the last part of a path must have in it for a pattern to match."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ctxopt.core.dockerignore.pattern import BadPattern, compile_pattern
from ctxopt.proposal.keep import text_in_name


@pytest.mark.parametrize(
    ("pattern", "text"),
    [
        ("a/b.md", "b.md"),
        ("**/name1.*", "name1."),
        ("*.c", ".c"),
        ("a/*", ""),
        ("a**b", ""),
        ("ab{0}", ""),
        ("[ab]c", ""),
    ],
)
def test_the_text(pattern: str, text: str) -> None:
    assert text_in_name(pattern) == text


@settings(max_examples=200)
@given(st.text("ab*?/.[]{0}+|^$\\", min_size=1, max_size=8), st.text("ab/.0", min_size=1, max_size=6))
def test_a_path_that_matches_has_it_in_its_last_part(text: str, path: str) -> None:
    try:
        pattern = compile_pattern(text, 1)
        if pattern is not None and pattern.matches(path):
            assert text_in_name(pattern.cleaned) in path.rpartition("/")[2]
    except BadPattern:
        pass
