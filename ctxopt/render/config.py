"""A configuration as text and as JSON: what applies, and the origin of each value."""

from dataclasses import fields
from typing import TYPE_CHECKING, Any

from ctxopt.checks.amount import Share
from ctxopt.checks.suppression import Origin, Suppression
from ctxopt.config.keys import CHECK_KEYS, LIMIT_KEYS, RULE_KEYS
from ctxopt.config.model import BuildSettings, Config, Given, LimitSettings
from ctxopt.display import printable
from ctxopt.render.dumps import dumps
from ctxopt.render.prose import Prose, put

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table


def text(config: Config, options: LimitSettings, console: "Console") -> None:
    """Print the common limits, each build with its settings, and the suppressions."""

    head = Prose("Configuration  ", style="bold")
    head.append(printable(config.file) if config.file else "no file", style="default" if config.file else "yellow")
    for note in config.notes:
        head.append(f"\nnote: {printable(note)}", style="yellow")
    console.print(head, soft_wrap=True)
    put(console, Prose("\nLimits", style="bold underline"))
    limits = config.effective(None, options)
    console.print(_rows([(key.name, getattr(limits, key.field)) for key in LIMIT_KEYS]))
    told = [(key.name, given) for key in RULE_KEYS if (given := getattr(config.rules, key.field)) is not None]
    if told:
        put(console, Prose("\nRules", style="bold underline"))
        console.print(_rows(list(told)))
    set_checks = [(key.name, given) for key in CHECK_KEYS if (given := getattr(config.checks, key.field)) is not None]
    if set_checks:
        put(console, Prose("\nCheck", style="bold underline"))
        console.print(_rows(list(set_checks)))
    for build in config.builds:
        put(console, Prose(f"\nBuild {printable(build.name)}", style="bold underline"))
        held = config.effective(build, options)
        rows = [*_settings(build), *((key.name, getattr(held, key.field)) for key in LIMIT_KEYS)]
        console.print(_rows([(name, given) for name, given in rows if given is not None]))
    if config.suppressions:
        put(console, Prose("\nSuppressed", style="bold underline"))
        console.print(_suppressed(config.suppressions))


def _settings(build: BuildSettings) -> list[tuple[str, Given[Any] | None]]:
    """The settings of a build that are no limits."""
    names = [field.name for field in fields(build) if field.name not in ("name", "origin", "limits")]
    return [(name.replace("_", "-"), getattr(build, name)) for name in names]


def _rows(rows: list[tuple[str, Given[Any] | None]]) -> "Table":

    table = _table()
    for name, given in rows:
        if given is None:
            table.add_row(name, Prose("-", style="dim"), Prose("default", style="dim"))
        else:
            style = "dim" if given.origin.source == "default" else "default"
            table.add_row(name, Prose(printable(given.text)), Prose(printable(str(given.origin)), style=style))
    return table


def _suppressed(suppressions: tuple[Suppression, ...]) -> "Table":

    table = _table()
    for suppression in suppressions:
        rule = suppression.rule + (f" in {printable(suppression.path)}" if suppression.path else "")
        table.add_row(rule, Prose(printable(suppression.reason)), Prose(printable(str(suppression.origin))))
    return table


def _table() -> "Table":
    from rich.table import Table

    table = Table(box=None, show_header=False, padding=(0, 2, 0, 0))
    table.add_column(overflow="fold")
    table.add_column(overflow="fold")
    table.add_column(overflow="fold")
    return table


def as_json(config: Config, options: LimitSettings) -> str:
    """The same as a JSON object, described in docs/config.md."""
    return dumps(
        {
            "version": 1,
            "file": config.file,
            "notes": list(config.notes),
            "limits": _limits(config.effective(None, options)),
            "rules": {key.name: _given(getattr(config.rules, key.field)) for key in RULE_KEYS},
            "checks": {key.name: _given(getattr(config.checks, key.field)) for key in CHECK_KEYS},
            "builds": [
                {
                    "name": build.name,
                    "origin": _origin(build.origin),
                    "settings": {name: _given(given) for name, given in _settings(build)},
                    "limits": _limits(config.effective(build, options)),
                }
                for build in config.builds
            ],
            "suppressions": [
                {
                    "rule": suppression.rule,
                    "path": suppression.path,
                    "reason": suppression.reason,
                    "origin": _origin(suppression.origin),
                }
                for suppression in config.suppressions
            ],
        }
    )


def _limits(limits: LimitSettings) -> dict[str, Any]:
    return {key.name: _given(getattr(limits, key.field)) for key in LIMIT_KEYS}


def _given(given: Given[Any] | None) -> dict[str, Any] | None:
    if given is None:
        return None
    value = given.value
    if given.origin.key.endswith(("allow-unchecked", "exclude")):
        value = [pattern.cleaned for pattern in given.value]
    elif isinstance(value, Share):
        value = value.count if value.per is None else value.text
    elif isinstance(value, tuple):
        value = dict(value) if given.origin.key.endswith(("build-args", "build-contexts")) else list(value)
    return {"value": value, "text": given.text, "origin": _origin(given.origin)}


def _origin(origin: Origin) -> dict[str, Any]:
    return {"source": origin.source, "key": origin.key, "file": origin.file, "line": origin.line}
