"""Suppressions in the comments of a Dockerfile."""

import pytest

from ctxopt.checks.inline import Inline, inline_suppressions

_RULES = {"CTX900": "CTX900", "some-rule": "CTX900", "CTX901": "CTX901"}


def _read(text: str) -> Inline:
    return inline_suppressions(text.encode(), "Dockerfile", _RULES)


def _covered(text: str, rule: str = "CTX900", *, in_dockerfile: bool = True) -> list[int]:
    found = _read(text)
    assert found.notes == ()
    return [
        line
        for line in range(1, text.count("\n") + 2)
        if any(one.covers(rule, line, in_dockerfile=in_dockerfile) for one in found.suppressions)
    ]


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        ("FROM a\n# ctxopt ignore=CTX900 why\nCOPY a /\nCOPY b /\n", [3]),
        ("FROM a\n# ctxopt ignore=some-rule why\n\n# more\nRUN a \\\n  b\n", [5, 6]),
        ("FROM a\nRUN a \\\n  # ctxopt ignore=CTX900 why\n  b\nCOPY b /\n", [2, 3, 4]),
        ("#ctxopt  ignore = CTX901,CTX900  why not\nFROM a\n", [2]),
        ("FROM a\n# ctxopt ignore=CTX901 why\nCOPY a /\n", []),
        ("FROM a\nCOPY a /\n# ctxopt ignore=CTX900 after the last one\n", [3]),
        ("FROM a\n# ctxopt global ignore=CTX900 why\nCOPY a /\n", [1, 2, 3, 4]),
        ("FROM a\nRUN <<EOF\n# ctxopt ignore=CTX900 why\nEOF\nCOPY a /\n", []),
        ("FROM a\nRUN echo # ctxopt ignore=CTX900 why\n", []),
        ("FROM a\r\n# ctxopt ignore=CTX900 why\r\nCOPY a /\r\n", [3]),
    ],
)
def test_what_a_comment_is_about(text: str, lines: list[int]) -> None:
    assert _covered(text) == lines


def test_other_files_are_meant_by_global_ones_only() -> None:
    text = "FROM a\n# ctxopt {}ignore=CTX900 why\nCOPY a /\n"
    assert _covered(text.format(""), in_dockerfile=False) == []
    assert _covered(text.format("global "), in_dockerfile=False) == [1, 2, 3, 4]


@pytest.mark.parametrize(
    ("comment", "note"),
    [
        ("ignore=CTX900", "write # ctxopt ignore=RULE and a reason"),
        ("ignore=CTX900   ", "write # ctxopt ignore=RULE and a reason"),
        ("", "write # ctxopt ignore=RULE and a reason"),
        ("ignore CTX900 why", "write # ctxopt ignore=RULE and a reason"),
        ("ignore=CTX999,CTX900 why", "unknown rule CTX999"),
    ],
)
def test_what_suppresses_nothing(comment: str, note: str) -> None:
    found = _read(f"FROM a\n# ctxopt {comment}\nCOPY a /\n")
    assert found.suppressions == ()
    assert len(found.notes) == 1
    assert found.notes[0].startswith(f"Dockerfile:2: {note}")


def test_comments_of_others_are_left_alone() -> None:
    assert (
        _read("FROM a\n# hadolint ignore=DL3008\n# the ctxopt tool\n# ctxoptional\n# ctxopt as an image\nCOPY a /\n")
        == Inline()
    )
