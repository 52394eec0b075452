"""An ignore file's lines as Docker reads them."""

import pytest

from ctxopt.core.dockerignore.reader import read_lines
from ctxopt.errors import PatternError


def patterns(data: bytes) -> list[tuple[int, str]]:
    return [(line.number, line.pattern) for line in read_lines(data, ".dockerignore")]


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (b"\xef\xbb\xbfa\n", [(1, "a")]),
        (b"a\r\nb\r\n", [(1, "a"), (2, "b")]),
        (b"# c\n #a\n", [(2, "#a")]),
        (b"\n\n  \nx", [(4, "x")]),
        (b" ! a ", [(1, "!a")]),
        (b"!", [(1, "!")]),
        (b"/a\n!/b\n/\n", [(1, "a"), (2, "!b"), (3, "/")]),
        (b"a/./b//c/../d/\n", [(1, "a/b/d")]),
        (b"../x\n", [(1, "../x")]),
        (b"\xc2\xa0a\xe3\x80\x80\n", [(1, "a")]),
        (b"a\n\xef\xbb\xbfb\n", [(1, "a"), (2, "\ufeffb")]),
    ],
)
def test_lines(data: bytes, expected: list[tuple[int, str]]) -> None:
    assert patterns(data) == expected


def test_text_is_kept_as_written() -> None:
    (line,) = read_lines(b"  !  ./a/ \r\n", "f")
    assert (line.text, line.pattern) == ("  !  ./a/ ", "!a")


def test_a_line_too_long_names_file_and_line() -> None:
    with pytest.raises(PatternError, match=r"^\.dockerignore:2: a line is longer than 65535 bytes"):
        read_lines(b"a\n" + b"x" * 70_000, ".dockerignore")
