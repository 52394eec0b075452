"""Paths written as patterns mean themselves."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ctxopt.core.dockerignore.patterns import PatternSet
from ctxopt.core.dockerignore.quote import escaped, glob, literal
from ctxopt.core.dockerignore.reader import read_lines
from ctxopt.core.golang import match as gomatch
from ctxopt.core.golang import paths

_CHARS = st.sampled_from([*"ab.*?[]^{}|\\!#$+()~- \t\r\n\x01\x7f%", "\u3000", "\ufeff", "ü", "\udcff"])
_NAMES = st.text(_CHARS, min_size=1, max_size=5).filter(lambda name: name not in (".", ".."))
_PATHS = st.lists(_NAMES, min_size=1, max_size=3).map("/".join)


def read(pattern: str) -> PatternSet:
    """The one pattern as Docker reads it from the second line of a file."""
    lines = read_lines(b"# first\n" + pattern.encode("utf-8", "surrogateescape") + b"\n", ".dockerignore")
    assert len(lines) == 1
    return PatternSet(lines)


def matches(pattern: str, path: str) -> bool:
    return read(pattern).decide(path, None)[0]


@given(_PATHS, _PATHS)
def test_a_path_matches_itself_and_nothing_else(path: str, other: str) -> None:
    pattern = literal(path)
    assert matches(pattern, path)
    below_or_same = other == path or other.startswith(path + "/")
    if not below_or_same and "\udcff" not in path:
        assert not matches(pattern, other)


@given(_PATHS)
def test_builders_get_no_control_characters(path: str) -> None:
    assert min(literal(path)) >= " "
    assert "\x7f" not in literal(path)
    assert min(glob(escaped(path))) >= " "


@given(_PATHS)
def test_an_exception_for_a_path_opens_it(path: str) -> None:
    text = b"**\n!" + literal(path).encode() + b"\n"
    assert not PatternSet(read_lines(text, ".dockerignore")).decide(path, None)[0]


@pytest.mark.parametrize(
    ("path", "pattern"),
    [
        ("src/main.c", "src/main.c"),
        ("a b/ü.txt", "a b/ü.txt"),
        ("a{1}|^$", "a{1}|^$"),
        ("a*b", "a\\*b"),
        ("[x]{1}|^", "\\[x\\]\\{1\\}\\|\\^"),
        ("#a", "\\#a"),
        ("!a", "\\!a"),
        ("a ", "a[ ]"),
        (" ", "[ ]"),
        ("b\\s", "b\\\\s"),
        ("a\nb", "a\\nb"),
        ("a\rb", "a\\rb"),
        ("a\tb", "a\\tb"),
        ("a\x1bb\x7f", "a\\x1bb\\x7f"),
        ("caf\udce9", "caf?"),
    ],
)
def test_how_it_is_written(path: str, pattern: str) -> None:
    assert literal(path) == pattern


_GLOBS = st.lists(
    st.sampled_from(["a", "b", ".", "{", "|", "^", "$", "*", "**", "?", "[ab]", "[^a]", "[!a]", "[]a]", "\\*", "\\d"]),
    min_size=1,
    max_size=4,
).map("".join)


@given(_GLOBS, st.text(st.sampled_from("abd.{|^$*!]"), min_size=1, max_size=4))
def test_a_glob_matches_what_the_source_matches(source: str, name: str) -> None:
    source = paths.clean(source)
    if source in (".", "..") or name in (".", ".."):
        return
    try:
        wanted = gomatch.match(source, name)
    except gomatch.BadPattern:
        return
    assert matches(glob(source), name) >= wanted


@pytest.mark.parametrize(
    ("source", "name", "found"),
    [
        ("*.json", "a.json", True),
        ("*.json", "d/a.json", False),
        ("**.json", "d/a.json", False),
        ("a[0-9].txt", "a7.txt", True),
        ("a[0-9].txt", "ab.txt", False),
        ("\\d", "7", False),
        ("{a}*", "{a}b", True),
        ("{a}*", "ab", False),
    ],
)
def test_a_glob_matches_no_more_where_it_can(source: str, name: str, found: bool) -> None:
    assert matches(glob(source), name) is found
