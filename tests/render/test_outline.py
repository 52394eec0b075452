"""The lines of a tree that fit into little room."""

from pathlib import Path

from ctxopt import analyze
from ctxopt.render.outline import Row, outline
from tests.support.contexts import context
from tests.support.deep import deep_tree


def _outline(root: Path, room: int, files: dict[str, int], used: str) -> list[tuple[int, str, int]]:
    context(root, files, f"FROM scratch\nCOPY {used} /\n")
    return [(row.depth, row.label, row.size) for row in outline(analyze(str(root)).unused_tree, room)]


_FILES = {
    **{f"big/{name}/file": 1000 for name in "abc"},
    **{f"big/{name}/used": 1 for name in "abc"},
    "small/file": 10,
    "small/used": 1,
    "whole/a": 100,
    "whole/b": 100,
    "loose": 5,
}


def test_the_largest_is_opened_as_long_as_there_is_room(tmp_path: Path) -> None:
    assert _outline(tmp_path, 20, _FILES, "big/*/used small/used") == [
        (0, "big/", 3000),
        (1, "a/", 1000),
        (2, "file", 1000),
        (1, "b/", 1000),
        (2, "file", 1000),
        (1, "c/", 1000),
        (2, "file", 1000),
        (0, "whole/", 200),
        (0, "small/", 10),
        (1, "file", 10),
        (0, "loose", 5),
    ]
    assert [row[1] for row in _outline(tmp_path, 8, _FILES, "big/*/used small/used")] == [
        *("big/", "a/", "file", "b/", "c/", "whole/", "small/", "loose")
    ]
    assert _outline(tmp_path, 2, _FILES, "big/*/used small/used") == [
        (0, "big/", 3000),
        (0, "whole/", 200),
        (0, "(2 more)", 15),
    ]


def test_a_tree_deeper_than_python_may_recurse(tmp_path: Path) -> None:
    context(tmp_path, {"x": 1}, "FROM scratch\nCOPY d/d/f x /\n")
    with deep_tree(tmp_path, 1100):
        rows = outline(analyze(str(tmp_path)).unused_tree, 5000)
    assert rows
    assert all(isinstance(row, Row) for row in rows)
