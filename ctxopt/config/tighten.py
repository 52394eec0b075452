"""A configuration in a subdirectory below that of the repository's root, which it can only tighten."""

from dataclasses import fields, replace
from typing import Any

from ctxopt.checks.amount import Share
from ctxopt.config.model import DEFAULTS, CheckSettings, Config, Given, LimitSettings, RuleSettings

#: The limits whose measure the view is.
_OF_A_VIEW = ("max_size", "max_files", "max_unused", "max_file_size", "max_growth")


def tightened(near: Config, root: Config) -> Config:
    """The nearer configuration with all that the root sets, unless that allows to override it.

    Of two limits the lower one applies, and all that either names fails. What would weaken a check is ignored, with a
    note: suppressions, and builds that may stay unchecked.
    """
    if root.checks.allow_override is not None and root.checks.allow_override.value:
        return near
    ignored = [f"{one.origin}: suppression of {one.rule}" for one in near.suppressions]
    if near.checks.allow_unchecked is not None:
        ignored.append(f"{near.checks.allow_unchecked.origin}: allow-unchecked")
    if near.checks.exclude is not None:
        ignored.append(f"{near.checks.exclude.origin}: exclude")
    notes = [f"{what} is ignored, since {root.file} has no allow-override" for what in ignored]
    limits = _with_view(root.limits)
    builds = (
        replace(build, limits=_tighter(build.limits, _own(build.limits, limits), limits)) for build in near.builds
    )
    return Config(
        _tighter(near.limits, limits, limits),
        tuple(builds),
        root.suppressions,
        near.file,
        (*near.notes, *notes),
        _rules(near.rules, root.rules),
        CheckSettings(root.checks.allow_unchecked, root.checks.exclude),
    )


def _with_view(root: LimitSettings) -> LimitSettings:
    """What the root sets, with the view that its limits are about: by another one, they would be other limits."""
    measured = any(getattr(root, name) is not None for name in _OF_A_VIEW)
    return replace(root, view=DEFAULTS.view) if measured and root.view is None else root


def _own(limits: LimitSettings, root: LimitSettings) -> LimitSettings:
    """What the root sets of the limits that a build sets itself; the others it takes from the common ones."""
    names = [field.name for field in fields(root)]
    return LimitSettings(**{name: getattr(root, name) for name in names if getattr(limits, name) is not None})


def _tighter(near: LimitSettings, root: LimitSettings, whole: LimitSettings) -> LimitSettings:
    """The stricter of two; `whole` is all that the root sets, of which `root` is what counts here."""
    if near.fail_on is not None and root.fail_on is None:
        # What the command takes by default, which is the root's, fails as well.
        near = replace(near, fail_on=replace(near.fail_on, and_default=True))
    stricter = LimitSettings(
        **{field.name: _limit(getattr(near, field.name), getattr(root, field.name)) for field in fields(near)}
    )
    # Against another revision, the growth that the root limits would be another one.
    return stricter if whole.max_growth is None else replace(stricter, against=root.against)


def _limit(near: Given[Any] | None, root: Given[Any] | None) -> Given[Any] | None:
    """The stricter of two values; that of the root where they cannot be compared."""
    if near is None or root is None:
        return root if near is None else near
    if isinstance(root.value, tuple):
        both = tuple(dict.fromkeys((*root.value, *near.value)))
        return replace(near, value=both, text=", ".join(both))
    measured = [_measured(given.value) for given in (near, root)]
    if measured[0] is None or measured[1] is None or measured[0][0] != measured[1][0]:
        return root
    return near if measured[0][1] <= measured[1][1] else root


def _measured(value: object) -> tuple[bool, float] | None:
    """Whether a limit is a percentage, and its amount; None for what is no limit."""
    if isinstance(value, Share):
        return value.per is not None, value.count / (value.per or 1)
    return (False, value) if isinstance(value, int) else None


def _rules(near: RuleSettings, root: RuleSettings) -> RuleSettings:
    scan = near.scan_secrets if near.scan_secrets is not None and near.scan_secrets.value else root.scan_secrets
    return RuleSettings(root.approved_base_images or near.approved_base_images, scan)
