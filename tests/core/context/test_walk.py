"""The walk: what it records, what it skips, and what it does with things that are no plain files."""

import os
import random
import socket
from pathlib import Path

import pytest

from ctxopt.core.context.stepwise import decide_stepwise
from ctxopt.core.context.tree import KEPT, EntryKind, Totals, Tree, View
from ctxopt.core.context.walk import IgnoredPolicy, walk
from ctxopt.core.dockerignore.patterns import PatternSet
from ctxopt.errors import ContextError, PatternError
from tests.support.refusing import refuse_to_open
from tests.support.systems import fifo
from tests.support.trees import random_case, random_pattern, write_case

BOTH = View.BUILDKIT | View.CLASSIC


def look(root: Path, *lines: str, ignored: IgnoredPolicy = IgnoredPolicy.SKIP) -> Tree:
    patterns = PatternSet(lines)
    return walk(str(root), patterns, patterns, ignored=ignored)


def touch(root: Path, *names: str) -> None:
    for name in names:
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"x" * len(name))


def test_entries_and_sizes(tmp_path: Path) -> None:
    touch(tmp_path, "b", "a/x.log", "a/y", "c/z")
    tree = look(tmp_path, "c", "**/*.log")
    assert tree.entries(View.BUILDKIT) == ["a/", "a/y", "b"]
    assert sum(tree.root.sizes) == 1
    assert [flags & KEPT for flags in tree.root.flags] == [KEPT, KEPT, 0]


def test_buildkit_sends_the_parent_directories_of_kept_files(tmp_path: Path) -> None:
    touch(tmp_path, "a/b/keep", "a/b/other", "a/c/other")
    tree = look(tmp_path, "a", "!a/b/keep")
    assert tree.entries(View.BUILDKIT) == ["a/", "a/b/", "a/b/keep"]
    assert tree.entries(View.CLASSIC) == ["a/b/keep"]


def test_the_classic_client_does_not_follow_a_wild_exception_into_a_directory(tmp_path: Path) -> None:
    touch(tmp_path, "a/keep")
    tree = look(tmp_path, "a", "!**/keep")
    assert tree.entries(View.BUILDKIT) == ["a/", "a/keep"]
    assert tree.entries(View.CLASSIC) == []


def test_each_builder_has_its_own_patterns(tmp_path: Path) -> None:
    touch(tmp_path, "a", "b")
    tree = walk(str(tmp_path), PatternSet(["a"]), PatternSet(["b"]))
    assert (tree.entries(View.BUILDKIT), tree.entries(View.CLASSIC)) == (["b"], ["a"])


@pytest.mark.parametrize("ignored", list(IgnoredPolicy))
def test_excluded_directories_are_recorded_as_the_policy_says(tmp_path: Path, ignored: IgnoredPolicy) -> None:
    touch(tmp_path, "out/a", "out/b/cc", "in")
    tree = look(tmp_path, "out", ignored=ignored)
    assert tree.entries(BOTH) == ["in"]
    assert tree.pruned == ({"out": Totals(2, 13)} if ignored is IgnoredPolicy.MEASURE else {})
    recorded = [directory.path for directory in tree.directories()]
    assert recorded == (["", "out", "out/b"] if ignored is IgnoredPolicy.RECORD else [""])


def test_links_are_entries_and_never_followed(tmp_path: Path) -> None:
    touch(tmp_path, "real/file")
    (tmp_path / "to_directory").symlink_to("real")
    (tmp_path / "around").symlink_to(".")
    (tmp_path / "outside").symlink_to("/etc")
    tree = look(tmp_path)
    assert tree.entries(BOTH) == ["around", "outside", "real/", "real/file", "to_directory"]
    assert list(tree.root.kinds) == [EntryKind.SYMLINK, EntryKind.SYMLINK, EntryKind.DIRECTORY, EntryKind.SYMLINK]


