"""The catalogue's patterns for names match as those of a shell do."""

from fnmatch import fnmatchcase

from hypothesis import example, given
from hypothesis import strategies as st

from ctxopt.catalogue.names import NameIndex, any_match, matches

_patterns = st.text("ab.*?[]!-", min_size=1, max_size=6)
_names = st.text("ab.\n", max_size=6)


@given(_patterns, _names)
@example("*a*", "bab")
@example("a*a", "a")
@example("**", "")
@example("a*b*", "ab")
def test_a_pattern_matches_as_in_a_shell(pattern: str, name: str) -> None:
    assert matches(pattern, name) == fnmatchcase(name, pattern)


@given(st.lists(_patterns, max_size=6), st.lists(_names, max_size=6, unique=True))
def test_an_index_finds_what_each_pattern_matches(patterns: list[str], names: list[str]) -> None:
    index = NameIndex((pattern, number) for number, pattern in enumerate(patterns))
    expected = {
        name: [number for number, pattern in enumerate(patterns) if fnmatchcase(name, pattern)] for name in names
    }
    assert {name: sorted(found) for name, found in index.find(names).items()} == {
        name: numbers for name, numbers in expected.items() if numbers
    }


@given(st.lists(_patterns, max_size=6), _names)
@example(["a*", "*b", "*"], "")
@example(["*a*"], "bab")
@example(["[ab]*"], "bab")
def test_any_pattern_matches_as_one_of_them_or_is_the_name(patterns: list[str], name: str) -> None:
    assert any_match(patterns, name) == (name in patterns or any(fnmatchcase(name, one) for one in patterns))
