"""Edits of ignore files by their lines."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ctxopt.core.dockerignore.reader import read_lines
from ctxopt.edits import applied
from ctxopt.edits.ignore_file import with_comment_above, with_pattern, without_lines
from ctxopt.edits.lines import Lines

_plain = st.lists(st.sampled_from([b"a", b"# c", b"", b" b ", b"x\r", b"\xff"]), max_size=8).map(b"\n".join)


@pytest.mark.parametrize(
    ("data", "numbers", "expected"),
    [
        (b"a\nb\nc\n", {2}, b"a\nc\n"),
        (b"a\r\n\r\n# c\r\nd", {2, 4}, b"a\r\n# c\r\n"),
        (b"\xef\xbb\xbfa\nb\n", {1}, b"\xef\xbb\xbfb\n"),
        (b"a\rb\nc", {1}, b"c"),
        (b"a\n", {0, 7}, b"a\n"),
        (b"", {1}, b""),
    ],
)
def test_removing_lines(data: bytes, numbers: set[int], expected: bytes) -> None:
    assert without_lines(data, numbers) == expected


@given(_plain.map(lambda data: b"first\n" + data), st.sets(st.integers(2, 9)))
def test_lines_are_numbered_as_docker_counts_them(data: bytes, numbers: set[int]) -> None:
    kept = [line.text for line in read_lines(data, "f") if line.number not in numbers]
    assert [line.text for line in read_lines(without_lines(data, numbers), "f")] == kept


@pytest.mark.parametrize(
    ("data", "number", "expected"),
    [
        (b"node_modules\n", 1, b"**/new\n"),
        (b"\xef\xbb\xbfa\r\nb\r\n", 1, b"\xef\xbb\xbf**/new\r\nb\r\n"),
        (b"a\n  ! b \t\n", 2, b"a\n  ! **/new \t\n"),
        (b"a\nb", 2, b"a\n**/new"),
    ],
)
def test_only_the_pattern_of_a_line_is_replaced(data: bytes, number: int, expected: bytes) -> None:
    assert applied(data, [with_pattern(Lines("f", data), number, "**/new")]) == expected


@pytest.mark.parametrize("end", [b"\n", b"\r\n"])
def test_a_comment_behind_a_pattern_moves_above_it(end: bytes) -> None:
    data = end.join([b"a", b"*.log  # logs", b"b", b""])
    lines = Lines("f", data)
    edited = applied(data, [with_comment_above(lines, 2, 5)])
    assert edited == end.join([b"a", b"# logs", b"*.log", b"b", b""])
