"""The simple commands of shell text: lines, words, and hostile text."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ctxopt.image.shell.model import Command
from ctxopt.image.shell.parse import commands


def words(text: str) -> list[tuple[str, ...]]:
    found = commands(text)
    assert found is not None
    return [command.words for command in found]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", []),
        ("# only a comment", []),
        ("a; b\nc & d", ["a", "b", "c", "d"]),
        ("a && b || c", ["a", "b", "c"]),
        ("a | b |& c", ["a", "b", "c"]),
        ("! a", ["a"]),
        ("(a; b) && { c; }", ["a", "b", "c"]),
        ("if a; then b; elif c; then d; else e; fi", ["a", "b", "c", "d", "e"]),
        ("if a; then if b; then c; fi fi && d", ["a", "b", "c", "d"]),
        ("for i in x; do for j in y; do a; done done; b", ["a", "b"]),
        ("if a; then for i in x; do b; done fi", ["a", "b"]),
        ("while a; do b; done; until c; do d; done", ["a", "b", "c", "d"]),
        ("for i in x y; do a; done; for ((;;)); do b; done", ["a", "b"]),
        ("case $x in a|b) a;; *) b;; esac", ["a", "b"]),
        ("f() { a; }", ["a"]),
        ("A=1", []),
        ("A=$(a) B=`b`", ["a", "b"]),
        ("A=1 B='2' a", ["a"]),
        ("a <<X | b\nc $(d)\nX\ne", ["a", "b", "d", "e"]),
        ("[[ -n $(a) ]]", ["a"]),
        ("> out", []),
        ("< in", []),
    ],
)
def test_where_commands_stand(text: str, expected: list[str]) -> None:
    assert words(text) == [(name,) for name in expected]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a 'b c' \"d e\" f\\ g", ("b c", "d e", "f g")),
        ("a b'c'\"d\"e", ("bcde",)),
        ("a '' \"\"", ("", "")),
        ('a "  b\\"c\\$d\\e "', ('  b"c$d\\e ',)),
        ("a '\\n' \\n", ("\\n", "n")),
        ('a $H/x "$H"/x "${H:-y}/x"', ("$H/x", "$H/x", "${H:-y}/x")),
        ('a "  $H  \\$"', ("  $H  $",)),
        ("a $((1 + 2))x *.py {b,c} ~/d", ("$((1 + 2))x", "*.py", "{b,c}", "~/d")),
        ("a $'b\\tc\\x41\\101\\u00e9\\'\\q\\cA\\UFFFFFFFF'", ("b\tcAA\u00e9'\\q\x01\\UFFFFFFFF",)),
        ('a $"b c" $"d"e', ("b c", "de")),
        ("a b=c --d='e f' -g", ("b=c", "--d=e f", "-g")),
        ("a b\\\n  c", ("b", "c")),
        ("a b\\\nc", ("bc",)),
        ('a "b\\\nc"', ("bc",)),
        ("a é 日本", ("é", "日本")),
        ("a #b", ()),
        ("a b#c", ("b#c",)),
        ("a b > out 2>&1 >> log", ("b",)),
        ("a > out b 'c d' < in e", ("b", "c d", "e")),
        ("a <<X b\nX", ("b",)),
        ("a <<< b c", ("c",)),
        ("a <(b)", ("<(b)",)),
        ("a $ !b", ("$", "!b")),
    ],
)
def test_words(text: str, expected: tuple[str, ...]) -> None:
    assert words(text)[0] == ("a", *expected)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("export A=b C='d e' F", ("export", "A=b", "C=d e", "F")),
        ("local -r x", ("local", "-r", "x")),
        ("unset -f x", ("unset", "-f", "x")),
        ("[ -f 'a b' ]", ("[", "-f", "a b", "]")),
        ("[ ! -d a -o $x = y ]", ("[", "!", "-d", "a", "-o", "$x", "=", "y", "]")),
        ("test -f a", ("test", "-f", "a")),
        ('"$CMD" x', ("$CMD", "x")),
    ],
)
def test_commands_of_the_grammar_s_own(text: str, expected: tuple[str, ...]) -> None:
    assert words(text) == [expected]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a < f", [("a", "f")]),
        ("a <'f g' > h", [("a", "f g")]),
        ("< f a", [("a", "f")]),
        ("a 3< f", [("a", "f")]),
        ("a <&3", [("a",)]),
        ("a < f < g", [("a", "f", "g")]),
        ("a && b < f", [("a",), ("b", "f")]),
        ("a | b < f | c", [("a",), ("b", "f"), ("c",)]),
        ("a | b < f", [("a",), ("b", "f")]),
        ("(a; b) < f", [("a", "f"), ("b",)]),
        ("while a; do b; done < f", [("a", "f"), ("b",)]),
        ("for i in $(a); do b; done < f", [("a",), ("b", "f")]),
        ("{ a < f; } < g", [("a", "f", "g")]),
        ("a < <(b < f)", [("a",), ("b", "f")]),
        ("a <<X < f\nX", [("a", "f")]),
        ("a $(< f)", [("a",), ("cat", "f")]),
    ],
)
def test_what_is_read(text: str, expected: list[tuple[str, ...]]) -> None:
    found = commands(text)
    assert found is not None
    assert [(command.words[0], *command.reads) for command in found] == expected


def test_lines() -> None:
    text = "a\n\nb && \\\n  c\nsh -c 'd\ne'\nif f; then\n  g\nfi\n"
    found = commands(text)
    assert found is not None
    assert [(command.words[0], command.line) for command in found] == [
        *(("a", 0), ("b", 2), ("c", 3), ("sh", 4), ("d", 4), ("e", 5), ("f", 6), ("g", 7)),
    ]


@pytest.mark.parametrize(
    ("text", "inside"),
    [
        ("sh -c 'a; b'", ["a", "b"]),
        ('bash -lc "a $X && b"', ["a", "b"]),
        ("/bin/bash -euxo pipefail -c 'a | b' name arg", ["a", "b"]),
        ("bash -o pipefail --login -c -- a", ["a"]),
        ("sudo -u x env A=b sh -c 'a'", ["a"]),
        ("sh -c \"sh -c 'a'\"", ["sh", "a"]),
        ("sh -c 'echo $(a)'", ["echo", "a"]),
        # Text with substitutions of the outer shell is not parsed twice.
        ('sh -c "echo $(a)"', ["a"]),
        ("sh -c 'a; ('", []),
        ("sh -c", []),
        ("sh script -c a", []),
        ("sh -e script", []),
        ("bash --norc", []),
        ("ssh -c a", []),
    ],
)
def test_shells_in_shells(text: str, inside: list[str]) -> None:
    assert [found[0] for found in words(text)[1:]] == inside


def test_shells_in_shells_end() -> None:
    text = "a"
    for _ in range(7):
        text = "sh -c '" + text.replace("'", "'\\''") + "'"
    assert 2 <= len(words(text)) <= 6


@pytest.mark.parametrize("text", ["a (", "if a; then", "a 'b", 'a "b', "a |", ")", "a\0b", "a " * 5000, "${"])
def test_what_cannot_be_read(text: str) -> None:
    assert commands(text) is None


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("(", ")"),
        ("$(", ")"),
        ("{ ", ";}"),
        ("if ", "; then b; fi"),
        ("{ ", ";} <f"),
        ("! ", ""),
        ("((", "))"),
        ("a[", "]"),
    ],
)
def test_deep_nesting_is_no_problem_for_the_stack(before: str, after: str) -> None:
    for times in (10, 500):
        commands(before * times + "a" + after * times)
        commands(f"x {before * times}a{after * times} '{before * times}'")
        commands(f'x "{before * times}a{after * times}"')


def test_the_longest_text_is_parsed() -> None:
    assert len(words("a;" * 4000)) == 4000
    assert words("a " * 4000) == [("a",) * 4000]
    assert words("a >b " * 1600)[0][0] == "a"


def test_bytes_that_are_no_text() -> None:
    assert commands("a b\udcff") == (Command(("a", "b\ufffd"), 0),)


_PIECES = st.sampled_from(
    [
        *(
            "a",
            " ",
            "\n",
            "'",
            '"',
            "\\",
            "$",
            "$(",
            ")",
            "(",
            "`",
            "${",
            "}",
            "{ ",
            "; ",
            "|",
            "&&",
            "<",
            ">",
            "<<X\n",
        ),
        *("X\n", "if ", "then ", "fi", "for i in ", "do ", "done", "case ", "esac", "[ ", " ]", "[[ ", "]]", "sh -c "),
        *("sudo ", "env ", "A=", "$'", "\\x41'", "é", "\udcff", "$((", "))", "export ", "#", "!", "=", "*", "<(", "\t"),
    ]
)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("echo {\U0010ffff", ("echo", "{\U0010ffff")),
        ("echo {1..\U0010ffff}", ("echo", "{1..\U0010ffff}")),
        ("[ -\U0010ffff x ]", None),
        ("cat <<X > \U0001f680\n$\U0010ffff\nX\n", None),
        ("echo '{\U0001f680é字' é", ("echo", "{\U0001f680é字", "é")),
        ("sh -c 'echo {\U0010ffff'", ("sh", "-c", "echo {\U0010ffff")),
        ("echo {\U0010ffff $'\\xe9'", None),
        ("echo " + "".join(map(chr, range(0x4E00, 0x4F00))), None),
    ],
)
def test_wide_characters_do_not_crash_the_parser(text: str, words: tuple[str, ...] | None) -> None:
    found = commands(text)
    assert (found[0].words if found else None) == words


def test_wide_characters_in_the_names_of_files() -> None:
    (command,) = commands("cat < \U0001f680 > 字") or ()
    assert (command.reads, command.writes) == (("\U0001f680",), ("字",))


@settings(max_examples=300)
@given(st.one_of(st.text(max_size=60), st.lists(_PIECES, max_size=25).map("".join)))
def test_nothing_raises(text: str) -> None:
    for command in commands(text) or ():
        assert command.words
        assert 0 <= command.line <= text.count("\n")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("rm x && rm y; rm z", ""),
        ("(rm x); $(rm y) | rm z", ""),
        ("rm x || rm y && rm z", "y"),
        ("[ -f x ] && rm x && rm y; rm z", "xy"),
        ("test -f x && rm x; ! rm y", "x"),
        ("if rm x; then rm y; fi; rm z", "xy"),
        ("while a; do rm x; done; for i in 1; do rm y; done; f() { rm z; }", "axyz"),
        ("case $a in b) rm x;; esac; rm y", "x"),
        ("sh -c 'rm x || rm y'", "y"),
    ],
)
def test_what_may_not_be_run(text: str, expected: str) -> None:
    found = commands(text)
    assert found is not None
    assert "".join(command.words[-1] for command in found if command.conditional) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a; b", [0, 0]),
        ("(a; b); c", [1, 1, 0]),
        ("a; c=$(b); d | e; f", [0, 1, 1, 1, 0]),
        ("sh -c 'a; b'; c", [0, 1, 1, 0]),
        ("{ a; b; }", [0, 0]),
    ],
)
def test_commands_in_shells_of_their_own(text: str, expected: list[int]) -> None:
    found = commands(text)
    assert found is not None
    assert [len({scope.number for scope in command.scopes if scope.subshell}) for command in found] == expected


def test_files_of_redirected_output() -> None:
    found = commands("a > b 2>> c <d; e <<X >f\nX\ng 2>&1 | h > >(i) &> j")
    assert found is not None
    assert {command.words[0]: command.writes for command in found} == {
        "a": ("b", "c"),
        "e": ("f",),
        "g": (),
        "h": ("j",),
        "i": (),
    }


def test_long_lists_are_decided_once() -> None:
    found = commands(" && ".join(["a"] * 800 + ["[ b ]"] + ["c"] * 600))
    assert found is not None
    assert [command.conditional for command in found] == [False] * 801 + [True] * 600
