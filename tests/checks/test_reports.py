"""The check of several builds with the same context."""

from pathlib import Path

from ctxopt.checks.check import check
from ctxopt.checks.limits import Limits
from ctxopt.core.build_context import BuildContext
from ctxopt.reports.report import Report
from tests.support.contexts import context
from tests.support.steps import lines_run


def test_a_context_is_reported_once(tmp_path: Path) -> None:
    opened = context(tmp_path, {"a": 1, ".env": 20})
    known: dict[BuildContext, Report] = {}
    first = check(opened, Limits(), known=known)
    again = lines_run(lambda: check(opened, Limits(), name="again", known=known))
    alone = lines_run(lambda: check(opened, Limits(), name="again"))
    assert check(opened, Limits(), known=known) == first == check(opened, Limits())
    assert again < alone / 2
