"""Words, quotes and variables as BuildKit expands them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ctxopt.core.dockerfile.lex import Lex, LexError

ENV = {"V": "value", "E": "", "P": "a/b/c.tar.gz", "S": "foo*bar", "N": "x\ny"}


@pytest.mark.parametrize(
    ("word", "text"),
    [
        ("plain", "plain"),
        ("$V", "value"),
        ("a${V}b", "avalueb"),
        ("$NONE|", "|"),
        ("'$V'", "$V"),
        ('"$V x"', "value x"),
        ('"\\$V"', "$V"),
        ("\\$V", "$V"),
        ('"a\\b"', "a\\b"),
        ("a\\", "a"),
        ("$", "$"),
        ("$1x", "x"),
        ("${V:-d}", "value"),
        ("${E:-d}", "d"),
        ("${E-d}", ""),
        ("${NONE-d}", "d"),
        ("${NONE:-$V}", "value"),
        ("${V:+d}", "d"),
        ("${E:+d}", ""),
        ("${E+d}", "d"),
        ("${NONE+d}", ""),
        ("${V:?must}", "value"),
        ("${P#*/}", "b/c.tar.gz"),
        ("${P##*/}", "c.tar.gz"),
        ("${P%.*}", "a/b/c.tar"),
        ("${P%%.*}", "a/b/c"),
        ("${S#foo\\*}", "bar"),
        ("${P/b/X}", "a/X/c.tar.gz"),
        ("${P//./-}", "a/b/c-tar-gz"),
        ("${P//\\//_}", "a_b_c.tar.gz"),
        ("${P/[a-z]/X}", "a/b/c.tar.gz"),
        ("${P/?\\//X}", "Xb/c.tar.gz"),
        ("${P/*/X}", "X"),
        ("${NONE/a/b}", ""),
        ("${N#*}", "x\ny"),
        ("${N##*}", "\ny"),
    ],
)
def test_expands(word: str, text: str) -> None:
    assert Lex().expand(word, ENV).text == text


@pytest.mark.parametrize(
    "word",
    [
        "'a",
        '"a',
        "${",
        "${V",
        "${}",
        "${:x}",
        "${{V}}",
        "${V:}",
        "${V:x}",
        "${V!}",
        "${NONE?gone}",
        "${E:?}",
        "${V/a",
        "${V#\\q}",
    ],
)
def test_refused(word: str) -> None:
    with pytest.raises(LexError):
        Lex().expand(word, ENV)


def test_the_message_of_a_required_variable() -> None:
    with pytest.raises(LexError, match="NONE: please set it"):
        Lex().expand("${NONE:?please set it}", ENV)


def test_the_other_escape_character() -> None:
    assert Lex("`").expand("c:\\dir`$V", ENV).text == "c:\\dir$V"


def test_words_are_split_after_expansion_but_not_inside_quotes() -> None:
    assert Lex().expand("a $W 'b c' d\\ e", {"W": "x y"}).words == ("a", "x", "y", "b c", "d e")


def test_used_and_unset_variables() -> None:
    result = Lex().expand("$V ${NONE:-$E}", ENV)
    assert result.used == {"V", "E"}
    assert result.unset == {"NONE"}


@given(st.text("a$V{}:-+?#%/*\\'\" `\n", max_size=14))
def test_never_anything_but_text_or_a_clear_error(word: str) -> None:
    try:
        text = Lex().expand(word, ENV).text
    except LexError as error:
        text = str(error)
    assert isinstance(text, str)


def test_patterns_in_expansions_do_not_backtrack() -> None:
    env = {"X": "a" * 20_000}
    assert Lex().expand("${X#" + "*a" * 40 + "b}", env).text == env["X"]
    assert Lex().expand("${X//a*b/-}", env).text == env["X"]
    assert Lex().expand("${X//a/b}", env).text == "b" * 20_000


def test_a_variable_that_may_be_set_is_not_demanded() -> None:
    assert Lex().expand("a${NONE?}", {}, may_be_set=True).text == "a"
    with pytest.raises(LexError):
        Lex().expand("${NONE?}", {})
