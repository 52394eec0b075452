"""From text to instructions; BuildKit's own parser is the judge where it is installed."""

import random

import pytest

from ctxopt.core.dockerfile.parser import Instruction, parse
from ctxopt.errors import DockerfileError
from tests.support.oracle import ours, theirs


def instructions(text: str) -> list[Instruction]:
    return list(parse(text.encode("utf-8", "surrogateescape"), "Dockerfile").instructions)


def test_continuations_comments_and_lines() -> None:
    text = "# a comment\nFROM x \\\n  # inner\n\n  AS y\n\nrun a \\\\\n  b\n"
    first, second, third = instructions(text + "ENV k v\n")[:3]
    assert (first.keyword, first.args, first.line, first.end_line) == ("FROM", ("x", "AS", "y"), 2, 5)
    # An escaped escape character does not continue the line; "b" is then an instruction of its own.
    assert (second.keyword, second.args) == ("RUN", ("a \\\\",))
    assert third.keyword == "B"


def test_directives() -> None:
    parsed = parse(b"\xef\xbb\xbf# syntax = docker/dockerfile:1\n#escape=`\n# check=skip=all\nFROM a `\n AS b\n", "f")
    assert parsed.directives == {"syntax": "docker/dockerfile:1", "escape": "`", "check": "skip=all"}
    assert parsed.instructions[0].args == ("a", "AS", "b")


def test_directives_end_at_the_first_other_line() -> None:
    assert parse(b"# hello\n# escape=`\nFROM a\n", "f").escape == "\\"
    # For Go's regular expressions a vertical tab is no space.
    assert parse(b"#\x0c escape=`\nFROM a\n", "f").escape == "`"
    assert parse(b"#\x0b escape=`\nFROM a\n", "f").escape == "\\"
    assert parse("#\u00a0escape=`\nFROM a\n".encode(), "f").escape == "\\"


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("", "is empty"),
        ("# only a comment\n", "no instructions"),
        ("# escape=x\nFROM a", "f:1: invalid escape character"),
        ("# escape=`\n# escape=`\nFROM a", "f:2: only one escape"),
        ("FROM a\nRUN <<EOF\nx\n", "f:2: the here-document EOF is not ended"),
        ("FROM a\nENV x\n", "f:2: ENV must have two arguments"),
        ('FROM a\nCOPY ["a", 1]\n', "f:2: a JSON array"),
        ("FROM a\nRUN " + "x" * 70_000, "f:2: a line is longer"),
    ],
)
def test_errors_name_the_line(text: str, problem: str) -> None:
    with pytest.raises(DockerfileError, match=problem):
        parse(text.encode(), "f")


def test_heredocs() -> None:
    text = "FROM a\nCOPY <<A <<-'B' /x/\nCOPY not an instruction\nA\n\tindented\n\tB\nRUN cat <<X\n$y\nX\n"
    _, copy, run = instructions(text)
    assert [(h.name, h.expand, h.strip_tabs, h.text) for h in copy.heredocs] == [
        ("A", True, False, "COPY not an instruction\n"),
        ("B", False, True, "\tindented\n"),
    ]
    assert (run.heredocs[0].text, run.line, run.end_line) == ("$y\n", 7, 9)


def test_json_form() -> None:
    _, copy, run = instructions('FROM a\nCOPY ["a b", "c"]\nRUN ["x", ]\n')
    assert (copy.args, copy.is_json) == (("a b", "c"), True)
    assert (run.args, run.is_json) == (('["x", ]',), False)


def test_flags_lose_their_quotes() -> None:
    _, copy = instructions("FROM a\nCOPY --exclude='a b' --chown=\"x\" --link -- a b\n")
    assert (copy.flags, copy.args) == (("--exclude=a b", "--chown=x", "--link"), ("a", "b"))


def test_flags_are_read_byte_by_byte() -> None:
    # As BuildKit has it, so that such a pattern matches no file of that name; a byte may even be a space.
    _, copy, other = instructions("FROM a\nCOPY --exclude=é é b\nCOPY --chown=à b /\n")
    assert (copy.flags, copy.args) == (("--exclude=Ã©",), ("é", "b"))
    assert (other.flags, other.args) == (("--chown=Ã",), ("b", "/"))


def test_nested_onbuild_does_not_overflow_the_stack() -> None:
    assert instructions("FROM a\n" + "ONBUILD " * 5000 + "RUN x\n")[1].args == ("ONBUILD",)


_LINES = (
    *("FROM a AS b", "from x", "COPY a b c", "copy --from=x --link a b", 'ADD  ["a", "b"]', "ARG a b=c d='e f'"),
    *("ENV a=b c='d e'", "ENV a b c", 'ENV a="x\\" y"', "RUN a && \\", "  b", 'RUN ["a", "b"]', "RUN [a", "LABEL a=b"),
    *(
        "# comment",
        "  # comment",
        "",
        "  ",
        "RUN x \\  ",
        "  \\",
        "ONBUILD COPY a b",
        'ONBUILD RUN ["x"]',
        "WORKDIR  /a b ",
    ),
    *(
        "RUN <<EOF cat",
        "hello",
        "EOF",
        'COPY <<-E1 <<"E2" /x',
        "\tE1",
        "E2",
        "CMD a b",
        "HEALTHCHECK --interval=5s CMD x",
    ),
    *("HEALTHCHECK NONE", "VOLUME a b", 'VOLUME ["a"]', "EXPOSE 80  443", 'SHELL ["a"]', "USER  x", "STOPSIGNAL 9"),
    *(
        "COPY --exclude='a b' c d",
        "COPY 'a b' c",
        "RUN --mount=type=bind,target=/m ls",
        'RUN echo "<<EOF"',
        "MAINTAINER a b",
    ),
    *("COPY --exclude=日本 c é", "RUN --mount=type=bind,target=/é ls", "HEALTHCHECK --interval=5\u2028s CMD à x"),
    *(
        "COPY a\tb",
        "RUN a\\\\",
        "ENV a=\\",
        "ARG",
        "COPY",
        "# escape=`",
        "RUN a `",
        'ENTRYPOINT [ "a" , "b" ]',
        "RUN '<<EOF'",
    ),
)


@pytest.mark.parametrize("seed", range(0, 3000, 100))
def test_as_buildkits_parser(seed: int) -> None:
    pytest.importorskip("dockerfile", reason="no wheel of BuildKit's parser for this platform")
    for number in range(seed, seed + 100):
        rng = random.Random(number)
        lines = [rng.choice(_LINES) for _ in range(rng.randint(1, 7))]
        text = rng.choice(("", "FROM base\n", "# escape=`\n")) + rng.choice(("\n", "\n", "\r\n")).join(lines)
        assert ours(text) == theirs(text), text
