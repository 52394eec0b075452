"""`ctxopt config`: what is configured, and where."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar

import click

from ctxopt.cli.configuration import config_options, configuration
from ctxopt.cli.formats import Delivery, delivery_options
from ctxopt.cli.options import as_value
from ctxopt.cli.terminal import terminal_options
from ctxopt.cli.views import ViewChoice
from ctxopt.config.keys import CHECK_KEYS, GLOBS, LIMIT_KEYS, NUMBER, RULES, VIEW, VIEWS, Key

if TYPE_CHECKING:
    from ctxopt.config.model import CheckSettings, LimitSettings

_F = TypeVar("_F", bound=Callable[..., Any])

_EPILOG = """\b
Examples:
  ctxopt config show
  ctxopt config show services/api --max-size 20MB
"""


def limit_options(function: _F) -> _F:
    """An option for each limit, named as the key of the configuration: the command gets LimitSettings as `limits`."""

    def make(**values: object) -> "LimitSettings":
        from ctxopt.config.parse import limits_from_options

        return limits_from_options({name.replace("_", "-"): value for name, value in values.items()})

    return as_value("limits", make, *map(_option, LIMIT_KEYS))(function)


def check_options(function: _F) -> _F:
    """The options about the check as a whole: the command gets CheckSettings as `checks`."""

    def make(**values: object) -> "CheckSettings":
        from ctxopt.config.parse import check_settings_from_options

        return check_settings_from_options({name.replace("_", "-"): value for name, value in values.items()})

    return as_value("checks", make, *(_option(key) for key in CHECK_KEYS if key.name == "allow-unchecked"))(function)


def fail_on_option(function: _F) -> _F:
    """The option --fail-on alone: the command gets LimitSettings as `limits`."""

    def make(fail_on: tuple[str, ...]) -> "LimitSettings":
        from ctxopt.config.parse import limits_from_options

        return limits_from_options({"fail-on": fail_on})

    return as_value("limits", make, *(_option(key) for key in LIMIT_KEYS if key.spec is RULES))(function)


def _option(key: Key) -> Callable[[Any], Any]:
    if key.spec is VIEW:
        return click.option("--view", type=ViewChoice(VIEWS), help=key.description)
    if key.spec in (RULES, GLOBS):
        description = key.description.removesuffix(".") + " (repeatable)."
        return click.option(f"--{key.name}", multiple=True, metavar=key.spec.metavar, help=description)
    kind = click.IntRange(min=0) if key.spec is NUMBER else click.STRING
    return click.option(f"--{key.name}", type=kind, metavar=key.spec.metavar, help=key.description)


@click.group("config")
def command() -> None:
    """Show what is configured in ctxopt.toml or pyproject.toml."""


@command.command("show", epilog=_EPILOG, short_help="Show what applies, and where each value is set.")
@click.argument("directory", default=".", required=False)
@limit_options
@config_options
@delivery_options(annotated=False)
@terminal_options
def show(directory: str, limits: "LimitSettings", delivery: Delivery) -> None:
    """Show the limits, builds and suppressions that apply in DIRECTORY, and where each is set.

    The nearest ctxopt.toml or pyproject.toml with [tool.ctxopt] applies, from there or in a directory above,
    up to the one that contains .git. Options override it.
    """
    from ctxopt.cli.context_argument import split_context
    from ctxopt.render import config as rendering

    config = configuration(split_context(directory)[0])
    delivery.give(
        text=lambda terminal: rendering.text(config, limits, terminal),
        json=lambda: rendering.as_json(config, limits),
    )
