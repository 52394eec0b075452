"""From the raw table of a configuration file, or options of the command line, to a Config."""

import os
from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace
from typing import Any

from ctxopt.checks.amount import quoted
from ctxopt.checks.suppression import Origin, Suppression
from ctxopt.config.find import RawConfig
from ctxopt.config.keys import ARRAYS, BUILD_KEYS, CHECK_KEYS, LIMIT_KEYS, RULE_KEYS, SEVERITIES
from ctxopt.config.model import BuildSettings, CheckSettings, Config, Given, LimitSettings, RuleSettings
from ctxopt.config.table import Location, Values, suggestion, tables, values
from ctxopt.core.named_context import named_context
from ctxopt.errors import CtxoptError


def limits_from_options(options: Mapping[str, object]) -> LimitSettings:
    """The limits among options, which are named as the keys; None and () mean that an option was not given.

    Raises CtxoptError as for the file.
    """
    raw = {
        name: list(value) if isinstance(value, tuple) else value
        for name, value in options.items()
        if value is not None and value != ()
    }
    return _limits(values(raw, Location("option"), LIMIT_KEYS))


def check_settings_from_options(options: Mapping[str, object]) -> CheckSettings:
    """The settings of the check among options, as for limits. Raises CtxoptError as for the file."""
    raw = {name: list(value) for name, value in options.items() if isinstance(value, tuple) and value}
    given = values(raw, Location("option"), CHECK_KEYS)
    return CheckSettings(**{key.field: given.get(key.field) for key in CHECK_KEYS})


def approved_from_options(given: tuple[str, ...]) -> tuple[str, ...]:
    """The approved images among options. Raises CtxoptError as for the file."""
    key = next(key for key in RULE_KEYS if key.field == "approved_base_images")
    read: tuple[str, ...] = values({key.name: list(given)}, Location("option"), (key,))[key.field].value
    return read


def require_rules(config: Config, rules: Collection[str], options: LimitSettings | None = None) -> None:
    """Check that all rules that are named exist. Raises CtxoptError for the first unknown one."""
    given = [config.limits, *(build.limits for build in config.builds)]
    for limits in given if options is None else [options, *given]:
        if limits.fail_on is not None:
            for name in limits.fail_on.value:
                _require(name, (*rules, *SEVERITIES), "neither a rule nor a severity", limits.fail_on.origin)
    for suppression in config.suppressions:
        _require(suppression.rule, rules, "not a rule", suppression.origin)


def _require(name: str, known: Iterable[str], what: str, origin: Origin) -> None:
    if name not in known:
        file = f"--{origin.key}" if origin.source == "option" else origin.file
        raise CtxoptError(f"{quoted(name)} is {what}", file=file, line=origin.line, hint=suggestion(name, known))


def config_of(config: RawConfig) -> Config:
    """The validated configuration of a file. Raises CtxoptError."""
    raw, location = config.raw, config.location
    if isinstance(raw, dict) and "tool" in raw and not location.path:
        raise location.at("tool").error('"tool" is not a key', "in ctxopt.toml, keys are top-level, without a table")
    common = values(raw, location, (*LIMIT_KEYS, *RULE_KEYS, *CHECK_KEYS), tuple(ARRAYS))
    assert isinstance(raw, dict)
    builds: dict[str, BuildSettings] = {}
    for given, here in tables(raw, location, "build"):
        build = _build(given, here, config.directory)
        if build.name in builds:
            raise here.at("name").error(f"two builds have the name {quoted(build.name)}", "use unique names")
        builds[build.name] = build
    suppressions = tuple(_suppression(given, here) for given, here in tables(raw, location, "suppress"))
    rules = RuleSettings(**{key.field: common.get(key.field) for key in RULE_KEYS})
    checks = CheckSettings(**{key.field: common.get(key.field) for key in CHECK_KEYS})
    return Config(_limits(common), tuple(builds.values()), suppressions, location.file, config.notes, rules, checks)


def _build(given: Values, location: Location, directory: str) -> BuildSettings:
    settings: dict[str, Any] = {key.field: given[key.field] for key in BUILD_KEYS if key.field in given}
    settings.setdefault("context", Given(".", ".", Origin("default", "context")))
    for name in ("context", "dockerfile"):
        if name in settings:
            path = os.path.normpath(os.path.join(directory, settings[name].value))
            settings[name] = replace(settings[name], value=path)
    if "build_contexts" in settings:
        pairs = settings["build_contexts"].value
        placed = tuple((name, named_context(name, value, directory).value) for name, value in pairs)
        settings["build_contexts"] = replace(settings["build_contexts"], value=placed)
    settings["name"] = given["name"].value
    return BuildSettings(origin=location.origin, limits=_limits(given), **settings)


def _suppression(given: Values, location: Location) -> Suppression:
    path = given.get("path")
    return Suppression(
        given["rule"].value,
        None if path is None else path.text,
        given["reason"].value,
        location.origin,
        None if path is None else path.value,
    )


def _limits(given: Values) -> LimitSettings:
    return LimitSettings(**{key.field: given.get(key.field) for key in LIMIT_KEYS})
