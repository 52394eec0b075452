"""Lines as bufio.Scanner cuts them, and paths as path.Clean makes them."""

import posixpath

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ctxopt.core.golang import paths
from ctxopt.core.golang.text import MAX_LINE_BYTES, LineTooLong, decode, replace_invalid, scan_lines, trim_space


@given(st.binary(max_size=200))
def test_lines_joined_again_are_the_data(data: bytes) -> None:
    assert "".join(scan_lines(data)).encode("utf-8", "surrogateescape") == data


@pytest.mark.parametrize(
    ("data", "fits"),
    [
        (b"x" * (MAX_LINE_BYTES - 1) + b"\n", True),
        (b"x" * (MAX_LINE_BYTES - 1), True),
        (b"x" * MAX_LINE_BYTES, False),
        (b"x" * MAX_LINE_BYTES + b"\n", False),
    ],
)
def test_longest_line(data: bytes, fits: bool) -> None:
    if fits:
        assert len(list(scan_lines(b"a\n" + data))) == 2
    else:
        with pytest.raises(LineTooLong) as caught:
            list(scan_lines(b"a\n" + data))
        assert caught.value.line == 2


def test_white_space_is_unicodes() -> None:
    assert trim_space("\u3000\x85 a\x1f \t") == "a\x1f"


def test_invalid_bytes() -> None:
    assert replace_invalid(decode(b"a\xffb")) == "a\ufffdb"


@pytest.mark.parametrize(
    ("path", "clean"),
    [("", "."), ("a/../..", ".."), ("/../a", "/a"), ("a//b/./c/..", "a/b"), ("/", "/"), ("./.", "."), ("//", "/")],
)
def test_clean(path: str, clean: str) -> None:
    assert paths.clean(path) == clean


@given(st.text("ab./", max_size=12))
def test_clean_as_posix_does(path: str) -> None:
    expected = posixpath.normpath(path)
    # POSIX keeps two leading slashes; Go does not.
    assert paths.clean(path) == ("/" + expected.lstrip("/") if expected.startswith("//") else expected)


def test_join_base_parent() -> None:
    assert paths.join("", "") == ""
    assert paths.join("a", "", "../b") == "b"
    assert [paths.base(path) for path in ("", "/", "a/b/", "a")] == [".", "/", "b", "a"]
    assert [paths.parent(path) for path in ("", "/", "a/b/", "a", "/a")] == [".", "/", "a/b", ".", "/"]
