"""A report holds what its build says, whatever the rules look at."""

from pathlib import Path

import pytest

from ctxopt.findings import all_rules
from ctxopt.findings.context import RuleContext
from ctxopt.findings.model import Finding
from ctxopt.reports import report as module
from ctxopt.reports.report import report
from tests.support.contexts import context

_UNREAD = "Dockerfile: {} RUN cannot be parsed; no rule checked their commands"


def test_shell_text_that_cannot_be_read_is_noted(tmp_path: Path) -> None:
    dockerfile = "FROM alpine\nCOPY . .\nRUN rm -rf docs && if\nRUN apk add 'x\nRUN rm -r docs\n"
    made = report(context(tmp_path, {"docs/a": 1_200_000}, dockerfile))
    assert made.notes[-1] == _UNREAD.format(2)
    assert "CTX201" in [finding.rule for finding in made.findings]


def test_shell_text_that_no_rule_looks_for_is_noted_as_well(tmp_path: Path) -> None:
    assert report(context(tmp_path, {}, "FROM scratch\nRUN if\n")).notes == (_UNREAD.format(1),)


def test_without_unreadable_shell_text_there_is_no_note(tmp_path: Path) -> None:
    assert report(context(tmp_path, {}, "FROM scratch\nRUN make\n")).notes == ()


@pytest.mark.parametrize("step", [1, -1, 0])
def test_notes_do_not_depend_on_the_order_of_the_rules(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, step: int
) -> None:
    dockerfile = "FROM scratch\nCOPY . .\nRUN rm -rf a && if\nRUN apk add 'x\nRUN npm ci 'x\nRUN if\n"

    def check(given: RuleContext) -> tuple[Finding, ...]:
        rules = all_rules()[::step] if step else ()
        return tuple(finding for rule in rules for finding in rule.check(given))

    monkeypatch.setattr(module, "check", check)
    assert report(context(tmp_path, {"a": 1}, dockerfile)).notes == (_UNREAD.format(4),)
