"""The part of Go's regexp that patterns can reach, as BuildKit's answers show it."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ctxopt.core.golang.regex import DEAD, BadRegex, parse


@pytest.mark.parametrize(
    ("regex", "text", "result"),
    [
        ("^(.*/)?a$", "a", True),
        ("^(.*/)?a$", "x/y/a", True),
        ("^(.*/)?a$", "xa", False),
        ("^(.*/)?a$", "x\n/a", False),
        ("^[^/]*$", "a\nb", True),
        ("^a.*$", "a/b/c", True),
        ("^a.*$", "a\n", False),
        ("^[[:alpha:]]$", "k", True),
        ("^[[:^alpha:]]$", "k", False),
        ("^\\d\\w$", "1_", True),
        ("^\\D$", "1", False),
        ("^\\pL\\PL$", "é1", True),
        ("^\\p{Lu}$", "É", True),
        ("^[\\p{^Lu}]$", "É", False),
        ("^\\x41\\101\\x{42}$", "AAB", True),
        ("^\\Qa.*\\Eb$", "a.*b", True),
        ("^\\Qab$", "ab$ and more", True),
        ("^a^b$", "ab", False),
        ("^\\Aa\\z$", "a", True),
        ("^a\\b/b$", "a/b", True),
        ("^a\\Bb[^/]*$", "abc", True),
        ("^ab|cd$", "abx", True),
        ("^ab|cd$", "xcd", True),
        ("^ab|cd$", "xabx", False),
        ("^a{2,3}$", "aaa", True),
        ("^a{2,3}$", "a", False),
        ("^a{2,}[^/]{2}$", "aaaxy", True),
        ("^a{0}b$", "b", True),
        ("^a{,2}$", "a{,2}", True),
        ("^a{02}$", "a{02}", True),
        ("^[a[^/]*]$", "[[a]", True),
        ("^[x]$", "\udc80", False),
        ("^[^x]$", "\udc80", True),
        ("^\ufffd$", "\udc80", True),
    ],
)
def test_matches(regex: str, text: str, result: bool) -> None:
    assert parse(regex).matches(text) is result


@pytest.mark.parametrize(
    "regex",
    ["^[b-a]$", "^[a$", "^\\é$", "^\\q$", "^\\8$", "^\\xg0$", "^[[:nope:]]$", "^\\C$", "^a{1001}$", "^a{3,2}$"],
)
def test_refused(regex: str) -> None:
    with pytest.raises(BadRegex):
        parse(regex)


@pytest.mark.parametrize("regex", ["^[^/]*{2}$", "^a{2}{3}$", "^(.*/)?{2}$"])
def test_nothing_to_repeat(regex: str) -> None:
    with pytest.raises(BadRegex, match="repeat"):
        parse(regex)


def test_unknown_scripts_are_rejected() -> None:
    with pytest.raises(BadRegex, match="Greek"):
        parse("^\\p{Greek}$")


_PIECES = st.sampled_from(["(.*/)?", "[^/]*", "[^/]", ".*", "a", "b", "/", "[ab]", "[^a]", "c{1,2}"])


@given(st.lists(_PIECES, max_size=8), st.text("abc/\n", max_size=12))
def test_as_python_where_both_agree(pieces: list[str], text: str) -> None:
    """Python's engine means the same by these forms."""
    regex = "^" + "".join(pieces) + "$"
    try:
        ours = parse(regex).matches(text)
    except BadRegex:
        return
    assert ours is (re.search(regex[:-1] + r"\Z", text) is not None)


@given(st.lists(_PIECES, max_size=8), st.text("abc/", max_size=12), st.integers(0, 12))
def test_feeding_in_parts_is_the_same(pieces: list[str], text: str, cut: int) -> None:
    try:
        regex = parse("^" + "".join(pieces) + "$")
    except BadRegex:
        return
    program = regex.program
    assert program is not None
    state = program.feed(program.feed(program.start, text[:cut]), text[cut:])
    assert (state != DEAD and program.accepts(state)) is regex.matches(text)
