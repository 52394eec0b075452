"""Which configuration and which suppressions a command uses: those that are found, those of a revision, or none."""

import os
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar

import click

from ctxopt.cli.terminal import say

if TYPE_CHECKING:
    from ctxopt.checks.inline import InlinePolicy
    from ctxopt.config.find import Place
    from ctxopt.config.model import Config
    from ctxopt.core.context.locate import Storage

_F = TypeVar("_F", bound=Callable[..., Any])
_FILE, _NONE, _REVISION, _NO_INLINE = (
    f"ctxopt.{name}" for name in ("config", "no_config", "config_from", "no_inline_suppressions")
)


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


def suppression_options(function: _F) -> _F:
    """The options that say which suppressions count; `configuration` and `inline_policy` respect them."""
    for option in (
        click.option(
            "--no-inline-suppressions",
            is_flag=True,
            expose_value=False,
            callback=_store,
            help="Suppress nothing by comments in the Dockerfile.",
        ),
        click.option(
            "--config-from",
            metavar="REV",
            expose_value=False,
            callback=_store,
            help="Use the configuration and the suppressions as they are at this git revision.",
        ),
    ):
        function = option(function)
    return function


def _store(ctx: click.Context, parameter: click.Parameter, value: object) -> None:
    if value:
        ctx.meta[f"ctxopt.{parameter.name}"] = value


def configuration(directory: str) -> "Config":
    """The configuration for a context directory. Raises CtxoptError, and UsageError if none and one are asked for."""
    from ctxopt.config.find import WORK_TREE
    from ctxopt.config.model import Config
    from ctxopt.config.read import read_config, read_config_file

    meta = click.get_current_context().meta
    file = meta.get(_FILE)
    revision = meta.get(_REVISION)
    if meta.get(_NONE):
        if file is not None or revision is not None:
            other = "--config" if file is not None else "--config-from"
            raise click.UsageError(f"{other} and --no-config are mutually exclusive.")
        config = Config()
    else:
        place = WORK_TREE if revision is None else _at_revision(directory, revision)
        config = read_config(directory, place) if file is None else read_config_file(file, place)
    say(f"configuration: {config.file or 'none'}")
    return config


def configuration_at(directory: str, revision: str) -> "Config":
    """The same as it was at a revision; one that was not there then is empty. Raises CtxoptError."""
    from ctxopt.config.model import Config
    from ctxopt.config.read import read_config, read_config_file

    meta = click.get_current_context().meta
    file = meta.get(_FILE)
    if meta.get(_NONE):
        return Config()
    place = _at_revision(directory, revision)
    if file is None:
        return read_config(directory, place)
    path = os.path.realpath(file)
    return read_config_file(file, place) if place.has(path) else Config()


def _at_revision(directory: str, revision: str) -> "Place":
    """The files at a revision. Raises CtxoptError."""
    from ctxopt.config.find import Place

    return Place(_storage(directory, revision), revision)


def _storage(directory: str, revision: str) -> "Storage":
    from ctxopt.core.context.locate import context_root
    from ctxopt.git.revision import storage_at

    return storage_at(context_root(directory), revision)


def inline_policy() -> "InlinePolicy":
    """Which comments of Dockerfiles suppress findings."""
    from ctxopt.checks.inline import InlinePolicy

    meta = click.get_current_context().meta
    revision = meta.get(_REVISION)
    allowed = not meta.get(_NO_INLINE)
    if revision is None or not allowed:
        return InlinePolicy(allowed)

    def at_revision(path: str) -> bytes | None:
        from ctxopt.builds.reading import LARGEST

        storage = _storage(os.path.dirname(path), revision)
        try:
            return storage.read(path, LARGEST)
        except (OSError, ValueError):
            return None

    return InlinePolicy(True, at_revision, revision)
