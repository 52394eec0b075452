"""The limits and the settings of rules that a configuration stands for."""

from typing import TypeVar

from ctxopt.config.model import Config, Given, LimitSettings
from ctxopt.context.tree import View
from ctxopt.findings.settings import Settings
from ctxopt.limits.model import Limits

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


def rule_settings(config: Config, *, scan_secrets: bool = False) -> Settings:
    """What the rules are told; `scan_secrets` is the option of the command line."""
    approved, scan = config.rules.approved_base_images, config.rules.scan_secrets
    return Settings(() if approved is None else approved.value, scan_secrets or (scan is not None and scan.value))


def _value(given: Given[_T] | None) -> _T | None:
    return None if given is None else given.value
