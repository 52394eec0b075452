"""A validated configuration, each value with its origin."""

from dataclasses import fields, replace
from typing import Generic, TypeVar

from ctxopt.checks.amount import Share
from ctxopt.checks.suppression import Origin, Suppression
from ctxopt.core.dockerignore.pattern import Pattern
from ctxopt.core.lazy_dataclass import dataclass

_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class Given(Generic[_T]):
    """A value, its text as it was written, and its origin; with `and_default` it is added to the default."""

    value: _T
    text: str
    origin: Origin
    and_default: bool = False


@dataclass(frozen=True, slots=True)
class LimitSettings:
    """The limits as they are configured, with origins. Sizes are bytes; None is what is not set.

    `view` is "transfer" or "classic", `against` a git revision, `fail_on` ids of rules and names of
    severities.
    """

    max_size: Given[int] | None = None
    view: Given[str] | None = None
    max_files: Given[int] | None = None
    max_unused: Given[Share] | None = None
    max_file_size: Given[int] | None = None
    max_growth: Given[Share] | None = None
    against: Given[str] | None = None
    fail_on: Given[tuple[str, ...]] | None = None

    def over(self, base: "LimitSettings") -> "LimitSettings":
        """These settings, with those of `base` for what is not set here."""
        names = [field.name for field in fields(self)]
        return LimitSettings(**{name: getattr(base if getattr(self, name) is None else self, name) for name in names})

    def over_defaults(self, defaults: "LimitSettings") -> "LimitSettings":
        """These settings, with the defaults of a command for what is not set, or what is added to them."""
        added, default = self.fail_on, defaults.fail_on
        if added is None or default is None or not added.and_default:
            return self.over(defaults)
        both = tuple(dict.fromkeys((*default.value, *added.value)))
        return replace(self, fail_on=Given(both, ", ".join(both), added.origin)).over(defaults)


@dataclass(frozen=True, slots=True)
class RuleSettings:
    """The settings of the rules. None is what is not set."""

    approved_base_images: Given[tuple[str, ...]] | None = None
    scan_secrets: Given[bool] | None = None


@dataclass(frozen=True, slots=True)
class CheckSettings:
    """The settings of the check as a whole. None is what is not set."""

    allow_unchecked: Given[tuple[Pattern, ...]] | None = None
    exclude: Given[tuple[Pattern, ...]] | None = None
    allow_override: Given[bool] | None = None


_NO_LIMITS = LimitSettings()

#: The settings that apply where nothing is configured.
DEFAULTS = LimitSettings(
    view=Given("transfer", "transfer", Origin("default", "view")),
    fail_on=Given(("error",), "error", Origin("default", "fail-on")),
)


@dataclass(frozen=True, slots=True)
class BuildSettings:
    """One build as the configuration declares it, with the origin of each value and limits of its own.

    A `Build` is the same without origins and limits. `context` and `dockerfile` are absolute paths; their texts
    are relative to the configuration file. `build_contexts` are the names and values of named contexts, with absolute
    paths. `limits` are only those set in the build's table.
    """

    name: str
    origin: Origin
    context: Given[str]
    dockerfile: Given[str] | None = None
    target: Given[str] | None = None
    build_args: Given[tuple[tuple[str, str], ...]] | None = None
    build_contexts: Given[tuple[tuple[str, str], ...]] | None = None
    platform: Given[str] | None = None
    limits: LimitSettings = _NO_LIMITS


@dataclass(frozen=True, slots=True)
class Config:
    """A configuration. `file` is None where there is no configuration file."""

    limits: LimitSettings = _NO_LIMITS
    builds: tuple[BuildSettings, ...] = ()
    suppressions: tuple[Suppression, ...] = ()
    file: str | None = None
    notes: tuple[str, ...] = ()
    rules: RuleSettings = RuleSettings()
    checks: CheckSettings = CheckSettings()

    def effective(self, build: BuildSettings | None = None, options: LimitSettings = _NO_LIMITS) -> LimitSettings:
        """The limits that apply: options, then the build's own limits, the common ones, and the defaults."""
        return self.stated(build, options).over_defaults(DEFAULTS)

    def stated(self, build: BuildSettings | None = None, options: LimitSettings = _NO_LIMITS) -> LimitSettings:
        """The same without the defaults."""
        own = _NO_LIMITS if build is None else build.limits
        return options.over(own).over(self.limits)
