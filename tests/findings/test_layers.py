"""What all rules about layers have in common."""

from pathlib import Path

import pytest

from ctxopt.core.context.tree import Totals
from ctxopt.findings.layers import listed, severity
from ctxopt.findings.model import Severity
from ctxopt.reports.report import report
from tests.support.contexts import context


@pytest.mark.parametrize(
    ("size", "expected"),
    [(0, Severity.INFO), (9_999, Severity.INFO), (10_000, Severity.NOTE), (100_000, Severity.WARNING)],
)
def test_how_much_bytes_matter(size: int, expected: Severity) -> None:
    assert severity(Totals(1, size)) is expected


def test_names_in_a_sentence() -> None:
    assert [listed(["a"] * count) for count in (1, 2, 3, 1001)] == ["a", "a and a", "a and 2 more", "a and 1,000 more"]


def test_shell_text_that_cannot_be_read_is_noted(tmp_path: Path) -> None:
    opened = context(
        tmp_path, {"docs/a": 10}, "FROM alpine\nCOPY . .\nRUN rm -rf docs && if\nRUN apk add 'x\nRUN rm -r docs\n"
    )
    made = report(opened)
    assert made.notes[-1] == (
        "Dockerfile: the shell text of 2 RUN cannot be read, so that no rule looked at the commands in it"
    )
    assert "CTX201" in [finding.rule for finding in made.findings]


def test_without_commands_nothing_is_noted(tmp_path: Path) -> None:
    assert report(context(tmp_path, {}, "FROM scratch\nRUN if\n")).notes == ()
