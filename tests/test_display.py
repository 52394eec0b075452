"""Names as people may safely see them."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ctxopt.display import printable
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
    ],
)
def test_what_is_shown(text: str, shown: str) -> None:
    assert printable(text) == shown
    assert _read_back(shown) == text


@given(st.text(st.one_of(st.sampled_from("\\nrtxuU0129af\n\x1b\x85\udc85\ud800\u202e é"), st.characters())))
def test_no_two_texts_look_the_same(text: str) -> None:
    shown = printable(text)
    assert_inert(shown, "line")
    assert _read_back(shown) == text
