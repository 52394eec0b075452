"""Limits, from the settings of a configuration."""

from typing import TypeVar

from ctxopt.checks.limits import Limits
from ctxopt.config.model import Given, LimitSettings
from ctxopt.core.context.tree import View

_T = TypeVar("_T")


def limits_of(settings: LimitSettings) -> Limits:
    """The limits without the origins of their values."""
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


def _value(given: Given[_T] | None) -> _T | None:
    return None if given is None else given.value
