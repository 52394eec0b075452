"""What a command shows on the terminal and how: colours, how much is said, and progress."""

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

#: Narrower terminals are taken for this wide, so that nothing is lost.
_NARROWEST = 50
_STORED = "ctxopt.terminal."


def terminal_options(function: _F) -> _F:
    """The options that every command has. Their values are kept beside the command's own parameters."""
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
    """Whether only what matters most is asked for."""
    return _is_set("quiet")


def say(message: str) -> None:
    """Tell where the result comes from, if that is asked for."""
    if _is_set("verbose"):
        click.echo(printable(message), err=True)


def console() -> "Console":
    """A terminal to print on."""
    from rich.console import Console

    no_color = True if _is_set("no_color") else None
    made = Console(highlight=False, markup=False, emoji=False, no_color=no_color)
    made.width = max(made.width, _NARROWEST)
    return made


@contextmanager
def progress(what: str) -> "Iterator[Update | None]":
    """Shows a count of entries while the work takes long, on a terminal only; says afterwards what came of it."""
    shown = sys.stderr is not None and sys.stderr.isatty() and not is_quiet()
    line = Progress(sys.stderr if shown else None)
    try:
        yield line.update if shown or _is_set("verbose") else None
    finally:
        line.erase()
    say(f"{what}: {line.summary}")
