"""Edits of a Dockerfile by its instructions."""

import pytest

from ctxopt.edits import Edit, applied
from ctxopt.edits.dockerfile import DockerfileText


def _edited(text: str, *edits: Edit | None) -> str:
    assert None not in edits
    return applied(text.encode(), [edit for edit in edits if edit is not None]).decode()


def _text(text: str) -> DockerfileText:
    return DockerfileText("Dockerfile", text.encode())


@pytest.mark.parametrize(
    ("run", "expected"),
    [
        ("RUN a", "RUN a && X"),
        ("run a   ", "run a && X   "),
        ("RUN a && \\\n      b", "RUN a && \\\n      b \\\n      && X"),
        ("RUN a \\\n    && b \\\n    # why\n    && c", "RUN a \\\n    && b \\\n    # why\n    && c \\\n    && X"),
        ("RUN a && \\\nb", "RUN a && \\\nb \\\n    && X"),
        ("RUN <<EOF\n  set -eux\n  b\nEOF", "RUN <<EOF\n  set -eux\n  b\n  X\nEOF"),
        ("RUN bash -e <<EOF\na\nEOF", "RUN bash -e <<EOF\na\nX\nEOF"),
        ("RUN <<EOF\n#!/bin/sh -e\na\nEOF", "RUN <<EOF\n#!/bin/sh -e\na\nX\nEOF"),
        ("RUN if a; then b; fi", "RUN if a; then b; fi && X"),
    ],
)
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_a_command_is_added_to_a_run(run: str, expected: str, end: str) -> None:
    before, after = f"FROM x\n{run}\nCMD y\n", f"FROM x\n{expected}\nCMD y\n"
    text = before.replace("\n", end)
    assert _edited(text, _text(text).with_command(2, "X")) == after.replace("\n", end)


@pytest.mark.parametrize(
    "run",
    [
        'RUN ["a", "b"]',
        "RUN a # why",
        "RUN a;",
        "RUN a &",
        "RUN a && \\\n",
        "RUN <<EOF cat > f\nx\nEOF",
        "RUN <<EOF\na\nEOF",
        "RUN <<EOF\nset -ux\na\nEOF",
        "RUN <<EOF\n#!/usr/bin/env python3\nx\nEOF",
        "RUN <<A <<B\nx\nA\ny\nB",
        "RUN python3 <<EOF\nprint()\nEOF",
        "COPY a b",
    ],
)
def test_a_command_is_not_added_where_something_else_would_become_of_it(run: str) -> None:
    assert _text(f"FROM x\n{run}\n").with_command(2, "X") is None


def test_comments_after_the_last_continuation_stay_the_end() -> None:
    text = "FROM x\nRUN a \\\n  b \\\n  # last\n"
    expected = "FROM x\nRUN a \\\n  b \\\n  && X \\\n  # last\n"
    assert _edited(text, _text(text).with_command(2, "X")) == expected


def test_a_text_that_is_there_once_is_replaced() -> None:
    text = "FROM x\nRUN a \\\n # pip\n && pip b\nRUN pip\n"
    assert _edited(text, _text(text).replaced(2, "pip", "pip3")) == text.replace("&& pip", "&& pip3")
    assert _text("FROM x\nRUN pip && pip\n").replaced(2, "pip", "pip3") is None
    assert _text("FROM x\nRUN a\n").replaced(2, "pip", "pip3") is None


@pytest.mark.parametrize(("written", "expected"), [("ADD", "COPY"), ("add", "copy"), ("  Add", "  COPY")])
def test_the_keyword_keeps_its_case(written: str, expected: str) -> None:
    text = f"FROM x\n{written} a ADD\n"
    assert _edited(text, _text(text).with_keyword(2, "COPY")) == f"FROM x\n{expected} a ADD\n"


def test_moving_keeps_the_lines_and_their_comments() -> None:
    text = "FROM x\n# all\nCOPY . .\n# why\nRUN a \\\n  # inner\n  b\nCMD c"
    moved = _edited(text, *_text(text).moved([5], 3))
    assert moved == "FROM x\nRUN a \\\n  # inner\n  b\n# all\nCOPY . .\n# why\nCMD c"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("FROM x\n\nCOPY . .\n\nRUN a\n", "FROM x\n\nRUN a\n"),
        ("FROM x\r\n \r\nCOPY . .\r\n\r\nRUN a\r\n", "FROM x\r\n \r\nRUN a\r\n"),
        ("FROM x\n\nCOPY . .\n\n\nRUN a\n", "FROM x\n\n\nRUN a\n"),
        ("FROM x\n\nCOPY . .\n\n", "FROM x\n\n"),
        ("FROM x\n\nCOPY . .\nRUN a\n", "FROM x\n\nRUN a\n"),
        ("FROM x\n# all\nCOPY . .\n\nRUN a\n", "FROM x\n# all\n\nRUN a\n"),
        ("FROM x\n\nCOPY . .", "FROM x\n\n"),
    ],
)
def test_what_is_removed_leaves_one_empty_line(text: str, expected: str) -> None:
    line = next(number for number, one in enumerate(text.splitlines(), 1) if one.startswith("COPY"))
    assert _edited(text, *_text(text).without(line)) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("FROM x\n\nCOPY . .\n\nRUN a\n", "FROM x\n\nRUN a\nCOPY . .\n\n"),
        ("FROM x\nCOPY . .\n\nRUN a\n\nRUN b\n", "FROM x\nRUN a\nRUN b\nCOPY . .\n\n"),
        ("FROM x\nCOPY . .\n\nRUN a\nRUN b\n\nCMD c\n", "FROM x\nRUN a\nRUN b\nCOPY . .\n\nCMD c\n"),
    ],
)
def test_what_is_moved_leaves_one_empty_line(text: str, expected: str) -> None:
    lines = text.splitlines()
    moves = [number for number, one in enumerate(lines, 1) if one.startswith("RUN")]
    assert _edited(text, *_text(text).moved(moves, lines.index("COPY . .") + 1)) == expected


def test_lines_are_added_below_a_last_line_without_an_end() -> None:
    text = "FROM x\r\nRUN a"
    assert _edited(text, _text(text).inserted_below(2, [b"RUN b"])) == "FROM x\r\nRUN a\r\nRUN b"


def test_nothing_goes_above_the_parser_directives() -> None:
    text = "# escape=`\nFROM x\n"
    assert _edited(text, _text(text).inserted_above(2, [b"ARG A"])) == "# escape=`\nARG A\nFROM x\n"


def test_the_escape_of_the_file_is_used() -> None:
    text = "# escape=`\nFROM x\nRUN a `\n  b\n"
    assert _edited(text, _text(text).with_command(3, "X")) == "# escape=`\nFROM x\nRUN a `\n  b `\n  && X\n"
