"""The fast decisions for whole directories against the plain ones, pattern by pattern."""

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ctxopt.core.dockerignore import scope as deciding
from ctxopt.core.dockerignore.patterns import PatternSet
from ctxopt.core.dockerignore.scope import scope
from ctxopt.core.dockerignore.spec import DockerIgnore
from ctxopt.errors import PatternError
from tests.support.agree import Tree, agree, nested
from tests.support.trees import random_pattern, random_tree

_NAME = st.text("ab.*\n|", min_size=1, max_size=3)
_PATTERN = st.text("ab./*?![]^\\-{}|2 ", min_size=1, max_size=9)


def _check(lines: list[str], tree: Tree) -> None:
    try:
        patterns = PatternSet(lines)
    except PatternError:
        return
    if not patterns.fails_on_use:
        agree(patterns, tree)


_TREE = st.recursive(st.none(), lambda below: st.dictionaries(_NAME, below, max_size=4), max_leaves=12)


@settings(max_examples=600)
@given(st.lists(_PATTERN, max_size=6), st.dictionaries(_NAME, _TREE, max_size=4))
def test_small_alphabet(lines: list[str], tree: Tree) -> None:
    _check(lines, tree)


_PART = st.sampled_from(["a*", "*a", "a", "b", "[ab]", "[ab]*", "?", "*", "**", "**a", "a**", "a{1,2}", "a?*", ".*"])
_PATH = st.builds(lambda sign, parts: sign + "/".join(parts), st.sampled_from(["", "!"]), st.lists(_PART, min_size=1))
_SHORT = st.lists(st.sampled_from(["a", "b", "ab", "aa", "c\n"]), min_size=1, max_size=4).map("/".join)
_DEEP = st.recursive(
    st.none(), lambda below: st.dictionaries(st.text("ab\n", min_size=1, max_size=2), below, max_size=3)
)


@settings(max_examples=500)
@given(st.lists(_PATH, max_size=8), st.dictionaries(_NAME, _DEEP, max_size=3))
def test_paths_of_wild_parts(lines: list[str], tree: Tree) -> None:
    _check(lines, tree)


@settings(max_examples=400)
@given(st.lists(_PATH, max_size=8), _SHORT, st.booleans())
def test_explained_without_asking_each_pattern(lines: list[str], path: str, classic: bool) -> None:
    try:
        ignore = DockerIgnore(PatternSet(lines))
    except PatternError:
        return
    assert ignore._explained(path, classic=classic) == ignore.explain(path, classic=classic)


@settings(max_examples=200)
@given(st.lists(_PATH, max_size=8), st.dictionaries(_NAME, _DEEP, max_size=3))
def test_very_many_patterns(lines: list[str], tree: Tree) -> None:
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(deciding, "_FEW_BITS", 0)
        _check(lines, tree)


@settings(max_examples=600)
@given(st.lists(_PATTERN | _PATH, max_size=8), st.dictionaries(_NAME, _TREE | _DEEP, max_size=4))
def test_many_patterns_as_one_automaton(lines: list[str], tree: Tree) -> None:
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(deciding, "_MANY_TESTS", 1)
        patched.setattr(deciding, "_OFTEN", 0)
        _check(lines, tree)


@settings(max_examples=400)
@given(st.integers(0, 2**32))
def test_realistic(seed: int) -> None:
    rng = random.Random(seed)
    entries = random_tree(rng, 40)
    lines = [random_pattern(rng, entries) for _ in range(rng.randint(0, 10))]
    _check([line for line in lines if not line.startswith("#")], nested(entries))


def test_a_directory_that_cannot_change_any_more_is_settled() -> None:
    root = scope(PatternSet(["node_modules", "*.log", "!keep"]))
    assert root.settled is None
    excluded, inside = root.enter("node_modules")
    assert excluded
    assert inside.settled is True
    assert root.enter("src")[1].settled is False


def test_patterns_that_fail_on_use_are_decided_one_by_one() -> None:
    inside = scope(PatternSet(["a", "![z-a]"]))
    assert inside.matched(["b"]) == bytes([False])


def test_hostile_patterns_stay_small() -> None:
    """The work is bounded by the number of characters, not by the number of ways to match them."""
    patterns = PatternSet(["*a" * 60 + "b", "**/" * 60 + "x*y*z", "[a-z]*" * 60 + "!"])
    assert scope(patterns).matched(["a" * 255, "z" * 255]) == bytes(2)


def test_what_has_no_end_matches_all_below_a_directory_that_it_matches() -> None:
    """As a backslash at the end: it takes the end of the expression for a character."""
    agree(PatternSet(["**$d", "!*/a]", "**/*\\"]), {"$d": {"a]": None}, "x": {"$d": {"a]": None, "b": {"a]": None}}}})
