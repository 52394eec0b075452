"""What a command shows on the terminal: colors, verbosity, and progress."""

import os
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import IO, TYPE_CHECKING, Any, TypeVar, cast

import click

from ctxopt.cli.progress import Progress, call_later
from ctxopt.display import printable

if TYPE_CHECKING:
    from rich.console import Console

    from ctxopt.core.context.disk import Progress as Update

_F = TypeVar("_F", bound=Callable[..., Any])

#: Minimum width: on narrower terminals lines wrap, so that nothing is lost.
_NARROWEST = 50
_STORED = "ctxopt.terminal."


def terminal_options(function: _F) -> _F:
    """The options of every command, before and after its name. Their values are not parameters of the command."""
    for option in (
        click.option("--no-color", is_flag=True, expose_value=False, callback=_store, help="Same as --color never."),
        click.option(
            "--color",
            type=click.Choice(["auto", "always", "never"]),
            expose_value=False,
            callback=_store,
            help="When to use colors (default: auto, that is on a terminal; also: NO_COLOR=1).",
        ),
        click.option("-v", "--verbose", is_flag=True, expose_value=False, callback=_store, help="Verbose."),
        click.option("-q", "--quiet", is_flag=True, expose_value=False, callback=_store, help="Quiet."),
    ):
        function = option(function)
    return function


def _store(ctx: click.Context, parameter: click.Parameter, value: bool | str | None) -> None:
    # What is given before the command applies unless it is given again after it.
    if value:
        ctx.meta[f"{_STORED}{parameter.name}"] = value


def _setting(name: str) -> Any:
    return click.get_current_context().meta.get(_STORED + name)


def is_quiet() -> bool:
    """Whether --quiet is set."""
    return bool(_setting("quiet"))


def is_verbose() -> bool:
    """Whether --verbose is set."""
    return bool(_setting("verbose"))


def say(message: str) -> None:
    """Print a message on standard error if --verbose is set."""
    if is_verbose():
        click.echo(printable(message), err=True)


def show_errors(errors: Sequence[str], *, most: int = 10) -> None:
    """Print errors on standard error, as many as anybody reads, and the number of the others."""
    for error in errors[:most]:
        click.echo(f"error: {printable(error)}", err=True)
    if len(errors) > most:
        click.echo(f"error: and {len(errors) - most:,} more", err=True)


def console() -> "Console":
    """A console for standard output."""
    from rich.console import Console

    from ctxopt.render.stream import InertStream

    file = None if sys.stdout is None else cast("IO[str]", InertStream(sys.stdout))
    made = Console(file=file, highlight=False, markup=False, emoji=False, **_colors())
    made.width = max(made.width, _NARROWEST)
    return made


def _colors() -> dict[str, Any]:
    """The arguments of a console for --color and --no-color."""
    when = color_wish()
    if when == "always":
        # Also where the terminal that TERM names has none, or is no terminal.
        system = "standard" if os.environ.get("TERM", "dumb") in ("dumb", "unknown") else "auto"
        return {"force_terminal": True, "no_color": False, "color_system": system}
    return {"no_color": True} if when == "never" else {}


def color_wish() -> str:
    """When to use colors: "auto", "always" or "never"."""
    return "never" if _setting("no_color") else _setting("color") or "auto"


def clear_progress() -> None:
    """Remove the line about the progress of the command, where an error ends it."""
    line = click.get_current_context().meta.get(f"{_STORED}progress")
    if line is not None:
        line.erase()


@contextmanager
def progress(what: str) -> "Iterator[Update | None]":
    """Show on a terminal what is done while it takes long; with --verbose, how long it took.

    It yields the function to report entries with, None if nobody wants to know.
    """
    shown = sys.stderr is not None and sys.stderr.isatty() and not is_quiet()
    meta = click.get_current_context().meta
    line: Progress = meta.setdefault(f"{_STORED}progress", Progress(sys.stderr if shown else None, call_later))
    line.begin(what)
    summary = ""
    try:
        yield line.update if shown or _setting("verbose") else None
    finally:
        summary = line.end()
    say(summary)


@contextmanager
def stages_of_work(what: str) -> "Iterator[Callable[[str], object]]":
    """Show on a terminal what is done at the moment, and for how long; with --verbose, as lines.

    It yields the function to say with what is done now; said again, it shows the time.
    """
    with progress(what):
        line: Progress = click.get_current_context().meta[f"{_STORED}progress"]
        last = ""

        def show(now: str) -> None:
            nonlocal last
            if now != last:
                last = now
                say(now)
            line.rename(printable(now))

        yield show
