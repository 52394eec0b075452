"""What a configuration means for a check: its limits as values, and findings that it takes out."""

from collections.abc import Iterable
from dataclasses import replace
from typing import TypeVar

from ctxopt.config.model import Given, LimitSettings, Suppression
from ctxopt.context.tree import View
from ctxopt.limits.model import Limits
from ctxopt.report import Report

_T = TypeVar("_T")


def limits_of(settings: LimitSettings) -> Limits:
    """The limits that settings stand for."""
    view = _value(settings.view)
    return Limits(
        view=View.CLASSIC if view == "classic" else View.TRANSFER,
        max_size=_value(settings.max_size),
        max_files=_value(settings.max_files),
        max_unused=_value(settings.max_unused),
        max_file_size=_value(settings.max_file_size),
        max_growth=_value(settings.max_growth),
        fail_on=_value(settings.fail_on) or (),
    )


def without_suppressed(report: Report, suppressions: Iterable[Suppression]) -> Report:
    """A report without the findings that are suppressed; a note says how many those are."""
    given = tuple(suppressions)
    kept = tuple(
        finding for finding in report.findings if not any(one.covers(finding.rule, finding.file) for one in given)
    )
    gone = len(report.findings) - len(kept)
    if not gone:
        return report
    note = f"{gone} finding{'s' if gone > 1 else ''} not reported, as the configuration says"
    return replace(report, findings=kept, notes=(*report.notes, note))


def _value(given: Given[_T] | None) -> _T | None:
    return None if given is None else given.value
