"""Which configuration a command uses: the one that is found, the one that is named, or none."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar

import click

from ctxopt.cli.terminal import say

if TYPE_CHECKING:
    from ctxopt.config.model import Config

_F = TypeVar("_F", bound=Callable[..., Any])
_FILE, _NONE = "ctxopt.config", "ctxopt.no_config"


def config_options(function: _F) -> _F:
    """The options that choose the configuration; `configuration` reads it."""
    for option in (
        click.option(
            "--no-config", is_flag=True, expose_value=False, callback=_store, help="Use no configuration file."
        ),
        click.option(
            "--config",
            metavar="FILE",
            expose_value=False,
            callback=_store,
            help="Configuration file to use instead of the nearest ctxopt.toml or pyproject.toml.",
        ),
    ):
        function = option(function)
    return function


def _store(ctx: click.Context, parameter: click.Parameter, value: object) -> None:
    if value:
        ctx.meta[f"ctxopt.{parameter.name}"] = value


def configuration(directory: str) -> "Config":
    """The configuration for a context directory. Raises CtxoptError, and UsageError if none and one are asked for."""
    from ctxopt.config.model import Config
    from ctxopt.config.read import read_config, read_config_file

    meta = click.get_current_context().meta
    file = meta.get(_FILE)
    if meta.get(_NONE):
        if file is not None:
            raise click.UsageError("--config and --no-config exclude each other.")
        config = Config()
    else:
        config = read_config(directory) if file is None else read_config_file(file)
    say(f"configuration: {config.file or 'none'}")
    return config
