"""What a command shows on the terminal: colors, verbosity, and progress."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, TypeVar

import click

from ctxopt.cli.progress import Progress
from ctxopt.display import printable

if TYPE_CHECKING:
    from rich.console import Console

    from ctxopt.core.context.disk import Progress as Update

_F = TypeVar("_F", bound=Callable[..., Any])

#: Minimum width: on narrower terminals lines wrap, so that nothing is lost.
_NARROWEST = 50
_STORED = "ctxopt.terminal."


def terminal_options(function: _F) -> _F:
    """The options of every command. Their values are not parameters of the command."""
    for option in (
        click.option(
            "--no-color", is_flag=True, expose_value=False, callback=_store, help="No colours (also: NO_COLOR=1)."
        ),
        click.option(
            "-v",
            "--verbose",
            is_flag=True,
            expose_value=False,
            callback=_store,
            help="Say on standard error what the result was made from.",
        ),
        click.option(
            "-q", "--quiet", is_flag=True, expose_value=False, callback=_store, help="No notes, advice and progress."
        ),
    ):
        function = option(function)
    return function


def _store(ctx: click.Context, parameter: click.Parameter, value: bool) -> None:
    ctx.meta[f"{_STORED}{parameter.name}"] = value


def _is_set(name: str) -> bool:
    return bool(click.get_current_context().meta.get(_STORED + name))


def is_quiet() -> bool:
    """Whether --quiet is set."""
    return _is_set("quiet")


def is_verbose() -> bool:
    """Whether --verbose is set."""
    return _is_set("verbose")


def say(message: str) -> None:
    """Print a message on standard error if --verbose is set."""
    if _is_set("verbose"):
        click.echo(printable(message), err=True)


def console() -> "Console":
    """A console for standard output."""
    from rich.console import Console

    no_color = True if _is_set("no_color") else None
    made = Console(highlight=False, markup=False, emoji=False, no_color=no_color)
    made.width = max(made.width, _NARROWEST)
    return made


@contextmanager
def progress(what: str) -> "Iterator[Update | None]":
    """Show a count of entries during long work, on a terminal only, and with --verbose a summary at its end."""
    shown = sys.stderr is not None and sys.stderr.isatty() and not is_quiet()
    line = Progress(sys.stderr if shown else None)
    try:
        yield line.update if shown or _is_set("verbose") else None
    finally:
        line.erase()
    say(f"{what}: {line.summary}")
