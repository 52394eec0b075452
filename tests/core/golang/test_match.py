"""Go's filepath.Match."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ctxopt.core.golang.match import BadPattern, check, has_wildcards, match


@pytest.mark.parametrize(
    ("pattern", "name", "result"),
    [
        ("abc", "abc", True),
        ("*", "abc", True),
        ("*c", "abc", True),
        ("a*", "ab/c", False),
        ("a*/b", "abc/b", True),
        ("a*/b", "a/c/b", False),
        ("a*b*c*d*e*/f", "axbxcxdxexxx/f", True),
        ("a*b?c*x", "abxbbxdbxebxczzx", True),
        ("ab[c]", "abc", True),
        ("ab[b-d]", "abc", True),
        ("ab[^c]", "abc", False),
        ("a\\*b", "a*b", True),
        ("a?b", "a☺b", True),
        ("a[^a]b", "a☺b", True),
        ("a[^b]c", "a/c", True),
        ("[\\]a]", "]", True),
        ("[x\\-]", "-", True),
        ("a?b", "a/b", False),
        ("*x", "xxx", True),
        ("", "", True),
        ("?", "\udcff", True),
    ],
)
def test_matches(pattern: str, name: str, result: bool) -> None:
    assert match(pattern, name) is result


@pytest.mark.parametrize(
    "pattern", ["[]a]", "[-]", "[x-]", "[-x]", "\\", "[a-b-c]", "[", "[^", "[^bc", "a[", "[\udcff]"]
)
def test_bad_patterns(pattern: str) -> None:
    with pytest.raises(BadPattern):
        match(pattern, "a")


def test_what_follows_a_failed_piece_is_not_checked() -> None:
    check("nothing*[")
    with pytest.raises(BadPattern):
        check("*[")


@pytest.mark.parametrize(
    ("name", "result"), [("a*", True), ("a?b", True), ("[a]", True), ("a\\*", False), ("a]b", False), ("a\\\\*", True)]
)
def test_wildcards(name: str, result: bool) -> None:
    assert has_wildcards(name) is result


@given(st.text("ab/"), st.text("ab/"))
def test_plain_text_matches_itself_only(pattern: str, name: str) -> None:
    assert match(pattern, name) is (pattern == name)


def test_stars_do_not_backtrack() -> None:
    assert not match("*a" * 200 + "b", "a" * 4000)