def test_sockets_and_fifos(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fifo(tmp_path / "fifo")
    monkeypatch.chdir(tmp_path)
    with socket.socket(socket.AF_UNIX) as bound:
        bound.bind("sock")
        tree = look(tmp_path)
    assert tree.entries(View.BUILDKIT) == ["fifo", "sock"]
    assert tree.entries(View.CLASSIC) == ["fifo"]


def test_an_unreadable_directory_is_fatal_unless_it_is_excluded(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    touch(tmp_path, "closed/x", "open/y")
    refuse_to_open(monkeypatch, "closed", PermissionError(13, "Permission denied"))
    tree = look(tmp_path)
    with pytest.raises(ContextError, match="closed: Permission denied"):
        tree.entries(View.BUILDKIT)
    assert look(tmp_path, "closed").entries(BOTH) == ["open/", "open/y"]


def test_a_directory_that_vanishes_is_reported(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    touch(tmp_path, "gone/x", "stays")
    refuse_to_open(monkeypatch, "gone", FileNotFoundError(2, "No such file or directory"))
    tree = look(tmp_path)
    assert tree.entries(View.BUILDKIT) == ["gone/", "stays"]
    assert [problem.path for problem in tree.problems] == ["gone"]


def test_a_root_that_cannot_be_read(tmp_path: Path) -> None:
    with pytest.raises(ContextError, match="cannot read the build context"):
        look(tmp_path / "nowhere")


def test_names_that_are_not_utf8(tmp_path: Path) -> None:
    try:
        (tmp_path / os.fsdecode(b"a\xff\n")).touch()
    except OSError:
        pytest.skip("this file system takes only UTF-8 names")
    assert look(tmp_path).entries(BOTH) == ["a\udcff\n"]
    assert look(tmp_path, "a??").entries(BOTH) == []


def test_a_deep_tree(tmp_path: Path) -> None:
    depth = 400
    path = tmp_path
    for _ in range(depth):
        path = path / "d"
    path.mkdir(parents=True)
    (path / "x").touch()
    assert len(look(tmp_path).entries(BOTH)) == depth + 1
    assert look(tmp_path, "**/x").entries(View.CLASSIC)[-1] == "d/" * depth


def test_progress_counts_entries(tmp_path: Path) -> None:
    touch(tmp_path, "a/b", "c")
    seen: list[int] = []
    walk(str(tmp_path), PatternSet(()), PatternSet(()), progress=seen.append)
    assert sum(seen) == 3


def test_a_pattern_that_fails_on_use_fails_for_each_builder_by_itself(tmp_path: Path) -> None:
    touch(tmp_path, "a/b", "c")
    tree = look(tmp_path, "a", "!a/[z-a]")
    for view in (View.BUILDKIT, View.CLASSIC):
        with pytest.raises(PatternError):
            tree.entries(view)
    assert look(tmp_path, "zzz", "!a/[z-a]").entries(BOTH) == ["a/", "a/b", "c"]


@pytest.mark.parametrize("seed", range(150))
def test_the_walk_is_as_the_builders_own_step_by_step(tmp_path: Path, seed: int) -> None:
    case = random_case(seed)
    write_case(tmp_path, case)
    rng = random.Random(seed)
    lines = [random_pattern(rng, case["tree"]) for _ in range(rng.randint(0, 9))]
    try:
        patterns = PatternSet(line for line in lines if not line.startswith("#"))
    except PatternError:
        return
    fast = walk(str(tmp_path), patterns, patterns)
    plain = walk(str(tmp_path), PatternSet(()), PatternSet(()), ignored=IgnoredPolicy.RECORD)
    for directory in plain.directories():
        directory.flags = bytearray(len(directory.flags))
    refusals = decide_stepwise(plain.root, patterns, patterns)
    for view in (View.BUILDKIT, View.CLASSIC):
        if view in refusals:
            with pytest.raises(PatternError):
                fast.entries(view)
        else:
            assert fast.entries(view) == plain.entries(view)
