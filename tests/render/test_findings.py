"""Findings as a terminal shows them."""

import io
import re

import pytest
from rich.console import Console

from ctxopt.core.context.tree import Totals
from ctxopt.findings.model import Finding, RuleInfo, Severity
from ctxopt.render.findings import found, show

_SOURCE = b"FROM node\nCOPY . .\nRUN set -x \\\n  && apk add curl \\\n  && npm install\nRUN a \\\n b \\\n c \\\n d\n"
_RULE = RuleInfo(id="CTX900", name="an-example", title="", help="", summary="{count} lines are alike")


def _finding(
    message: str = "it is wrong",
    line: int | None = 2,
    severity: Severity = Severity.WARNING,
    *,
    file: str = "Dockerfile",
    fix: str = "do it right",
    end_line: int | None = None,
    size: int = 0,
    evidence: tuple[str, ...] = (),
) -> Finding:
    totals = Totals(1, size) if size else None
    return Finding("CTX900", severity, file, line, message, fix, totals=totals, evidence=evidence, end_line=end_line)


def _shown(*findings: Finding, width: int = 80, verbose: bool = False, encoding: str = "utf-8") -> list[str]:
    file = io.TextIOWrapper(io.BytesIO(), encoding=encoding)
    console = Console(file=file, width=width, highlight=False, markup=False, emoji=False)
    show(console, findings, {"Dockerfile": _SOURCE}.get, (_RULE,), verbose=verbose)
    file.seek(0)
    return [line.rstrip() for line in file.read().splitlines()]


def test_one_finding() -> None:
    assert _shown(_finding(size=2_700_000, evidence=("line 2: COPY . .", "a: 3 B"))) == [
        "Dockerfile:2 CTX900 warning it is wrong  2.7 MB",
        "  2 | COPY . .",
        "    |      ^^^",
        "  a: 3 B",
        "  fix: do it right",
        "Found 1 warning",
    ]


def test_tabs_in_code_are_shown_as_blanks_and_marked_in_the_right_place() -> None:
    file, source = io.StringIO(), b"RUN set -x \\\n\t&& npm\tci\n"
    console = Console(file=file, width=80, highlight=False, markup=False, emoji=False)
    show(console, [_finding("npm ci is late", line=1, end_line=2)], {"Dockerfile": source}.get, (_RULE,))
    assert [line.rstrip() for line in file.getvalue().splitlines()][1:4] == [
        "  1 | RUN set -x \\",
        "  2 |  && npm ci",
        "    |     ^^^^^^",
    ]


def test_long_lines_are_folded_and_the_code_is_cut() -> None:
    assert _shown(_finding("a long message " * 5, fix="and fix " * 8), width=40)[:6] == [
        "Dockerfile:2 CTX900 warning a long",
        "  message a long message a long message",
        "  a long message a long message",
        "  2 | COPY . .",
        "    |      ^^^",
        "  fix: and fix and fix and fix and",
    ]
    file, source = io.StringIO(), b"RUN " + b"x" * 100 + b" culprit " + b"y" * 100
    console = Console(file=file, width=40, highlight=False, markup=False)
    show(console, [_finding('"culprit"', 1)], {"Dockerfile": source}.get)
    _, code, marks, *_ = file.getvalue().splitlines()
    assert len(code) <= 40
    assert code[marks.index("^") :].startswith("culprit")
    assert marks.count("^") == len("culprit")


@pytest.mark.parametrize(
    ("message", "marked"),
    [
        ("npm keeps its cache", "npm"),
        ("apk add curl leaves something", "apk add curl"),
        ('"set -x" is here', "set -x"),
        ("something else", "set -x"),
    ],
)
def test_the_part_that_a_message_is_about_is_marked(message: str, marked: str) -> None:
    shown = _shown(_finding(message, 3, end_line=5))
    marks = next(index for index, line in enumerate(shown) if "^" in line)
    begin, end = re.search(r"\^+", shown[marks]).span()  # type: ignore[union-attr] # The line was found by it.
    assert shown[marks - 1][begin:end] == marked


def test_of_a_long_instruction_the_beginning_is_shown() -> None:
    assert _shown(_finding("it is wrong", 6, end_line=9))[1:6] == [
        "  6 | RUN a \\",
        "    |     ^",
        "  7 |  b \\",
        "  8 |  c \\",
        "    | …",
    ]
    assert _shown(_finding("it is wrong", 6, end_line=9), encoding="ascii")[5] == "    | ..."


@pytest.mark.parametrize("line", [None, 10_000])
def test_without_a_line_there_is_no_code(line: int | None) -> None:
    assert len(_shown(_finding(line=line))) == 3


def test_code_is_shown_for_what_is_grave_or_if_all_is_wanted() -> None:
    note = _finding(severity=Severity.NOTE)
    assert len(_shown(note)) == 3
    assert len(_shown(note, verbose=True)) == 5
    assert len(_shown(_finding(file=".dockerignore"), verbose=True)) == 3


def test_a_note_of_a_line_with_a_warning_is_shown() -> None:
    heads = [line for line in _shown(_finding(), _finding("a note", severity=Severity.NOTE)) if "CTX900" in line]
    assert heads == ["Dockerfile:2 CTX900 warning it is wrong", "Dockerfile:2 CTX900 note a note"]


def test_findings_of_a_file_come_together() -> None:
    shown = _shown(_finding("1"), _finding("2", file="b"), _finding("3", severity=Severity.INFO))
    assert [line.split()[-1] for line in shown if "CTX900" in line] == ["1", "3", "2"]


def test_many_notes_are_one_line_unless_all_are_wanted() -> None:
    notes = [_finding(line=line, severity=Severity.NOTE) for line in (*range(6, 12), *range(1, 6))]
    assert _shown(*notes) == [
        "Dockerfile CTX900 note 11 lines are alike: lines 1, 2, 3, 4, 5, 6, 7, 8 and",
        "  3 more (-v lists them)",
        "Found 11 notes (11 summarized above)",
    ]
    assert sum("CTX900" in line for line in _shown(*notes, verbose=True)) == 11


def test_the_count() -> None:
    findings = [_finding(), _finding(severity=Severity.ERROR, fix=""), _finding(severity=Severity.INFO)]
    assert found(findings).plain == "Found 1 error, 1 warning, 1 info (2 with a fix)"
    assert found([]).plain == "Found no problems"
    assert _shown() == []


class _Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize(
    ("file", "term", "no_color", "links"),
    [
        (_Terminal, "xterm-256color", False, True),
        (_Terminal, "xterm-256color", True, True),
        (_Terminal, "linux", False, False),
        (_Terminal, "dumb", False, False),
        # A log that colors are forced into.
        (io.StringIO, "xterm-256color", False, False),
    ],
)
def test_ids_are_links_where_they_can_be_clicked(
    monkeypatch: pytest.MonkeyPatch, file: type[io.StringIO], term: str, no_color: bool, links: bool
) -> None:
    monkeypatch.setenv("TERM", term)
    out = file()
    console = Console(file=out, width=80, force_terminal=True, no_color=no_color, _environ={"TERM": term})
    show(console, [_finding()], lambda _: None, (_RULE,))
    assert ("\x1b]8;" in out.getvalue()) == links


def test_hostile_text_is_inert() -> None:
    text = "\x1b[31mred [bold]x\u202e\n"
    finding = _finding(text, 1, file=text, fix=text, evidence=(text,))
    file = io.StringIO()
    show(Console(file=file, width=80, highlight=False), [finding], {text: text.encode()}.get)
    assert not re.search("[\x1b\u202e]", file.getvalue())
    assert file.getvalue().count("[bold]") == 5
