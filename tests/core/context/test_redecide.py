"""Deciding an unfiltered tree again: the same as walking the directory with those patterns."""

import random
from pathlib import Path

import pytest

from ctxopt import BuildContext
from ctxopt.core.context.tree import View
from ctxopt.core.context.walk import redecide, walk
from ctxopt.core.dockerignore.patterns import PatternSet
from ctxopt.errors import PatternError
from tests.support.refusing import refuse_to_open
from tests.support.systems import not_as_root
from tests.support.trees import random_pattern, random_tree, write_case


def _random_set(rng: random.Random, tree: list[dict[str, object]]) -> PatternSet:
    while True:
        try:
            return PatternSet(random_pattern(rng, tree).strip() for _ in range(rng.randint(0, 8)))
        except PatternError:
            continue


@pytest.mark.parametrize("seed", range(60))
def test_a_tree_decided_again_equals_a_walk(seed: int, tmp_path: Path) -> None:
    rng = random.Random(seed)
    tree = random_tree(rng)
    write_case(tmp_path, {"tree": tree, "ignore_files": {}, "dockerfile": "FROM scratch\n"})
    unfiltered = walk(str(tmp_path), PatternSet(()), PatternSet(()))
    for _ in range(3):
        buildkit = _random_set(rng, tree)
        classic = buildkit if rng.random() < 0.5 else _random_set(rng, tree)
        again, walked = redecide(unfiltered, buildkit, classic), walk(str(tmp_path), buildkit, classic)
        assert again.effective == walked.effective
        assert {view: str(error) for view, error in again.refusals.items()} == {
            view: str(error) for view, error in walked.refusals.items()
        }
        for view in (View.BUILDKIT, View.CLASSIC):
            if view not in walked.refusals:
                assert again.entries(view) == walked.entries(view)


@not_as_root
def test_an_unreadable_file_is_an_error_only_for_builders_that_send_it(tmp_path: Path) -> None:
    (tmp_path / "closed").mkdir(mode=0)
    (tmp_path / "secret").touch(mode=0)
    unfiltered = walk(str(tmp_path), PatternSet(()), PatternSet(()))
    assert set(unfiltered.refusals) == {View.BUILDKIT, View.CLASSIC}
    assert redecide(unfiltered, PatternSet(["closed", "secret"]), PatternSet(["closed", "secret"])).refusals == {}
    assert set(redecide(unfiltered, PatternSet(["closed"]), PatternSet(["closed"])).refusals) == {View.CLASSIC}


def test_a_problem_counts_for_the_builders_that_meet_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "closed").mkdir()
    refuse_to_open(monkeypatch, "closed", PermissionError(13, "Permission denied"))
    unfiltered = walk(str(tmp_path), PatternSet(()), PatternSet(()))
    nothing, closed = PatternSet(()), PatternSet(["closed"])
    assert set(redecide(unfiltered, closed, nothing).refusals) == {View.CLASSIC}
    assert set(redecide(unfiltered, nothing, closed).refusals) == {View.BUILDKIT}
    assert redecide(unfiltered, closed, closed).refusals == {}


def test_builds_that_differ_in_their_dockerfiles_share_what_is_decided_alike(tmp_path: Path) -> None:
    """The legacy client sends each Dockerfile; that makes a tree of its own only where a pattern excludes it."""
    files = {"a/Dockerfile": "FROM scratch\nCOPY . /\n", "b/Dockerfile": "FROM scratch\nCOPY . /\n", "x.md": ""}
    for path, content in {**files, "c/Dockerfile": files["a/Dockerfile"], ".dockerignore": "*.md\nc\n"}.items():
        (tmp_path / path).parent.mkdir(exist_ok=True)
        (tmp_path / path).write_text(content)
    unfiltered = walk(str(tmp_path), PatternSet(()), PatternSet(()))
    first, second, third = (
        BuildContext(str(tmp_path), str(tmp_path / name / "Dockerfile"), unfiltered=unfiltered) for name in "abc"
    )
    assert first.tree is second.tree
    assert first.tree is not third.tree
    assert "c/Dockerfile" not in first.classic_entries
    assert "c/Dockerfile" in third.classic_entries
