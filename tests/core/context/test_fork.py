"""A walk shared with a forked child finds what one process finds."""

import os
import random
import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from ctxopt.core.context import fork, walk
from ctxopt.core.context.tree import Directory, Tree
from ctxopt.core.context.walk import IgnoredPolicy
from ctxopt.core.dockerignore.patterns import PatternSet
from ctxopt.errors import PatternError
from tests.support.refusing import refuse_to_open
from tests.support.trees import random_pattern, random_tree, write_case

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")


def test_each_task_is_done_once() -> None:
    done: list[int] = []
    theirs, found = fork.share(20, done.append, lambda numbers: [numbers, sum(numbers)])
    assert sorted(done + theirs) == list(range(20))
    assert found == [theirs, sum(theirs)]


def test_a_task_that_the_child_does_not_finish_is_done_by_the_parent() -> None:
    here = os.getpid()
    taken, given = os.pipe()
    done: list[int] = []

    def do(number: int) -> None:
        if os.getpid() != here:
            os.write(given, b"x")
            os.kill(os.getpid(), signal.SIGKILL)
        if not done:
            # The child must have had a turn before the parent takes the last task.
            os.read(taken, 1)
        done.append(number)

    theirs, _ = fork.share(9, do, lambda numbers: numbers)
    assert theirs == []
    assert sorted(done) == list(range(9))


def test_a_parent_that_gives_up_leaves_no_child_behind() -> None:
    here = os.getpid()
    taken, given = os.pipe()
    waited: list[bytes] = []

    def do(number: int) -> None:
        if os.getpid() == here:
            os.write(given, b"x")
            raise KeyboardInterrupt
        if not waited:
            # The child must leave the parent a task.
            os.close(given)
            waited.append(os.read(taken, 1))

    with pytest.raises(KeyboardInterrupt):
        fork.share(200, do, lambda numbers: b"x" * 1_000_000)
    with pytest.raises(ChildProcessError):
        os.waitpid(-1, os.WNOHANG)


def _rows(directory: Directory) -> object:
    below = {name: _rows(inside) for name, inside in directory.subdirectories.items()}
    return (
        (directory.path, directory.index, directory.names),
        (directory.kinds, directory.sizes, directory.flags),
        below,
    )


def _told(tree: Tree) -> object:
    return _rows(tree.root), tree.pruned, tree.problems, tree.effective


def _patterns(rng: random.Random, tree: list[Any]) -> PatternSet:
    while True:
        try:
            found = PatternSet([random_pattern(rng, tree) for _ in range(3)])
        except PatternError:
            continue
        if not found.fails_on_use:
            return found


def _share_fairly(tasks: int, do: Callable[[int], None], results: Callable[[list[int]], Any]) -> Any:
    """As `share`, but the parent takes its second task only when the child has done one, or has exited."""
    here = os.getpid()
    taken, given = os.pipe()
    waited: list[bytes] = []

    def fairly(number: int) -> None:
        do(number)
        if os.getpid() != here:
            os.write(given, b"x")
        elif not waited:
            os.close(given)
            waited.append(os.read(taken, 1))

    found = fork.share(tasks, fairly, results)
    os.close(taken)
    assert tasks == 1 or len(found[0]) == tasks or waited == [b"x"]
    return found


@pytest.mark.parametrize("ignored", list(IgnoredPolicy))
@pytest.mark.parametrize("seed", range(12))
def test_a_shared_walk_finds_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, seed: int, ignored: IgnoredPolicy
) -> None:
    rng = random.Random(seed)
    tree = random_tree(rng)
    write_case(tmp_path, {"tree": tree, "ignore_files": {}, "dockerfile": "FROM scratch\n"})
    one, other = _patterns(rng, tree), _patterns(rng, tree)
    classic = rng.choice((one, other))
    refuse_to_open(monkeypatch, rng.choice("abc"), PermissionError(13, "Permission denied"))
    alone = walk.walk(str(tmp_path), one, classic, ignored=ignored)
    monkeypatch.setattr(walk, "_LARGE", 1)
    monkeypatch.setattr(walk, "MOST_TASKS", 2)
    monkeypatch.setattr(walk, "can_share", lambda: True)
    monkeypatch.setattr(walk, "share", _share_fairly)
    assert _told(walk.walk(str(tmp_path), one, classic, ignored=ignored)) == _told(alone)
