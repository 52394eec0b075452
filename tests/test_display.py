"""Names as people may safely see them."""

import io
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ctxopt.display import alike, inert, printable
from ctxopt.render.stream import InertStream
from tests.support.inert import assert_inert

_ESCAPE = re.compile(r"\\(?:\\|([nrt])|x([0-9a-f]{2})|u([0-9a-f]{4})|U([0-9a-f]{8}))")


def _read_back(shown: str) -> str:
    """The text that is shown so."""

    def one(found: re.Match[str]) -> str:
        letter, byte, short, long = found.groups()
        if letter:
            return {"n": "\n", "r": "\r", "t": "\t"}[letter]
        if byte:
            code = int(byte, 16)
            return chr(code if code < 0x80 else 0xDC00 + code)
        return chr(int(short or long, 16)) if short or long else "\\"

    return _ESCAPE.sub(one, shown)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain", "plain"),
        ("a\\*b", "a\\*b"),
        ("a\nb", "a\\nb"),
        ("a\\nb", "a\\\\nb"),
        ("a\\\nb", "a\\\\\\nb"),
        ("\\\\", "\\\\\\"),
        ("\x1b[31m", "\\x1b[31m"),
        ("\udc85", "\\x85"),
        ("\x85", "\\u0085"),
        ("\u202e\u3000", "\\u202e\\u3000"),
        ("\U000e0001é日", "\\U000e0001é日"),
        ("e\u0301\u0302", "e\u0301\u0302"),
        ("\u0301e/\u0301", "\\u0301e/\\u0301"),
        ("\u202e\u0301", "\\u202e\\u0301"),
        ("a\ufe0f\u20e3\u2800\u3164", "a\\ufe0f\\u20e3\\u2800\\u3164"),
        ("##[error]##vso[x]", "\\x23#[error]\\x23#vso[x]"),
        ("###[x]# ## [##", "#\\x23#[x]# ## [##"),
        ("::x", "::x"),
    ],
)
def test_what_is_shown(text: str, shown: str) -> None:
    assert printable(text) == shown
    assert _read_back(shown) == text


@given(
    st.text(st.one_of(st.sampled_from("#[\u0301\u2800/\\nrtxuU0129af\n\x1b\x85\udc85\ud800\u202e é"), st.characters()))
)
def test_what_is_shown_can_be_read_back(text: str) -> None:
    shown = printable(text)
    assert_inert(shown, "line")
    assert _read_back(shown) == text


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("a::b\n::c::d", "a::b\n\\x3a:c::d"),
        (" \t::a", " \t\\x3a:a"),
        ("\x1b[31m::a", "\x1b[31m\\x3a:a"),
        (":a\n:", ":a\n:"),
        (":::", "\\x3a::"),
        ("a ##[b", "a \\x23#[b"),
    ],
)
def test_no_line_is_a_command(text: str, shown: str) -> None:
    assert inert(text) == shown


@given(st.lists(st.text(st.sampled_from(":# [v")), min_size=1))
def test_no_line_is_a_command_in_what_a_stream_is_given(lines: list[str]) -> None:
    out = io.StringIO()
    stream = InertStream(out)
    stream.write("head ")
    for line in lines:
        stream.write(line + "\n")
    assert_inert(out.getvalue(), "text")
    assert out.getvalue().startswith("head " + inert("x" + lines[0])[1:])


def test_lines_that_differ_in_names_alone() -> None:
    reads = [f"src/{name}/Dockerfile: it reads nothing of src/{name}" for name in "abcd"]
    unknown = ["skipped: x.md:1: unknown instruction FOO", "skipped: y.md:20: unknown instruction BAR"]
    assert alike([*reads, unknown[0], "another", unknown[1]], "-v") == [
        "src/a/Dockerfile: it reads nothing of src/a (and 3 more like this; -v lists them)",
        *unknown,
        "another",
    ]
    assert alike([], "-v") == []
