"""Which patterns of an ignore file decide about something in a context."""

import random
from pathlib import Path

import pytest

from ctxopt.core.context.tree import View
from ctxopt.core.context.walk import walk
from ctxopt.core.dockerignore.patterns import PatternSet
from ctxopt.errors import PatternError
from tests.support.trees import random_pattern, random_tree, write_case


def _effective(root: Path, *lines: str) -> list[str]:
    patterns = PatternSet(lines)
    places = walk(str(root), patterns, patterns).effective
    assert places is not None
    return [lines[place] for place in sorted(places)]


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        (("a", "missing", "*.log"), ["a", "*.log"]),
        (("a", "a/b.log"), ["a"]),
        (("a/b.log", "a"), ["a"]),
        (("a", "a"), ["a"]),
        (("!a", "a"), ["a"]),
        (("a", "!a/c"), ["a", "!a/c"]),
        (("a", "!a/missing"), ["a"]),
        (("a", "!a"), ["a", "!a"]),
        (("a/**", "x.log"), ["a/**", "x.log"]),
        (("**/*.log", "x.log"), ["**/*.log"]),
        (("a", "!a/c", "**/c"), ["a", "!a/c", "**/c"]),
    ],
)
def test_effective_patterns(tmp_path: Path, lines: tuple[str, ...], expected: list[str]) -> None:
    (tmp_path / "a").mkdir()
    for name in ("x.log", "a/b.log", "a/c"):
        (tmp_path / name).touch()
    assert _effective(tmp_path, *lines) == expected


@pytest.mark.parametrize("seed", range(8))
def test_a_pattern_without_effect_can_go(tmp_path: Path, seed: int) -> None:
    rng = random.Random(seed)
    removed = 0
    for number in range(40):
        root = tmp_path / str(number)
        entries = random_tree(rng)
        write_case(root, {"tree": entries, "ignore_files": {}, "dockerfile": ""})
        lines = [random_pattern(rng, entries) for _ in range(rng.randint(1, 8))]
        lines = [line for line in lines if line.strip()]
        try:
            patterns = PatternSet(lines)
        except PatternError:
            continue
        tree = walk(str(root), patterns, patterns)
        if tree.effective is None:
            continue
        for path in tree.entries(View.BUILDKIT):
            deciding = _deciding(patterns, path.rstrip("/"))
            assert not deciding or deciding & tree.effective, (lines, path)
        for place in set(range(len(lines))) - tree.effective:
            pattern = patterns.patterns[place]
            if pattern.exception:
                # It may keep a directory open for another exception.
                continue
            removed += 1
            without = PatternSet(lines[:place] + lines[place + 1 :])
            again = walk(str(root), without, without)
            for view in (View.BUILDKIT, View.CLASSIC):
                assert again.entries(view) == tree.entries(view), (lines, place)
    assert removed > 10


def _deciding(patterns: PatternSet, path: str) -> set[int]:
    """The places of the patterns that make the state what it is in the end, by the plain decision."""
    carried = None
    for cut in (*(i for i, char in enumerate(path) if char == "/"), len(path)):
        _, carried = patterns.decide(path[:cut], carried)
    state, deciding = False, set()
    for place, hit in enumerate(carried or ()):
        exception = patterns.patterns[place].exception
        if hit and exception == state:
            state, deciding = not state, {place}
        elif hit and deciding:
            deciding.add(place)
    return deciding
