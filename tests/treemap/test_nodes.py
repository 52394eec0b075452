"""How a tree is summed up so that it stays small."""

from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from ctxopt.builds.opened import walk_unfiltered
from ctxopt.core.context.tree import EntryKind, Tree
from ctxopt.treemap.model import DIRECTORY, Nodes
from ctxopt.treemap.nodes import nodes
from tests.support.files import write
from tests.support.trees import temporary_directory

_FILES = {"a/big": 900, "a/b/s1": 3, "a/b/s2": 4, "a/b/c/s3": 5, "top": 50, "d/e/f": 300, "d/e/g": 1, "small": 2}


def _tree(files: dict[str, int]) -> Tree:
    with temporary_directory() as name:
        return walk_unfiltered(str(write(Path(name), files)))


def _rows(made: Nodes) -> set[tuple[str, int, int]]:
    """The files by path, with a star for those that are summed up: how many, and their bytes."""
    paths = [""]
    rows = set()
    for place in range(1, len(made.names)):
        name = made.names[place] or "*"
        paths.append(f"{paths[made.parents[place]]}/{name}".lstrip("/"))
        if made.statuses[place] != DIRECTORY:
            rows.add((paths[-1], made.files[place], made.sizes[place]))
    return rows


def _one_status(tree: Tree) -> dict[str, int]:
    return {directory.path: 0 for directory in tree.directories()}


def test_a_small_tree_is_shown_as_it_is() -> None:
    tree = _tree(_FILES)
    made = nodes(tree.directories(), _one_status(tree), frozenset())
    assert _rows(made) == {(path, 1, size) for path, size in _FILES.items()}
    assert all(above < place for place, above in enumerate(made.parents))


def test_several_that_are_small_are_summed_up_where_they_lie() -> None:
    tree = _tree(_FILES)
    made = nodes(tree.directories(), _one_status(tree), frozenset(), 7)
    # The largest seven are the root, a, a/big, d, d/e, d/e/f and top.
    assert _rows(made) == {
        ("a/big", 1, 900),
        ("a/*", 3, 12),
        ("d/e/f", 1, 300),
        ("d/e/g", 1, 1),
        ("top", 1, 50),
        ("small", 1, 2),
    }


def test_what_is_told_apart_in_any_case() -> None:
    tree = _tree(_FILES)
    statuses = {**_one_status(tree), "a/b/c": 1}
    made = nodes(tree.directories(), statuses, frozenset({1}), 7)
    assert ("a/b/c/s3", 1, 5) in _rows(made)
    assert ("a/*", 2, 7) in _rows(made)


_TREES = st.dictionaries(
    st.lists(st.sampled_from("abcd"), min_size=1, max_size=5).map(lambda parts: "/".join(parts) + "/f"),
    st.integers(0, 50),
    min_size=1,
    max_size=25,
)


@settings(max_examples=60)
@given(_TREES, st.integers(1, 30))
def test_nothing_is_lost(files: dict[str, int], most: int) -> None:
    tree = _tree(files)
    statuses = {
        directory.path: [(len(directory.path) + place) % 3 for place in range(len(directory.names))]
        for directory in tree.directories()
    }
    made = nodes(tree.directories(), statuses, frozenset(), most)
    sums = {status: [0, 0] for status in range(3)}
    for status, count, size in zip(made.statuses, made.files, made.sizes, strict=True):
        if status != DIRECTORY:
            sums[status][0] += count
            sums[status][1] += size
    expected = {status: [0, 0] for status in range(3)}
    for directory in tree.directories():
        for kind, size, status in zip(directory.kinds, directory.sizes, statuses[directory.path], strict=True):
            if kind != EntryKind.DIRECTORY:
                expected[status][0] += 1
                expected[status][1] += size
    assert sums == expected
    named = sum(1 for name, status in zip(made.names, made.statuses, strict=True) if name and status != DIRECTORY)
    # A file that is alone in its directory with its status is no sum.
    assert named <= most + 3 * made.statuses.count(DIRECTORY) or len(files) <= most
    assert all(name for name, count in zip(made.names[1:], made.files[1:], strict=True) if count == 1)
